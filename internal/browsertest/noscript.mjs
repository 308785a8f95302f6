// The pages as a browser without scripts shows them.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { launch, newContext } from './lib/browser.mjs';
import { shoot } from './lib/shoot.mjs';

const base = process.env.GALLERY_URL;
let browser, context, page;
before(async () => {
  browser = await launch();
  context = await newContext(browser, { javaScriptEnabled: false });
  page = await context.newPage();
});
after(() => browser.close());

test('the payment page shows QR and link, and refreshes itself', async () => {
  await page.goto(`${base}/exhibit/payment-ready`); // which takes its time to refresh
  await shoot(page, 'payment-noscript.phone-light');
  await page.goto(`${base}/live/payment/plain`);
  await page.getByAltText('QR code for this payment').waitFor();
  await page.getByRole('link', { name: 'Pay with your wallet' }).waitFor();
  await page.getByText('12.30 USD').waitFor();
  await fetch(`${base}/set?order=plain&status=paid`, { method: 'POST' });
  await page.getByRole('heading', { name: 'Paid' }).waitFor();
});

test('a payment that was not opened yet is opened by the button', async () => {
  await page.goto(`${base}/live/unopened/pressed`);
  await page.getByRole('button', { name: 'Pay with your wallet' }).click();
  await page.getByRole('heading', { name: 'Paid' }).waitFor();
});

test('the return page shows the outcome', async () => {
  await page.goto(`${base}/live/return/truth`);
  await page.getByRole('heading', { name: 'Waiting for your wallet' }).waitFor();
  await fetch(`${base}/set?order=truth&status=failed`, { method: 'POST' });
  await page.getByRole('heading', { name: 'The payment failed' }).waitFor();
  await page.getByRole('link', { name: 'Back to the shop' }).waitFor();
  await shoot(page, 'return-noscript.phone-light');
});

test('the cashier pays', async () => {
  const { paymentUrl } = await (await fetch(`${base}/cashier/new`)).json();
  await page.goto(paymentUrl);
  await page.getByText('12.30 USD').waitFor();
  await shoot(page, 'cashier-noscript.phone-light');
  await page.getByRole('button', { name: 'Pay now' }).click();
  await page.getByRole('heading', { name: 'Payment complete' }).waitFor();
  assert.equal(await page.locator('body').getAttribute('data-result-code'), '9000');
});

for (const [button, code] of [['Decline the payment', '4000'], ['Leave without paying', '6001'], [/Pay later/, '8000']]) {
  test(`the cashier's "${button}" works`, async () => {
    const { paymentUrl } = await (await fetch(`${base}/cashier/new`)).json();
    await page.goto(`${paymentUrl}&embed=1`);
    await page.getByRole('button', { name: button }).click();
    await page.locator(`body[data-result-code="${code}"]`).waitFor();
  });
}
