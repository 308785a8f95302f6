// Runs each recipe on fakes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suite, tea } from '../../test/support.mjs';
import { fetchOf, helper, memory, recipe, run, taroOver } from './world.mjs';

suite('recipes', (world) => {
  /** Opens the native page; its messages are in `said`. */
  async function openPage(w) {
    const said = [];
    const my = { ...w.my, alert: ({ content }) => said.push(content), showToast: ({ content }) => said.push(content) };
    let page;
    run(recipe('native/page.js'), 'page.js', { my, Page: (options) => { page = options; } }, helper(w, { my }));
    page.onLoad();
    await w.clock.pass(100);
    return { page, said };
  }

  for (const [status, words] of [['paid', 'Thank you! ord_1'], ['failed', 'Not paid']]) {
    test(`native page: whatever the cashier says, the server's ${status} is shown`, async () => {
      for (const code of ['9000', '4000', '6001']) {
        const w = world();
        const { page, said } = await openPage(w);
        page.buy();
        await w.clock.pass(1000);
        w.server.move('ord_1', status);
        w.cashier.calls[0].success({ resultCode: code });
        await w.clock.pass(5000);
        assert.deepEqual(said, [words], code);
      }
    });
  }

  test('native page: an order that was left open is shown at the next launch', async () => {
    const w = world();
    (await openPage(w)).page.buy();
    await w.clock.pass(1000);
    w.server.move('ord_1', 'paid');
    const { said } = await openPage(w);
    await w.clock.pass(5000);
    assert.deepEqual(said, ['Thank you! ord_1']);
  });

  test('native page: a second tap and a lost connection are not "failed"', async () => {
    const w = world();
    const { page, said } = await openPage(w);
    page.buy();
    page.buy();
    await w.clock.pass(1000);
    assert.deepEqual(said, ['One moment']);
    w.my.request = (o) => { o.fail({ error: 12 }); };
    w.cashier.calls[0].success({ resultCode: '9000' });
    await w.clock.pass(300_000);
    assert.deepEqual(said, ['One moment', 'We are still checking']);
  });

  test('where there is no getAuthCode and guests are refused, the answer that the backend got is paid without a session', async () => {
    const w = world({ without: ['getAuthCode'] });
    w.server.fault('/sessions', ...Array(9).fill({ status: 403, problem: { code: 'forbidden', status: 403, title: 'No', type: '/problems/forbidden' } }));
    await assert.rejects(w.clock.until(w.till.pay(tea)), { code: 'forbidden' });
    const { data } = w.server.create({ headers: { 'Idempotency-Key': 'made by the backend' } });
    const { paying, o } = await w.atCashier(w.till, data);
    const sent = w.sent('POST', '/sessions').length;
    w.server.move(data.order.id, 'paid');
    o.success({ resultCode: '9000' });
    assert.equal((await w.clock.until(paying)).state, 'paid');
    assert.equal(w.sent('POST', '/sessions').length, sent);
  });

  test('web-view: the page around it opens the cashier, and the truth comes from the server', async () => {
    const w = world();
    const inside = { postMessage: (message) => page.onMessage({ detail: JSON.parse(JSON.stringify(message)) }) };
    const my = { ...w.my, createWebViewContext: (id) => ({ postMessage: (message) => { assert.equal(id, 'shop'); inside.onMessage(JSON.parse(JSON.stringify(message))); } }) };
    let page;
    run(recipe('native/relay.js'), 'relay.js', { my, Page: (options) => { page = options; } });
    const globals = { fetch: fetchOf(w), localStorage: memory() };
    const { till } = run(recipe('web/relayed.js'), 'relayed.js', { window: { my: inside } }, helper(w, globals));
    const paying = till.pay(tea);
    await w.clock.pass(1000);
    assert.equal(w.cashier.calls.length, 1);
    assert.equal(w.cashier.calls[0].paymentUrl, w.server.action.paymentUrl, 'the URL came through untouched');
    w.server.move('ord_1', 'paid');
    w.cashier.calls[0].complete({ resultCode: '4000' });
    const outcome = await w.clock.until(paying);
    assert.equal(outcome.state, 'paid');
    assert.equal(outcome.code, '4000');
  });

  test('web-view: messages of others open no cashier and end no payment', async () => {
    const w = world();
    let page;
    run(recipe('native/relay.js'), 'relay.js', { my: w.my, Page: (options) => { page = options; } });
    for (const detail of [{}, { type: 'tradePay' }, { type: 'tradePay', paymentUrl: { toString: () => 'x' } }, { type: 'share', paymentUrl: 'x' }]) page.onMessage({ detail });
    assert.equal(w.cashier.calls.length, 0);
    const inside = { postMessage() {} };
    const { till } = run(recipe('web/relayed.js'), 'relayed.js', { window: { my: inside } }, helper(w, { fetch: fetchOf(w), localStorage: memory() }));
    till.pay(tea);
    await w.clock.pass(1000);
    inside.onMessage({ type: 'tradePay', paymentUrl: 'https://cashier.example/another', result: { resultCode: '6001' } });
    await w.clock.pass(1000);
    assert.equal(w.sent('POST', '/result').length, 0);
  });

  test('Taro: its published plugin for the Alipay family, over a container', async () => {
    const w = world();
    // The plugin writes header names in lower case, which is the same to a server; the fake one reads them as written.
    const named = ({ authorization: Authorization, 'idempotency-key': key, ...headers }) => ({ ...headers, Authorization, 'Idempotency-Key': key });
    const my = { ...w.my, canIUse: () => true, request: (o) => w.my.request({ ...o, headers: named(o.headers) }) };
    const Taro = taroOver(my);
    const { till } = run(recipe('taro/till.ts'), 'till.ts', { my, process: { env: { TARO_ENV: 'alipay' } } }, { ...helper(w, { my }), '@tarojs/taro': { default: Taro, __esModule: true } });
    const paying = till.pay(tea);
    await w.clock.pass(1000);
    assert.equal(w.cashier.calls[0].paymentUrl, w.server.action.paymentUrl);
    w.server.move('ord_1', 'paid');
    w.cashier.calls[0].fail({ error: 4000 });
    assert.equal((await w.clock.until(paying)).state, 'paid');
    const [order] = w.sent('POST', '/orders');
    assert.match(order.headers.Authorization, /^Bearer session-/, 'the headers came through the plugin');
    assert.deepEqual([...w.storage.keys()].filter((key) => key.startsWith('minitill.order@')), [], 'the order is not left open');
  });

  /** uni as in a mini program: callbacks with statusCode and header, plain storage keys, login. */
  function uniOver(w) {
    const toasts = [];
    return {
      toasts,
      request: (o) => w.my.request({ ...o, success: (answer) => o.success({ statusCode: answer.status, header: answer.headers, data: answer.data }) }),
      login: (o) => o.success({ code: 'code-1', errMsg: 'login:ok' }),
      requestPayment: (o) => { w.cashier.calls.push(o); },
      getStorageSync: (key) => w.storage.get(key) ?? '',
      setStorageSync: (key, value) => { w.storage.set(key, value); },
      removeStorageSync: (key) => { w.storage.delete(key); },
      showToast: ({ title }) => { toasts.push(title); },
    };
  }

  for (const [status, words] of [['paid', 'Thank you!'], ['failed', 'Not paid'], ['pending', 'We are still checking']]) {
    test(`uni-app: buys, and says what the server knows: ${status}`, async () => {
      const w = world();
      const uni = uniOver(w);
      const globals = { uni, my: { tradePay: w.my.tradePay } };
      const recipes = run(recipe('uni-app/till.ts'), 'till.ts', globals, helper(w, globals));
      const done = recipes.buy('tea');
      await w.clock.pass(1000);
      w.server.move('ord_1', status);
      w.cashier.calls[0].success({ resultCode: '9000' });
      await w.clock.until(done);
      assert.deepEqual(uni.toasts, [words]);
    });
  }

  test('uni-app: an order that was left open is requested at the next launch', async () => {
    const w = world();
    const uni = uniOver(w);
    const globals = { uni, my: { tradePay: w.my.tradePay } };
    run(recipe('uni-app/till.ts'), 'till.ts', globals, helper(w, globals)).buy('tea');
    await w.clock.pass(1000);
    w.server.move('ord_1', 'paid');
    await w.clock.until(run(recipe('uni-app/till.ts'), 'till.ts', globals, helper(w, globals)).resume());
    assert.deepEqual(uni.toasts, ['Thank you!']);
  });

  /** The recipe's page in a browser without anything to draw on. */
  function visit(w, localStorage) {
    const elements = { buy: {}, text: {} };
    const location = {};
    const document = { getElementById: (id) => elements[id], addEventListener() {}, hidden: false };
    const globals = { fetch: fetchOf(w), localStorage, document, location, addEventListener() {} };
    const modules = helper(w, globals);
    const [, script] = /<script>([^]*)<\/script>/.exec(recipe('web/page.html'));
    run(script, 'page.html', { document, Minitill: { ...modules.minitill, ...modules['minitill/sheet'] } });
    return { elements, location };
  }

  test('browser: goes to the wallet, comes back, and shows what the server knows', async () => {
    const w = world();
    const localStorage = memory();
    const { elements, location } = visit(w, localStorage);
    elements.buy.onclick();
    await w.clock.pass(1000);
    assert.equal(location.href, w.server.action.paymentUrl);
    w.server.move('ord_1', 'paid');
    const back = visit(w, localStorage);
    await w.clock.pass(5000);
    assert.equal(back.elements.text.textContent, 'Thank you!');
    assert.equal(localStorage.kept.size, 0);
  });
});
