import type { Checkout, Order, OrderInput, OnState, Outcome, OutcomeState, PayOptions, Progress, Till, TillOptions } from './api';
import { createClient } from './client';
import { TillError, rejected } from './error';
import { findHost } from './host';
import { NO_ACTION, createPayment } from './payment';
import type { Payment } from './payment';
import { openRecords } from './storage';
import { systemTimers } from './timers';
import { createCall } from './transport';

const WAIT = 90000;
const SILENCE = 60000;

/** A plain `http:` base of a machine that is not this one: payments would be readable on the way. */
const OPEN_HTTP = /^\s*http:(?!\/\/(localhost|127(\.\d+){3}|\[::1])(:\d+)?(\/|$))/i;

export function createTill(options: TillOptions): Till {
  if (!options || typeof options.baseUrl !== 'string') throw new TillError('invalid', 'baseUrl: is required.');
  if (OPEN_HTTP.test(options.baseUrl) && !options.allowHttp) throw new TillError('invalid', 'baseUrl: needs https.');

  const timers = options.timers || systemTimers;
  const host = findHost(options.my);
  const records = openRecords(options.storage, host, timers, options.baseUrl + (options.app ? '#' + options.app : ''));
  const call = createCall(host, timers, options.baseUrl.replace(/\/+$/, '') + '/miniapp/v1');
  const client = createClient(options, host, call, records, timers);
  let listeners: OnState[] = [];
  let running: Payment | null = null;
  let paying = false;

  // The app is in the foreground again: the payer may have paid, and the cashier may never report it. Registered once, since not every host can unregister.
  if (host.onAppShow) host.onAppShow(function () { if (running) running.query(); });

  /** Makes a new payment the current one; a resume() in progress is replaced. */
  function begin(own: PayOptions | undefined, pays: boolean, work: (payment: Payment) => void): Promise<any> {
    const payment = createPayment(client, host, records, timers, settings(options, own || {}), !pays, notify);
    function free() { if (running === payment) running = null; }
    if (running) running.stop();
    running = payment;
    paying = pays;
    payment.outcome.then(free, free);
    work(payment);
    return payment.outcome;
  }

  function pay(what: OrderInput | Checkout, own?: PayOptions): Promise<Outcome> {
    if (running && paying) return rejected('busy', 'pay() is running.');
    return begin(own, true, function (payment) { payment.make(what); });
  }

  function resume(own?: PayOptions): Promise<Outcome | null> {
    if (running) return running.outcome;
    return begin(own, false, function (payment) { records('order').then(payment.resume); });
  }

  function notify(o: PayOptions, state: Progress | OutcomeState, order: Order | null) {
    listeners.concat(o.onState || []).forEach(function (listener) {
      // An error in a listener must not stop a payment.
      try { listener(state, order); } catch (_) { /* the listener's own error */ }
    });
  }

  return {
    signIn: client.signIn,
    catalog: client.catalog,
    createOrder: function (input) { return client.createOrder(input); },
    pay: pay,
    resume: resume,
    status: function (id) { return client.status(id); },
    choose: function (id, method) { return client.retry(id, { method: method }); },
    retry: function (id, input) { return client.retry(id, input); },
    cancel: client.cancel,
    abort: function () {
      if (running) running.stop();
      running = null; // at once, for a pay() in the same task
    },
    onChange: function (listener) {
      listeners = listeners.concat(listener);
      return function () { listeners = listeners.filter(function (other) { return other !== listener; }); };
    }
  };
}

/** What a browser does without onAction: it opens the wallet's page, and the server redirects it back. */
function leave(action: any) {
  const url = action.url || action.paymentUrl;
  if (!/^https?:/.test(url)) throw NO_ACTION; // another scheme might be a script
  location!.href = url;
}

/** Merges options; later ones take precedence, undefined ones are ignored. */
function settings(options: PayOptions, own: PayOptions): PayOptions {
  const merged: any = { wait: WAIT, silence: SILENCE, onAction: typeof location === 'undefined' ? undefined : leave };
  [options, own].forEach(function (given: any) {
    for (const name in given) if (given[name] !== undefined) merged[name] = given[name];
  });
  return merged;
}
