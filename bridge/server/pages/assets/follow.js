// Polls the status URL until the order is final. After an error or a lost connection the
// outcome is unknown: the page says so, and polling continues.

const WAIT = '25s';
const PATIENCE = 40000; // longer than the server holds an answer back
const LEAST = 1000; // between questions, should the server not hold it back
const MOST = 15000;

/** page has url, open and version, and is called with sent, connected and news. */
export async function follow(page) {
  let failures = 0;
  while (page.open() && page.url()) {
    const began = performance.now();
    try {
      const answer = await queryOrder(page.url(), page.sent);
      if (!answer || versionOf(answer.order) !== page.version()) await page.news(answer);
      failures = 0;
      page.connected(true);
      await pause(LEAST - (performance.now() - began));
    } catch {
      failures += 1;
      if (failures > 1 || !navigator.onLine) page.connected(false);
      await pause(Math.min(LEAST * 2 ** (failures - 1), MOST));
    }
  }
}

/** The server's answer; null when the order can no longer be read. */
async function queryOrder(url, sent) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const request = fetch(waiting(url), { cache: 'no-store', signal: patience.signal });
    sent();
    const response = await request;
    if ([401, 403, 404, 410].includes(response.status)) return null;
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.json();
  } finally {
    clearTimeout(timer);
  }
}

function waiting(url) {
  const full = new URL(url, location.href);
  full.searchParams.set('wait', WAIT);
  return full;
}

/** The same text as Version in page.go. */
function versionOf(order) {
  const reversed = order.reversed ? order.reversed.amount.value : '';
  return [order.status, order.closed || '', reversed, order.attention.join(',')].join(':');
}

/** Ends early when the device is online again or the page is visible again. */
function pause(milliseconds) {
  if (milliseconds <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      document.removeEventListener('visibilitychange', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener('online', done);
    document.addEventListener('visibilitychange', done);
  });
}
