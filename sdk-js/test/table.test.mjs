// Every way a host may behave: each result code, reported by each callback or by none, in an app that is
// killed before the cashier opens, while it is open, after its result, or never. Every cell ends with the
// server's status, and settles once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { json } from '../../testdata/read.mjs';
import { suite, tea } from './support.mjs';

const hints = { ...json('contract/results.json'), 7777: 'unconfirmed', '': 'unconfirmed' };

const callbacks = {
  success: (o, r) => o.success(r),
  fail: (o, r) => o.fail({ error: Number(r.resultCode) || undefined, errorMessage: 'no' }),
  complete: (o, r) => o.complete(r),
  none: () => {},
  'success, fail and complete, twice': (o, r) => { for (let i = 0; i < 2; i++) { o.success(r); o.fail(r); o.complete(r); } },
};

const deaths = ['never', 'before', 'during', 'after'];
const truths = ['paid', 'failed', 'expired', 'pending'];
const PROGRESS = ['creating', 'paying', 'confirming'];

/** Starts a till in a process that can be killed: afterwards no callback reaches it. */
function start(w) {
  const timers = w.clock.owned('till');
  const process = { dead: false };
  const dying = (run) => (...values) => (process.dead ? undefined : run(...values));
  const my = Object.fromEntries(Object.entries(w.my).map(([name, run]) => [name, dying((o, ...more) => run(typeof o !== 'object' ? o
    : Object.fromEntries(Object.entries(o).map(([key, value]) => [key, typeof value === 'function' ? dying(value) : value])), ...more))]));
  const till = w.launch({ my, timers: { ...timers, setTimeout: dying((run, ms) => timers.setTimeout(dying(run), ms)) }, onState: dying((state) => w.states.push(state)) });
  process.kill = () => { process.dead = true; w.clock.timers = w.clock.timers.filter(({ owner }) => owner !== 'till'); };
  return { till, process };
}

/** Runs one cell; returns what the launches settled to. */
async function live(w, code, call, death, truth) {
  const settled = [];
  const mark = (outcome) => { settled.push(outcome); };
  w.my.tradePay = (o) => {
    if (death === 'before') process.kill();
    else w.cashier.calls.push(o);
  };
  const { till, process } = start(w);
  till.pay(tea).then(mark, mark);
  await w.clock.pass(1000);
  if (death === 'during') process.kill();
  if (truth !== 'pending') w.server.move('ord_1', truth);
  if (w.cashier.calls[0]) call(w.cashier.calls[0], { resultCode: code });
  if (death === 'after') process.kill();
  await w.clock.pass(600_000);
  if (death === 'never') return settled;
  assert.deepEqual(settled, [], 'an app that was killed hears of nothing');
  w.launch().resume().then(mark, mark);
  await w.clock.pass(600_000);
  return settled;
}

function hinted(code, way, death) {
  return way === 'none' || death === 'before' || death === 'during' ? 'unconfirmed' : hints[code];
}

suite('the table of host behaviours', (world) => {
  for (const code of Object.keys(hints)) {
    for (const [way, call] of Object.entries(callbacks)) {
      test(`code "${code}" by ${way}`, async () => {
        for (const death of deaths) {
          for (const truth of truths) {
            const cell = `killed ${death}, ${truth}`;
            const w = world();
            const settled = await live(w, code, call, death, truth);
            assert.equal(settled.length, 1, cell);
            const [outcome] = settled;
            assert.equal(outcome.order.status, truth, cell);
            if (truth === 'pending') assert.deepEqual([outcome.state, outcome.source], [hinted(code, way, death), 'client'], cell);
            else assert.deepEqual([outcome.state, outcome.source], [truth, 'server'], cell);
            assert.equal(w.states.filter((state) => !PROGRESS.includes(state)).length, 1, `${cell}: told once`);
            assert.equal(w.stored('order') !== null, truth === 'pending', `${cell}: stored while open`);
            assert.equal(w.cashier.calls.length, death === 'before' ? 0 : 1, `${cell}: one cashier`);
            assert.equal(w.clock.left('till'), 0, `${cell}: no timer is left`);
          }
        }
      });
    }
  }
});
