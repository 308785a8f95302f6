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

/** What is wrong with a page for those who cannot see it well, by our checks and, unless rules is null, by axe-core. */
async function faults(page, rules = {}) {
  const found = await page.evaluate(CHECKS);
  if (!rules) return found;
  if (!await page.evaluate('"axe" in window')) await page.evaluate(axe);
  return [...found, ...await page.evaluate(violations, { ...rules, resultTypes: ['violations'] })];
}

/** Runs in the page, from which all that axe-core finds would be a third of a megabyte. */
async function violations(options) {
  const found = await window.axe.run(options);
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
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
  assert.equal(await page.locator('.codes code').count(), 10);
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
  bulk: 'bulk?attention=late_payment',
  webhooks: 'webhooks', delivery: `deliveries/${at.delivery}`, endpoints: 'endpoints', wallets: 'wallets', exports: 'exports?kind=orders', keys: 'keys', operators: 'operators', audit: 'audit', account: 'account',
};

const main = ['overview', 'orders', 'order', 'webhooks']; // of which all variants are looked at

/** The times, amounts and ids whose first character is right of another one in its line. */
function reordered() {
  const box = (text, at) => { const r = document.createRange(); r.setStart(text, at); r.setEnd(text, at + 1); return r.getBoundingClientRect(); };
  return [...document.querySelectorAll('time, data.money, .code:not(pre)')].filter((e) => {
    const text = e.firstChild;
    if (!text || text.nodeType !== Node.TEXT_NODE || !text.data.trim() || !e.getClientRects().length) return false;
    const first = text.data.search(/\S/), start = box(text, first);
    return [...text.data].some((c, i) => i > first && c.trim() && Math.abs(box(text, i).top - start.top) < 2 && box(text, i).left < start.left);
  }).map((e) => e.textContent);
}

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
        if (dir) assert.deepEqual(await page.evaluate(reordered), [], `${title}: read in another order`);
        await shoot(page, `console-${title}.${name}-${scheme}`);
        const rules = scheme === 'dark' ? { runOnly: ['color-contrast'] } : {}; // the rest is as in light
        assert.deepEqual(await faults(page, name === 'desktop' || main.includes(title) ? rules : null), [], `${title}, ${scheme}`);
      }
    }
    assert.deepEqual(context.troubles, []);
    await context.close();
  });
}

/** Finds an order by each id that it has, and refunds a part. */
async function work(page, amount, left, who = 'ann') {
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
  await page.getByText(`by ${who}`).filter({ visible: true }).first().waitFor();
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
  await page.waitForLoadState(); // Back loads the page again
  await page.getByLabel('Created from').fill('2026-01-02T03:04'); // htmx filters by a date, too
  await page.waitForURL(/from=2026-01-02/);
  assert.deepEqual(context.troubles, []);
  await context.close();
});

/** Approves a refund that another has requested, by keyboard. */
async function approve(page, refund) {
  await page.goto(`${at.url}refunds`);
  await page.getByRole('heading', { name: /Refund of .*5,?000\.00.* waits for approval/ }).first().waitFor();
  await page.getByLabel(`Reason for ${refund}`).focus();
  await page.keyboard.type('it is back in the shop');
  await page.keyboard.press('Enter'); // the first button approves
  await page.getByText('The refund was approved and sent.').waitFor();
  await page.getByText('approved: it is back in the shop').first().waitFor();
  await page.goto(`${at.url}refunds`);
  await page.getByText(refund).first().waitFor();
  assert.equal(await page.getByLabel(`Reason for ${refund}`).count(), 0);
}

test('an operator approves a refund that another has requested, by keyboard', async () => {
  const context = await newContext(browser, { size: DESKTOP, storageState: state });
  await approve(await context.newPage(), at.waiting);
  assert.deepEqual(context.troubles, []);
  await context.close();
});

/** Puts the focus on what is first of a locator, and presses Enter there. */
async function press(page, locator) {
  await locator.first().focus();
  await page.keyboard.press('Enter');
}

/** Types into a field. */
async function type(page, field, text) {
  await field.focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.type(text);
}

test('an operator finds, refunds, resolves and replays by keyboard, on a phone in the dark', async () => {
  const context = await newContext(browser, { size: PHONE, scheme: 'dark', storageState: state });
  const page = await context.newPage();
  await page.goto(`${at.url}orders`);
  const lists = [];
  page.on('request', (request) => /R-1004/.test(request.url()) && lists.push(request.url()));
  await type(page, page.getByLabel('Find'), 'R-1004');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: at.first }).waitFor({ state: 'detached' }); // htmx has replaced the list
  await press(page, page.getByRole('link', { name: at.fourth }));
  await press(page, page.locator('#refund summary'));
  await type(page, page.locator('#refund-amount'), '1.25');
  await type(page, page.locator('#refund-reason'), 'one cup was cold');
  await page.keyboard.press('Enter');
  assert.equal(lists.length, 1, 'a second list would take the focus from the link'); // Enter changes the field and submits
  await page.getByText('The refund was sent.').waitFor();
  await type(page, page.getByLabel('Note: what you found, and why'), 'made by hand');
  await page.keyboard.press('Enter');
  await page.getByText('The reason was cleared.').waitFor();
  await page.goto(`${at.url}deliveries/${at.another}`);
  await press(page, page.getByRole('button', { name: 'Show what the endpoint wrote' }));
  await page.getByText('no tenant for shop.example').waitFor();
  assert.deepEqual(await faults(page), []);
  await shoot(page, 'console-delivery-revealed.phone-dark');
  await press(page, page.getByRole('button', { name: 'Replay' }));
  await page.getByText('The webhook will be delivered again now.').waitFor();
  assert.deepEqual(context.troubles, []);
  await context.close();
});

/** Counts the orders of a filter, has all of them queried, and cancels that. */
async function many(page) {
  await page.goto(`${at.url}orders?wallet=pocket`);
  await page.getByRole('link', { name: 'Query all of these at their wallets' }).click();
  await page.getByRole('heading', { name: '4 orders match' }).waitFor();
  await page.getByLabel('Reason').fill('the wallet was down');
  await page.getByRole('button', { name: 'Query 4 orders' }).click();
  await page.getByText('It has begun. Its progress is below.').waitFor();
  await shoot(page, `console-bulk-begun${page.context().scriptless ? '-noscript' : ''}.desktop-light`);
  await page.getByRole('button', { name: /^Cancel/ }).click();
  await page.getByText('canceled by').first().waitFor();
}

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

test('an operator queries many orders, saves a view, exports, tests a wallet and creates an endpoint', async () => {
  const context = await newContext(browser, { size: DESKTOP, storageState: state });
  const page = await context.newPage();
  await many(page);
  assert.deepEqual(await faults(page), []);
  await page.goto(`${at.url}audit`);
  await page.getByText(/^4 orders with wallet pocket/).waitFor();
  assert.deepEqual(await faults(page), []);
  await shoot(page, 'console-audit-many.desktop-light');
  await desk(page, 'Twelve thirty', 'https://shop.example/hooks/new');
  assert.deepEqual(await faults(page), []);
  await shoot(page, 'console-endpoint-created.desktop-light');
  await page.goto(`${at.url}orders?q=12.30`);
  assert.deepEqual(await faults(page), []);
  await shoot(page, 'console-orders-view.desktop-light');
  assert.deepEqual(context.troubles, []);
  await context.close();
});

/** Chooses a password and a second factor by an invitation, signs in with both, and returns the recovery codes. */
async function join(page) {
  await page.goto(`${at.url}join?token=${at.plainToken}`);
  const secret = await page.locator('.key').innerText();
  for (const label of ['Choose a password', 'The same password again']) await page.getByLabel(label).fill(password);
  await page.getByLabel('The code that the app shows').fill(code(secret));
  await page.getByLabel('The code that the app shows').press('Enter');
  await page.getByRole('heading', { name: 'Recovery codes' }).waitFor();
  const recovery = await page.locator('.codes code').allInnerTexts();
  await signIn(page, code(secret, 1));
  return recovery;
}

/** Signs in for the page of an order. */
async function signIn(page, second) {
  await page.goto(`${at.url}orders/${at.first}`);
  await page.getByLabel('Name').fill('cat');
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Code of your authenticator app').fill(second);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: at.first }).waitFor();
}

/** Signs in at the identity provider, by keyboard. */
async function federated(page) {
  await page.goto(`${at.url}sign-in`);
  await page.getByRole('link', { name: 'Sign in with Example ID' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Continue as bea' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.getByRole('link', { name: 'bea', exact: true }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Keys', exact: true }).count(), 0); // the role of the group is support
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
  const recovery = await join(page);
  await work(page, '1.00', /9\.00/, 'cat');
  await approve(page, at.plainWaiting);
  await shoot(page, 'console-order-noscript.desktop-light');
  await page.goto(`${at.url}orders/${at.second}`);
  await page.getByLabel('Note: what you found, and why').fill('the wallet corrected it');
  await page.getByRole('button', { name: 'Resolve' }).click();
  await page.getByText('The reason was cleared.').waitFor();
  await page.goto(`${at.url}deliveries/${at.delivery}`);
  await page.getByRole('button', { name: 'Replay' }).click();
  await page.getByText('The webhook will be delivered again now.').waitFor();
  await many(page);
  await desk(page, 'Without scripts', 'https://shop.example/hooks/plain');
  await page.goto(at.url);
  await page.getByRole('heading', { name: 'By wallet' }).waitFor();
  await shoot(page, 'console-overview-noscript.desktop-light');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Name').waitFor();
  await signIn(page, recovery[0]);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Name').waitFor();
  await federated(page);
  await context.close();
});
