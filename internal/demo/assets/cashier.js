// Shows the wallet's cashier over the shop, as a container does for my.tradePay. The
// cashier sends its result by a message; closing it is the result "the payer left".
import { h, icon, byId } from './dom.js';

const LEFT = '6001';
const GLANCE = 700; // for a look at the cashier's own result

export function openCashier(paymentUrl) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const frame = h('iframe', { class: 'cashier__frame', title: 'Wallet cashier', src: embedded(paymentUrl) });
    const close = h('button', { type: 'button', class: 'cashier__close', 'aria-label': 'Leave the wallet', onclick: () => end(LEFT) }, icon('cross'));
    const overlay = h('div', { class: 'cashier', role: 'dialog', 'aria-label': 'Your wallet' },
      h('div', { class: 'cashier__phone' }, h('div', { class: 'cashier__bar' }, h('span', {}, 'Opened by my.tradePay'), close), frame));
    let result = null;

    function hear(event) {
      if (event.source !== frame.contentWindow || event.origin !== new URL(paymentUrl, location.href).origin) return;
      if (event.data?.type !== 'minitill:cashier' || result) return;
      result = String(event.data.resultCode);
      setTimeout(() => end(result), GLANCE);
    }

    function onKey(event) {
      if (event.key === 'Escape') end(LEFT);
    }

    function end(code) {
      removeEventListener('message', hear);
      document.removeEventListener('keydown', onKey);
      overlay.remove();
      before?.focus?.();
      resolve(result || code);
    }

    addEventListener('message', hear);
    document.addEventListener('keydown', onKey);
    byId('sheet-place').parentElement.append(overlay);
    close.focus();
  });
}

/** The URL is signed: parameters are only appended. */
function embedded(paymentUrl) {
  return paymentUrl + (paymentUrl.includes('?') ? '&' : '?') + 'embed=1';
}
