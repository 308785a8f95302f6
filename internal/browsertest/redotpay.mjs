// Pays at RedotPay's simulator as payers do: by the link, by a method's QR code, by a deep
// link; at the demo shop and at the till's hosted page. QR codes are read by a decoder that
// is not ours.
import { describe, test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import jsQR from 'jsqr';
import { launch, newContext, PHONE, DESKTOP } from './lib/browser.mjs';
import { complaints } from './lib/checks.mjs';
import { Counter } from './lib/counter.mjs';
import { shoot } from './lib/shoot.mjs';

const worlds = Object.fromEntries(['PAYLINK', 'METHODS'].map((name) => [name, {
  till: process.env[`${name}_TILL`], far: process.env[`${name}_FAR`], key: process.env[`${name}_KEY`],
}]));
let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

async function visit(t, { till }, options = { size: DESKTOP }) {
  const context = await newContext(browser, options);
  t.after(() => context.close());
  return { context, counter: new Counter(await context.newPage(), till) };
}

async function json(response) {
  const body = await response.json();
  assert.ok(response.ok, JSON.stringify(body));
  return body;
}

const post = (url, body, headers = {}) => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }).then(json);

/** The provider's own record of what it sent, by the number that we gave the order. */
const numberOf = (order) => `${order.replace(/^ord_/, '')}P1`;
const books = ({ far }, order) => fetch(`${far}/control/books?requestId=${numberOf(order)}`).then(json);

/** The shop goes to the wallet's page before its answers can be read: it has recorded them. */
async function remembered(counter) {
  [counter.order, counter.token] = await counter.page.evaluate(() => {
    const kept = Object.values(localStorage).join('\n').replaceAll('\\', '');
    return [/"id":"(ord_\w+)"/.exec(kept)[1], /"token":"([\w.-]+)"/.exec(kept)[1]];
  });
}

/** Reads a QR code from the screen, as another phone would. */
async function scan(page, image) {
  const shot = (await image.screenshot({ type: 'png' })).toString('base64');
  const { data, width, height } = await page.evaluate(async (png) => {
    const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(png), (c) => c.charCodeAt(0))], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
    canvas.drawImage(picture, 0, 0);
    const { data: pixels } = canvas.getImageData(0, 0, picture.width, picture.height);
    return { data: [...pixels], width: picture.width, height: picture.height };
  }, shot);
  return jsQR(Uint8ClampedArray.from(data), width, height)?.data;
}

async function order(counter) {
  await counter.open();
  await counter.fill();
  await counter.openCart();
  await counter.pay();
}

describe('the demo shop at RedotPay', { concurrency: 2 }, () => {
  for (const [size, options] of Object.entries({ desktop: { size: DESKTOP }, phone: { size: PHONE, scheme: 'dark' } })) {
    test(`Paylink on a ${size}: the payer goes to the link and comes back paid`, async (t) => {
      const world = worlds.PAYLINK;
      const { context, counter } = await visit(t, world, options);
      const { page } = counter;
      await order(counter);
      await page.waitForURL(`${world.far}/pay/**`);
      await page.getByRole('button', { name: 'Pay now' }).waitFor();
      await shoot(page, `redotpay-cashier.${size}`, { fullPage: false });
      assert.deepEqual(await complaints(page), []);
      await page.getByRole('button', { name: 'Decline the payment' }).click();
      await page.waitForURL(`${world.till}/**`);
      await remembered(counter);
      await page.goBack(); // a failed attempt leaves the order open
      await page.getByRole('button', { name: 'Pay now' }).click();
      await page.waitForURL(`${world.till}/return/**`);
      await page.getByText('Paid', { exact: false }).first().waitFor();
      await shoot(page, `redotpay-return.${size}`, { fullPage: false });
      await counter.tillReports('paid');
      await page.goto(`${world.till}/demo/`);
      await counter.reads('Paid. Thank you!');
      assert.equal((await books(world, counter.order)).Status, 2);
      assert.deepEqual(context.troubles, []);
    });
  }

  test('a method that is not manual: the QR code is what the provider sent, and pays', async (t) => {
    const world = worlds.METHODS;
    const { context, counter } = await visit(t, world);
    const { page } = counter;
    await order(counter);
    await counter.reads('How would you like to pay?');
    await shoot(page, 'redotpay-methods.desktop', { fullPage: false });
    assert.deepEqual(await complaints(page), []);
    await page.getByRole('button', { name: 'RedotPay', exact: true }).click();
    await payByCode(world, counter, 'automatic', '1');
    assert.deepEqual(context.troubles, []);
  });

  test('a manual method: the QR code is fetched, another method is chosen, and it pays', async (t) => {
    const world = worlds.METHODS;
    const { context, counter } = await visit(t, world, { size: PHONE });
    const { page } = counter;
    await order(counter);
    await page.getByRole('button', { name: 'Wallet app' }).click();
    const app = page.getByRole('link', { name: 'Open the wallet’s app' });
    assert.match(await app.getAttribute('href'), /^redotpay:\/\/pay\?.*method=3/);
    await shoot(page, 'redotpay-deeplink.phone', { fullPage: false });
    await page.reload(); // and choose again
    await page.getByRole('button', { name: 'Go on paying' }).click();
    await page.getByRole('link', { name: 'Open the wallet’s app' }).waitFor();
    const chosen = await post(`${world.till}/miniapp/v1/orders/${counter.order}/payments`, { method: '2' }, { Authorization: `Bearer ${counter.token}`, 'Idempotency-Key': 'another-method' });
    assert.equal(chosen.action.type, 'qr');
    await page.reload();
    await page.getByRole('button', { name: 'Go on paying' }).click();
    await payByCode(world, counter, 'manual', '2');
    assert.deepEqual(context.troubles, []);
  });

  test('a payment whose webhooks are all lost still ends paid', async (t) => {
    const world = worlds.PAYLINK;
    const { counter } = await visit(t, world);
    const { page } = counter;
    await order(counter);
    await page.waitForURL(`${world.far}/pay/**`);
    await post(`${world.far}/control/faults`, { fault: 'lose_notification', endpoint: 'notify', times: 1 });
    await page.getByRole('button', { name: 'Pay now' }).click();
    await page.waitForURL(`${world.till}/return/**`);
    await remembered(counter);
    await page.goto(`${world.till}/demo/`);
    await page.getByRole('heading', { name: 'Paid. Thank you!' }).waitFor({ timeout: 60_000 });
    await counter.tillReports('paid');
  });
});

/** Scans the code on the screen, opens it on another phone, and pays there. */
async function payByCode(world, counter, name, method) {
  const { page } = counter;
  const image = page.getByRole('img', { name: 'QR code to pay with' });
  await image.waitFor();
  await shoot(page, `redotpay-qr-${name}`, { fullPage: false });
  assert.deepEqual(await complaints(page), []);
  const content = await scan(page, image);
  assert.equal(content, await image.getAttribute('data-content'));
  assert.ok(content.startsWith(`${world.far}/pay/`) && content.includes(`method=${method}`), content);
  const phone = await page.context().newPage();
  await phone.goto(content);
  await shoot(phone, `redotpay-scanned-${name}`, { fullPage: false });
  await phone.getByRole('button', { name: 'Pay now' }).click();
  await counter.reads('Paid. Thank you!');
  await counter.tillReports('paid');
}

describe('the hosted page at RedotPay', { concurrency: 2 }, () => {
  /** A merchant's order and its page. */
  async function hosted(t, world, options) {
    const { context, counter } = await visit(t, world, options);
    const made = await post(`${world.till}/v1/orders`, { amount: { currency: 'USD', value: '1290' }, description: 'Two teas', channel: 'web', wallet: 'redotpay' },
      { Authorization: `Bearer ${world.key}`, 'Idempotency-Key': `hosted-${crypto.randomUUID()}` });
    await counter.page.goto(made.payUrl);
    return { context, page: counter.page, made };
  }

  const paid = (page) => page.getByText(/^Paid/).first().waitFor();

  test('Paylink: the page leads to the link', async (t) => {
    const world = worlds.PAYLINK;
    const { context, page, made } = await hosted(t, world, { size: DESKTOP });
    const link = page.locator('.open-wallet');
    const url = await link.getAttribute('href');
    assert.ok(url.startsWith(`${world.far}/pay/`), url);
    assert.equal(await scan(page, page.locator('.qr img')), url);
    await shoot(page, 'redotpay-hosted-paylink', { fullPage: false });
    await link.click();
    await page.getByRole('button', { name: 'Pay now' }).click();
    await page.waitForURL(`${world.till}/return/**`);
    await paid(page);
    assert.equal((await books(world, made.order.id)).Status, 2);
    assert.deepEqual(context.troubles, []);
  });

  test('Open-API: the page offers methods, and shows the code of the one chosen', async (t) => {
    const world = worlds.METHODS;
    const { context, page, made } = await hosted(t, world, { size: PHONE });
    await page.getByRole('button', { name: 'Binance Pay' }).waitFor();
    await shoot(page, 'redotpay-hosted-methods', { fullPage: false });
    assert.deepEqual(await complaints(page), []);
    await page.getByRole('button', { name: 'Binance Pay' }).click();
    const image = page.locator('.qr img');
    await image.waitFor();
    const content = await scan(page, image);
    assert.ok(content.startsWith(`${world.far}/pay/`) && content.includes('method=2') && content.includes('k=qr'), content);
    const link = await page.locator('.open-wallet').getAttribute('href');
    assert.ok(link.includes('method=2') && link.includes('k=web'), link);
    await shoot(page, 'redotpay-hosted-qr', { fullPage: false });
    const phone = await context.newPage();
    await phone.goto(content);
    await phone.getByRole('button', { name: 'Pay now' }).click();
    await paid(page);
    assert.equal((await books(world, made.order.id)).Status, 2);
    assert.deepEqual(context.troubles, []);
  });
});
