// Pays in tokens at the provider's page, with too little, too much and too late, and decides
// about refunds as its operator; the till's status is compared with the provider's books.
import { describe, test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { launch, newContext, DESKTOP, PHONE } from './lib/browser.mjs';
import { complaints } from './lib/checks.mjs';
import { shoot } from './lib/shoot.mjs';

const { PROVIDER_URL: provider, TILL_URL: till, TILL_KEY: key } = process.env;
let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

async function api(method, path, body, status = 200) {
  const response = await fetch(`${till}/v1${path}`, {
    method, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', ...(body && { 'Idempotency-Key': crypto.randomUUID() }) },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  assert.equal(response.status, status, JSON.stringify(answer));
  return answer.data ?? answer;
}

async function control(method, path, body) {
  const response = await fetch(`${provider}/control/${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
  assert.equal(response.status, 200, path);
  return response.json();
}

/** An order, and the payer's browser at its payment page. */
async function order(t, amount = { currency: 'USDT', decimal: '12.34' }, view = { size: PHONE }) {
  const context = await newContext(browser, view);
  t.after(() => context.close());
  const made = await api('POST', '/orders', { amount, description: '2 × Flat white', wallet: 'tokens' }, 201);
  const page = await context.newPage();
  assert.equal(made.action.type, 'redirect');
  await page.goto(made.action.url);
  const story = { context, page, id: made.order.id };
  story.request = (await page.locator('dd.code').first().textContent()).trim();
  return story;
}

const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
const reads = (page, heading) => page.getByRole('heading', { name: heading, exact: true }).waitFor();
const books = ({ request }) => control('GET', `books?requestId=${request}`);

/** The order as the till has it, once it is as wanted. */
async function becomes(story, wanted) {
  for (const until = Date.now() + 30_000; ;) {
    const o = await api('GET', `/orders/${story.id}`);
    if (wanted(o) || Date.now() > until) {
      assert.ok(wanted(o), JSON.stringify(o));
      return o;
    }
    await story.page.waitForTimeout(100);
  }
}

const paid = (o) => o.status === 'paid';

async function fine(story, name) {
  assert.deepEqual(await complaints(story.page), []);
  await shoot(story.page, `payprotocol-${name}`);
  assert.deepEqual(story.context.troubles, []);
}

describe('a payer', { concurrency: 2 }, () => {
  test('sends the exact amount, and the shop has it', async (t) => {
    const story = await order(t);
    await fine(story, 'page.phone-light');
    await press(story.page, 'Send');
    await reads(story.page, 'Paid');
    const o = await becomes(story, paid);
    assert.deepEqual([o.paid.decimal, o.attention], ['12.340000', []]);
    await fine(story, 'paid.phone-light');
  });

  test('sends too little, then the rest', async (t) => {
    const story = await order(t, undefined, { size: DESKTOP, scheme: 'dark' });
    await press(story.page, 'Send 60 %');
    await story.page.getByText('7.404 USDT', { exact: true }).waitFor();
    const waiting = await becomes(story, (o) => o.attention.includes('amount_mismatch'));
    assert.deepEqual([waiting.status, waiting.paid.value], ['pending', '0']);
    await fine(story, 'too-little.desktop-dark');
    await press(story.page, 'Send');
    await reads(story.page, 'Paid');
    const o = await becomes(story, paid);
    assert.deepEqual([o.paid.decimal, o.attention], ['12.340000', ['amount_mismatch']]);
  });

  test('sends too much: it is paid, and needs attention', async (t) => {
    const story = await order(t);
    await press(story.page, 'Send 110 %');
    await reads(story.page, 'Paid');
    const o = await becomes(story, paid);
    assert.deepEqual([o.paid.decimal, o.attention], ['12.340000', ['amount_mismatch']]);
    assert.equal((await books(story)).Settled, '13574000');
  });

  test('sends more than can be matched: nothing is credited', async (t) => {
    const story = await order(t);
    await press(story.page, 'Send 150 %');
    await story.page.locator('main[data-status=PENDING]').waitFor();
    assert.equal((await books(story)).Strange, 1);
    assert.equal((await api('GET', `/orders/${story.id}`)).paid.value, '0');
  });

  test('chooses another token for a price in money', async (t) => {
    const story = await order(t, { currency: 'CNY', decimal: '88.80' }, { size: DESKTOP });
    await story.page.locator('input[value="56-7"]').check();
    await press(story.page, 'Change');
    await story.page.locator('data[value="0.02072"][data-currency=BNB]').waitFor();
    await fine(story, 'chosen.desktop-light');
    await press(story.page, 'Send');
    await reads(story.page, 'Paid');
    const o = await becomes(story, paid);
    assert.deepEqual([o.paid.decimal, o.attention], ['88.80', []]);
    assert.equal((await books(story)).Settled, '20720000000000000');
  });

  test('lets the time run out, and pays after all', async (t) => {
    const story = await order(t, undefined, { size: PHONE, locale: 'ar' });
    await fine(story, 'page.phone-arabic');
    await story.page.locator('button[value=fail]').click();
    await becomes(story, (o) => o.status === 'failed');
    await control('POST', 'settle', { requestId: story.request, outcome: 'pay' });
    const o = await becomes(story, paid);
    assert.deepEqual(o.attention, ['late_payment']);
  });
});

describe('the operator', () => {
  /** A paid order with a refund, and the operator's page of it. */
  async function refund(t, name) {
    const story = await order(t, undefined, { size: DESKTOP });
    await press(story.page, 'Send');
    await becomes(story, paid);
    const requested = await api('POST', `/orders/${story.id}/refunds`, { amount: { currency: 'USDT', decimal: '2.5' } }, 201);
    assert.deepEqual([requested.status, requested.approval?.state ?? requested.approval], ['pending', 'waiting'], JSON.stringify(requested));
    const { open } = await control('GET', 'refunds');
    await story.page.goto(`${provider}/console/refunds?id=${open.at(-1)}`);
    await fine(story, `refund-${name}.desktop-light`);
    story.ended = async () => (await becomes(story, (o) => o.refunds[0].status !== 'pending')).refunds[0];
    return story;
  }

  test('approves a refund', async (t) => {
    const story = await refund(t, 'approve');
    await press(story.page, 'Approve');
    await reads(story.page, 'Refund sent');
    const r = await story.ended();
    assert.deepEqual([r.status, r.amount.decimal, r.fee.decimal], ['succeeded', '2.500000', '1.100000']);
    assert.deepEqual((await api('GET', `/orders/${story.id}`)).attention, []);
    await fine(story, 'refund-sent.desktop-light');
  });

  test('approves another sum', async (t) => {
    const story = await refund(t, 'change');
    await story.page.getByLabel('Sum to send back').fill('2');
    await press(story.page, 'Approve');
    await reads(story.page, 'Refund sent');
    const r = await story.ended();
    assert.deepEqual([r.status, r.amount.decimal], ['succeeded', '2.000000']);
    const o = await api('GET', `/orders/${story.id}`);
    assert.deepEqual([o.refunded.decimal, o.attention], ['2.000000', ['refund_mismatch']]);
  });

  test('rejects a refund', async (t) => {
    const story = await refund(t, 'reject');
    await press(story.page, 'Reject');
    await reads(story.page, 'Refund rejected');
    const r = await story.ended();
    assert.deepEqual([r.status, (await books(story)).Refunded], ['failed', '0']);
    await fine(story, 'refund-rejected.desktop-light');
  });
});

test('every callback is lost: the till queries, and requests a callback', async (t) => {
  const story = await order(t);
  await control('POST', 'faults', { fault: 'lose_notification', times: 1 });
  await control('POST', 'settle', { requestId: story.request, outcome: 'pay' }); // from another device
  await becomes(story, paid);
  await story.page.reload();
  await reads(story.page, 'Payment complete');
  let attempts = [];
  for (const until = Date.now() + 10_000; attempts.length < 2 && Date.now() < until;) {
    attempts = (await control('GET', `deliveries?requestId=${story.request}`)).deliveries;
    await story.page.waitForTimeout(100);
  }
  assert.deepEqual(attempts.map(({ fault, acknowledged }) => [fault ?? '', acknowledged]), [['lose_notification', false], ['', true]]);
});
