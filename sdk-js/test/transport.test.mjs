import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOST, deliveries, problem, rejection, suite, tea } from './support.mjs';

suite('transport', (world) => {
  for (const [name, deliver] of Object.entries(deliveries)) {
    test(`${name} is understood, good news and bad`, async () => {
      const w = world({ deliver });
      const { paying, o } = await w.atCashier(w.till);
      w.server.move('ord_1', 'paid');
      o.success({ resultCode: '9000' });
      assert.equal((await w.clock.until(paying)).state, 'paid');
      w.server.fault('/catalog', problem(429, 'rate_limited'));
      const error = await rejection(w.clock.until(w.till.catalog()));
      assert.deepEqual([error.code, error.status, error.requestId], ['rate_limited', 429, 'req_1']);
    });
  }

  const garbage = {
    'a page instead of JSON': (o) => o.success({ status: 200, data: '<html>' }),
    'an empty body': (o) => o.success({ status: 200, data: '' }),
    'no data at all': (o) => o.success({ status: 200 }),
    'no argument at all': (o) => o.success(),
    'a number': (o) => o.success({ status: 200, data: '7' }),
    'null': (o) => o.success({ status: 200, data: 'null' }),
    'a proxy\'s 502 page': (o) => o.success({ status: 502, data: '<html>' }),
    'a proxy\'s JSON': (o) => o.success({ status: 502, data: { message: 'bad gateway' } }),
    'a failure without a body': (o) => o.fail({ error: 19, errorMessage: 'http status error' }),
    'a failure without an argument': (o) => o.fail(),
    'completion alone': (o) => o.complete(),
    'an envelope with a status alone': (o) => o.success({ status: 500, data: { status: 500, data: null } }),
  };
  for (const [name, deliver] of Object.entries(garbage)) {
    test(`${name} is a lost answer`, async () => {
      const w = world({ deliver });
      const error = await rejection(w.clock.until(w.till.catalog()));
      assert.equal(error.code, 'transport');
      assert.equal(error.problem, null);
      assert.equal(w.clock.left('till'), 0);
    });
  }

  test('an answer that is no order is a lost answer', async () => {
    const w = world();
    w.server.fault('/orders', { status: 201, data: {} }, { status: 201, data: { order: {} } }, { status: 201, data: { order: null } });
    assert.equal((await rejection(w.clock.until(w.till.createOrder(tea)))).code, 'transport');
  });

  test('a host that never answers is given up on', async () => {
    const w = world({ deliver: () => {} });
    assert.equal((await rejection(w.clock.until(w.till.catalog()))).code, 'transport');
    assert.equal(w.clock.left('till'), 0);
  });

  test('a host that throws is a lost answer with its words', async () => {
    const w = world();
    w.my.request = () => { throw new Error('not on the list'); };
    const error = await rejection(w.clock.until(w.till.catalog()));
    assert.equal(error.code, 'transport');
    assert.match(error.message, /not on the list/);
    assert.equal(w.clock.left('till'), 0);
  });

  test('a promise a host returns beside its callbacks cannot go unhandled', async () => {
    const w = world();
    const { request } = w.my;
    w.my.request = (o) => { request(o); return Promise.reject(new Error('told twice')); };
    w.server.fault('/catalog', LOST);
    await rejection(w.clock.until(w.till.catalog()));
  });

  test('every request requires the envelope, in JSON, by GET or POST, under headers', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    o.success({ resultCode: '6001' });
    await w.clock.until(paying);
    await w.clock.until(w.till.catalog());
    for (const { method, headers, options } of w.server.requests) {
      assert.ok(['GET', 'POST'].includes(method));
      assert.equal(headers['Minitill-Envelope'], '1');
      assert.equal(headers['content-type'], 'application/json');
      assert.ok(Object.values(headers).every((value) => typeof value === 'string'));
      assert.equal(options.header, undefined);
      assert.equal(method === 'GET', options.data === undefined);
    }
  });

  test('wx and its like are spoken to in their own names', async () => {
    const w = world({ host: 'wx', deliver: deliveries['an envelope under statusCode'], onAction: () => {} });
    const paying = w.till.pay(tea);
    await w.clock.pass(1000);
    assert.equal(w.server.requests[0].options.headers, undefined);
    assert.deepEqual(w.sent('POST', '/sessions')[0].data, { wallet: 'sandbox' });
    assert.equal(w.stored('order').id, 'ord_1');
    w.server.move('ord_1', 'paid');
    assert.equal((await w.clock.until(paying)).state, 'paid');
    assert.equal(w.storage.size, 0);
  });

  test('the global my is found, and one that is passed comes first', async () => {
    const urls = [];
    const my = { request: (o) => { urls.push(o.url); o.success({ status: 200, data: { items: [] } }); } };
    const w = world({ globals: { my } });
    await w.launch({ my: undefined }).catalog();
    assert.deepEqual(urls, ['https://till.example/miniapp/v1/catalog']);
    await w.clock.until(w.till.catalog());
    assert.equal(urls.length, 1);
  });

  test('a browser sends through fetch and remembers in localStorage', async () => {
    const kept = new Map();
    const localStorage = { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => { kept.set(k, v); }, removeItem: (k) => { kept.delete(k); } };
    let w;
    const fetch = (url, o) => new Promise((resolve) => {
      w.server.handle({ url, method: o.method, headers: o.headers, data: o.body && JSON.parse(o.body) },
        (answer) => resolve({ status: 200, text: () => Promise.resolve(JSON.stringify(answer)) }));
    });
    w = world({ globals: { fetch, localStorage } });
    const shown = [];
    const till = w.launch({ my: undefined, onAction: (action) => { shown.push(action.paymentUrl); } });
    const paying = till.pay(tea);
    await w.clock.pass(1000);
    assert.deepEqual(shown, [w.server.action.paymentUrl]);
    assert.deepEqual([...kept.keys()], ['minitill.order@https://till.example']);
    w.server.move('ord_1', 'paid');
    assert.equal((await w.clock.until(paying)).state, 'paid');
    assert.equal(kept.size, 0);
    assert.equal(w.clock.left('till'), 0);
  });

  test('a fetch that fails is a lost answer', async () => {
    const w = world({ globals: { fetch: () => Promise.reject(new TypeError('offline')) } });
    assert.equal((await rejection(w.clock.until(w.launch({ my: undefined }).catalog()))).code, 'transport');
  });

  test('a page that may not store anything pays all the same', async () => {
    const globals = Object.defineProperty({}, 'localStorage', { get() { throw new Error('denied'); } });
    const w = world({ globals, without: ['getStorageSync', 'setStorageSync', 'removeStorageSync'] });
    const { paying, o } = await w.atCashier(w.till);
    o.success({ resultCode: '6001' });
    assert.equal((await w.clock.until(paying)).state, 'canceled');
  });

  test('no host and no fetch is unsupported', async () => {
    const w = world();
    assert.equal((await rejection(w.clock.until(w.launch({ my: undefined }).catalog()))).code, 'unsupported');
  });

  test('a till needs to know its server', () => {
    const w = world();
    for (const options of [undefined, {}, { baseUrl: 7 }]) {
      assert.throws(() => w.minitill.createTill(options), (error) => error.code === 'invalid');
    }
  });

  test('a slash at the end of baseUrl does no harm', async () => {
    const w = world({ baseUrl: 'https://till.example/shop/' });
    await w.clock.until(w.till.catalog());
    assert.equal(w.server.requests[0].url, 'https://till.example/shop/miniapp/v1/catalog');
  });

  test('app is named where nothing else tells it', async () => {
    const w = world({ app: 'my shop', wallet: undefined });
    await w.clock.until(w.till.catalog());
    await w.clock.until(w.till.signIn());
    assert.deepEqual(w.server.requests.map((r) => r.url.replace(/.*v1/, '')), ['/catalog?app=my%20shop', '/sessions?app=my%20shop']);
  });
});

suite('sessions', (world) => {
  test('signIn sends the auth code', async () => {
    const w = world();
    const session = await w.clock.until(w.till.signIn());
    assert.equal(session.token, 'session-1');
    assert.equal(w.cashier.scopes, 'auth_base');
    assert.deepEqual(w.sent('POST', '/sessions')[0].data, { wallet: 'sandbox', authCode: 'code-1' });
  });

  test('the scopes can be chosen', async () => {
    const w = world({ scopes: ['auth_base', 'USER_ID'] });
    await w.clock.until(w.till.signIn());
    assert.deepEqual(w.cashier.scopes, ['auth_base', 'USER_ID']);
  });

  const guests = {
    'no getAuthCode': (my) => { delete my.getAuthCode; },
    'a denial': (my) => { my.getAuthCode = (o) => { o.fail({ authErrorScopes: { auth_user: '40006' } }); o.complete({}); }; },
    'a success without a code': (my) => { my.getAuthCode = (o) => o.success({}); },
    'nothing but complete': (my) => { my.getAuthCode = (o) => o.complete(); },
    'an exception': (my) => { my.getAuthCode = () => { throw new Error('no'); }; },
    'a rejected promise': (my) => { my.getAuthCode = (o) => { o.fail({ error: 11 }); return Promise.reject(new Error('no')); }; },
    'silence': (my) => { my.getAuthCode = () => {}; },
  };
  for (const [name, spoil] of Object.entries(guests)) {
    test(`${name} makes a guest`, async () => {
      const w = world();
      spoil(w.my);
      await w.clock.until(w.till.signIn());
      assert.deepEqual(w.sent('POST', '/sessions')[0].data, { wallet: 'sandbox' });
      assert.equal(w.clock.left('till'), 0);
    });
  }

  test('a code that comes with refused scopes is a code', async () => {
    const w = world();
    w.my.getAuthCode = (o) => o.success({ authCode: 'part', authErrorScopes: { auth_user: '10001' } });
    await w.clock.until(w.till.signIn());
    assert.equal(w.sent('POST', '/sessions')[0].data.authCode, 'part');
  });

  test('a refused sign-in rejects, and the next one starts anew', async () => {
    const w = world();
    w.server.fault('/sessions', problem(403, 'forbidden'));
    assert.equal((await rejection(w.clock.until(w.till.signIn()))).code, 'forbidden');
    assert.equal((await w.clock.until(w.till.signIn())).token, 'session-1');
  });

  test('an answer without a token is no session', async () => {
    const w = world();
    w.server.fault('/sessions', { status: 201, data: {} });
    assert.equal((await rejection(w.clock.until(w.till.signIn()))).code, 'transport');
  });

  test('a session that ran out is renewed once, and the request repeated with the same key', async () => {
    const w = world();
    await w.clock.until(w.till.signIn());
    w.server.revoked.add('session-1');
    await w.clock.until(w.till.createOrder(tea));
    const [first, second] = w.sent('POST', '/orders');
    assert.equal(first.headers.Authorization, 'Bearer session-1');
    assert.equal(second.headers.Authorization, 'Bearer session-2');
    assert.equal(first.headers['Idempotency-Key'], second.headers['Idempotency-Key']);
  });

  test('a session refused twice is refused', async () => {
    const w = world();
    w.server.fault('/orders', problem(401, 'unauthenticated'), problem(401, 'unauthenticated'), problem(401, 'unauthenticated'));
    assert.equal((await rejection(w.clock.until(w.till.createOrder(tea)))).code, 'unauthenticated');
    assert.equal(w.sent('POST', '/orders').length, 2);
    assert.equal(w.sent('POST', '/sessions').length, 2);
  });

  test('an order token that ran out while asking gives way to the session', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    w.server.revoked.add('token-ord_1').add('session-1');
    w.server.move('ord_1', 'paid');
    o.success({ resultCode: '9000' });
    assert.equal((await w.clock.until(paying)).state, 'paid');
    assert.equal(w.server.requests.at(-1).headers.Authorization, 'Bearer session-2');
  });
});
