// Buys in a mini program, at simulated wallets and with the real till: whatever the
// payer does and whatever the container then reports, the page ends with the real outcome.
import { describe, test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { launch, newContext, DESKTOP } from './lib/browser.mjs';
import { complaints } from './lib/checks.mjs';
import { Phone } from './lib/phone.mjs';
import { shoot } from './lib/shoot.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const shot = (phone, name) => shoot(phone.page, `miniprogram-${name}`, { fullPage: false });

/** What is true after each deed of the payer. */
const TRUTH = {
  pay: { text: 'Paid. Thank you!', status: 'paid', books: 'PAID' },
  decline: { text: 'Not paid', status: 'failed', books: 'FAILED' },
  later: { status: 'pending', books: 'PROCESSING' },
  cancel: { status: 'pending', books: 'PENDING' },
  leave: { status: 'pending', books: 'PENDING' },
};

/** While the outcome is open, a code decides what the page shows and nothing else. */
const HINTS = {
  9000: 'The wallet is at work', 8000: 'The wallet is at work', 6004: 'The wallet is at work',
  6001: 'You left without paying', 4000: 'We are still checking', 6002: 'We are still checking',
  none: 'We are still checking',
};
const CODES = ['9000', '8000', '4000', '6001', '6002', '6004'];

/** Which codes come after a deed, by which callback. "none": the app just comes back. */
const MATRIX = {
  pay: { success: CODES, fail: CODES, nothing: ['none'] },
  decline: { success: ['4000', '9000'], fail: ['4000', '6001', '6002'], nothing: ['none'] },
  later: { success: ['8000', '9000'], fail: ['6001', '6004'], nothing: ['none'] },
  cancel: { success: ['6001', '9000', '6002'], fail: ['6001', '9000', '4000'], nothing: ['none'] },
  leave: { success: ['6004', '8000', '4000'], fail: ['6004', '8000', '6002'], nothing: ['none'] },
};

/** How each story continues that is not over yet. */
const SEQUELS = { later: paidAfterAll, cancel: paidAfterAll, leave: canceledByTheShop };

/** The money comes when the page has given up; the next start finds it. */
async function paidAfterAll(phone) {
  await phone.endAtTheWallet('pay');
  await phone.tillHasEnd(); // a start after 6001 queries only once
  await phone.relaunch();
  await phone.isTruly(TRUTH.pay);
}

async function canceledByTheShop(phone) {
  await phone.page.getByRole('button', { name: 'Cancel the order' }).click();
  await phone.isTruly({ text: 'The order is canceled', status: 'canceled', books: 'CANCELED' });
}

test('every code is reported in every way, after paying and after not paying', () => {
  const reported = (...deeds) => new Set(deeds.flatMap((deed) => Object.entries(MATRIX[deed])
    .flatMap(([by, codes]) => codes.map((code) => `${code} by ${by}`))));
  const all = [...CODES.flatMap((code) => [`${code} by success`, `${code} by fail`]), 'none by nothing'].sort();
  assert.deepEqual([...reported('pay')].sort(), all);
  assert.deepEqual([...reported('cancel', 'leave')].sort(), all);
});

// Two at a time, since a payment is mostly waiting for the other side.
describe('the page ends with the real outcome', { concurrency: 2 }, () => {
  for (const [deed, ways] of Object.entries(MATRIX)) {
    for (const [by, codes] of Object.entries(ways)) {
      for (const code of codes) {
        test(`${deed}, then ${code} by ${by}`, () => live(deed, code, by));
      }
    }
  }
});

/** Phones whose last story is over: most of a short story would be unpacking a new one. */
const spare = [];

async function live(deed, code, by) {
  const truth = { text: HINTS[code], ...TRUTH[deed] };
  const behaviour = { by, ...(code !== 'none' && { code }) };
  // No further event of an open order is expected, so there is no wait for one.
  if (SEQUELS[deed]) Object.assign(behaviour, { wait: 500, ...(code === 'none' && { silence: 500 }) });
  const phone = spare.pop() ?? await Phone.unpack(browser);
  await phone.launch('generic-v2', behaviour);
  await phone.buy();
  await phone.do(deed);
  await phone.isTruly(truth);
  if (by === 'success' && code === MATRIX[deed].success[0]) await shot(phone, deed);
  await SEQUELS[deed]?.(phone);
  spare.push(phone);
}

describe('a payer', { concurrency: 2 }, () => {
  // What is the same at every wallet, and what is not: amounts, and who can cancel.
  for (const [name, { paid, minor }] of Object.entries({
    'generic-v2': { paid: '9.00 USD', minor: '900' },
    gcash: { paid: '330.00 PHP', minor: '33000' },
    tng: { paid: '25.80 MYR', minor: '2580' },
    superqi: { paid: '9000.500 IQD', minor: '9000500' },
  })) {
    test(`${name}: who pays is the wallet's customer, and pays the right amount`, async (t) => {
      const phone = await Phone.open(t, browser, name, { user: 'maryam' });
      const customer = await phone.customer('maryam');
      await phone.page.getByText(`Signed in as ${customer}`, { exact: true }).waitFor();
      await phone.buy();
      await shot(phone, `cashier-${name}`);
      await phone.do('pay');
      await phone.isTruly(TRUTH.pay);
      await phone.page.getByText(paid, { exact: true }).waitFor();
      assert.equal((await phone.books()).minor, minor);
      assert.deepEqual((await phone.tillOrder()).payer, { id: customer });
    });

    test(`${name}: a payment that is declined is not paid`, async (t) => {
      const phone = await Phone.open(t, browser, name);
      await phone.buy();
      await phone.do('decline');
      await phone.isTruly(TRUTH.decline);
    });
  }

  test('a wallet that cannot cancel keeps the order open, and the page shows why not', async (t) => {
    const phone = await Phone.open(t, browser, 'tng', { wait: 500 });
    await phone.buy();
    await phone.do('cancel');
    await phone.isTruly({ text: 'You left without paying', status: 'pending', books: 'PENDING' });
    await phone.page.getByRole('button', { name: 'Cancel the order' }).click();
    await phone.isTruly({ text: 'Refused: unsupported', status: 'pending', books: 'PENDING' });
  });

  test('the app is killed after paying: started again, it finds the order paid', async (t) => {
    const phone = await Phone.open(t, browser, 'gcash', { by: 'death' });
    await phone.buy();
    await phone.do('pay');
    await phone.cashier.getByRole('heading', { name: 'Payment complete' }).waitFor();
    await shot(phone, 'killed');
    await phone.relaunch();
    await phone.isTruly(TRUTH.pay);
  });

  test('the app is killed at the cashier: what was not paid is not called paid', async (t) => {
    const phone = await Phone.open(t, browser, 'gcash', { by: 'death', wait: 500 });
    await phone.buy();
    await phone.relaunch();
    await phone.isTruly({ text: 'We are still checking', status: 'pending', books: 'PENDING' });
  });

  test('the cashier is closed after paying, before it could report it', async (t) => {
    const phone = await Phone.open(t, browser, 'gcash');
    await phone.buy();
    await phone.endAtTheWallet('pay');
    await phone.page.getByRole('button', { name: 'Close the wallet' }).click();
    await phone.isTruly(TRUTH.pay);
  });

  // One after the other, at a wallet of their own: a fault is switched on for all its payers.
  describe('a notification that is lost', { concurrency: 1 }, () => {
    for (const [by, title] of Object.entries({
      success: 'the container reports, and the wallet is queried at once',
      nothing: 'there is no report, and the wallet is queried later',
    })) {
      test(title, async (t) => {
        const phone = await Phone.open(t, browser, 'vodapay', { by });
        await phone.misbehave({ fault: 'lose_notification', endpoint: 'notify', times: 1 });
        await phone.buy();
        await phone.do('pay');
        await phone.reads(TRUTH.pay.text, { timeout: 60_000 }); // the pauses between queries grow
        await phone.isTruly(TRUTH.pay);
        assert.deepEqual((await phone.deliveries()).map(({ fault }) => fault), ['lose_notification']);
      });
    }
  });

  test('a lost answer to the making of an order does not make two', async (t) => {
    const phone = await Phone.open(t, browser, 'gcash');
    await phone.loseAnswer('/miniapp/v1/orders');
    await phone.buy();
    assert.equal(phone.order, phone.lost, 'the second answer names the order of the first');
    assert.match(phone.context.troubles.splice(0).join(), /status of 502/);
    await phone.do('pay');
    await phone.isTruly(TRUTH.pay);
  });

  test('held money is authorized, not paid', async (t) => {
    const phone = await Phone.open(t, browser, 'superqi-hold');
    await phone.buy();
    await shot(phone, 'cashier-hold');
    await phone.do('pay');
    await phone.isTruly({ text: 'Approved. The money is set aside', status: 'authorized', books: 'AUTHORIZED' });
    await shot(phone, 'authorized');
  });
});

// The cashier and what else a wallet shows, as a payer sees them.
for (const [variant, options] of Object.entries({
  'phone-light': {}, 'phone-dark': { scheme: 'dark' }, 'desktop-ar': { size: DESKTOP, locale: 'ar' },
})) {
  test(`the wallet's pages read well: ${variant}`, async (t) => {
    const phone = await Phone.open(t, browser, 'superqi-hold');
    await phone.buy();
    const context = await newContext(browser, options);
    t.after(() => context.close());
    const page = await context.newPage();
    const checkPage = async (name) => {
      await shoot(page, `miniprogram-${name}.${variant}`);
      assert.deepEqual(await complaints(page), [], name);
    };
    await page.goto(phone.paymentUrl);
    await checkPage('ask');
    await page.goto(`${phone.account.url}/authorize?scopes=auth_user,USER_NAME`);
    await checkPage('authorize');
    await page.locator('[name=consent][value=agree]').click();
    await checkPage('consented');
    await page.goto(`${phone.paymentUrl}&embed=1`);
    await page.locator('[name=outcome][value=later]').click();
    await page.locator('body[data-result-code="8000"]').waitFor();
    await checkPage('processing');
    assert.deepEqual(context.troubles, []);
  });
}
