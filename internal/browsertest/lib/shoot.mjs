// Screenshots, one file per page, state and variant.
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = process.env.MINITILL_SCREENSHOTS ?? '../../screenshots';
if (folder) mkdirSync(folder, { recursive: true });

const sessions = new WeakMap(); // of pages, for commands to Chromium

/**
 * Writes what a page shows, or what its window shows, unless MINITILL_SCREENSHOTS is empty.
 * Chromium's own command encodes the picture for speed, in a fraction of the time that
 * playwright's method takes.
 */
export async function shoot(page, name, { fullPage = true } = {}) {
  if (!folder) return;
  if (!sessions.has(page)) sessions.set(page, await page.context().newCDPSession(page));
  const session = sessions.get(page);
  const data = await capture(page, session, { optimizeForSpeed: true, ...fullPage && await whole(session) });
  await writeFile(join(folder, `${name}.png`), data, 'base64');
}

/**
 * A page that has loaded need not have been painted, and Chromium refuses to capture a page that
 * has no frame: right after a navigation, or while the compositor, which the tests of other pages
 * keep busy, replaces one. So it is requested again after the next frames, a few times.
 */
async function capture(page, session, options, tries = 5) {
  if (!page.context().scriptless) await page.evaluate(painted);
  try {
    return (await session.send('Page.captureScreenshot', options)).data;
  } catch (error) {
    if (tries === 1 || !/Unable to capture screenshot/.test(error.message)) throw error;
    return capture(page, session, options, tries - 1);
  }
}

/** Runs in the page: the second of two animation frames begins when the first was painted. */
function painted() {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
}

/** The options for a page that is longer than its window. */
async function whole(session) {
  const { cssContentSize: content, cssLayoutViewport: view } = await session.send('Page.getLayoutMetrics');
  if (content.height <= view.clientHeight) return {};
  return { captureBeyondViewport: true, clip: { ...content, scale: 1 } };
}
