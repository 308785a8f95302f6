import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOST, problem, rejection, suite, tea } from './support.mjs';

/** Brings the payer to the cashier, then kills the app. */
async function killed(w, result) {
  const { o } = await w.atCashier(w.till);
  if (result) o.success(result);
  await w.clock.pass(500);
  w.clock.timers = [];
  w.server.orders.ord_1.waiting.length = 0;
  w.server.requests.length = 0;
  return w.launch();
}

suite('resume', (world) => {
  test('nothing open: null, and nothing is sent', async () => {
    const w = world();
    assert.equal(await w.till.resume(), null);
    assert.equal(w.server.requests.length, 0);
  });

  test('killed at the cashier, paid meanwhile: the next launch learns it, without signing in', async () => {
    const w = world();
    const till = await killed(w);
    w.server.move('ord_1', 'paid');
    const outcome = await w.clock.until(till.resume());
    assert.deepEqual([outcome.state, outcome.source, outcome.receipt, outcome.order.id], ['paid', 'server', 'receipt-ord_1', 'ord_1']);
    assert.equal(w.server.requests[0].headers.Authorization, 'Bearer token-ord_1');
    assert.equal(w.sent('POST', '/sessions').length, 0);
    assert.equal(w.storage.size, 0, 'nothing stays stored');
    assert.equal(await till.resume(), null);
    assert.equal(w.clock.left('till'), 0);
  });

  test('paid during its query', async () => {
    const w = world();
    const till = await killed(w);
    const resuming = till.resume();
    await w.clock.pass(10_000);
    w.server.move('ord_1', 'paid');
    assert.equal((await w.clock.until(resuming)).state, 'paid');
  });

  test('never final: unconfirmed, and still stored', async () => {
    const w = world();
    const till = await killed(w);
    const outcome = await w.clock.until(till.resume());
    assert.equal(outcome.state, 'unconfirmed');
    assert.ok(w.stored('order'));
    assert.equal(w.clock.left('till'), 0);
  });

  test('what the cashier said is remembered', async () => {
    for (const [code, state] of [['9000', 'processing'], ['6001', 'canceled'], ['4000', 'unconfirmed']]) {
      const w = world();
      const till = await killed(w, { resultCode: code });
      const outcome = await w.clock.until(till.resume());
      assert.deepEqual([outcome.state, outcome.code, outcome.source], [state, code, 'client']);
    }
  });

  test('left by the payer, paid late: found at the next launch', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    o.fail({ resultCode: '6001' });
    assert.equal((await w.clock.until(paying)).state, 'canceled');
    w.server.move('ord_1', 'paid');
    assert.equal((await w.clock.until(w.launch().resume())).state, 'paid');
    assert.equal(w.stored('order'), null);
  });

  test('an order token that is too old gives way to a new session', async () => {
    const w = world();
    const till = await killed(w);
    w.server.revoked.add('token-ord_1');
    w.server.move('ord_1', 'paid');
    assert.equal((await w.clock.until(till.resume())).state, 'paid');
    assert.deepEqual(w.server.requests.map((r) => [r.method, r.url.replace(/.*v1/, ''), r.headers.Authorization]), [
      ['GET', '/orders/ord_1', 'Bearer token-ord_1'],
      ['POST', '/sessions', undefined],
      ['GET', '/orders/ord_1', 'Bearer session-2'],
    ]);
  });

  test('a stored order the server does not know is let go', async () => {
    const w = world();
    const till = await killed(w);
    w.server.fault('/ord_1', problem(404, 'not_found'));
    const outcome = await w.clock.until(till.resume());
    assert.deepEqual([outcome.state, outcome.order, outcome.error.code], ['unconfirmed', null, 'not_found']);
    assert.equal(w.stored('order'), null);
  });

  test('a stranger\'s 404 is not the server\'s word', async () => {
    const w = world({ deliver: (o, a) => o.success({ status: a.status, data: a.data ?? '<h1>404</h1>' }) });
    const till = await killed(w);
    w.server.fault('/ord_1', problem(404, 'not_found'));
    w.server.move('ord_1', 'paid');
    assert.equal((await w.clock.until(till.resume())).state, 'paid');
  });

  test('offline at launch: unconfirmed in the end, with the reason, and still stored', async () => {
    const w = world();
    const till = await killed(w);
    w.server.fault('/ord_1', ...Array(100).fill(LOST));
    const outcome = await w.clock.until(till.resume());
    assert.deepEqual([outcome.state, outcome.error.code], ['unconfirmed', 'transport']);
    assert.ok(w.stored('order'));
  });

  test('while pay runs, resume joins it', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    const resuming = w.till.resume();
    w.server.move('ord_1', 'paid');
    o.success({ resultCode: '9000' });
    assert.equal(await w.clock.until(resuming), await paying);
  });

  test('a pay takes over from a resume, which settles with what it knows', async () => {
    const w = world();
    const till = await killed(w);
    const resuming = till.resume();
    await w.clock.pass(5000);
    const { paying, o } = await w.atCashier(till);
    assert.equal((await resuming).state, 'unconfirmed');
    assert.equal((await rejection(till.pay(tea))).code, 'busy');
    w.server.move('ord_2', 'paid');
    o.success({ resultCode: '9000' });
    assert.equal((await w.clock.until(paying)).order.id, 'ord_2');
    assert.equal(w.clock.left('till'), 0);
  });

  test('a pay in the same tick as a resume', async () => {
    const w = world();
    const till = await killed(w);
    const resuming = till.resume();
    const { paying, o } = await w.atCashier(till);
    o.success({ resultCode: '6001' });
    assert.equal((await w.clock.until(paying)).order.id, 'ord_2');
    assert.equal((await resuming).state, 'unconfirmed');
    assert.equal(w.clock.left('till'), 0);
  });

  test('nothing open, and a pay or an abort in the same breath: null', async () => {
    const w = world();
    const resuming = w.till.resume();
    const { paying, o } = await w.atCashier(w.till);
    assert.equal(await resuming, null);
    o.success({ resultCode: '6001' });
    await w.clock.until(paying);
    const idle = world();
    const aborted = idle.till.resume();
    idle.till.abort();
    assert.equal(await idle.clock.until(aborted), null);
    assert.deepEqual(idle.states, []);
  });

  test('another server, or another app, has its own open order', async () => {
    const w = world();
    await killed(w);
    assert.equal(await w.launch({ baseUrl: 'https://other.example' }).resume(), null);
    assert.equal(await w.launch({ app: 'other' }).resume(), null);
  });
});

suite('storage', (world) => {
  const quirks = {
    'absent is {data: null}': (storage) => ({ key }) => ({ data: storage.get(key) ?? null }),
    'absent is {data: undefined}': (storage) => ({ key }) => ({ data: storage.get(key) }),
    'absent is {data: \'\'}': (storage) => ({ key }) => ({ data: storage.get(key) ?? '' }),
    'absent is {}': (storage) => ({ key }) => (storage.has(key) ? { data: storage.get(key) } : {}),
    'absent is null': (storage) => ({ key }) => (storage.has(key) ? { data: storage.get(key) } : null),
    'absent is undefined': (storage) => ({ key }) => (storage.has(key) ? { data: storage.get(key) } : undefined),
    'under APDataStorage': (storage) => ({ key }) => ({ APDataStorage: storage.get(key) ?? null }),
    'under APDataStorage, data null': (storage) => ({ key }) => ({ data: null, APDataStorage: storage.get(key) }),
    'parsed by the container': (storage) => ({ key }) => ({ data: storage.has(key) ? JSON.parse(storage.get(key)) : null }),
  };
  for (const [name, make] of Object.entries(quirks)) {
    test(name, async () => {
      const w = world();
      w.my.getStorageSync = make(w.storage);
      assert.equal(await w.till.resume(), null);
      const till = await killed(w);
      w.server.move('ord_1', 'paid');
      assert.equal((await w.clock.until(till.resume())).state, 'paid');
      assert.equal(await till.resume(), null);
    });
  }

  test('storage that throws stops no payment', async () => {
    const w = world();
    for (const name of ['getStorageSync', 'setStorageSync', 'removeStorageSync']) w.my[name] = () => { throw new Error('full'); };
    const { paying, o } = await w.atCashier(w.till);
    w.server.move('ord_1', 'paid');
    o.success({ resultCode: '9000' });
    assert.equal((await w.clock.until(paying)).state, 'paid');
    assert.equal(await w.till.resume(), null);
  });

  test('nonsense in storage is nothing', async () => {
    for (const nonsense of ['{', '"x"', '[]', 'null', '0', '{"id":""}']) {
      const w = world();
      await killed(w);
      for (const key of w.storage.keys()) w.storage.set(key, nonsense);
      assert.equal(await w.launch().resume(), null);
    }
  });

  test('without any storage, memory serves while the app lives', async () => {
    const w = world({ without: ['getStorageSync', 'setStorageSync', 'removeStorageSync'] });
    const { paying, o } = await w.atCashier(w.till);
    o.success({ resultCode: '6001' });
    await w.clock.until(paying);
    w.server.move('ord_1', 'paid');
    assert.equal((await w.clock.until(w.till.resume())).state, 'paid');
    assert.equal(await w.launch().resume(), null);
  });

  test('a storage of one\'s own comes first', async () => {
    const kept = new Map();
    const storage = { getItem: (k) => kept.get(k), setItem: (k, v) => { kept.set(k, v); }, removeItem: (k) => { kept.delete(k); } };
    const w = world({ storage });
    const { paying, o } = await w.atCashier(w.till);
    assert.deepEqual([...kept.keys()], ['minitill.order@https://till.example']);
    assert.equal(w.storage.size, 0);
    o.success({ resultCode: '6001' });
    await w.clock.until(paying);
  });
});
