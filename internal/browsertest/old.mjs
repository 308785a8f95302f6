// The payers' pages as the WebViews of 2019 run them: their syntax, their APIs, their styles.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { launch, newContext } from './lib/browser.mjs';
import { complaints } from './lib/checks.mjs';
import { newer, oldScriptFaults, oldStyles } from './lib/chrome74.mjs';
import { shoot } from './lib/shoot.mjs';

const base = process.env.GALLERY_URL;
const exhibits = await (await fetch(`${base}/exhibits.json`)).json();
const set = (order, status) => fetch(`${base}/set?order=${order}&status=${status}`, { method: 'POST' });

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

async function open(t, options) {
  const context = await newContext(browser, options);
  t.after(() => context.close());
  return { context, page: await context.newPage() };
}

/** The files that a page loads, with those that its modules import. */
async function assets(path) {
  const found = new Map();
  const html = await (await fetch(base + path)).text();
  const names = [...html.matchAll(/(?:href|src)="([^"]+\.(?:css|js)[^"]*)"/g)].map(([, name]) => new URL(name.replaceAll('&amp;', '&'), base + path));
  for (const url of names) {
    if (found.has(url.pathname)) continue;
    const text = await (await fetch(url)).text();
    found.set(url.pathname, text);
    for (const [, name] of text.matchAll(/from '(\.\/[^']+)'/g)) names.push(new URL(name, url));
  }
  return found;
}

for (const path of ['/live/return/files', exhibits.find(({ name }) => name === 'cashier-ready').path]) {
  test(`Chrome 74 has all that the files of ${path.replace(/\?.*/, '')} need`, async () => {
    const files = await assets(path);
    assert.ok(files.size >= 4, `only ${[...files.keys()]}`);
    for (const [name, text] of files) {
      assert.deepEqual(name.endsWith('.js') ? oldScriptFaults(text) : oldStyles(text).faults, [], name);
    }
  });
}

test('newer syntax, APIs and styles are found', () => {
  for (const [source, fault] of [
    ['a?.b', /syntax/], ['a ?? b', /syntax/], ['1_000', /syntax/], ['AbortSignal.timeout(1)', /timeout/], ['s.replaceAll("a", "b")', /replaceAll/],
    ['e.replaceChildren()', /replaceChildren/], ['structuredClone(a)', /structuredClone/], ['Object.hasOwn(a, "b")', /hasOwn/],
  ]) assert.match(oldScriptFaults(source).join(), fault, source);
  for (const sheet of [
    'a { display: flex; gap: 1px }', 'a { inset: 0 }', 'a { padding-inline: 1px }', 'a { width: min(1px, 2px) }', 'a { overflow-wrap: anywhere }',
    'a { padding: 1px; padding: var(--a) max(1px, 2px) }', ':root { --a: clamp(1px, 2vw, 3px) }', 'a { height: 100dvh }',
  ]) assert.equal(oldStyles(sheet).faults.length, 1, sheet);
  for (const sheet of ['a { display: grid; gap: 1px }', 'a { height: 1px; height: 100dvh }', '@supports (top: max(1px, 2px)) { a { top: max(1px, var(--a)) } }']) {
    assert.deepEqual(oldStyles(sheet).faults, [], sheet);
  }
});

/** Takes from a page what Chrome 74 does not have. Runs in the page. */
function removeNewer({ globals, members }) {
  for (const [owner, name, own] of members) {
    const target = own ? self[owner] : self[owner] && self[owner].prototype;
    try { if (target) delete target[name]; } catch { /* it cannot be removed */ }
  }
  for (const name of globals) try { delete self[name]; } catch { /* it cannot be removed */ }
}

test('a page is live without newer APIs', async (t) => {
  const { context, page } = await open(t);
  await page.addInitScript(removeNewer, newer);
  await page.goto(`${base}/live/payment/old`);
  assert.equal(await page.evaluate(() => typeof AbortSignal.timeout + typeof Element.prototype.replaceChildren), 'undefinedundefined');
  await page.getByText('$12.30').first().waitFor();
  const origin = await page.evaluate(() => performance.timeOrigin);
  await set('old', 'paid');
  await page.getByRole('heading', { name: 'Paid' }).waitFor();
  assert.equal(await page.evaluate(() => performance.timeOrigin), origin, 'the page was loaded again');
  assert.deepEqual(context.troubles, []);
});

test('a cashier pays without newer APIs', async (t) => {
  const { context, page } = await open(t);
  await page.addInitScript(removeNewer, newer);
  await page.goto((await (await fetch(`${base}/cashier/new`)).json()).paymentUrl);
  await page.getByText('$12.30').first().waitFor();
  await page.getByRole('button', { name: 'Pay now' }).click();
  await page.getByRole('heading', { name: 'Payment complete' }).waitFor();
  assert.deepEqual(context.troubles, []);
});

for (const [what, file, answer] of [
  ['cannot be parsed', 'follow.js', { status: 200, contentType: 'text/javascript', body: 'export function follow() { return {{{' }],
  ['fails when it runs', 'countdown.js', { status: 200, contentType: 'text/javascript', body: 'export const countDown = () => { throw new Error("too new"); };' }],
  ['is not loaded', 'live.js', { status: 404, contentType: 'text/plain', body: 'no' }],
]) {
  test(`a page whose script ${what} still refreshes itself to the truth`, async (t) => {
    const { page } = await open(t);
    const order = `broken-${file}`;
    await page.route(`**/assets/${file}*`, (route) => route.fulfill(answer));
    await page.goto(`${base}/live/payment/${order}`);
    await page.getByRole('link', { name: 'Pay with your wallet' }).waitFor();
    await set(order, 'paid');
    await page.getByRole('heading', { name: 'Paid' }).waitFor();
  });
}

const SHOWN = /^(payment-(ready|methods|waiting|long)|return-(paid|waiting|refunded|attention)|notice-.*|cashier-(ready|paid))$/;

for (const locale of ['en-US', 'ar']) {
  test(`pages are readable with the styles of Chrome 74: ${locale}`, async (t) => {
    const { context, page } = await open(t, { locale });
    await context.route('**/*.css*', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: oldStyles(await answer.text()).text });
    });
    for (const { name, path } of exhibits.filter((exhibit) => SHOWN.test(exhibit.name))) {
      await page.goto(base + path);
      await shoot(page, `old-${name}.${locale}`);
      assert.deepEqual(await complaints(page), [], name);
    }
  });
}
