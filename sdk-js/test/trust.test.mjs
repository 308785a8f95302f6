// What the helper accepts, and what it refuses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOST, problem, rejection, suite, tea } from './support.mjs';

const foreign = (status) => ({ status: 200, data: { order: { id: 'ord_666', status, amount: {} }, receipt: 'r', orderToken: 'token-ord_666', action: null } });

suite('trust', (world) => {
  test('an answer about another order is no answer', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    w.server.fault('/result', foreign('paid'));
    w.server.fault('/ord_1', foreign('paid'), foreign('failed'));
    o.success({ resultCode: '9000' });
    const outcome = await w.clock.until(paying);
    assert.deepEqual([outcome.state, outcome.order.id, outcome.source], ['processing', 'ord_1', 'client']);
    assert.equal(w.stored('order').id, 'ord_1');
  });

  test('status, cancel and retry of one order do not take the word for another', async () => {
    for (const [call, path] of [['status', '/ord_1'], ['cancel', '/cancel'], ['retry', '/payments']]) {
      const w = world();
      await w.clock.until(w.till.createOrder(tea));
      w.server.fault(path, ...Array(3).fill(foreign('paid')));
      assert.equal((await rejection(w.clock.until(w.till[call]('ord_1')))).code, 'transport', call);
    }
  });

  test('an answer without an order is requested again with the same key', async () => {
    const w = world();
    const cut = (server, request) => { server.create(request); return { status: 201, data: { order: {} } }; };
    w.server.fault('/orders', cut, cut);
    assert.equal((await w.clock.until(w.till.createOrder(tea))).order.id, 'ord_1');
    assert.equal(new Set(w.sent('POST', '/orders').map((r) => r.headers['Idempotency-Key'])).size, 1);
  });

  test("the merchant's order is the one that was requested", async () => {
    const w = world();
    w.server.fault('/orders', ...Array(3).fill(foreign('pending')));
    const error = await rejection(w.clock.until(w.till.pay({ order: 'ord_1', orderToken: 't' })));
    assert.equal(error.code, 'transport');
    assert.equal(w.cashier.calls.length, 0);
  });

  for (const id of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    test(`an order called ${id} is an order`, async () => {
      const w = world();
      w.server.orders[id] = { id, app: 'demo', status: 'pending', amount: {}, waiting: [] };
      w.server.fault('/orders', { status: 201, data: { order: { id, status: 'pending', amount: {} }, action: w.server.action, orderToken: `token-${id}` } });
      const { paying, o } = await w.atCashier(w.till, { order: id });
      w.server.move(id, 'paid');
      o.success({ resultCode: '9000' });
      const outcome = await w.clock.until(paying);
      assert.deepEqual([outcome.state, outcome.order.id], ['paid', id]);
      assert.equal(w.sent('POST', '/result')[0].headers.Authorization, `Bearer token-${id}`);
      assert.equal((await w.clock.until(w.launch().status(id))).order.id, id);
    });
  }

  test('an envelope with a status that is no success is no good news', async () => {
    for (const status of [500, 302, 0, '', null, {}, 'paid']) {
      const w = world();
      await w.clock.until(w.till.createOrder(tea));
      w.server.fault('/ord_1', { status, data: { order: { id: 'ord_1', status: 'paid' } } });
      assert.equal((await rejection(w.clock.until(w.till.status('ord_1')))).code, 'transport', JSON.stringify(status));
    }
  });

  for (const [name, status] of [['a list', ['paid']], ['an object', { paid: true }], ['a longer word', 'paid '], ['a name of the language', 'constructor']]) {
    test(`a status that is ${name} is not final`, async () => {
      const w = world();
      const { paying, o } = await w.atCashier(w.till);
      w.server.orders.ord_1.status = status;
      o.success({ resultCode: '9000' });
      const outcome = await w.clock.until(paying);
      assert.deepEqual([outcome.state, outcome.source], ['processing', 'client']);
    });
  }

  test('a plain http base is refused, unless it is this machine or allowed', () => {
    const w = world();
    const create = (baseUrl, more) => w.launch({ baseUrl, ...more });
    for (const baseUrl of ['http://till.example', 'HTTP://till.example', ' http://till.example', 'http://localhost.evil.example', 'http://localhost:80@evil.example/', 'http://127.0.0.1.evil.example', 'http://127.evil.example', 'http:till.example', 'http://[::1].evil.example', 'http://192.168.1.5:8080']) {
      assert.throws(() => create(baseUrl), (error) => error.code === 'invalid' && /baseUrl.*https/.test(error.message), baseUrl);
      create(baseUrl, { allowHttp: true });
    }
    for (const baseUrl of ['', '/pay', 'https://till.example', 'http://localhost', 'http://localhost:8080', 'http://localhost/pay', 'http://127.0.0.1:8080/pay', 'http://127.1.2.3', 'http://[::1]:8080']) create(baseUrl);
  });

  test('a refusal says which field breaks which rule', async () => {
    const w = world();
    w.server.fault('/orders', problem(400, 'invalid', { detail: 'The request breaks a rule.', errors: [{ field: 'items[0].quantity', detail: 'must be at least 1' }, { field: 'wallet', detail: 'is not known' }] }));
    const error = await rejection(w.clock.until(w.till.createOrder(tea)));
    assert.equal(error.message, 'The request breaks a rule. items[0].quantity: must be at least 1 wallet: is not known');
    assert.deepEqual([error.code, error.problem.errors.length], ['invalid', 2]);
  });

  test('what the caller left out is named', async () => {
    const w = world();
    assert.throws(() => w.minitill.createTill({}), /baseUrl/);
    assert.match((await rejection(w.till.createOrder({}))).message, /items.*order/);
    assert.match((await rejection(w.till.status())).message, /order/);
    w.server.action = { type: 'tradeNO' };
    assert.match((await rejection(w.clock.until(w.till.pay(tea)))).message, /action\.tradeNO/);
  });

  test('entries of errors that name no field are left out', async () => {
    const w = world();
    w.server.fault('/orders', problem(400, 'invalid', { detail: 'Broken.', errors: [null, 7, { detail: 'nowhere' }, { field: 'a', detail: 'is bad' }] }));
    assert.equal((await rejection(w.clock.until(w.till.createOrder(tea)))).message, 'Broken. a: is bad');
  });

  test('a refusal whose words are no texts is a refusal all the same', async () => {
    const odd = { toString: 1, valueOf: 2 };
    const w = world();
    w.server.fault('/orders', { status: 400, problem: { code: odd, title: odd, detail: odd, errors: [null, 7, { field: odd, detail: odd }, { field: 'a', detail: odd }] } });
    const error = await rejection(w.clock.until(w.till.createOrder(tea)));
    assert.ok(error instanceof w.minitill.TillError);
    assert.deepEqual([error.code, error.status], ['unknown', 400]);
  });
});

suite('stopping', (world) => {
  test('abort at the cashier settles at once, and leaves the order to resume', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    w.till.abort();
    const outcome = await paying;
    assert.deepEqual([outcome.state, outcome.source, outcome.order.id], ['unconfirmed', 'client', 'ord_1']);
    assert.equal(w.clock.left('till'), 0);
    const sent = w.server.requests.length;
    o.success({ resultCode: '9000' });
    await w.clock.pass(200_000);
    assert.equal(w.server.requests.length, sent, 'nothing is sent any more');
    w.server.move('ord_1', 'paid');
    assert.equal((await w.clock.until(w.till.resume())).state, 'paid');
  });

  test('abort while the order is created opens no cashier, and the next try takes the key up', async () => {
    for (const after of [0, 60, 500, 1090]) {
      const w = world();
      w.server.fault('/orders', LOST);
      const paying = w.till.pay(tea);
      await w.clock.pass(after);
      w.till.abort();
      const outcome = await paying;
      assert.deepEqual([outcome.state, outcome.order], ['unconfirmed', null]);
      await w.clock.pass(200_000);
      assert.equal(w.cashier.calls.length, 0);
      assert.equal(w.clock.left('till'), 0);
      await w.atCashier(w.till);
      await w.clock.pass(5000);
      assert.equal(w.cashier.calls.length, 1);
      assert.equal(new Set(w.sent('POST', '/orders').map((r) => r.headers['Idempotency-Key'])).size, 1);
    }
  });

  test('abort while confirming says what the cashier said', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    o.success({ resultCode: '9000' });
    await w.clock.pass(3000);
    w.till.abort();
    assert.deepEqual([(await paying).state, w.clock.left('till')], ['processing', 0]);
    assert.ok(w.server.requests.at(-1).aborted, 'the open question is let go');
  });

  test('a pay in the same tick as an abort is not busy', async () => {
    const w = world();
    await w.atCashier(w.till);
    w.till.abort();
    const paying = w.till.pay(tea);
    await w.clock.pass(1000);
    assert.equal(w.cashier.calls.length, 2);
    w.cashier.calls[1].success({ resultCode: '6001' });
    assert.equal((await w.clock.until(paying)).state, 'canceled');
  });

  test('a clock that is set back by a day does not stop the asking', async () => {
    const w = world();
    w.server.holds = false;
    const { paying, o } = await w.atCashier(w.till);
    o.success({ resultCode: '9000' });
    await w.clock.pass(10_000);
    for (const timer of w.clock.timers) timer.at -= 86_400_000;
    w.clock.time -= 86_400_000;
    await w.clock.pass(10_000);
    w.server.move('ord_1', 'paid');
    await w.clock.pass(10_000);
    assert.equal(w.clock.left('till'), 0);
    assert.equal((await paying).state, 'paid');
  });

  test('abort with nothing running does nothing', async () => {
    const w = world();
    w.till.abort();
    const { paying, o } = await w.atCashier(w.till);
    o.success({ resultCode: '6001' });
    assert.equal((await w.clock.until(paying)).state, 'canceled');
    w.till.abort();
  });

  test('onChange hears each state of each payment, until it is ended', async () => {
    const w = world();
    const heard = [];
    const end = w.till.onChange((state, order) => { heard.push(`${state} ${order?.id}`); throw new Error('theirs'); });
    const once = async () => {
      const { paying, o } = await w.atCashier(w.till);
      o.success({ resultCode: '6001' });
      return w.clock.until(paying);
    };
    await once();
    assert.deepEqual(heard, ['creating undefined', 'paying ord_1', 'confirming ord_1', 'canceled ord_1']);
    assert.deepEqual(w.states, ['creating', 'paying', 'confirming', 'canceled'], 'onState hears the same');
    await w.clock.until(w.till.resume());
    assert.deepEqual(heard.slice(4), ['confirming undefined', 'canceled ord_1']);
    end();
    await once();
    assert.equal(heard.length, 6);
  });

  test('an onAction that says false counts as leaving: the server gets the result and one more query', async () => {
    const w = world();
    w.server.action = { type: 'qr', content: '0002' };
    let told;
    const paying = w.till.pay(tea, { onAction: (_action, _order, outcome) => { told = outcome; return Promise.resolve(false); } });
    const outcome = await w.clock.until(paying);
    assert.deepEqual([outcome.state, outcome.source, outcome.code], ['canceled', 'client', '6001']);
    assert.equal(w.sent('POST', '/result').length, 1);
    assert.equal(await told, outcome, 'what is shown learns of the end');
  });

  test('closing what was shown after paying is paid', async () => {
    const w = world();
    w.server.action = { type: 'qr', content: '0002' };
    const outcome = await w.clock.until(w.till.pay(tea, { onAction: () => { w.server.move('ord_1', 'paid'); return false; } }));
    assert.deepEqual([outcome.state, outcome.source], ['paid', 'server']);
  });

  test('a network that cuts off what is held back is queried in short requests', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    const { handle } = w.server;
    w.server.handle = (request, done) => (/wait=/.test(request.url) ? w.server.requests.push(request) && done(LOST) : handle.call(w.server, request, done));
    o.success({ resultCode: '9000' });
    await w.clock.pass(60_000);
    const questions = w.sent('GET', '/ord_1');
    assert.equal(questions.filter(({ url }) => /wait=/.test(url)).length, 2, 'two tries are enough to know');
    assert.ok(questions.length >= 10 && questions.length <= 18, `${questions.length} questions in 60 s`);
    w.server.move('ord_1', 'paid');
    assert.equal((await w.clock.until(paying)).state, 'paid');
    assert.equal(w.clock.left('till'), 0);
  });
});

/** A host whose storage has no Sync forms: `how` hands over a result. */
function slowly(w, how) {
  const { storage } = w;
  for (const name of ['getStorageSync', 'setStorageSync', 'removeStorageSync']) delete w.my[name];
  w.my.getStorage = (o) => how(o, storage.has(o.key) ? { data: storage.get(o.key) } : null);
  w.my.setStorage = (o) => { storage.set(o.key, o.data); how(o, {}); };
  w.my.removeStorage = (o) => { storage.delete(o.key); how(o, {}); };
}

suite('storage without Sync forms', (world) => {
  const ways = {
    'success, later': (w) => (o, found) => w.clock.owned('host').setTimeout(() => (found ? o.success(found) : o.fail({ error: 11, errorMessage: 'no such key' })), 5),
    'success and complete, at once': () => (o, found) => { (found ? o.success : o.fail)(found); o.complete(found); },
    'complete alone': () => (o, found) => o.complete(found),
  };
  for (const [name, make] of Object.entries(ways)) {
    test(`${name}: an app that was killed at the cashier resumes`, async () => {
      const w = world();
      slowly(w, make(w));
      assert.equal(await w.clock.until(w.till.resume()), null);
      let before;
      const open = w.my.tradePay;
      w.my.tradePay = (o) => { before = w.stored('order'); open(o); };
      await w.atCashier(w.till);
      assert.equal(before.id, 'ord_1', 'stored before the cashier opens');
      w.clock.timers = [];
      w.server.move('ord_1', 'paid');
      const till = w.launch();
      assert.equal((await w.clock.until(till.resume())).state, 'paid');
      assert.equal(w.storage.size, 0);
      assert.equal(await w.clock.until(till.resume()), null);
    });
  }

  for (const [name, how] of [['is silent', () => {}], ['throws', () => { throw new Error('no'); }]]) {
    test(`one that ${name} stops no payment`, async () => {
      const w = world();
      slowly(w, how);
      const paying = w.till.pay(tea);
      await w.clock.pass(10_000);
      w.server.move('ord_1', 'paid');
      w.cashier.calls[0].success({ resultCode: '9000' });
      assert.equal((await w.clock.until(paying)).state, 'paid');
      assert.equal(w.clock.left('till'), 0);
    });
  }

  test('abort while the order is being stored opens no cashier', async () => {
    const w = world();
    slowly(w, (o, found) => w.clock.owned('host').setTimeout(() => o.success(found ?? {}), 300));
    const paying = w.till.pay(tea);
    while (!w.stored('order')) await w.clock.pass(50);
    w.till.abort();
    assert.equal((await paying).order.id, 'ord_1');
    await w.clock.pass(100_000);
    assert.equal(w.cashier.calls.length, 0);
    assert.equal(w.clock.left('till'), 0);
  });

  test('a storage of promises is waited for', async () => {
    const kept = new Map();
    const storage = { getItem: (k) => Promise.resolve(kept.get(k) ?? null), setItem: (k, v) => Promise.resolve().then(() => { kept.set(k, v); }), removeItem: async (k) => { kept.delete(k); } };
    const w = world({ storage });
    await w.atCashier(w.till);
    w.clock.timers = [];
    w.server.move('ord_1', 'paid');
    assert.equal((await w.clock.until(w.launch().resume())).state, 'paid');
    assert.equal(kept.size, 0);
  });
});

suite('a plain browser', (world) => {
  /** A page's globals: fetch, localStorage, and the address it goes to. */
  function page(w) {
    const kept = (w.kept = new Map());
    return {
      location: (w.location = { href: 'https://shop.example/' }),
      localStorage: { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => { kept.set(k, v); }, removeItem: (k) => { kept.delete(k); } },
      fetch: (url, o) => new Promise((resolve) => {
        w.server.handle({ url, method: o.method, headers: o.headers, data: o.body && JSON.parse(o.body) }, (answer) => resolve({ status: 200, text: () => Promise.resolve(JSON.stringify(answer)) }));
      }),
    };
  }
  function open(action) {
    const place = {};
    const w = Object.assign(place, world({ globals: page(place) }));
    if (action) w.server.action = action;
    return w;
  }

  for (const action of [undefined, { type: 'redirect', url: 'https://w.example/?a=%2F' }, { type: 'qr', content: '0002', url: 'https://w.example/pay' }]) {
    test(`${action?.type ?? 'paymentUrl'}: goes to the wallet, and knows the end when it comes back`, async () => {
      const w = open(action);
      w.launch({ my: undefined }).pay(tea);
      await w.clock.pass(1000);
      assert.equal(w.location.href, action?.url ?? w.server.action.paymentUrl);
      w.clock.timers = [];
      w.server.orders.ord_1.waiting.length = 0;
      w.server.move('ord_1', 'paid');
      const outcome = await w.clock.until(w.launch({ my: undefined }).resume());
      assert.deepEqual([outcome.state, outcome.source, w.kept.size], ['paid', 'server', 0]);
    });
  }

  for (const action of [{ type: 'redirect', url: 'javascript:alert(1)' }, { type: 'redirect', url: ' javascript:alert(1)' }, { type: 'deeplink', url: 'wallet://pay' }, { type: 'qr', content: '0002' }, { type: 'chooseMethod', methods: [] }]) {
    test(`${action.type} ${action.url ?? ''} goes nowhere without onAction`, async () => {
      const w = open(action);
      const outcome = await w.clock.until(w.launch({ my: undefined }).pay(tea));
      assert.deepEqual([outcome.state, w.location.href], ['unsupported', 'https://shop.example/']);
      assert.match(outcome.error.message, /onAction/);
      assert.equal(w.clock.left('till'), 0);
    });
  }
});
