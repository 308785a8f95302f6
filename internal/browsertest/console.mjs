// The operator's console: signing in, and what the operator does, with scripts and without.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { launch, newContext, PHONE, DESKTOP } from './lib/browser.mjs';
import { CHECKS } from './lib/checks.mjs';
import { shoot } from './lib/shoot.mjs';

const at = JSON.parse(process.env.CONSOLE);
const axe = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');
const password = 'correct horse battery';
let browser;
let state; // of a browser that is signed in
let recovery = [];
before(async () => { browser = await launch(); });
after(() => browser.close());

/** The code of an authenticator app, now or some steps of 30 s later. */
function code(secret, later = 0) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const sum = createHmac('sha1', key).update(step).digest();
  return String((sum.readUInt32BE(sum[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** What is wrong with a page for those who cannot see it well, by our checks and, once a page, by axe-core. */
async function faults(page, thoroughly = true) {
  const found = await page.evaluate(CHECKS);
  if (!thoroughly) return found;
  await page.evaluate(axe);
  const { violations } = await page.evaluate('axe.run()');
  return [...found, ...violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)];
}

test('an invitation leads to a password, a second factor and the console, by keyboard', async () => {
  const context = await newContext(browser, { size: DESKTOP });
  const page = await context.newPage();
  await page.goto(`${at.url}join?token=${at.token}`);
  await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
  assert.deepEqual(await faults(page), []);
  await shoot(page, 'console-join.desktop-light');
  const secret = await page.locator('.key').innerText();
  await page.getByLabel('Choose a password').focus();
  for (const text of [password, password]) {
    await page.keyboard.type(text);
    await page.keyboard.press('Tab');
  }
  await page.getByLabel('The code that the app shows').focus();
  await page.keyboard.type(code(secret));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Recovery codes' }).waitFor();
  recovery = await page.locator('.codes code').allInnerTexts();
  assert.equal(recovery.length, 10);
  await page.getByRole('link', { name: 'Sign in' }).focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('Name').waitFor();
  assert.deepEqual(await faults(page), []);
  await shoot(page, 'console-sign-in.desktop-light');
  await page.getByLabel('Name').focus();
  for (const text of ['ann', password, code(secret, 1)]) { // the code of now was used by the invitation
    await page.keyboard.type(text);
    await page.keyboard.press(text.length === 6 ? 'Enter' : 'Tab');
  }
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  assert.deepEqual(context.troubles, []);
  state = await context.storageState();
  await context.close();
});

const pages = {
  overview: '', orders: 'orders', order: `orders/${at.second}`, attention: 'attention', refunds: 'refunds', inbox: 'inbox',
  webhooks: 'webhooks', delivery: `deliveries/${at.delivery}`, endpoints: 'endpoints', wallets: 'wallets', exports: 'exports?kind=orders', keys: 'keys', operators: 'operators', audit: 'audit', account: 'account',
};

const main = ['overview', 'orders', 'order', 'webhooks']; // of which all variants are looked at

for (const { name, size, dir } of [{ name: 'phone', size: PHONE }, { name: 'desktop', size: DESKTOP }, { name: 'phone-rtl', size: PHONE, dir: 'rtl' }]) {
  test(`every page reads well: ${name}`, async () => {
    const context = await newContext(browser, { size, storageState: state });
    const page = await context.newPage();
    for (const [title, path] of Object.entries(pages).filter(([title]) => !dir || main.includes(title))) {
      await page.goto(at.url + path);
      await page.locator('h1').waitFor();
      if (title === 'overview') await page.locator('.u-legend').first().waitFor();
      for (const scheme of dir || !main.includes(title) ? ['light'] : ['light', 'dark']) {
        await page.emulateMedia({ colorScheme: scheme });
        if (dir) await page.evaluate((to) => { document.documentElement.dir = to; }, dir);
        await shoot(page, `console-${title}.${name}-${scheme}`);
        assert.deepEqual(await faults(page, name === 'desktop' && scheme === 'light'), [], `${title}, ${scheme}`);
      }
    }
    assert.deepEqual(context.troubles, []);
    await context.close();
  });
}

/** Finds an order, refunds a part, resolves what is open, and replays a webhook. */
async function work(page, amount, left) {
  for (const text of [at.first, at.payment, 'R-1001', at.walletPayment]) {
    await page.goto(`${at.url}orders`);
    await page.getByLabel('Find').fill(text);
    await page.getByRole('button', { name: 'Show', exact: true }).last().click();
    await page.getByRole('link', { name: at.first }).waitFor();
    await page.waitForURL(/q=/);
  }
  await page.getByRole('link', { name: at.first }).click();
  await page.locator('#refund summary').click();
  await page.getByLabel('Amount in USD').last().fill(amount);
  await page.getByLabel('Reason').last().fill('the coffee was cold');
  await page.getByRole('button', { name: 'Send the refund' }).click();
  await page.getByText('The refund was sent.').waitFor();
  await page.getByText(left).filter({ visible: true }).first().waitFor();
  await page.getByText('by ann').filter({ visible: true }).first().waitFor();
}

test('an operator finds an order, refunds a part, resolves and replays', async () => {
  const context = await newContext(browser, { size: DESKTOP, storageState: state });
  const page = await context.newPage();
  await work(page, '2.30', /10\.00/);
  await page.getByLabel('Note: what you found, and why').fill('delivered anyway');
  await page.getByRole('button', { name: 'Resolve' }).click();
  await page.getByText('The reason was cleared.').waitFor();
  await page.getByRole('button', { name: `Replay ${at.delivery}` }).click();
  await page.getByText('The webhook will be delivered again now.').waitFor();
  await page.goto(`${at.url}orders?attention=any`);
  await page.getByLabel('Status').selectOption('failed'); // htmx shows it without the button
  await page.getByText('No order matches.').waitFor();
  await page.waitForURL(/status=failed/);
  await page.goBack();
  await page.getByRole('link', { name: at.second }).waitFor();
  assert.deepEqual(context.troubles, []);
  await context.close();
});

test('an operator approves a refund that another has requested, by keyboard', async () => {
  const context = await newContext(browser, { size: DESKTOP, storageState: state });
  const page = await context.newPage();
  await page.goto(`${at.url}refunds`);
  await page.getByRole('heading', { name: /Refund of .*5,?000\.00.* waits for approval/ }).waitFor();
  await page.getByLabel(`Reason for ${at.waiting}`).focus();
  await page.keyboard.type('it is back in the shop');
  await page.keyboard.press('Enter'); // the first button approves
  await page.getByText('The refund was approved and sent.').waitFor();
  await page.getByText('approved: it is back in the shop').first().waitFor();
  await page.goto(`${at.url}refunds`);
  await page.getByText(at.waiting).first().waitFor();
  assert.equal(await page.getByRole('button', { name: 'Approve and send' }).count(), 0);
  assert.deepEqual(context.troubles, []);
  await context.close();
});

/** Finds an order by its payer and its amount, saves the view, exports it, tests a wallet and creates an endpoint. */
async function desk(page, view, address) {
  for (const text of ['payer-7', '12.30']) {
    await page.goto(`${at.url}orders`);
    await page.getByLabel('Find').fill(text);
    await page.getByRole('button', { name: 'Show', exact: true }).last().click();
    await page.waitForURL(/q=/);
    await page.getByRole('link', { name: at.first }).waitFor();
  }
  await page.getByText('Save this view').click();
  await page.getByLabel('Name').fill(view);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The view is saved.').waitFor();
  await page.goto(`${at.url}orders`);
  await page.getByRole('link', { name: view }).click();
  await page.waitForURL(/q=12\.30/);
  await page.goto(`${at.url}exports`);
  await page.getByRole('button', { name: 'Count' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download Orders' }).click()]);
  assert.equal(download.suggestedFilename(), 'shop-orders.csv');
  assert.match(readFileSync(await download.path(), 'utf8'), new RegExp(`^type,id,.*${at.first}`, 's'));
  await page.goto(`${at.url}wallets`);
  await page.getByRole('button', { name: 'Test the wallet pocket' }).click();
  await page.getByText('The wallet answered, and accepts our signature.').waitFor();
  await page.goto(`${at.url}endpoints`);
  await page.getByLabel('Address').fill(address);
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByText(/whsec_/).waitFor();
}

test('an operator saves a view, exports, tests a wallet and creates an endpoint', async () => {
  const context = await newContext(browser, { size: DESKTOP, storageState: state });
  const page = await context.newPage();
  await desk(page, 'Twelve thirty', 'https://shop.example/hooks/new');
  assert.deepEqual(await faults(page), []);
  await shoot(page, 'console-endpoint-created.desktop-light');
  await page.goto(`${at.url}orders?q=12.30`);
  assert.deepEqual(await faults(page), []);
  await shoot(page, 'console-orders-view.desktop-light');
  assert.deepEqual(context.troubles, []);
  await context.close();
});

/** Signs in at the identity provider, by keyboard. */
async function federated(page) {
  await page.goto(`${at.url}sign-in`);
  await page.getByRole('link', { name: 'Sign in with Example ID' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Continue as bea' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.getByRole('link', { name: 'bea' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Keys' }).count(), 0); // the role of the group is support
}

test('an operator signs in at the identity provider', async () => {
  const context = await newContext(browser, { size: DESKTOP });
  await federated(await context.newPage());
  assert.deepEqual(context.troubles, []);
  await context.close();
});

test('all of it works without scripts', async () => {
  const context = await newContext(browser, { size: DESKTOP, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${at.url}orders/${at.first}`);
  await page.getByLabel('Name').fill('ann');
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Code of your authenticator app').fill(recovery[0]);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: at.first }).waitFor();
  await work(page, '1.00', /9\.00/);
  await shoot(page, 'console-order-noscript.desktop-light');
  await page.goto(`${at.url}orders/${at.second}`);
  await page.getByLabel('Note: what you found, and why').fill('the wallet corrected it');
  await page.getByRole('button', { name: 'Resolve' }).click();
  await page.getByText('The reason was cleared.').waitFor();
  await page.goto(`${at.url}deliveries/${at.delivery}`);
  await page.getByRole('button', { name: 'Replay' }).click();
  await page.getByText('The webhook will be delivered again now.').waitFor();
  await desk(page, 'Without scripts', 'https://shop.example/hooks/plain');
  await page.goto(at.url);
  await page.getByRole('heading', { name: 'By wallet' }).waitFor();
  await shoot(page, 'console-overview-noscript.desktop-light');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Name').waitFor();
  await federated(page);
  await context.close();
});
