import type { Action, Checkout, Order, OrderInput, Outcome, OutcomeState, PayOptions, Progress, Till, TillOptions } from './api';
import { createClient } from './client';
import { TillError, broken } from './error';
import { follow } from './follow';
import type { Follow } from './follow';
import { findCashier, findHost, isTrade } from './host';
import type { Cashier } from './host';
import { lastly } from './promise';
import { codeOf, detailOf, isDone } from './result';
import { findStorage, openRecords } from './storage';
import { systemTimers } from './timers';
import { createSend } from './transport';

const WAIT = 90000;
const SILENCE = 60000;

/** An order that is not known to be done, as it is stored for a later launch. */
interface OpenOrder {
  id: string;
  token?: string;
  startedAt: number;
  /** What the cashier said, once it has. */
  code?: string;
}

export function createTill(options: TillOptions): Till {
  if (!options || typeof options.baseUrl !== 'string') throw new TillError('invalid', 'No baseUrl.');

  const timers = options.timers || systemTimers;
  const host = findHost(options.my);
  const records = openRecords(options.storage || findStorage(host), options.baseUrl + (options.app ? '#' + options.app : ''));
  const client = createClient(options, host, createSend(host, timers), records, timers);
  let paying = false;
  let running: Promise<Outcome> | null = null;
  let following: Follow | null = null;
  let listening = false;

  function pay(what: OrderInput | Checkout, own?: PayOptions): Promise<Outcome> {
    if (paying) return Promise.reject(new TillError('busy', 'Another pay() is still running.'));
    if (following) following.stop(); // a resume() gives way
    paying = true;
    return run(own, function (o) { return isCheckout(what) ? open(what, o) : createAndOpen(what, o); });
  }

  function resume(own?: PayOptions): Promise<Outcome | null> {
    if (running) return running;
    const stored: OpenOrder | null = records.get('order');
    if (!stored || !stored.id) return Promise.resolve(null);
    client.useToken(stored.id, stored.token);
    return run(own, function (o) {
      tell(o, 'confirming', null);
      const followed = begin(stored.id, null, o, stored.code);
      followed.ask();
      return followed.outcome;
    });
  }

  /** Holds the till's one place for a payment while `work` lasts. */
  function run(own: PayOptions | undefined, work: (o: PayOptions) => Outcome | Promise<Outcome>): Promise<Outcome> {
    const o = settings(options, own || {});
    const mine: Promise<Outcome> = lastly(new Promise<Outcome>(function (resolve) { resolve(work(o)); }), function () {
      if (running !== mine) return; // a pay() took over from a resume()
      running = following = null;
      paying = false;
    }).then(null, refusal).then(function (outcome) {
      const error = outcome.error;
      // The server itself says that the order is not, or no longer, ours to ask for.
      if (error && error.problem && /403|404|410/.test('' + error.status)) records.remove('order');
      tell(o, outcome.state, outcome.order);
      return outcome;
    });
    return running = mine;
  }

  function createAndOpen(input: OrderInput, o: PayOptions): Promise<Outcome> {
    tell(o, 'creating', null);
    return client.createOrder(input).then(function (checkout) { return open(checkout, o); });
  }

  /** Does what the order's action asks for. */
  function open(checkout: Checkout, o: PayOptions): Outcome | Promise<Outcome> {
    const order = client.learn(checkout).order;
    const action = checkout.action;
    if (isDone(order)) return ended(order.status, order, 'server');

    remember({ id: order.id, token: checkout.orderToken, startedAt: timers.now() });
    const cashier = action && isTrade(action) && findCashier(host);
    if (cashier) return payAt(cashier, action, order, o);
    if (action && o.onAction) return handOver(action, order, o);
    return ended('unsupported', order, 'client');
  }

  function payAt(cashier: Cashier, action: Action, order: Order, o: PayOptions): Promise<Outcome> {
    const value: unknown = (action as any)[action.type];
    if (!value) throw new TillError('invalid', 'The action has no ' + action.type + '.');
    const followed = begin(order.id, order, o);
    let heard = false;

    /** For success, fail and complete alike: hosts tell the same result in any of them, or in several. */
    function hear(result?: unknown) {
      if (heard) return;
      heard = true;
      const code = codeOf(result);
      const stored: OpenOrder | null = records.get('order');
      if (stored && stored.id === order.id) {
        stored.code = code;
        remember(stored);
      }
      tell(o, 'confirming', order);
      followed.hear(code, detailOf(result));
    }

    const asked: any = { success: hear, fail: hear, complete: hear };
    asked[action.type] = value;
    tell(o, 'paying', order);
    listen();
    followed.waitFor(o.silence!);
    try {
      const returned = cashier(asked);
      // Some hosts answer by a promise; one that resolves to nothing only says the cashier is open.
      if (returned && returned.then) returned.then(function (result: unknown) { if (codeOf(result)) hear(result); }, hear);
    } catch (error) {
      followed.giveUp(error as Error);
    }
    return followed.outcome;
  }

  /** Back in front: the payer may have paid, and the cashier may never say so. */
  function listen() {
    if (listening || !host || !host.onAppShow) return;
    listening = true; // once a till, since not every host can stop listening
    host.onAppShow(function () { if (following) following.ask(); });
  }

  /** Lets the app do what the host cannot, and asks the server meanwhile. */
  function handOver(action: Action, order: Order, o: PayOptions): Promise<Outcome> {
    tell(o, 'paying', order);
    const handed = new Promise<unknown>(function (resolve) { resolve(o.onAction!(action, order)); });
    if (action.type === 'chooseMethod') {
      return handed.then(function (method) {
        if (!method) return ended('unconfirmed', order, 'client');
        return choose(order.id, method as string).then(function (checkout) { return open(checkout, o); });
      }, function (reason) { return ended('unsupported', order, 'client', broken(reason)); });
    }
    const followed = begin(order.id, order, o);
    handed.then(null, followed.giveUp);
    followed.ask();
    return followed.outcome;
  }

  function begin(id: string, order: Order | null, o: PayOptions, code?: string): Follow {
    return following = follow(client, timers, id, order, code || '', o.wait!);
  }

  function tell(o: PayOptions, state: Progress | OutcomeState, order: Order | null) {
    // A mistake on somebody's screen must not stop a payment half-way.
    try { if (o.onState) o.onState(state, order); } catch (_) { /* theirs */ }
  }

  function remember(open: OpenOrder) { records.set('order', open); }

  function choose(id: string, method: string): Promise<Checkout> {
    return client.createPayment(id, { method: method });
  }

  return {
    signIn: client.signIn,
    catalog: client.catalog,
    createOrder: client.createOrder,
    pay: pay,
    resume: resume,
    status: function (id) { return client.status(id, 0); },
    choose: choose,
    retry: client.createPayment,
    cancel: client.cancel
  };
}

function isCheckout(what: OrderInput | Checkout): what is Checkout {
  return !!what && typeof what.order === 'object';
}

/** A refusal that settles what the payer wanted is an outcome; any other is the caller's to handle. */
function refusal(error: TillError): Outcome {
  if (error.code === 'declined') return ended('failed', null, 'server', error);
  if (error.code === 'expired') return ended('expired', null, 'server', error);
  throw error;
}

function ended(state: OutcomeState, order: Order | null, source: 'server' | 'client', error?: TillError): Outcome {
  return { state: state, order: order, receipt: null, code: '', source: source, error: error || null };
}

/** Later options count more; those left undefined do not count. */
function settings(options: PayOptions, own: PayOptions): PayOptions {
  const merged: any = { wait: WAIT, silence: SILENCE };
  [options, own].forEach(function (given: any) {
    for (const name in given) if (given[name] !== undefined) merged[name] = given[name];
  });
  return merged;
}
