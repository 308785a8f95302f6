// Answers of any shape: no promise is left open, nothing but a TillError is rejected with, and nothing is
// paid unless the server reports it of the requested order. The shapes are drawn by a seed, so a failure can be repeated.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suite, tea } from './support.mjs';

const ROUNDS = 600;

function dice(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  return { below, pick: (list) => list[below(list.length)], chance: (odds) => next() < odds };
}

const KEYS = ['status', 'data', 'problem', 'order', 'id', 'action', 'type', 'receipt', 'orderToken', 'token', 'items', 'code', 'detail', 'errors', 'field', 'paymentUrl', 'constructor', '__proto__', 'toString', 'valueOf', 'then', 'length'];
const LEAVES = [null, true, false, 0, -1, 200, 201, 402, 410, 500, 1e308, '', 'paid', 'pending', 'ord_1', 'ord_2', 'constructor', '__proto__', 'declined', 'qr', 'paymentUrl', '<html>', '{"a":', '200', '\ud83d'];

/** Any JSON value, in which the words of the contract are likely. */
function value(d, depth) {
  if (depth === 0 || d.chance(0.3)) return d.pick(LEAVES);
  if (d.chance(0.2)) return Array.from({ length: d.below(4) }, () => value(d, depth - 1));
  const made = {};
  for (let i = d.below(5); i > 0; i--) Object.defineProperty(made, d.pick(KEYS), { value: value(d, depth - 1), enumerable: true, configurable: true, writable: true });
  return made;
}

const ACTION = { type: 'paymentUrl', paymentUrl: 'https://cashier.example/' };
const whole = (status) => ({ status: 200, data: { order: { id: 'ord_1', status, amount: {} }, action: ACTION, orderToken: 't', receipt: 'r' } });

/** A whole answer with one member, at any depth, replaced or taken out. */
function spoil(d, answer) {
  const copy = structuredClone(answer);
  let at = copy;
  while (true) {
    const key = d.pick(Object.keys(at));
    if (at[key] && typeof at[key] === 'object' && Object.keys(at[key]).length && d.chance(0.6)) { at = at[key]; continue; }
    if (d.chance(0.3)) delete at[key];
    else at[key] = value(d, 2);
    return copy;
  }
}

function draw(d) {
  const body = d.chance(0.5) ? spoil(d, whole(d.pick(['paid', 'pending', 'failed']))) : value(d, 5);
  return { body, text: d.chance(0.3), way: d.pick(['success', 'fail', 'complete']), bare: d.chance(0.1) };
}

/** Whether an answer has ord_1 as paid, by the contract. */
function saysPaid({ body }) {
  const ok = (status) => status === undefined || (/^(number|string)$/.test(typeof status) && Number(status) >= 200 && Number(status) < 300);
  const inner = body?.data || body;
  return inner?.order?.id === 'ord_1' && inner.order.status === 'paid' && ok(body.status);
}

/** A world whose server answers each request about orders with the next of the random answers. */
function open(world, d) {
  const answers = [];
  const w = world({ onAction: () => d.pick([undefined, false, 'card']), wait: 20_000, silence: 5_000 });
  const { request } = w.my;
  w.my.request = (o) => {
    if (/\/sessions$/.test(o.url) || d.chance(0.2)) return request(o);
    const answer = draw(d);
    answers.push(answer);
    const data = answer.text ? JSON.stringify(answer.body) : answer.body;
    o[answer.way](answer.bare ? data : { status: d.pick([200, undefined, 502]), data });
  };
  w.my.tradePay = (o) => o.success(d.chance(0.5) ? { resultCode: '9000' } : value(d, 2));
  return { w, answers };
}

suite('answers of any shape', (world) => {
  test('a payment settles once, and is paid only when the server says so of this order', async () => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const d = dice(seed);
      const { w, answers } = open(world, d);
      let outcome;
      try {
        outcome = await w.clock.until(w.till.pay(tea));
      } catch (error) {
        assert.ok(error instanceof w.minitill.TillError, `seed ${seed}: ${error.stack}`);
        assert.equal(typeof error.message, 'string');
        continue;
      }
      if (outcome.state === 'paid') assert.ok(answers.some(saysPaid), `seed ${seed}: paid, though no answer said so: ${JSON.stringify(answers)}`);
      assert.equal(w.clock.left('till'), 0, `seed ${seed}: a timer is left`);
    }
  });

  test('every other call resolves to what it promises, or rejects with a TillError', async () => {
    const calls = {
      catalog: [(till) => till.catalog(), (answer) => answer.items],
      createOrder: [(till) => till.createOrder(tea), (answer) => typeof answer.order.id === 'string'],
      status: [(till) => till.status('ord_1'), (answer) => answer.order.id === 'ord_1'],
      cancel: [(till) => till.cancel('ord_1'), (answer) => answer.order.id === 'ord_1'],
      retry: [(till) => till.retry('constructor'), (answer) => answer.order.id === 'constructor'],
    };
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const [call, holds] = Object.values(calls)[seed % 5];
      const { w } = open(world, dice(seed));
      const told = await w.clock.until(call(w.till).then((answer) => ({ answer }), (error) => ({ error })));
      if (told.error) assert.ok(told.error instanceof w.minitill.TillError, `seed ${seed}: ${told.error.stack}`);
      else assert.ok(holds(told.answer), `seed ${seed}: ${JSON.stringify(told.answer)}`);
    }
  });
});
