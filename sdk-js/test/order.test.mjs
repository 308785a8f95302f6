import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOST, problem, rejection, suite, tea } from './support.mjs';

const keys = (w) => w.sent('POST', '/orders').map((r) => r.headers['Idempotency-Key']);

suite('orders', (world) => {
  test('an order is created with a key of its own, which is stored before the request', async () => {
    const w = world();
    let stored;
    w.server.fault('/orders', () => { stored = w.stored('key'); });
    const checkout = await w.clock.until(w.till.createOrder({ ...tea, wallet: 'sandbox', method: 'card', channel: 'mini_program' }));
    assert.equal(checkout.order.id, 'ord_1');
    assert.deepEqual(checkout.action, w.server.action);
    assert.equal(checkout.orderToken, 'token-ord_1');
    assert.ok(stored.key.length > 8 && stored.key.length <= 255);
    assert.deepEqual(keys(w), [stored.key]);
    assert.equal(w.stored('key'), null, 'an answered key is not used again');
    assert.deepEqual(w.sent('POST', '/orders')[0].data, { ...tea, wallet: 'sandbox', method: 'card', channel: 'mini_program' });
  });

  test('no key looks like the number of a payment card, which servers refuse', async () => {
    const w = world();
    await w.clock.until(w.till.createOrder(tea));
    await w.clock.until(w.till.cancel('ord_1'));
    for (const key of [...keys(w), w.sent('POST', '/cancel')[0].headers['Idempotency-Key']]) {
      assert.match(key, /^\S{16,}$/);
      assert.doesNotMatch(key, /\d{13}/);
    }
  });

  test("the merchant's order goes out with its token, the payer's session beside it", async () => {
    const w = world();
    const input = { order: 'ord_1', orderToken: 'token of the merchant' };
    w.till.pay(input);
    await w.clock.pass(1000);
    const [sent] = w.sent('POST', '/orders');
    assert.deepEqual(sent.data, input);
    assert.match(sent.headers.Authorization, /^Bearer session/);
  });

  for (const [name, trouble] of [
    ['lost answers', LOST], ['409', problem(409, 'conflict')], ['503', problem(503, 'unavailable')], ['504', problem(504, 'unknown')],
  ]) {
    test(`${name}: the same key goes out again, twice at most`, async () => {
      const w = world();
      w.server.fault('/orders', trouble, trouble);
      await w.clock.until(w.till.createOrder(tea));
      assert.equal(keys(w).length, 3);
      assert.equal(new Set(keys(w)).size, 1);
      assert.equal(Object.keys(w.server.orders).length, 1);
    });

    test(`${name} for good: rejects after two repeats, and the next try takes the key up`, async () => {
      const w = world();
      w.server.fault('/orders', trouble, trouble, trouble);
      const error = await rejection(w.clock.until(w.till.createOrder(tea)));
      assert.equal(error.code, trouble === LOST ? 'transport' : trouble.problem.code);
      assert.equal(keys(w).length, 3);
      await w.clock.until(w.till.createOrder(tea));
      assert.equal(new Set(keys(w)).size, 1);
      assert.equal(w.clock.left('till'), 0);
    });
  }

  test('an order whose answer was lost is not made twice', async () => {
    const w = world();
    w.server.fault('/orders', (server, request) => { server.create(request); return LOST; });
    const checkout = await w.clock.until(w.till.createOrder(tea));
    assert.equal(checkout.order.id, 'ord_1');
    assert.equal(Object.keys(w.server.orders).length, 1);
  });

  test('killed while creating: the next launch takes the same key for the same input', async () => {
    const w = world();
    w.till.createOrder(tea);
    await w.clock.pass(50);
    const { key } = w.stored('key');
    w.clock.timers = [];
    await w.clock.until(w.launch().createOrder(tea));
    assert.equal(keys(w).at(-1), key);
  });

  test('other input, or the same much later, is another order', async () => {
    const w = world();
    w.server.fault('/orders', LOST, LOST, LOST, LOST, LOST, LOST);
    await rejection(w.clock.until(w.till.createOrder(tea)));
    await rejection(w.clock.until(w.till.createOrder({ items: [{ sku: 'tea', quantity: 2 }] })));
    await w.clock.pass(11 * 60_000);
    await w.clock.until(w.till.createOrder({ items: [{ sku: 'tea', quantity: 2 }] }));
    assert.equal(new Set(keys(w)).size, 3);
  });

  test('the same order twice, one after the other, is two orders', async () => {
    const w = world();
    await w.clock.until(w.till.createOrder(tea));
    await w.clock.until(w.till.createOrder(tea));
    assert.equal(Object.keys(w.server.orders).length, 2);
  });

  test('where payers cannot sign in, the token of a merchant\'s order is enough', async () => {
    const w = world();
    w.server.orders.ord_7 = { id: 'ord_7', status: 'pending', amount: {}, waiting: [] };
    w.server.fault('/sessions', problem(403, 'forbidden'));
    w.server.create = () => ({ status: 201, data: { order: { id: 'ord_7', status: 'paid', amount: {} }, action: null } });
    assert.equal((await w.clock.until(w.till.pay({ order: 'ord_7', orderToken: 'token-ord_7' }))).state, 'paid');
    assert.equal(w.sent('POST', '/orders')[0].headers.Authorization, 'Bearer token-ord_7');
  });

  test('where payers cannot sign in and there is no token, it is refused', async () => {
    const w = world();
    w.server.fault('/sessions', problem(403, 'forbidden'));
    assert.equal((await rejection(w.clock.until(w.till.pay({ order: 'ord_7' })))).code, 'forbidden');
  });

  test('a double tap is one order', async () => {
    const w = world();
    const [a, b] = await w.clock.until(Promise.all([w.till.createOrder(tea), w.till.createOrder(tea)]));
    assert.equal(a.order.id, b.order.id);
    assert.equal(w.sent('POST', '/sessions').length, 1, 'and one sign-in');
  });

  test('a refusal is not repeated and forgets its key', async () => {
    for (const [status, code] of [[400, 'invalid'], [402, 'declined'], [403, 'forbidden'], [422, 'key_reused'], [429, 'rate_limited'], [500, 'internal']]) {
      const w = world();
      w.server.fault('/orders', problem(status, code));
      const error = await rejection(w.clock.until(w.till.createOrder(tea)));
      assert.deepEqual([error.code, error.status, error.requestId, error.message], [code, status, 'req_1', `It was ${code}.`]);
      assert.ok(error instanceof w.minitill.TillError && error.name === 'TillError');
      assert.equal(keys(w).length, 1);
      assert.equal(w.stored('key'), null);
    }
  });

  test('nothing to order is invalid, and sends nothing', async () => {
    const w = world();
    for (const input of [undefined, {}, { items: [] }, { order: '' }]) {
      assert.equal((await rejection(w.till.createOrder(input))).code, 'invalid');
      assert.equal((await rejection(w.clock.until(w.till.pay(input)))).code, 'invalid');
    }
    for (const call of ['status', 'cancel', 'retry', 'choose']) assert.equal((await rejection(w.till[call]())).code, 'invalid');
    assert.equal(w.server.requests.length, 0);
  });

  test('calls may be given to map, which passes more than they take', async () => {
    const w = world();
    const made = await w.clock.until(Promise.all([tea, { ...tea, channel: 'h5' }].map(w.till.createOrder)));
    const ids = made.map(({ order }) => order.id);
    assert.deepEqual(ids, ['ord_1', 'ord_2']);
    const told = await w.clock.until(Promise.all(ids.map(w.till.status)));
    assert.deepEqual(told.map(({ order }) => order.id), ids);
    assert.deepEqual(w.sent('GET', '/ord_2')[0].url.split('?'), ['https://till.example/miniapp/v1/orders/ord_2']);
  });

  test('an input that is no JSON rejects, and leaves the till free', async () => {
    const w = world();
    const cyclic = { items: [{ sku: 'tea', quantity: 1 }] };
    cyclic.itself = cyclic;
    assert.match((await rejection(w.clock.until(w.till.pay(cyclic)))).message, /circular/);
    assert.ok((await w.atCashier(w.till)).o);
  });

  test('status and cancel request one order by its own token', async () => {
    const w = world();
    await w.clock.until(w.till.createOrder(tea));
    const status = await w.clock.until(w.till.status('ord_1'));
    assert.equal(status.order.status, 'pending');
    assert.equal(w.server.requests.at(-1).headers.Authorization, 'Bearer token-ord_1');
    assert.equal((await w.clock.until(w.till.cancel('ord_1'))).order.status, 'canceled');
    assert.deepEqual(w.sent('POST', '/cancel')[0].data, {});
    assert.ok(w.sent('POST', '/cancel')[0].headers['Idempotency-Key']);
  });

  test('an order of another session is requested by the session', async () => {
    const w = world();
    await w.clock.until(w.till.createOrder(tea));
    await w.clock.until(w.launch().status('ord_1'));
    assert.match(w.server.requests.at(-1).headers.Authorization, /^Bearer session-/);
  });

  test('cancel while pay runs settles it', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    o.success({ resultCode: '8000' });
    await w.clock.pass(5000);
    await w.clock.until(w.till.cancel('ord_1'));
    assert.equal((await w.clock.until(paying)).state, 'canceled');
    assert.equal(w.stored('order'), null);
  });

  test('retry starts a new payment of the same order, to be paid', async () => {
    const w = world();
    const first = await w.atCashier(w.till);
    w.server.move('ord_1', 'failed');
    first.o.fail({ resultCode: '4000' });
    assert.equal((await w.clock.until(first.paying)).state, 'failed');
    w.server.fault('/payments', LOST);
    const checkout = await w.clock.until(w.till.retry('ord_1', { wallet: 'other' }));
    assert.deepEqual(w.sent('POST', '/payments')[0].data, { wallet: 'other' });
    assert.equal(new Set(w.sent('POST', '/payments').map((r) => r.headers['Idempotency-Key'])).size, 1);
    const second = await w.atCashier(w.till, checkout);
    assert.equal(w.stored('order').id, 'ord_1');
    w.server.move('ord_1', 'paid');
    second.o.success({ resultCode: '9000' });
    assert.equal((await w.clock.until(second.paying)).state, 'paid');
  });

  test('retry without a wish sends an empty object', async () => {
    const w = world();
    await w.clock.until(w.till.createOrder(tea));
    await w.clock.until(w.till.retry('ord_1'));
    assert.deepEqual(w.sent('POST', '/payments')[0].data, {});
  });

  test('choose, called by the app, answers what to pay', async () => {
    const w = world();
    await w.clock.until(w.till.createOrder(tea));
    const checkout = await w.clock.until(w.till.choose('ord_1', 'card'));
    assert.deepEqual(w.sent('POST', '/payments')[0].data, { method: 'card' });
    assert.equal(checkout.action.type, 'paymentUrl');
  });
});

const methods = { type: 'chooseMethod', methods: [{ id: 'card', name: 'Card' }, { id: 'balance', name: 'Balance' }] };
const url = { type: 'paymentUrl', paymentUrl: 'https://cashier.example/x' };

suite('actions', (world) => {
  test('chooseMethod: the method the app returns is paid at once', async () => {
    const w = world();
    w.server.action = methods;
    let offered;
    const onAction = (action, order) => { offered = [action, order.id]; w.server.action = url; return Promise.resolve('balance'); };
    const { paying, o } = await w.atCashier(w.till, tea, { onAction });
    assert.deepEqual(offered, [methods, 'ord_1']);
    assert.deepEqual(w.sent('POST', '/payments')[0].data, { method: 'balance' });
    assert.equal(o.paymentUrl, url.paymentUrl);
    w.server.move('ord_1', 'paid');
    o.success({ resultCode: '9000' });
    assert.equal((await w.clock.until(paying)).state, 'paid');
  });

  test('chooseMethod: nothing chosen leaves the order open', async () => {
    const w = world();
    w.server.action = methods;
    const outcome = await w.clock.until(w.till.pay(tea, { onAction: () => undefined }));
    assert.equal(outcome.state, 'unconfirmed');
    assert.equal(outcome.source, 'client');
    assert.equal(w.stored('order').id, 'ord_1');
    assert.equal(w.cashier.calls.length, 0);
    assert.equal(w.clock.left('till'), 0);
  });

  test('chooseMethod: a mistake of the app is told, not thrown', async () => {
    const w = world();
    w.server.action = methods;
    const outcome = await w.clock.until(w.till.pay(tea, { onAction: () => { throw new Error('oops'); } }));
    assert.equal(outcome.state, 'unsupported');
    assert.match(outcome.error.message, /oops/);
  });

  for (const action of [
    { type: 'qr', content: '00020101', image: 'data:image/png;base64,' }, { type: 'redirect', url: 'https://w.example/' },
    { type: 'deeplink', url: 'wallet://pay' }, { type: 'somethingNew', x: 1 },
  ]) {
    test(`${action.type} is handed to the app, and the server is queried meanwhile`, async () => {
      const w = world();
      w.server.action = action;
      let handed;
      const paying = w.till.pay(tea, { onAction: (given) => { handed = given; } });
      await w.clock.pass(5000);
      assert.deepEqual(handed, action);
      assert.equal(w.stored('order').id, 'ord_1');
      w.server.move('ord_1', 'paid');
      const outcome = await w.clock.until(paying);
      assert.equal(outcome.state, 'paid');
      assert.equal(w.cashier.calls.length, 0);
      assert.equal(w.clock.left('till'), 0);
    });

    test(`${action.type} without onAction is unsupported, and the order stays open`, async () => {
      const w = world();
      w.server.action = action;
      const outcome = await w.clock.until(w.till.pay(tea));
      assert.equal(outcome.state, 'unsupported');
      assert.equal(outcome.order.id, 'ord_1');
      assert.ok(w.stored('order'));
      assert.equal(w.clock.left('till'), 0);
    });
  }

  test('an onAction that throws, or rejects, ends as unsupported', async () => {
    for (const onAction of [() => { throw new Error('oops'); }, () => Promise.reject(new Error('oops'))]) {
      const w = world({ onAction });
      w.server.action = { type: 'redirect', url: 'https://w.example/' };
      const outcome = await w.clock.until(w.till.pay(tea));
      assert.equal(outcome.state, 'unsupported');
      assert.match(outcome.error.message, /oops/);
      assert.equal(w.clock.left('till'), 0);
    }
  });

  test('a host without tradePay hands the payment URL over', async () => {
    let handed;
    const w = world({ without: ['tradePay'], onAction: (action) => { handed = action; } });
    const paying = w.till.pay(tea);
    await w.clock.pass(1000);
    assert.equal(handed.paymentUrl, w.server.action.paymentUrl);
    w.server.move('ord_1', 'authorized');
    assert.equal((await w.clock.until(paying)).state, 'authorized');
  });

  test('an H5 page opened by the app pays through its bridge', async () => {
    const calls = [];
    const AlipayJSBridge = { call: (name, options, done) => { calls.push(name, options.paymentUrl); done({ resultCode: '6001' }); } };
    const w = world({ without: ['tradePay'], globals: { AlipayJSBridge } });
    assert.equal((await w.clock.until(w.till.pay(tea))).state, 'canceled');
    assert.deepEqual(calls, ['tradePay', w.server.action.paymentUrl]);
  });
});
