// The less common hosts, each a fake of its own shape, and agreements.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONTEXT, load, rejection, suite, tea } from './support.mjs';

const plain = (storage) => ({
  getStorageSync: (key) => storage.get(key) ?? '', setStorageSync: (key, value) => { storage.set(key, value); }, removeStorageSync: (key) => { storage.delete(key); },
});

/** What each host is: its globals, made of a world; how the till gets it; how it reports a result code. */
const hosts = {
  'my.call': {
    globals: (w) => ({ my: {
      ...w.my, request: undefined, tradePay: undefined,
      call: (name, o, done) => {
        if (name === 'tradePay') return w.cashier.calls.push({ ...o, done });
        assert.deepEqual([name, o.dataType, typeof o.headers['Minitill-Envelope']], ['networkRequest', 'JSON', 'string']);
        w.my.request({ ...o, success: ({ status, data }) => done({ success: true, data, httpStatus: status }), fail: ({ error, errorMessage }) => done({ success: false, errorCode: error, errorMessage }) });
      },
    } }),
    from: (entry) => entry.detect(), report: (o, code) => o.done({ resultCode: code }), signs: true,
  },
  AlipayJSBridge: {
    globals: (w) => ({ ...page(w), AlipayJSBridge: bridge(w) }),
    from: (entry) => entry.detect(), report: (o, code) => o.done({ resultCode: code }), signs: true,
  },
  'AlipayJSBridge that comes later': {
    globals: (w) => {
      const globals = page(w);
      globals.document.addEventListener = (name, run) => { if (name === 'AlipayJSBridgeReady') { w.entry[CONTEXT].AlipayJSBridge = bridge(w); run(); } };
      return globals;
    },
    from: (entry) => entry.fromBridge(), report: (o, code) => o.done({ resultCode: code }), signs: true,
  },
  WindVane: {
    globals: (w) => ({ ...page(w), WindVane: { call: (space, name, o, ok, fail) => { assert.deepEqual([space, name], ['wv', 'tradePay']); w.cashier.calls.push({ ...o, ok, fail }); } } }),
    from: (entry) => entry.detect(), report: (o, code) => (code === '9000' ? o.ok : o.fail)({ resultCode: code }),
  },
  Taro: {
    globals: () => ({}),
    from: (entry, w) => entry.fromTaro({
      ...plain(w.storage), request: renamed(w), login: (o) => o.success({ code: 'code-1' }), tradePay: (o) => { w.cashier.calls.push(o); }, onAppShow: w.my.onAppShow,
    }),
    report: (o, code) => o.success({ resultCode: code }), signs: true,
  },
  'uni-app in a mini program': {
    globals: (w) => ({ my: { tradePay: w.my.tradePay } }),
    from: (entry, w) => entry.fromUni({ ...plain(w.storage), request: renamed(w), login: (o) => { assert.equal(o.provider, 'alipay'); o.success({ code: 'code-1' }); } }),
    report: (o, code) => o.fail({ resultCode: code }), signs: true,
  },
  'uni-app elsewhere': {
    globals: (w) => ({ uni: { ...plain(w.storage), request: renamed(w), login: (o) => o.fail({ errMsg: 'login:fail' }), requestPayment: (o) => { w.cashier.calls.push(o); } } }),
    from: (entry) => entry.detect(), action: { type: 'orderStr', orderStr: 'a=1&sign=x%2B' }, value: (o) => [o.provider, o.orderInfo],
    report: (o, code) => (code === '9000' ? o.success({ errMsg: 'requestPayment:ok' }) : o.fail({ errMsg: 'requestPayment:fail cancel' })),
  },
};

function bridge(w) {
  return { call: (name, o, done) => {
    if (name === 'getAuthCode') { assert.deepEqual([...o.scopeNicks], ['auth_base']); return done({ authCode: 'code-1' }); }
    assert.equal(name, 'tradePay');
    w.cashier.calls.push({ ...o, done });
  } };
}

/** A web page: fetch, and a document that can be left and come back to. */
function page(w) {
  const listeners = (w.listeners = []);
  return {
    fetch: (url, o) => new Promise((resolve) => {
      w.server.handle({ url, method: o.method, headers: o.headers, data: o.body && JSON.parse(o.body) }, (answer) => resolve({ status: 200, text: () => Promise.resolve(JSON.stringify(answer)) }));
    }),
    document: { hidden: false, addEventListener: (name, run) => listeners.push([name, run]) },
    addEventListener: (name, run) => listeners.push([name, run]),
  };
}

/** A request as `wx`, Taro and uni-app name its parts. */
function renamed(w) {
  return ({ header, success, ...o }) => w.my.request({ ...o, headers: header, success: ({ status, data }) => success({ statusCode: status, data, errMsg: 'request:ok' }) });
}

suite('rare hosts', (world, subject) => {
  for (const [name, host] of Object.entries(hosts)) {
    /** A till in this host. */
    const start = () => {
      const w = world();
      w.entry = {};
      const globals = host.globals(w);
      const helper = load(subject, globals, 'minitill');
      w.entry = load(subject, globals, 'hosts');
      if (host.action) w.server.action = host.action;
      w.till = helper.createTill({ baseUrl: 'https://till.example', wallet: 'sandbox', timers: w.clock.owned('till'), my: host.from(w.entry, w) });
      return w;
    };

    for (const [code, status, state] of [['9000', 'paid', 'paid'], ['6001', 'pending', 'canceled']]) {
      test(`${name}: ${code} while the order is ${status} is ${state}`, async () => {
        const w = start();
        const { paying, o } = await w.atCashier(w.till);
        assert.ok(o, 'the cashier is open');
        if (host.value) assert.deepEqual(host.value(o), ['alipay', host.action.orderStr]);
        else assert.equal(o.paymentUrl, w.server.action.paymentUrl);
        assert.equal(w.sent('POST', '/sessions')[0].data.authCode, host.signs ? 'code-1' : undefined);
        w.server.move('ord_1', status);
        host.report(o, code);
        const outcome = await w.clock.until(paying);
        assert.deepEqual([outcome.state, outcome.code], [state, code]);
        assert.equal(w.clock.left('till'), 0);
      });
    }
  }

  test('a my with a request is taken as it is, and nothing is detected where nothing is', () => {
    const my = { request() {} };
    assert.equal(load(subject, { my }, 'hosts').detect(), my);
    assert.equal(load(subject, {}, 'hosts').detect(), undefined);
  });

  test('a browser queries again when its page comes back', async () => {
    const w = world();
    const globals = page(w);
    const helper = load(subject, globals);
    const till = helper.createTill({ baseUrl: 'https://till.example', timers: w.clock.owned('till'), my: load(subject, globals, 'hosts').detect(), onAction: () => {} });
    const paying = till.pay(tea);
    await w.clock.pass(10_000);
    const sent = w.sent('GET', '/ord_1').length;
    w.listeners.find(([name]) => name === 'pageshow')[1]({ persisted: true });
    await w.clock.pass(0);
    assert.equal(w.sent('GET', '/ord_1').length, sent + 1);
    w.server.move('ord_1', 'paid');
    assert.equal((await w.clock.until(paying)).state, 'paid');
  });

  test('uni.requestPayment cannot take a paymentUrl, and says so', async () => {
    const w = world();
    const till = w.launch({ my: load(subject, {}, 'hosts').fromUni({ request: renamed(w), login: (o) => o.fail() }) });
    const outcome = await w.clock.until(till.pay(tea));
    assert.equal(outcome.state, 'unsupported');
    assert.match(outcome.error.message, /paymentUrl/);
  });

  test('a networkRequest that fails is a lost answer with its words', async () => {
    const w = world();
    const my = { call: (_name, _o, done) => done({ success: false, errorCode: 12, errorMessage: 'no network' }) };
    const till = w.launch({ my: load(subject, { my }, 'hosts').detect() });
    const error = await rejection(w.clock.until(till.catalog()));
    assert.deepEqual([error.code, /no network/.test(error.message)], ['transport', true]);
  });
});

suite('agree', (world, subject) => {
  const action = { type: 'sign', url: 'https://wallet.example/sign?a=%2B' };
  const outcomes = {
    'a code is signed': [{ authState: 's', authCode: 'once' }, { state: 'signed', authCode: 'once', code: '' }],
    '6001 is canceled': [{ error: 6001, errMessage: 'left' }, { state: 'canceled', authCode: '', code: '6001' }],
    '7001, perhaps signed, is unconfirmed': [{ error: 7001 }, { state: 'unconfirmed', authCode: '', code: '7001' }],
    '7002 is no more than a hint': [{ errorCode: '7002' }, { state: 'unconfirmed', authCode: '', code: '7002' }],
    'a code that is no text is none': [{ authCode: { a: 1 } }, { state: 'unconfirmed', authCode: '', code: '' }],
    'nothing is unconfirmed': [undefined, { state: 'unconfirmed', authCode: '', code: '' }],
  };
  for (const [name, [result, want]] of Object.entries(outcomes)) {
    for (const how of ['success', 'fail', 'complete']) {
      test(`${name}, by ${how}`, async () => {
        const w = world();
        const { agree } = load(subject, {}, 'agree');
        const my = { signContract: (o) => { assert.equal(o.signStr, action.url); o[how](result); o.complete({}); } };
        assert.deepEqual({ ...(await w.clock.until(agree(action, { my, timers: w.clock.owned('till') }))) }, want);
        assert.equal(w.clock.left('till'), 0);
      });
    }
  }

  test('a container without signContract signs through call', async () => {
    const { agree } = load(subject, { my: { call: (name, o, done) => done({ authCode: `${name} ${o.signStr}` }) } }, 'agree');
    const w = world();
    assert.equal((await agree(action, { timers: w.clock.owned('till') })).authCode, `signContract ${action.url}`);
  });

  test('no container, a silent one and one that throws', async () => {
    const w = world();
    const { agree } = load(subject, {}, 'agree');
    const timers = w.clock.owned('till');
    assert.equal((await agree(action, { timers })).state, 'unsupported');
    for (const signContract of [() => {}, () => { throw new Error('no'); }, () => Promise.reject(new Error('no'))]) {
      assert.equal((await w.clock.until(agree(action, { my: { signContract }, timers }))).state, 'unconfirmed');
    }
    assert.equal(w.clock.left('till'), 0);
  });

  test('what is no sign action is invalid', async () => {
    const { agree } = load(subject, {}, 'agree');
    for (const wrong of [undefined, {}, { type: 'sign' }, { type: 'redirect', url: 'https://x.example' }]) {
      const error = await rejection(agree(wrong));
      assert.deepEqual([error.name, error.code], ['TillError', 'invalid']);
    }
  });
});
