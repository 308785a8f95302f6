// What the page has more with a script: the list finds, the examples can be copied, and
// the list shows where the reader is.

const search = document.getElementById('search');
const menu = document.getElementById('menu');
const none = document.querySelector('.menu__none');
const announcement = document.getElementById('announcement');
const entries = [...document.querySelectorAll('#index li')];
const narrow = matchMedia('(max-width: 899px)');

/** Shows what has every word that was typed. */
function find() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const entry of entries) {
    const text = entry.dataset.find.toLowerCase();
    entry.hidden = !words.every((word) => text.includes(word));
    if (!entry.hidden) count += 1;
  }
  for (const part of document.querySelectorAll('.index')) part.hidden = !part.querySelector('li:not([hidden])');
  none.hidden = count > 0;
  announcement.textContent = words.length ? `${count} found` : '';
  if (narrow.matches) menu.open = words.length > 0;
}

function firstFound() {
  return entries.find((entry) => !entry.hidden)?.querySelector('a');
}

search.closest('.search').hidden = false;
menu.open = !narrow.matches;
narrow.addEventListener('change', () => { menu.open = !narrow.matches; });
search.addEventListener('input', find);
search.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') firstFound()?.click();
  if (event.key === 'Escape') { search.value = ''; find(); }
});
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target.matches('input') || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  search.focus();
});
document.getElementById('index').addEventListener('click', (event) => {
  if (narrow.matches && event.target.closest('a')) menu.open = false;
});

for (const pre of document.querySelectorAll('pre[data-copy]')) {
  const button = document.createElement('button');
  button.className = 'copy';
  button.type = 'button';
  button.textContent = 'Copy';
  button.setAttribute('aria-label', `Copy the ${pre.dataset.copy} example`);
  button.addEventListener('click', () => copy(pre, button));
  pre.before(button);
}

async function copy(pre, button) {
  try {
    await navigator.clipboard.writeText(pre.textContent);
  } catch { // not allowed, or the page was not loaded securely: the reader copies by hand
    getSelection().selectAllChildren(pre);
    announcement.textContent = 'Selected';
    return;
  }
  button.textContent = 'Copied';
  announcement.textContent = 'Copied';
  setTimeout(() => { button.textContent = 'Copy'; }, 2000);
}

const links = new Map(entries.map((entry) => entry.querySelector('a')).map((link) => [link.hash.slice(1), link]));
const inView = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) {
    const link = links.get(target.id);
    if (!link || !isIntersecting) continue;
    document.querySelector('#index a[aria-current]')?.removeAttribute('aria-current');
    link.setAttribute('aria-current', 'location');
    if (!narrow.matches && !search.value) follow(link);
  }
}, { rootMargin: '-80px 0px -70% 0px' });
for (const call of document.querySelectorAll('.call[id], .topic[id]')) inView.observe(call);

/** Keeps an entry of the list in sight, without moving the page. */
function follow(link) {
  const side = document.querySelector('.side');
  const { top, bottom } = link.getBoundingClientRect();
  const room = side.getBoundingClientRect();
  if (top < room.top + 120 || bottom > room.bottom) side.scrollTop += top - room.top - room.height / 2;
}
