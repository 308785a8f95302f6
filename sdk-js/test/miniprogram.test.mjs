// Runs examples/miniprogram in a test super app, against the real till.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createReceiptVerifier } from 'minitill/server';
import { entries } from '../scripts/entries.mjs';
import { SuperApp, missing } from './superapp.mjs';
import { startTill } from './till.mjs';

const folder = fileURLToPath(new URL('../../examples/miniprogram', import.meta.url));
const read = (path) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');

test('the example has the built helper and every file of its pages', () => {
  assert.equal(read('../../examples/miniprogram/utils/minitill.js'), read('../dist/minitill.mjs'), 'copy sdk-js/dist/minitill.mjs to examples/miniprogram/utils/minitill.js');
  assert.deepEqual(missing(folder), []);
});

describe('the example mini program', { timeout: 300_000 }, () => {
  let till;
  before(async () => { till = await startTill(); });
  after(() => till.stop());

  /** The super app, whose till is on another port than that of config.js. */
  function install(more) {
    const files = { 'config.js': read('../../examples/miniprogram/config.js').replace('http://127.0.0.1:8080', till.url) };
    return Object.assign(new SuperApp(folder, { walletUrl: `${till.url}/sandbox`, files }), more);
  }

  /** Opens the menu and buys the first thing on it. */
  async function buy(app) {
    const program = app.launch();
    await program.until('Flat white');
    program.tap('Buy');
    return program;
  }

  const shown = (program) => program.page.data.id;

  test('buys: the menu, the cashier, the thanks', async () => {
    const program = await buy(install());
    const text = await program.until('Paid. Thank you!');
    assert.match(text, /4\.50 USD/);
    const order = await till.order(shown(program));
    assert.equal(order.status, 'paid');
    assert.notEqual(order.payer.id.slice(0, 6), 'guest_', 'the payer signed in by the auth code');
  });

  test('its receipt is checked with minitill/server', async () => {
    const program = await buy(install());
    await program.until('Paid. Thank you!');
    const verify = createReceiptVerifier({ baseUrl: till.url });
    const { receipt } = program.require('/till').last.outcome;
    assert.equal((await verify(receipt, { order: shown(program), status: 'paid' })).paid.value, '450');
    await assert.rejects(verify(receipt, { order: 'ord_other' }), { code: 'mismatch' });
  });

  for (const by of ['success', 'fail', 'complete']) {
    test(`is told 9000 by ${by} and shows what the server knows: declined`, async () => {
      const program = await buy(install({ payer: { outcome: 'decline', code: '9000', by } }));
      await program.until('Not paid');
      assert.equal((await till.order(shown(program))).status, 'failed');
    });

    test(`is told 4000 by ${by} and shows what the server knows: paid`, async () => {
      const program = await buy(install({ payer: { outcome: 'pay', code: '4000', by } }));
      await program.until('Paid. Thank you!');
      assert.equal((await till.order(shown(program))).status, 'paid');
    });
  }

  test('a declined payment can be made again', async () => {
    const app = install({ payer: { outcome: 'decline', code: '4000', by: 'fail' } });
    const program = await buy(app);
    await program.until('Not paid');
    const id = shown(program);
    app.payer = { outcome: 'pay', code: '9000', by: 'success' };
    program.tap('Pay now');
    await program.until('Paid. Thank you!');
    assert.equal(shown(program), id, 'it is the same order');
    assert.equal((await till.order(id)).payments.length, 2);
  });

  test('an order whose cashier was left can be paid, or canceled', async () => {
    const app = install({ payer: { outcome: 'leave', code: '6001', by: 'success' } });
    const program = await buy(app);
    await program.until('You left without paying');
    program.tap('Cancel the order');
    await program.until('Not paid, and closed');
    assert.equal((await till.order(shown(program))).status, 'canceled');
  });

  test('killed at the cashier: the next launch shows what became of the order', async () => {
    const app = install({ payer: { outcome: 'pay', dies: true } });
    const program = await buy(app);
    while (program.alive) await new Promise((resolve) => { program.watchers.add(resolve); });
    assert.equal(app.storage.size > 0, true, 'the open order is kept');
    const again = app.launch();
    await again.until('Paid. Thank you!');
    assert.equal((await till.order(shown(again))).status, 'paid');
    assert.deepEqual([...app.storage.keys()].filter((key) => key.startsWith('minitill.order@')), [], 'nothing is left open');
  });

  test('an app without getAuthCode pays as a guest', async () => {
    const program = await buy(install({ without: ['getAuthCode'] }));
    await program.until('Paid. Thank you!');
    assert.equal((await till.order(shown(program))).payer.id.slice(0, 6), 'guest_');
  });

  test('without a connection it says so, and the menu comes with the next request', async () => {
    const app = install({ online: false });
    const program = app.launch();
    await program.until('No connection');
    app.online = true;
    program.tap('Try again');
    await program.until('Flat white');
  });

  test('the till serves the scripts for pages as they were built', async () => {
    for (const { name } of entries.filter(({ page }) => page)) {
      for (const file of [`${name}.js`, `${name}.min.js`]) {
        const response = await fetch(`${till.url}/sdk/${file}`);
        assert.equal(response.status, 200, file);
        assert.equal(await response.text(), read(`../dist/${file}`), file);
      }
    }
  });

  test('back on the menu it buys again, another order', async () => {
    const program = await buy(install());
    await program.until('Paid. Thank you!');
    const first = shown(program);
    program.back();
    program.tap('Buy', 1);
    await program.until('Paid. Thank you!');
    assert.notEqual(shown(program), first);
  });
});
