import type { Order, Outcome, OutcomeState, Timers } from './api';
import type { Client } from './client';
import { broken, isPassing } from './error';
import type { TillError } from './error';
import { hintOf, isDone } from './result';
import type { Signal } from './transport';

/** The longest the server is asked to hold an answer back. */
const LONG_POLL = 25000;
/** Least time between the beginnings of two questions, should the server not hold answers back. */
const GAPS = [1000, 2000, 3000, 5000];

/** Finds out what becomes of one order. Settles once; then it neither asks nor waits any more. */
export interface Follow {
  outcome: Promise<Outcome>;
  /** Asks now, and goes on asking until the order is done or the time is over. */
  ask(): void;
  /** Asks only after a while, unless something is heard before: the payer is at the cashier. */
  waitFor(cashier: number): void;
  /** Takes the cashier's result and has the server look into it. */
  hear(code: string, detail: string): void;
  /** Settles because the app or the host failed to do what the action asks. */
  giveUp(reason: Error): void;
  /** Settles with what is known. */
  stop(): void;
}

export function follow(client: Client, timers: Timers, id: string, order: Order | null, code: string, wait: number): Follow {
  let until = timers.now() + wait;
  let gap = 0;
  let began = 0;
  let over = false;
  let reporting = false;
  let missed = false; // the last question went without an answer
  let error: TillError | null = null;
  let receipt: string | null = null;
  let timer: any;
  let signal: Signal = {};
  let resolve: (outcome: Outcome) => void;
  const outcome = new Promise<Outcome>(function (settled) { resolve = settled; });

  function rest() {
    timers.clearTimeout(timer);
    signal.aborted = true;
    if (signal.abort) signal.abort();
  }

  function finish(state: OutcomeState, source: 'server' | 'client') {
    over = true;
    rest();
    resolve({ state: state, order: order, receipt: receipt, code: code, source: source, error: error });
  }

  function undecided() {
    finish(hintOf(code) === 'processing' ? 'processing' : 'unconfirmed', 'client');
  }

  /** Puts one question; whatever was asked before is let go. */
  function question(put: (signal: Signal) => Promise<{ order: Order; receipt?: string | null }>) {
    if (over) return;
    rest();
    const asked: Signal = signal = {};
    began = timers.now();
    put(asked).then(function (answer) {
      if (asked.aborted) return;
      missed = false;
      error = null;
      order = answer.order;
      receipt = answer.receipt || null;
      answered();
    }, function (reason) {
      if (asked.aborted) return;
      missed = true;
      error = reason;
      if (isPassing(reason) || reporting) next(); else undecided();
    });
  }

  function answered() {
    const hint = hintOf(code);
    if (isDone(order)) finish(order.status, 'server');
    else if (hint === 'canceled' || hint === 'unsupported') finish(hint, 'client');
    else next();
  }

  /** Asks again; when the time is over, ends, but not on a lost answer: a frozen app may wake late. */
  function next() {
    const now = timers.now();
    const last = began >= until;
    reporting = false;
    if (now >= until && (last || !missed)) return undecided();
    const due = Math.min(began + GAPS[gap], until);
    gap = Math.min(gap + 1, GAPS.length - 1);
    if (due > now) timer = timers.setTimeout(poll, due - now);
    else poll();
  }

  function poll() {
    // A held-back answer that got lost may have been held too long for something in between.
    status(missed ? 0 : Math.min(LONG_POLL, Math.max(0, until - timers.now())));
  }

  function status(hold: number) {
    question(function (asked) { return client.status(id, hold, asked); });
  }

  return {
    outcome: outcome,
    ask: function () { if (!reporting) status(0); },
    waitFor: function (cashier) {
      until += cashier;
      timer = timers.setTimeout(poll, cashier);
    },
    hear: function (said, detail) {
      if (over) return;
      code = said;
      until = timers.now() + wait;
      gap = 0;
      reporting = true;
      const result: { resultCode: string; detail?: string } = { resultCode: said || 'none' };
      if (detail) result.detail = detail;
      question(function (asked) { return client.report(id, result, asked); });
    },
    giveUp: function (reason) {
      error = broken(reason);
      finish('unsupported', 'client');
    },
    stop: undecided
  };
}
