// Screenshots, one file per page, state and variant.
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = process.env.MINITILL_SCREENSHOTS || '../../screenshots';
mkdirSync(folder, { recursive: true });

const sessions = new WeakMap(); // of pages, for commands to Chromium

/**
 * Writes what a page shows, or what its window shows. Chromium's own command encodes the
 * picture for speed, in a fraction of the time that playwright's method takes.
 */
export async function shoot(page, name, { fullPage = true } = {}) {
  if (!sessions.has(page)) sessions.set(page, await page.context().newCDPSession(page));
  const session = sessions.get(page);
  const { data } = await session.send('Page.captureScreenshot', { optimizeForSpeed: true, ...fullPage && await whole(session) });
  await writeFile(join(folder, `${name}.png`), data, 'base64');
}

/** The options for a page that is longer than its window. */
async function whole(session) {
  const { cssContentSize: content, cssLayoutViewport: view } = await session.send('Page.getLayoutMetrics');
  if (content.height <= view.clientHeight) return {};
  return { captureBeyondViewport: true, clip: { ...content, scale: 1 } };
}
