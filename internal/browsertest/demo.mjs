// Buys coffee at the demo shop of a real server, with every outcome the wallet has.
import { describe, test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { launch, newContext, PHONE, DESKTOP } from './lib/browser.mjs';
import { complaints } from './lib/checks.mjs';
import { Counter } from './lib/counter.mjs';
import { shoot } from './lib/shoot.mjs';

const base = process.env.DEMO_URL;
let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

async function visit(t, options = { size: DESKTOP }) {
  const context = await newContext(browser, options);
  t.after(() => context.close());
  return { context, counter: new Counter(await context.newPage(), base) };
}

const shot = (counter, name) => shoot(counter.page, `demo-${name}`, { fullPage: false });

// Two at a time, because the wallet's "later" is mostly waiting.
describe('the demo shop', { concurrency: 2 }, () => {
  test('pay: the shop shows paid, and the till reports paid', async (t) => {
    const { context, counter } = await visit(t);
    await counter.buy('Pay now');
    await counter.reads('Paid. Thank you!');
    await counter.tillReports('paid');
    await counter.page.locator('#order-status', { hasText: 'paid' }).waitFor();
    await counter.page.locator('.event', { hasText: 'order.paid' }).waitFor();
    await counter.page.getByRole('button', { name: 'Order something else' }).click();
    await counter.page.getByRole('button', { name: 'Add Flat white' }).waitFor(); // the cart is empty
    assert.deepEqual(context.troubles, []);
  });

  test('decline: the shop shows failed, and a retry pays', async (t) => {
    const { context, counter } = await visit(t);
    await counter.buy('Decline the payment');
    await counter.reads('The payment failed');
    await counter.tillReports('failed');
    await shot(counter, 'failed.desktop-light');
    const order = counter.order;
    await counter.page.getByRole('button', { name: 'Try again' }).click();
    await counter.choose('Pay now');
    await counter.reads('Paid. Thank you!');
    assert.equal(counter.order, order, 'the same order was paid');
    await counter.tillReports('paid');
    assert.deepEqual(context.troubles, []);
  });

  test('leave: the order stays open, and can still be paid', async (t) => {
    const { context, counter } = await visit(t, { size: PHONE });
    await counter.buy('Leave without paying');
    await counter.reads('Not paid yet');
    await counter.tillReports('pending');
    await shot(counter, 'left.phone-light');
    await counter.page.getByRole('button', { name: 'Go on paying' }).click();
    await counter.choose('Pay now');
    await counter.reads('Paid. Thank you!');
    await counter.tillReports('paid');
    assert.deepEqual(context.troubles, []);
  });

  test('closing the cashier is leaving, and the order can be canceled', async (t) => {
    const { context, counter } = await visit(t);
    await counter.open();
    await counter.fill();
    await counter.openCart();
    await counter.pay();
    await counter.page.frameLocator('.cashier__frame').getByRole('button', { name: 'Pay now' }).waitFor();
    await counter.page.getByRole('button', { name: 'Leave the wallet' }).click();
    await counter.reads('Not paid yet');
    await counter.page.getByRole('button', { name: 'Cancel the order' }).click();
    await counter.reads('Order canceled');
    await counter.tillReports('canceled');
    assert.deepEqual(context.troubles, []);
  });

  test('later: paid after the page was closed and opened again', async (t) => {
    const { context, counter } = await visit(t, { size: PHONE });
    await counter.buy(/Pay later/);
    await counter.reads('Waiting for your wallet');
    await shot(counter, 'waiting.phone-light');
    await counter.close();
    const again = new Counter(await context.newPage(), base);
    await again.page.goto(`${base}/demo/`);
    await again.reads('Paid. Thank you!');
    await counter.tillReports('paid');
    assert.deepEqual(context.troubles, []);
  });

  test('a page closed at the cashier finds its order again', async (t) => {
    const { context, counter } = await visit(t);
    await counter.open();
    await counter.fill();
    await counter.openCart();
    await counter.pay();
    await counter.page.frameLocator('.cashier__frame').getByRole('button', { name: 'Pay now' }).waitFor();
    await counter.close();
    const again = new Counter(await context.newPage(), base);
    await again.page.goto(`${base}/demo/`);
    await again.reads('Not paid yet');
    await again.page.getByRole('button', { name: 'Go on paying' }).click();
    await again.choose('Pay now');
    await again.reads('Paid. Thank you!');
    await counter.tillReports('paid');
    assert.deepEqual(context.troubles, []);
  });

  test('the network is gone when ordering: once it is back, trying again orders once', async (t) => {
    const { context, counter } = await visit(t, { size: PHONE });
    await counter.buy('Pay now'); // an order of before must not be in the way
    await counter.reads('Paid. Thank you!');
    await counter.page.getByRole('button', { name: 'Order something else' }).click();
    const keys = new Set();
    counter.page.on('request', (request) => { if (/\/orders$/.test(request.url())) keys.add(request.headers()['idempotency-key']); });
    await counter.fill();
    await counter.openCart();
    await context.setOffline(true);
    await counter.pay();
    await counter.reads('No answer');
    await shot(counter, 'offline.phone-light');
    await context.setOffline(false);
    await counter.page.getByRole('button', { name: 'Try again' }).click();
    await counter.choose('Pay now');
    await counter.reads('Paid. Thank you!');
    await counter.tillReports('paid');
    assert.equal(keys.size, 1, 'every try had the same key');
    assert.deepEqual(context.troubles, []);
  });

  test('the network fails at the cashier: once it is back, the shop shows by itself what was paid', async (t) => {
    const { context, counter } = await visit(t);
    await counter.open();
    await counter.fill();
    await counter.openCart();
    await counter.pay();
    await counter.page.frameLocator('.cashier__frame').getByRole('button', { name: 'Pay now' }).waitFor();
    await context.setOffline(true);
    await counter.payElsewhere();
    // The shop waits twelve seconds before it says something else.
    await Promise.all([counter.reads('Waiting for your wallet'), counter.page.getByRole('button', { name: 'Leave the wallet' }).click()]);
    await context.setOffline(false);
    await counter.reads('Paid. Thank you!');
    await counter.tillReports('paid');
    await counter.page.locator('.event', { hasText: 'order.paid' }).waitFor();
    assert.deepEqual(context.troubles, []);
  });

  test('the network is gone when the menu is loaded: trying again shows it', async (t) => {
    const { context, counter } = await visit(t);
    await counter.page.route('**/catalog*', (route) => route.abort('internetdisconnected'), { times: 1 });
    await counter.page.goto(`${base}/demo/`);
    await counter.page.getByRole('button', { name: 'Try again' }).click();
    await counter.page.getByRole('heading', { name: 'Flat white' }).waitFor();
    assert.deepEqual(context.troubles, []);
  });

  test('without scripts: the cashier pays, and the return page shows the outcome', async (t) => {
    const { context, counter } = await visit(t, { size: PHONE, javaScriptEnabled: false });
    const { action } = await counter.orderByAPI([{ sku: 'flat-white', quantity: 2 }, { sku: 'almond-croissant', quantity: 1 }]);
    await counter.page.goto(action.paymentUrl);
    await counter.page.getByRole('button', { name: 'Pay now' }).click();
    await counter.page.waitForURL(`${base}/return/${counter.order}**`);
    await counter.reads('Paid');
    await counter.page.getByText('12.90 USD').waitFor();
    await counter.page.getByRole('link', { name: 'Back to the shop' }).waitFor();
    await counter.tillReports('paid');
    assert.deepEqual(context.troubles, []);
  });

  test('the return page becomes paid by itself, and leads back to the shop', async (t) => {
    const { context, counter } = await visit(t);
    const { action } = await counter.orderByAPI([{ sku: 'flat-white', quantity: 2 }, { sku: 'almond-croissant', quantity: 1 }]);
    await counter.page.goto(action.paymentUrl);
    await counter.page.getByRole('button', { name: /Pay later/ }).click();
    await counter.reads('Waiting for your wallet');
    await counter.reads('Paid');
    await counter.page.getByRole('link', { name: 'Back to the shop' }).click();
    await counter.page.waitForURL(`${base}/demo/**`);
    await counter.tillReports('paid');
    assert.deepEqual(context.troubles, []);
  });

  test('the shop can be used without a mouse', async (t) => {
    const { context, counter } = await visit(t);
    const { page } = counter;
    const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label') || document.activeElement.id || document.activeElement.textContent);
    await counter.open();
    await page.getByRole('button', { name: 'Add Flat white' }).press('Enter');
    assert.equal(await focused(), 'One more Flat white');
    await page.getByRole('button', { name: /View order/ }).press('Enter');
    assert.equal(await focused(), 'sheet');
    await page.getByRole('dialog', { name: 'Your order' }).getByRole('button', { name: 'One more Flat white' }).press('Enter');
    assert.equal(await focused(), 'One more Flat white');
    await page.keyboard.press('Escape');
    await page.locator('#sheet').waitFor({ state: 'hidden' });
    assert.match(await focused(), /View order · 2 items/);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /^Pay / }).press('Enter');
    await page.frameLocator('.cashier__frame').getByRole('button', { name: 'Pay now' }).press('Enter');
    await counter.reads('Paid. Thank you!');
    assert.equal(await focused(), 'sheet');
    assert.deepEqual(context.troubles, []);
  });

  for (const [name, options] of Object.entries({
    'phone-light': { size: PHONE },
    'phone-dark': { size: PHONE, scheme: 'dark' },
    'desktop-light': { size: DESKTOP },
    'desktop-dark': { size: DESKTOP, scheme: 'dark' },
  })) {
    test(`the shop is readable: ${name}`, (t) => shootShop(t, name, options));
  }
});

async function shootShop(t, name, options) {
  const { context, counter } = await visit(t, options);
  const { page } = counter;
  const check = async (state) => {
    await shot(counter, `${state}.${name}`);
    assert.deepEqual(await complaints(page), [], state);
  };
  await counter.open();
  await counter.fill();
  await page.locator('#counter').evaluate((element) => element.scrollTo(0, 0));
  await check('menu');
  assert.equal((await page.locator('.brand__mark').boundingBox()).width, 28, 'the mark in the header keeps its size');
  await counter.openCart();
  await check('cart');
  await counter.pay();
  await page.frameLocator('.cashier__frame').getByRole('button', { name: 'Pay now' }).waitFor();
  await check('cashier');
  await counter.choose('Pay now');
  await counter.reads('Paid. Thank you!');
  await page.locator('.event', { hasText: 'order.paid' }).waitFor({ state: 'attached' });
  await check('paid');
  if (options.size === PHONE) await page.getByRole('button', { name: 'Inside' }).click();
  await page.locator('.call summary').nth(1).click();
  await check('panel');
  await page.locator('#calls').evaluate((element) => element.scrollIntoView());
  await check('calls');
  assert.deepEqual(context.troubles, []);
}
