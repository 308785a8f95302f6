// The helper in a plain browser, without a wallet's container: by redirect and return, and with its own sheet.
import { describe, test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { launch, newContext } from './lib/browser.mjs';
import { complaints } from './lib/checks.mjs';
import { shoot } from './lib/shoot.mjs';

const base = process.env.DEMO_URL;
const items = [{ sku: 'flat-white', quantity: 2 }];
const shop = `${base}/a-shop`;
const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>A shop</title>
<link rel="icon" href="data:,"><h1>A shop</h1><button id="before" style="min-height: 48px; min-width: 48px">Buy</button>
${['minitill', 'sheet', 'hosts', 'agree'].map((name) => `<script src="/sdk/${name}.js"></script>`).join('')}`;
let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

async function visit(t) {
  const context = await newContext(browser);
  t.after(() => context.close());
  const page = await context.newPage();
  await page.route(shop, (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await page.goto(shop);
  return { context, page };
}

/** Opens the sheet for an action; its result is in window.result. */
async function show(page, action) {
  await page.evaluate((given) => {
    document.querySelector('#before').focus();
    window.result = 'nothing yet';
    window.went = [];
    const outcome = new Promise((resolve) => { window.end = resolve; });
    try {
      Promise.resolve(Minitill.sheet({ go: (url) => window.went.push(url) })(given, { id: 'ord_1' }, outcome)).then((result) => { window.result = result; });
    } catch (error) {
      window.result = String(error);
    }
  }, action);
}

const result = (page) => page.evaluate(() => new Promise((resolve) => { setTimeout(() => resolve(window.result)); }));
const focused = (page) => page.evaluate(() => document.activeElement.id);
const image = 'data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCAxIDEiLz4=';

describe('the helper in a plain browser', () => {
  test('to the wallet by redirect, and back to the truth', async (t) => {
    const { context, page } = await visit(t);
    await page.evaluate(([baseUrl, order]) => { Minitill.createTill({ baseUrl, wallet: 'sandbox' }).pay({ items: order, channel: 'web' }); }, [base, items]);
    await page.getByRole('button', { name: 'Pay now' }).click();
    await page.waitForURL(`${base}/return/**`);
    await page.goto(shop);
    const outcome = await page.evaluate((baseUrl) => Minitill.createTill({ baseUrl, wallet: 'sandbox' }).resume(), base);
    assert.deepEqual([outcome.state, outcome.source, outcome.order.amount.decimal], ['paid', 'server', '9.00']);
    assert.equal(await page.evaluate((baseUrl) => Minitill.createTill({ baseUrl }).resume(), base), null);
    assert.deepEqual(context.troubles, []);
  });

  test('the scripts for pages share one global', async (t) => {
    const { page } = await visit(t);
    const names = await page.evaluate(() => Object.keys(Minitill).sort());
    assert.deepEqual(names, ['TillError', 'agree', 'createTill', 'detect', 'fromBridge', 'fromBrowser', 'fromCall', 'fromTaro', 'fromUni', 'fromWindVane', 'sheet']);
  });

  test('the sheet shows a code, can be read and closed, and gives the focus back', async (t) => {
    const { context, page } = await visit(t);
    await show(page, { type: 'qr', content: 'https://w.example/q', image, url: 'https://w.example/pay' });
    const sheet = page.getByRole('dialog', { name: 'Scan to pay' });
    await sheet.getByRole('img').waitFor();
    assert.equal(await sheet.getByRole('link').getAttribute('href'), 'https://w.example/pay');
    await shoot(page, 'helper-sheet-qr');
    assert.deepEqual(await complaints(page), []);
    await page.keyboard.press('Escape');
    assert.deepEqual([await sheet.count(), await result(page), await focused(page)], [0, false, 'before']);
    assert.deepEqual(context.troubles, []);
  });

  test('the sheet closes by itself when the payment ends', async (t) => {
    const { page } = await visit(t);
    await show(page, { type: 'deeplink', url: 'wallet://pay?id=1' });
    const link = page.getByRole('dialog').getByRole('link', { name: 'Open the wallet’s app' });
    assert.equal(await link.getAttribute('href'), 'wallet://pay?id=1');
    await page.evaluate(() => window.end({ state: 'paid' }));
    await link.waitFor({ state: 'detached' });
    assert.equal(await result(page), 'nothing yet');
  });

  test('the payer chooses a method, or none', async (t) => {
    const { page } = await visit(t);
    const action = { type: 'chooseMethod', methods: [{ id: 'balance', name: 'Balance' }, { id: 'card', name: 'بطاقة' }] };
    await show(page, action);
    await shoot(page, 'helper-sheet-methods');
    assert.deepEqual(await complaints(page), []);
    await page.getByRole('button', { name: 'بطاقة' }).click();
    assert.equal(await result(page), 'card');
    await show(page, action);
    await page.getByRole('button', { name: 'Close' }).click();
    assert.equal(await result(page), undefined);
  });

  test('the sheet follows web pages only, and links to nothing that is a script', async (t) => {
    const { page } = await visit(t);
    await show(page, { type: 'redirect', url: 'https://w.example/?a=%2F' });
    await page.waitForFunction(() => window.went.length === 1);
    assert.deepEqual(await page.evaluate(() => window.went), ['https://w.example/?a=%2F']);
    for (const url of ['javascript:alert(1)', ' javascript:alert(1)', 'data:text/html,x', '']) {
      await show(page, { type: 'redirect', url });
      assert.match(await result(page), /no web page/, url);
      await show(page, { type: 'deeplink', url });
      assert.equal(await page.getByRole('dialog').getByRole('link').count(), 0, url);
      await page.getByRole('button', { name: 'Close' }).click();
    }
    await show(page, { type: 'sign', url: 'https://w.example/' });
    assert.match(await result(page), /cannot do sign/);
  });
});
