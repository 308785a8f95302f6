// Redirects the payer of a paid order to the shop, unless the payer stays. It uses only
// the language of a WebView of 2019, as all scripts of these pages.

const SECONDS = 6;

export function leaveSoon(root) {
  const link = root.querySelector('#continue[data-leave]');
  if (!link || cameBack()) return;
  const line = root.querySelector('.leaving');
  const text = root.querySelector('#leaving');
  let left = SECONDS;
  let timer = 0;
  const tick = () => {
    if (!link.isConnected) return;
    text.textContent = link.dataset.leave.replace('{seconds}', left);
    if (left === 0) location.assign(link.href);
    else timer = setTimeout(tick, 1000);
    left -= 1;
  };
  root.querySelector('#stay').addEventListener('click', () => {
    clearTimeout(timer);
    line.hidden = true;
    link.focus();
  });
  addEventListener('pagehide', () => { clearTimeout(timer); line.hidden = true; });
  line.hidden = false;
  tick();
}

/** A payer who pressed Back wants to see this page. */
function cameBack() {
  const [navigation] = performance.getEntriesByType('navigation');
  return Boolean(navigation) && navigation.type === 'back_forward';
}
