// Waits for news at the status URL until the order is final. A silent server or a lost
// connection only means that nothing is known yet: it says so, and goes on asking.

const WAIT = '25s';
const PATIENCE = 40000; // longer than the server holds an answer back
const LEAST = 1000; // between questions, should the server not hold it back
const MOST = 15000;

/** page tells url, open and version, and hears of asked, connected and news. */
export async function follow(page) {
  let failures = 0;
  while (page.open() && page.url()) {
    const asked = performance.now();
    try {
      const answer = await ask(page.url(), page.asked);
      if (!answer || versionOf(answer.order) !== page.version()) await page.news(answer);
      failures = 0;
      page.connected(true);
      await pause(LEAST - (performance.now() - asked));
    } catch {
      failures += 1;
      if (failures > 1 || !navigator.onLine) page.connected(false);
      await pause(Math.min(LEAST * 2 ** (failures - 1), MOST));
    }
  }
}

/** The server's answer; null when it no longer tells us of this order. */
async function ask(url, asked) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const request = fetch(waiting(url), { cache: 'no-store', signal: patience.signal });
    asked();
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

/** As the server builds it; see Version in page.go. */
function versionOf(order) {
  const reversed = order.reversed ? order.reversed.amount.value : '';
  return [order.status, order.closed || '', reversed, order.attention.join(',')].join(':');
}

/** Ends early when the connection comes back or the payer does. */
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
