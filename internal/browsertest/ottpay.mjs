// Pays at OTT Pay's checkout, with the real till: each story ends with the till's status.
import { describe, test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { launch, newContext, DESKTOP, PHONE } from './lib/browser.mjs';
import { complaints } from './lib/checks.mjs';
import { shoot } from './lib/shoot.mjs';

const { TILL_URL: till, TILL_KEY: key, OTTPAY_URL: provider } = process.env;
let browser;
let serial = 0;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** Calls the merchant API. */
async function call(method, path, body) {
  serial += 1;
  const response = await fetch(`${till}/v1${path}`, {
    method, headers: { Authorization: `Bearer ${key}`, 'Idempotency-Key': `ottpay-${serial}`, ...(body && { 'Content-Type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

/** Makes an order of 12.50 and opens its checkout. */
async function checkout(t, method, options, more = {}) {
  const made = await call('POST', '/orders', {
    amount: { currency: 'CAD', value: '1250' }, description: 'Two teas & a cake', wallet: 'ott', method, channel: 'h5', ...more,
  });
  assert.equal(made.action.type, 'redirect');
  const context = await newContext(browser, options);
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(made.action.url);
  return { page, context, id: made.order.id };
}

/** Waits until the till reports it, and returns the order. */
async function truly(id, status) {
  for (;;) {
    const order = await call('GET', `/orders/${id}`);
    if (order.status === status) return order;
    assert.ok(['created', 'pending'].includes(order.status), `the order is ${order.status}, want ${status}`);
    await new Promise((resolve) => { setTimeout(resolve, 500); });
  }
}

const books = async (order) => (await fetch(`${provider}/control/books?requestId=${order.payments[0].requestId}`)).json();

describe('the checkout', { concurrency: 3 }, () => {
  test('the payer chooses, pays with a tip, and is refunded', async (t) => {
    const { page, context, id } = await checkout(t, 'NONE', { size: PHONE });
    await page.getByText('Convenience fee').waitFor();
    assert.deepEqual(await complaints(page), []);
    await shoot(page, 'ottpay-checkout.phone-light');
    await page.getByText('Alipay', { exact: true }).click();
    await page.getByLabel('Tip').fill('1.00');
    await page.getByRole('button', { name: 'Pay now' }).click();
    await page.waitForURL(`${till}/return/**`);
    const back = new URL(page.url()).searchParams;
    assert.equal(back.get('total_fee'), '1250');
    assert.equal(back.get('trade_status'), ' Trade_Finished');
    await page.getByRole('heading', { name: 'Paid' }).waitFor();
    await shoot(page, 'ottpay-returned.phone-light');
    const order = await truly(id, 'paid');
    assert.equal(order.paid.value, '1250');
    assert.deepEqual(order.attention, []);
    const fees = Object.fromEntries(order.payments[0].fees.map((fee) => [fee.type, fee.amount.value]));
    assert.deepEqual(fees, { convenience_fee: '10', tip: '100' });
    assert.match(order.payments[0].walletPaymentIds.join(' '), /\d{17}.* AL\d+/);
    await call('POST', `/orders/${id}/refunds`, { amount: { currency: 'CAD', value: '500' }, reason: 'too cold' });
    for (;;) {
      const now = await call('POST', `/orders/${id}/refresh`, {});
      if (now.refunded.value === '500') break;
    }
    assert.equal((await books(order)).refunded, 500);
    assert.deepEqual(context.troubles, []);
  });

  test('a payment that is declined is not paid, whatever the URL has', async (t) => {
    const { page, context, id } = await checkout(t, 'WECHATPAY', { size: DESKTOP });
    await page.getByText('WeChat Pay').first().waitFor();
    assert.equal(await page.getByText('UnionPay').count(), 0, 'the method was chosen before');
    await shoot(page, 'ottpay-checkout.desktop-light');
    await page.getByRole('button', { name: 'Declined by the bank' }).click();
    await page.waitForURL(`${till}/return/**`);
    await page.goto(`${till}/return/${id}?total_fee=1250&trade_no=1&out_trade_no=1&trade_status=Trade_Finished`);
    await page.getByRole('heading', { name: 'The payment failed' }).waitFor();
    await shoot(page, 'ottpay-declined.desktop-light');
    await truly(id, 'failed');
    assert.deepEqual(context.troubles, []);
  });

  test('a checkout that is left ends with its order', async (t) => {
    const { page, context, id } = await checkout(t, 'UNIONPAY', { size: PHONE, scheme: 'dark' }, { expiresIn: 60 });
    assert.deepEqual(await complaints(page), []);
    await shoot(page, 'ottpay-checkout.phone-dark');
    const order = await truly(id, 'expired');
    assert.equal(order.paid.value, '0');
    await page.reload();
    await page.getByRole('heading', { name: 'Payment expired' }).waitFor();
    await shoot(page, 'ottpay-expired.phone-dark');
    assert.equal((await books(order)).captured, 0);
    assert.deepEqual(context.troubles, []);
  });
});
