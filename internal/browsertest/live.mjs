// Pages that change while they are shown.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { launch, newContext, DESKTOP } from './lib/browser.mjs';
import { shoot } from './lib/shoot.mjs';

const base = process.env.GALLERY_URL;
let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

async function open(t, path, options) {
  const context = await newContext(browser, options);
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(base + path);
  return { context, page };
}

const set = (order, status) => fetch(`${base}/set?order=${order}&status=${status}`, { method: 'POST' });
const heading = (page, text) => page.getByRole('heading', { name: text }).waitFor();

test('the payment page becomes the result by itself', async (t) => {
  const { context, page } = await open(t, '/live/payment/turns');
  await page.getByRole('link', { name: 'Pay with your wallet' }).waitFor();
  const origin = await page.evaluate(() => performance.timeOrigin);
  await set('turns', 'paid');
  await heading(page, 'Paid');
  assert.match(await page.locator('#announcement').textContent(), /^Paid\./);
  assert.equal(await page.evaluate(() => performance.timeOrigin), origin, 'the page was not loaded again');
  assert.deepEqual(context.troubles, []);
});

test('a payment is opened once the payer sees the page', async (t) => {
  const { context, page } = await open(t, '/shop');
  await page.addInitScript(() => {
    window.visibility = 'hidden';
    Object.defineProperty(document, 'visibilityState', { get: () => window.visibility });
    document.addEventListener('submit', () => { window.submitted = true; });
  });
  await page.goto(`${base}/live/unopened/seen`);
  assert.equal(await page.evaluate(() => window.submitted), undefined, 'a page that is not shown opens nothing');
  await page.evaluate(() => {
    window.visibility = 'visible';
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await heading(page, 'Paid');
  assert.deepEqual(context.troubles, []);
});

test('the time left is counted down', async (t) => {
  const { page } = await open(t, '/live/payment/counts');
  const countdown = page.locator('.countdown');
  await countdown.waitFor();
  const first = await countdown.textContent();
  assert.match(first, /^\d+:\d\d$/);
  await page.waitForFunction((text) => document.querySelector('.countdown').textContent !== text, first);
});

test('a lost connection is shown, and the result after it', async (t) => {
  const { context, page } = await open(t, '/live/payment/offline');
  await context.setOffline(true);
  await set('offline', 'created'); // ends the poll that was under way
  await page.locator('#offline').waitFor();
  await shoot(page, 'payment-offline.phone-light');
  await set('offline', 'paid');
  await context.setOffline(false);
  await heading(page, 'Paid');
  await page.locator('#offline').waitFor({ state: 'hidden' });
});

test('the return page takes the payer back after paid', async (t) => {
  const { page } = await open(t, '/live/return/leaves', { size: DESKTOP });
  await heading(page, 'Waiting for your wallet');
  await set('leaves', 'paid');
  await heading(page, 'Paid');
  await page.waitForURL(`${base}/shop**`);
});

test('the payer can stay', async (t) => {
  const { page } = await open(t, '/live/return/stays', { size: DESKTOP });
  await set('stays', 'paid');
  await page.getByRole('button', { name: 'Stay here' }).click();
  await page.locator('.leaving').waitFor({ state: 'hidden' });
  assert.equal(await page.getByRole('link', { name: 'Back to the shop' }).getAttribute('href'), `${base}/shop?order=stays`);
});

test('nothing leaves a return page of a failed order', async (t) => {
  const { page } = await open(t, '/live/return/fails');
  await set('fails', 'failed');
  await heading(page, 'The payment failed');
  assert.equal(await page.locator('[data-leave]').count(), 0);
});
