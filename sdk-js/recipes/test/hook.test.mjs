// Runs the React hook in React, in strict mode, which mounts everything twice.
import assert from 'node:assert/strict';
import React from 'react';
import renderer from 'react-test-renderer';
import { test } from 'node:test';
import { suite, tea } from '../../test/support.mjs';
import { recipe, run } from './world.mjs';

globalThis.IS_REACT_ACT_ENVIRONMENT = true;
const { usePayment } = run(recipe('web/usePayment.ts'), 'usePayment.ts', {}, { react: React });

suite('the React hook', (world) => {
  /** A screen with the hook; `screen.shows` is what it has, and `screen.seen` every state in turn. */
  async function mount(t, till) {
    const screen = { seen: [] };
    function Screen() {
      screen.shows = usePayment(till);
      if (screen.shows.state !== screen.seen.at(-1)) screen.seen.push(screen.shows.state);
      return null;
    }
    await renderer.act(async () => { screen.root = renderer.create(React.createElement(React.StrictMode, null, React.createElement(Screen))); });
    t.after(() => renderer.act(async () => { screen.root.unmount(); }));
    return screen;
  }

  test('it shows each step and the outcome', async (t) => {
    const w = world();
    const screen = await mount(t, w.till);
    await renderer.act(async () => {
      await w.clock.pass(100);
      screen.shows.pay(tea);
      await w.clock.pass(1000);
      w.server.move('ord_1', 'paid');
      w.cashier.calls[0].success({ resultCode: '9000' });
      await w.clock.pass(5000);
    });
    assert.equal(screen.shows.state, 'paid');
    assert.equal(screen.shows.outcome.order.id, 'ord_1');
    assert.equal(screen.shows.error, null);
  });

  test('an order that was left open is found at the next launch, requested once though mounted twice', async (t) => {
    const w = world();
    await w.atCashier(w.till);
    const screen = await mount(t, w.launch());
    w.server.move('ord_1', 'paid');
    await renderer.act(() => w.clock.pass(5000));
    assert.equal(screen.shows.outcome.state, 'paid');
    assert.equal(w.sent('GET', '/orders/ord_1').length, 1);
  });

  test('an order that cannot be made is an error, and the next one clears it', async (t) => {
    const w = world();
    const screen = await mount(t, w.till);
    w.server.fault('/orders', { status: 403, problem: { code: 'forbidden', status: 403, title: 'No', type: '/problems/forbidden' } });
    await renderer.act(async () => { await w.clock.pass(100); screen.shows.pay(tea); await w.clock.pass(1000); });
    assert.equal(screen.shows.error.code, 'forbidden');
    assert.equal(screen.shows.state, null);
    await renderer.act(async () => { screen.shows.pay(tea); await w.clock.pass(1000); });
    assert.equal(screen.shows.error, null);
    assert.equal(screen.shows.state, 'paying');
  });

  test('a second tap changes nothing', async (t) => {
    const w = world();
    const screen = await mount(t, w.till);
    await renderer.act(async () => { await w.clock.pass(100); screen.shows.pay(tea); screen.shows.pay(tea); await w.clock.pass(1000); });
    assert.equal(screen.shows.state, 'paying');
    assert.equal(screen.shows.error, null);
    assert.equal(w.cashier.calls.length, 1);
  });

  test('a screen that went away leaves the payment running, and hears no more of it', async (t) => {
    const w = world();
    const screen = await mount(t, w.till);
    await renderer.act(async () => { await w.clock.pass(100); screen.shows.pay(tea); await w.clock.pass(1000); });
    await renderer.act(async () => { screen.root.unmount(); });
    const seen = screen.seen.length;
    w.server.move('ord_1', 'paid');
    w.cashier.calls[0].success({ resultCode: '9000' });
    await w.clock.pass(5000);
    assert.equal(screen.seen.length, seen);
    assert.equal(w.stored('order'), null, 'the payment came to its end');
  });
});
