// The built files in an engine that has nothing but the language and two timer functions, with a
// host made of plain functions, against the real server.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { age } from './age.mjs';
import { startTill } from './till.mjs';

const file = (name) => readFileSync(fileURLToPath(new URL(`../dist/${name}`, import.meta.url)), 'utf8');
const ABSENT = ['window', 'self', 'document', 'fetch', 'URL', 'crypto', 'TextEncoder', 'globalThis', 'AbortController', 'console', 'require', 'process', 'Symbol', 'Map', 'Reflect'];

const builds = {
  'minitill.min.js': (context) => { vm.runInContext(file('minitill.min.js'), context); return context.Minitill; },
  'minitill.js': (context) => { vm.runInContext(file('minitill.js'), context); return context.Minitill; },
  'minitill.cjs.js': (context) => vm.runInContext(`(function (exports) {${file('minitill.cjs.js')}\nreturn exports; })`, context)({}),
};

let server;
before(async () => { server = await startTill(); });
after(() => server.stop());

/** A phone: what survives an app, and the cashier that its next payment meets. */
function phone() {
  const storage = new Map();
  const seen = { headers: [], cashiers: 0 };
  const my = {
    request: (o) => {
      seen.headers.push(o.headers);
      fetch(o.url, { method: o.method, headers: o.headers, body: o.data && JSON.stringify(o.data) }).then(
        async (response) => o.success({ status: response.status, data: JSON.parse(await response.text()) }),
        (error) => o.fail({ error: 12, errorMessage: String(error) }));
    },
    getStorageSync: ({ key }) => ({ data: storage.get(key) ?? null }),
    setStorageSync: ({ key, data }) => { storage.set(key, data); },
    removeStorageSync: ({ key }) => { storage.delete(key); },
  };
  return { my, storage, seen };
}

/** Presses a button of the sandbox's cashier. */
async function decide(paymentUrl, outcome) {
  const response = await fetch(paymentUrl, { method: 'POST', body: new URLSearchParams({ outcome }), redirect: 'manual' });
  assert.ok(response.status < 400, `the cashier answered ${response.status}`);
}

/** The cashier in which the payer acts as configured, and which then calls back as configured. */
const cashier = (handset, outcome, report) => (o) => {
  handset.seen.cashiers++;
  decide(o.paymentUrl, outcome).then(() => report(o));
};

for (const [name, read] of Object.entries(builds)) {
  describe(`${name} in a bare engine, against the real server`, () => {
    /** One launch of the app: an engine of its own. */
    function launch(handset, more) {
      const context = vm.createContext(Object.assign(Object.create(null), { setTimeout: (run, ms) => setTimeout(run, ms), clearTimeout: (timer) => clearTimeout(timer) }));
      age(context);
      assert.deepEqual(ABSENT.filter((absent) => vm.runInContext(`typeof ${absent}`, context) !== 'undefined'), []);
      return read(context).createTill({ baseUrl: server.url, my: handset.my, wallet: 'sandbox', ...more });
    }

    const order = async (till) => ({ items: [{ sku: (await till.catalog()).items[0].sku, quantity: 2 }] });

    test('pays, and has the receipt', async () => {
      const handset = phone();
      handset.my.tradePay = cashier(handset, 'pay', (o) => o.success({ resultCode: '9000' }));
      const till = launch(handset);
      const outcome = await till.pay(await order(till));
      assert.deepEqual([outcome.state, outcome.source, outcome.order.status, outcome.code], ['paid', 'server', 'paid', '9000']);
      assert.equal(outcome.receipt.split('.').length, 3);
      assert.equal(handset.storage.size, 0);
    });

    test('declined is failed, and a retry pays the same order', async () => {
      const handset = phone();
      handset.my.tradePay = cashier(handset, 'decline', (o) => o.fail({ error: 4000 }));
      const till = launch(handset);
      const first = await till.pay(await order(till));
      assert.deepEqual([first.state, first.source], ['failed', 'server']);
      handset.my.tradePay = cashier(handset, 'pay', (o) => o.complete({}));
      const second = await till.pay(await till.retry(first.order.id));
      assert.deepEqual([second.state, second.order.id], ['paid', first.order.id]);
    });

    test('left at the cashier is canceled by the client, then by the server', async () => {
      const handset = phone();
      handset.my.tradePay = cashier(handset, 'leave', (o) => { o.success({ resultCode: 6001 }); o.fail({ error: 6001 }); o.complete(); });
      const till = launch(handset);
      const outcome = await till.pay(await order(till));
      assert.deepEqual([outcome.state, outcome.source, outcome.order.status], ['canceled', 'client', 'pending']);
      assert.equal((await till.cancel(outcome.order.id)).order.status, 'canceled');
      assert.equal(handset.storage.size, 0);
    });

    test('killed at the cashier, paid meanwhile: the next launch learns it', async () => {
      const handset = phone();
      const paid = new Promise((resolve) => { handset.my.tradePay = cashier(handset, 'pay', resolve); });
      const till = launch(handset, { silence: 1e9 });
      till.pay(await order(till));
      await paid;
      const outcome = await launch(handset).resume();
      assert.deepEqual([outcome.state, outcome.source], ['paid', 'server']);
      assert.equal(await launch(handset).resume(), null);
      till.abort();
    });

    test('a host whose storage has no Sync forms resumes after a kill as well', async () => {
      const handset = phone();
      for (const operation of ['getStorage', 'setStorage', 'removeStorage']) {
        const sync = handset.my[`${operation}Sync`];
        delete handset.my[`${operation}Sync`];
        handset.my[operation] = (o) => { const result = sync(o); setImmediate(() => o.success(result)); };
      }
      const open = new Promise((resolve) => { handset.my.tradePay = resolve; });
      const till = launch(handset, { silence: 1e9 });
      till.pay(await order(till));
      await decide((await open).paymentUrl, 'pay');
      assert.equal((await launch(handset).resume()).state, 'paid');
      till.abort();
    });

    test('what the server refuses says which field and why', async () => {
      const till = launch(phone());
      await assert.rejects(till.createOrder({ items: [{ sku: 'no such thing', quantity: 0 }] }), (error) => {
        assert.deepEqual([error.name, error.code, error.status], ['TillError', 'invalid', 400]);
        assert.match(error.message, /items\[0\]\.quantity: \S+/);
        assert.ok(error.problem.errors.length > 0 && error.requestId);
        return true;
      });
    });

    test('retry of an order of another payer is forbidden or not found', async () => {
      const handset = phone();
      handset.my.tradePay = cashier(handset, 'leave', (o) => o.success({ resultCode: 6001 }));
      const till = launch(handset);
      const { order: theirs } = await till.pay(await order(till));
      await assert.rejects(launch(phone()).status(theirs.id), (error) => /^(forbidden|not_found)$/.test(error.code));
    });
  });
}
