import type { Action, Checkout, Host, Order, OrderInput, Outcome, OutcomeState, PayOptions, Progress, Timers } from './api';
import type { Client } from './client';
import { TillError, isPassing, rejected } from './error';
import { canTrade, trade } from './host';
import { codeOf, detailOf, hintOf, isDone, textOf } from './result';
import type { Records } from './storage';
import { nothing } from './timers';
import type { Signal } from './timers';

/** Why an action that neither the host nor the app can do ends as `unsupported`. */
export const NO_ACTION = 'onAction: is required.';
/** The longest time for which the server is requested to hold an answer. */
const LONG_POLL = 25000;

/** An order that is not known to be final, as it is stored for a later launch. */
export interface OpenOrder {
  id: string;
  token?: string;
  /** The cashier's result, once there is one. */
  code?: string;
}

/** One pay() or resume(): from the order through the cashier to the server's status. It settles once, and sends no queries after that. */
export interface Payment {
  /** Null when there is no open order. */
  outcome: Promise<any>;
  /** Pays an order, creating it first when given an order input. */
  make(what: OrderInput | Checkout): void;
  /** Queries an order of an earlier launch. */
  resume(stored: OpenOrder): void;
  /** Sends a status query now, unless one about the cashier's result is in progress. */
  query(): void;
  /** Settles with what is known. */
  stop(): void;
}

export type Notify = (options: PayOptions, state: Progress | OutcomeState, order: Order | null) => void;

export function createPayment(client: Client, host: Host, records: Records, timers: Timers, options: PayOptions, resumes: boolean, notifyListeners: Notify): Payment {
  let signal: Signal = { abort: nothing };
  let record: OpenOrder | undefined;
  let order: Order | null = null;
  let receipt: string | null = null;
  let error: TillError | null = null; // of the last query, when it got no answer
  let code = '';
  let over = false;
  let unreported: object | null = null; // the cashier's result, until the server has answered to it
  let cut = 0; // answers that were held and got lost
  let gap = 0; // least time between the starts of two queries, in case the server does not hold answers
  let began = 0;
  let until = 0;
  let timer: any;
  let resolve: (outcome: Outcome | null) => void;
  let reject: (error: TillError) => void;
  const outcome = new Promise<any>(function (yes, no) {
    resolve = yes;
    reject = no;
  });

  function notify(state: Progress | OutcomeState) { notifyListeners(options, state, order); }

  // The end

  function stopQuery() {
    timers.clearTimeout(timer);
    if (signal.abort) signal.abort();
    signal.abort = null;
  }

  function finish(state: OutcomeState, server?: boolean) {
    if (over) return;
    over = true;
    stopQuery();
    notify(state);
    resolve({ state: state, order: order, receipt: receipt, code: code, source: server ? 'server' : 'client', error: error });
  }

  function stop() { finish(hintOf(code) === 'processing' ? 'processing' : 'unconfirmed'); }

  /** A refusal that ends the payment is an outcome; any other is for the caller to handle. */
  function refuse(reason: TillError) {
    error = reason;
    if (reason.code === 'declined') finish('failed', true);
    else if (reason.code === 'expired') finish('expired', true);
    else {
      reject(reason);
      over = true;
      stopQuery();
    }
  }

  /** The app or the host failed to do what the action requires. */
  function giveUp(reason: unknown) {
    error = new TillError('unsupported', String(reason));
    finish('unsupported');
  }

  // The action

  function make(what: OrderInput | Checkout): Promise<Checkout> {
    if (isCheckout(what)) return client.learn(what);
    notify('creating');
    return client.createOrder(what, signal);
  }

  function open(checkout: Checkout): unknown {
    if (over) return;
    order = checkout.order;
    if (isDone(order)) return finish(order.status, true);
    record = { id: order.id, token: checkout.orderToken };
    return records('order', record).then(function () {
      const action = checkout.action;
      if (over) return;
      if (action && canTrade(host, action.type)) return payAt(action.type, (action as any)[action.type]);
      else if (action && options.onAction) handOver(action);
      else giveUp(NO_ACTION);
    });
  }

  function payAt(type: string, value: unknown): unknown {
    if (!value) return rejected('invalid', 'action.' + type + ': is required.');
    const parameters: any = { success: onResult, fail: onResult, complete: onResult };
    parameters[type] = value;
    notify('paying');
    until = timers.now() + options.silence! + options.wait!;
    timer = timers.setTimeout(poll, options.silence!);
    try {
      const returned = trade(host, parameters);
      // Some hosts answer by a promise; one that resolves to nothing only says the cashier is open.
      if (returned && returned.then) returned.then(function (result: unknown) { if (codeOf(result)) onResult(result); }, onResult);
    } catch (reason) {
      if (record!.code === undefined) giveUp(reason); // else it has called back, and a query is sent
    }
  }

  /** For success, fail and complete: hosts pass the same result to any of them, or to several. */
  function onResult(result?: unknown) {
    if (over || record!.code !== undefined) return;
    code = record!.code = codeOf(result);
    records('order', record);
    notify('confirming');
    restart();
    query(0, unreported = { resultCode: code || 'none', detail: detailOf(result) || undefined });
  }

  /** Passes to the app what the host cannot do, and sends status queries meanwhile. */
  function handOver(action: Action) {
    notify('paying');
    const handed = new Promise<unknown>(function (done) { done(options.onAction!(action, order!, outcome)); });
    if (action.type === 'chooseMethod') {
      handed.then(function (method) {
        if (!method) return stop();
        return client.retry(order!.id, { method: method }, signal).then(open).then(null, refuse);
      }, giveUp);
    } else {
      handed.then(function (said) { if (said === false) onResult({ resultCode: 6001 }); }, giveUp);
      restart();
      query(0);
    }
  }

  // The status queries

  function restart() {
    until = timers.now() + options.wait!;
    gap = 0;
  }

  /** Sends a query, which the server answers at a change, else after hold milliseconds; an earlier query is aborted. */
  function query(hold: number, report?: object) {
    if (over) return;
    stopQuery();
    began = timers.now();
    const own: Signal = signal = { abort: nothing };
    (report ? client.report(record!.id, report, own) : client.status(record!.id, hold, own)).then(function (answer) {
      if (!own.abort) return;
      error = null;
      if (report) unreported = null;
      order = answer.order;
      receipt = answer.receipt || null;
      answered();
    }, function (reason) {
      if (!own.abort) return;
      if (hold) cut++;
      error = reason;
      if (isPassing(reason)) return next();
      if (report) {
        unreported = null;
        return next();
      }
      // The server refuses access to the order.
      if (/40[34]|410/.test(reason.status)) records('order', null);
      stop();
    });
  }

  function answered() {
    const hint = hintOf(code);
    if (isDone(order)) finish(order.status, true);
    // Only a report makes the server query the wallet, where the order may be paid already.
    else if (unreported) query(0, unreported);
    else if (hint === 'canceled' || hint === 'unsupported') finish(hint);
    else next();
  }

  /** Queries again; ends after the time limit, but not on a lost answer: a suspended app may resume late. */
  function next() {
    const now = timers.now();
    began = Math.min(began, now); // the clock may have been set back
    if (now >= until && (began >= until || !error)) return stop();
    gap = gap < 3000 ? gap + 1000 : 5000;
    timer = timers.setTimeout(poll, Math.min(began + gap, until) - now);
  }

  /** Requests a held answer, unless one got lost before: a proxy may close such connections. */
  function poll() {
    query(error || cut > 1 ? 0 : Math.min(LONG_POLL, Math.max(0, until - timers.now())));
  }

  return {
    outcome: outcome,
    make: function (what) { make(what).then(open).then(null, refuse); },
    resume: function (stored) {
      client.learn({ order: stored as any, action: null, orderToken: stored.token }).then(function () {
        record = stored;
        code = textOf(stored.code);
        if (over) {
          over = false;
          return stop();
        }
        notify('confirming');
        restart();
        query(0);
      }, function () { resolve(null); });
    },
    query: function () { if (until && (!unreported || error)) query(0); },
    stop: function () {
      // resume() finds out whether an order is open from what is stored.
      if (resumes && !record) over = true;
      else stop();
    }
  };
}

function isCheckout(what: OrderInput | Checkout): what is Checkout {
  return !!(what && what.order && (what.order as Order).id);
}
