// Keeps a payer's page up to date: it waits for a change of the order and replaces the
// content by that of the page's URL. The server renders everything that a payer reads.
import { formatAmounts } from './money.js';
import { countDown } from './countdown.js';
import { leaveSoon } from './leave.js';
import { follow } from './follow.js';
import { openSoon } from './open.js';

const sheet = () => document.getElementById('main');

function decorate() {
  formatAmounts(sheet());
  countDown(sheet());
  leaveSoon(sheet());
  openSoon(sheet());
}

/** Fetches the page again and shows it. */
async function redraw() {
  const response = await fetch(location.href, { cache: 'no-store', headers: { Accept: 'text/html' } });
  if (response.status >= 500 || response.status === 429) throw new Error(`status ${response.status}`);
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const fresh = page.getElementById('main');
  if (!fresh) throw new Error('this is another page');
  const focused = sheet().contains(document.activeElement);
  const before = sheet().dataset.version;
  sheet().replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  decorate();
  if (sheet().dataset.version !== before) announce(focused);
}

function announce(focused) {
  const heading = sheet().querySelector('h1');
  const outcome = sheet().querySelector('.outcome');
  document.getElementById('announcement').textContent = `${heading.textContent}. ${outcome.textContent}`;
  if (focused) heading.focus();
}

/** The URL to return to the shop may come with a later status only. */
function learnContinue(url) {
  const link = document.getElementById('continue');
  if (link && /^https?:/.test(url || '')) link.href = url;
}

decorate();
follow({
  url: () => sheet().dataset.statusUrl,
  open: () => 'open' in sheet().dataset,
  version: () => sheet().dataset.version,
  sent: () => document.documentElement.setAttribute('data-live', ''), // refresh.js pauses
  connected: (yes) => { document.getElementById('offline').hidden = yes; },
  news: async (answer) => {
    await redraw();
    if (answer) learnContinue(answer.continueUrl);
  },
});
