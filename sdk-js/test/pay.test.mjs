import assert from 'node:assert/strict';
import { test } from 'node:test';
import { json } from '../../testdata/read.mjs';
import { LOST, problem, rejection, suite, tea } from './support.mjs';

/** The contract's codes, an unknown one, and none. */
const codes = { ...json('contract/results.json'), 7777: 'unconfirmed', '': 'unconfirmed' };

const callbacks = {
  success: (o, r) => o.success(r),
  'success and complete': (o, r) => { o.success(r); o.complete(r); },
  fail: (o, r) => o.fail(r),
  'fail with error and complete': (o, r) => { o.fail({ error: Number(r.resultCode), errorMessage: 'no' }); o.complete({}); },
  'success and fail': (o, r) => { o.success(r); o.fail({ error: 12 }); o.complete(r); },
  'complete alone': (o, r) => o.complete(r),
};

suite('pay', (world) => {
  for (const [code, state] of Object.entries(codes)) {
    for (const [way, call] of Object.entries(callbacks)) {
      test(`code "${code}" through ${way}, the server never final: ${state}`, async () => {
        const w = world();
        const { paying, o } = await w.atCashier(w.till);
        call(o, { resultCode: code });
        const outcome = await w.clock.until(paying);
        assert.equal(outcome.state, state);
        assert.equal(outcome.source, 'client');
        assert.equal(outcome.code, code);
        assert.equal(outcome.order.status, 'pending');
        assert.equal(w.stored('order').id, 'ord_1', 'late money is still looked for');
        assert.equal(w.clock.left('till'), 0, 'no timer is left');
        assert.equal(w.sent('POST', '/result').length, 1);
      });

      test(`code "${code}" through ${way}, the server says paid: paid`, async () => {
        const w = world();
        const { paying, o } = await w.atCashier(w.till);
        w.server.move('ord_1', 'paid');
        call(o, { resultCode: Number(code) || code });
        const outcome = await w.clock.until(paying);
        assert.deepEqual({ ...outcome, order: outcome.order.status }, { state: 'paid', order: 'paid', receipt: 'receipt-ord_1', code, source: 'server', error: null });
        assert.equal(w.stored('order'), null);
        assert.equal(w.clock.left('till'), 0);
      });
    }
  }

  for (const status of ['authorized', 'failed', 'canceled', 'expired', 'voided']) {
    test(`a 9000 is ${status} when the server says so, and asking ends`, async () => {
      const w = world();
      const { paying, o } = await w.atCashier(w.till);
      o.success({ resultCode: '9000' });
      await w.clock.pass(5000);
      w.server.move('ord_1', status);
      const outcome = await w.clock.until(paying);
      assert.equal(outcome.state, status);
      assert.equal(outcome.source, 'server');
      const sent = w.server.requests.length;
      await w.clock.pass(600_000);
      assert.equal(w.server.requests.length, sent);
    });
  }

  test('the order is stored before the cashier opens, and the cashier gets the URL untouched', async () => {
    const w = world();
    let before;
    const open = w.my.tradePay;
    w.my.tradePay = (o) => { before = w.stored('order'); open(o); };
    const { o } = await w.atCashier(w.till);
    assert.equal(before.id, 'ord_1');
    assert.equal(before.token, 'token-ord_1');
    assert.deepEqual(Object.keys(before), ['id', 'token']);
    assert.equal(o.paymentUrl, w.server.action.paymentUrl);
    assert.deepEqual(Object.keys(o).sort(), ['complete', 'fail', 'paymentUrl', 'success']);
    assert.ok(![...w.storage.values()].join().includes('session-'), 'session tokens are never stored');
  });

  for (const action of [{ type: 'tradeNO', tradeNO: '2025' }, { type: 'orderStr', orderStr: 'a=1&sign=x%2B' }]) {
    test(`${action.type} goes to the cashier alone`, async () => {
      const w = world();
      w.server.action = { ...action, paymentUrl: 'not this' };
      const { o } = await w.atCashier(w.till);
      assert.equal(o[action.type], action[action.type]);
      assert.deepEqual(Object.keys(o).sort(), ['complete', 'fail', 'success', action.type].sort());
    });
  }

  test('the server holds the answer back and is queried again only when the hold is over', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    o.success({ resultCode: '9000' });
    const start = w.clock.time;
    await w.clock.until(paying);
    const queries = w.server.requests.filter((r) => r.method === 'GET');
    assert.ok(queries.length <= 5, `${queries.length} queries in 90 s`);
    assert.ok(queries[0].url.endsWith('/orders/ord_1?wait=25s'));
    assert.ok(queries[0].options.timeout > 25_000);
    assert.ok(w.clock.time - start >= 90_000 && w.clock.time - start < 95_000);
  });

  test('a server that holds nothing back is not hammered', async () => {
    const w = world();
    w.server.holds = false;
    const { paying, o } = await w.atCashier(w.till);
    o.success({ resultCode: '8000' });
    assert.equal((await w.clock.until(paying)).state, 'processing');
    assert.ok(w.sent('GET', '/ord_1').length <= 22);
  });

  test('a held-back answer that gets lost is followed by a question that is not held back', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    w.server.fault('/ord_1', LOST);
    o.success({ resultCode: '9000' });
    await w.clock.until(paying);
    const [first, second, third] = w.sent('GET', '/ord_1').map((r) => r.url.split('?')[1]);
    assert.deepEqual([first, second, third], ['wait=25s', undefined, 'wait=25s']);
  });

  test('coming back in the very moment of an answer starts no second round of questions', async () => {
    const w = world();
    w.server.holds = false;
    const { paying, o } = await w.atCashier(w.till);
    const { request } = w.my;
    let once = true;
    w.my.request = (options) => request({ ...options, success: (answer) => {
      options.success(answer);
      if (once && options.url.includes('wait=')) { once = false; w.server.orders.ord_1.status = 'paid'; w.cashier.shown[0](); }
    } });
    o.success({ resultCode: '9000' });
    assert.equal((await w.clock.until(paying)).state, 'paid');
    assert.equal(once, false);
    assert.equal(w.sent('GET', '/ord_1').length, 2);
    assert.ok(w.server.requests.every((r) => !r.aborted), 'what is answered is not aborted');
    assert.equal(w.clock.left('till'), 0, 'no timer of the answer that came too late');
  });

  test('the total wait can be set for one payment', async () => {
    const w = world({ wait: 50_000 });
    const { paying, o } = await w.atCashier(w.till, tea, { wait: 10_000 });
    const start = w.clock.time;
    o.success({ resultCode: '9000' });
    await w.clock.until(paying);
    assert.ok(w.clock.time - start < 12_000);
  });

  test('a result that gets lost does not matter: the status is queried', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    w.server.fault('/result', LOST);
    o.fail({ resultCode: '6001' });
    const outcome = await w.clock.until(paying);
    assert.equal(outcome.state, 'canceled');
    assert.equal(outcome.source, 'client');
  });

  for (const code of ['6001', '4', '9000']) {
    test(`code "${code}", and its report gets lost: it is sent again, since it makes the server query the wallet`, async () => {
      const w = world();
      const { paying, o } = await w.atCashier(w.till);
      w.server.fault('/result', LOST, LOST, (server) => { server.move('ord_1', 'paid'); });
      w.server.fault('/ord_1', LOST, LOST);
      o.success({ resultCode: code, memo: 'why' });
      const outcome = await w.clock.until(paying);
      assert.deepEqual([outcome.state, outcome.source], ['paid', 'server']);
      const reports = w.sent('POST', '/result');
      assert.deepEqual(reports.map((r) => r.data), Array(3).fill({ resultCode: code, detail: 'why' }));
      assert.equal(w.sent('GET', '/ord_1').length, 4, 'two without an answer, and one before each repetition');
      assert.ok(reports[2].at - reports[1].at >= 1000, 'a server that answers queries alone is not hammered');
      assert.equal(w.clock.left('till'), 0);
    });
  }

  test('reports are lost and queries answered until the end: unconfirmed, since nobody asked the wallet', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    w.server.fault('/result', ...Array(100).fill(LOST));
    o.success({ resultCode: '6001' });
    const outcome = await w.clock.until(paying);
    assert.deepEqual([outcome.state, outcome.source, outcome.error.code], ['unconfirmed', 'client', 'transport']);
    assert.ok(w.sent('POST', '/result').length <= 22);
    assert.equal(w.clock.left('till'), 0);
  });

  test('a result that is refused when it is sent again does not stop the asking', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    w.server.fault('/result', LOST, problem(400, 'invalid'));
    o.success({ resultCode: '6001' });
    assert.equal((await w.clock.until(paying)).state, 'canceled');
    assert.equal(w.sent('POST', '/result').length, 2);
  });

  test('a refused result does not stop the asking', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    w.server.fault('/result', problem(400, 'invalid'));
    o.success({ resultCode: '9000' });
    await w.clock.pass(3000);
    w.server.move('ord_1', 'paid');
    assert.equal((await w.clock.until(paying)).state, 'paid');
  });

  test('6001 while the server cannot be reached is unconfirmed, with the reason', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    w.server.fault('/result', LOST);
    w.server.fault('/ord_1', ...Array(100).fill(LOST));
    o.success({ resultCode: '6001' });
    const outcome = await w.clock.until(paying);
    assert.equal(outcome.state, 'unconfirmed');
    assert.equal(outcome.error.code, 'transport');
    assert.equal(w.clock.left('till'), 0);
  });

  test('the result carries the code as text and what the host said', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    o.success({ resultCode: 6002, memo: 'No network' });
    await w.clock.until(paying);
    assert.deepEqual(w.sent('POST', '/result')[0].data, { resultCode: '6002', detail: 'No network' });
  });

  test('a callback without a code is reported as none', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    o.complete();
    await w.clock.until(paying);
    assert.deepEqual(w.sent('POST', '/result')[0].data, { resultCode: 'none' });
  });

  test('a cashier that never calls back is not waited for in vain', async () => {
    const w = world();
    const { paying } = await w.atCashier(w.till);
    await w.clock.pass(58_000);
    assert.equal(w.sent('GET', '/ord_1').length, 0, 'the payer is left in peace at first');
    await w.clock.pass(3000);
    w.server.move('ord_1', 'paid');
    const outcome = await w.clock.until(paying);
    assert.equal(outcome.state, 'paid');
    assert.equal(outcome.code, '');
    assert.equal(w.clock.left('till'), 0);
  });

  test('never a callback and never final: unconfirmed after silence and wait', async () => {
    const w = world();
    const { paying } = await w.atCashier(w.till);
    const outcome = await w.clock.until(paying);
    assert.equal(outcome.state, 'unconfirmed');
    assert.equal(outcome.code, '');
    assert.equal(w.sent('POST', '/result').length, 0);
    assert.equal(w.clock.left('till'), 0);
    assert.ok(w.stored('order'));
  });

  test('coming back to the app queries at once', async () => {
    const w = world();
    const { paying } = await w.atCashier(w.till);
    w.server.move('ord_1', 'paid');
    w.cashier.shown.forEach((listener) => listener());
    await w.clock.pass(200);
    assert.equal((await paying).state, 'paid');
    w.cashier.shown.forEach((listener) => listener());
    await w.clock.pass(1000);
    assert.equal(w.sent('GET', '/ord_1').length, 1, 'once settled, coming back sends nothing');
  });

  test('the app listens for coming back once, however many payments', async () => {
    const w = world();
    for (let i = 0; i < 3; i++) {
      const { paying, o } = await w.atCashier(w.till);
      o.success({ resultCode: '6001' });
      await w.clock.until(paying);
    }
    assert.equal(w.cashier.shown.length, 1);
  });

  test('a callback after the questions began still has its full wait', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    await w.clock.pass(140_000);
    o.success({ resultCode: '9000' });
    await w.clock.pass(80_000);
    w.server.move('ord_1', 'paid');
    assert.equal((await w.clock.until(paying)).state, 'paid');
  });

  test('a callback after the end changes nothing', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    await w.clock.until(paying);
    const sent = w.server.requests.length;
    o.success({ resultCode: '9000' });
    await w.clock.pass(60_000);
    assert.equal(w.server.requests.length, sent);
    assert.equal(w.clock.left('till'), 0);
  });

  test('a frozen app queries once more before it gives up', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    o.success({ resultCode: '9000' });
    await w.clock.pass(2000);
    w.server.orders.ord_1.waiting.length = 0; // the connection is gone, silently
    w.server.orders.ord_1.status = 'paid';
    w.clock.timers = w.clock.timers.filter((timer) => timer.owner === 'till');
    w.clock.time += 600_000;
    assert.equal((await w.clock.until(paying)).state, 'paid');
  });

  test('a host that answers by a promise alone is heard', async () => {
    for (const [answer, code] of [[() => Promise.resolve({ resultCode: '9000' }), '9000'], [() => Promise.reject({ error: 6001 }), '6001']]) {
      const w = world();
      w.my.tradePay = answer;
      const paying = w.till.pay(tea);
      assert.equal((await w.clock.until(paying)).code, code);
    }
  });

  test('a promise that resolves to nothing only means the cashier is open', async () => {
    const w = world();
    w.my.tradePay = (o) => { w.cashier.calls.push(o); return Promise.resolve(); };
    const { paying, o } = await w.atCashier(w.till);
    o.success({ resultCode: '9000' });
    assert.equal((await w.clock.until(paying)).code, '9000');
  });

  test('a cashier that throws is unsupported', async () => {
    const w = world();
    w.my.tradePay = () => { throw new Error('not here'); };
    const outcome = await w.clock.until(w.till.pay(tea));
    assert.equal(outcome.state, 'unsupported');
    assert.match(outcome.error.message, /not here/);
    assert.equal(w.clock.left('till'), 0);
  });

  test('a cashier that throws once it has called back has called back', async () => {
    const w = world();
    w.my.tradePay = (o) => {
      w.server.move('ord_1', 'paid');
      o.success({ resultCode: '9000' });
      throw new Error('too late');
    };
    const outcome = await w.clock.until(w.till.pay(tea));
    assert.deepEqual([outcome.state, outcome.code, outcome.source], ['paid', '9000', 'server']);
    assert.equal(w.clock.left('till'), 0);
  });

  test('a second pay while one runs is busy, and afterwards is not', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    const error = await rejection(w.till.pay(tea));
    assert.equal(error.code, 'busy');
    assert.ok(error instanceof w.minitill.TillError);
    assert.equal(w.cashier.calls.length, 1);
    o.fail({ resultCode: '6001' });
    await w.clock.until(paying);
    const again = await w.atCashier(w.till);
    assert.equal(w.cashier.calls.length, 2);
    again.o.success({ resultCode: '6001' });
    await w.clock.until(again.paying);
  });

  test('busy holds while the order is being created, too', async () => {
    const w = world();
    const first = w.till.pay(tea);
    assert.equal((await rejection(w.till.pay(tea))).code, 'busy');
    await w.clock.until(first);
    assert.equal(w.cashier.calls.length, 1);
  });

  test('an order that cannot be created rejects, and leaves the till free', async () => {
    const w = world();
    w.server.fault('/orders', problem(400, 'invalid', { errors: [{ name: 'items' }] }));
    const error = await rejection(w.clock.until(w.till.pay(tea)));
    assert.equal(error.code, 'invalid');
    assert.equal(error.problem.errors.length, 1);
    assert.equal((await w.atCashier(w.till)).o.paymentUrl, w.server.action.paymentUrl);
  });

  for (const [code, status, state] of [['declined', 402, 'failed'], ['expired', 410, 'expired']]) {
    test(`an order the server calls ${code} at once resolves as ${state}`, async () => {
      const w = world();
      w.server.fault('/orders', problem(status, code));
      const outcome = await w.clock.until(w.till.pay(tea));
      assert.equal(outcome.state, state);
      assert.equal(outcome.source, 'server');
      assert.equal(outcome.order, null);
      assert.equal(outcome.error.code, code);
    });
  }

  test('an order that is paid already opens no cashier', async () => {
    const w = world();
    w.server.fault('/orders', { status: 201, data: { order: { id: 'ord_9', status: 'paid' }, action: null } });
    assert.equal((await w.clock.until(w.till.pay({ order: 'ord_9' }))).state, 'paid');
    assert.equal(w.cashier.calls.length, 0);
  });

  test('what createOrder answered can be paid, with no session but its token', async () => {
    const w = world();
    const checkout = await w.clock.until(w.till.createOrder(tea));
    const other = w.launch();
    const { paying, o } = await w.atCashier(other, checkout);
    w.server.move('ord_1', 'paid');
    o.success({ resultCode: '9000' });
    assert.equal((await w.clock.until(paying)).state, 'paid');
    assert.equal(w.sent('POST', '/sessions').length, 1);
  });

  test('an action without its content is a mistake', async () => {
    const w = world();
    w.server.action = { type: 'paymentUrl' };
    assert.equal((await rejection(w.clock.until(w.till.pay(tea)))).code, 'invalid');
    assert.equal(w.cashier.calls.length, 0);
  });

  test('the states are told in their order, and a mistake in the listener stops nothing', async () => {
    const w = world();
    const seen = [];
    const onState = (state) => { seen.push(state); throw new Error('theirs'); };
    const { paying, o } = await w.atCashier(w.till, tea, { onState });
    w.server.move('ord_1', 'paid');
    o.success({ resultCode: '9000' });
    await w.clock.until(paying);
    assert.deepEqual(seen, ['creating', 'paying', 'confirming', 'paid']);
  });

  test('an order that is not ours ends the asking and is not kept', async () => {
    const w = world();
    const { paying, o } = await w.atCashier(w.till);
    delete w.server.orders.ord_1;
    o.success({ resultCode: '9000' });
    const outcome = await w.clock.until(paying);
    assert.equal(outcome.state, 'processing');
    assert.equal(outcome.error.code, 'not_found');
    assert.equal(w.stored('order'), null);
  });
});
