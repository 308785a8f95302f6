import type { Catalog, Checkout, Host, OrderInput, Session, Status, TillOptions, Timers } from './api';
import { isRepeatable, lost, rejected } from './error';
import type { TillError } from './error';
import { callHost } from './host';
import { isDone, textOf } from './result';
import { forget } from './storage';
import type { Records } from './storage';
import { nothing, within } from './timers';
import type { Signal } from './timers';
import type { Call } from './transport';

/** The host may show a consent, which the payer reads. */
const CONSENT_TIMEOUT = 60000;
/** The timeout of a status query, beyond the time for which the server holds it. */
const SLACK = 10000;
/** The delay before the first retry under the same key; the next one is three times as long. */
const PAUSE = 1000;
/** For how long an unanswered request for an order is retried under its key. */
const KEY_LIFE = 600000;

/** The server's client API: handles sessions, tokens and idempotency keys, and no payments. */
export interface Client {
  signIn(): Promise<Session>;
  catalog(): Promise<Catalog>;
  createOrder(input: OrderInput, signal?: Signal): Promise<Checkout>;
  retry(id: string, input?: object, signal?: Signal): Promise<Checkout>;
  cancel(id: string): Promise<Status>;
  /** Queries an order; the server answers a change at once, else after `hold` milliseconds. */
  status(id: string, hold?: number, signal?: Signal): Promise<Status>;
  /** Reports the cashier's result; the server then queries the wallet. */
  report(id: string, result: object, signal: Signal): Promise<Status>;
  /** Stores the order's token of an answer, and whether the order is final. Rejects an order other than id. */
  learn<T extends Checkout | Status>(answer: T, id?: string): Promise<T>;
}

export function createClient(options: TillOptions, host: Host, call: Call, records: Records, timers: Timers): Client {
  const appQuery = options.app ? '?app=' + encodeURIComponent(options.app) : '';
  /** By order id; without a prototype, since ids like `constructor` are data. */
  const orderTokens: { [id: string]: string } = Object.create(null);
  let session = '';
  let signingIn: Promise<Session> | undefined;
  let making: { input?: string } = {};

  // Sessions

  /** One at a time: auth codes are single use, and several calls may need a session at once. */
  function signIn(): Promise<Session> {
    function clean() { signingIn = undefined; }
    if (!signingIn) {
      const scopes = options.scopes || 'auth_base';
      signingIn = (host.getAuthCode ? callHost(timers, CONSENT_TIMEOUT, host, 'getAuthCode', { scopes: scopes }) : Promise.resolve({})).then(openSession);
      signingIn.then(clean, clean);
    }
    return signingIn;
  }

  /** Where the host gives no auth code for this payer, a guest pays. */
  function openSession(credentials: { authCode?: string }): Promise<Session> {
    const body = { wallet: options.wallet, authCode: credentials.authCode };
    return call('/sessions' + (options.wallet ? '' : appQuery), 'token', body).then(function (opened) {
      session = opened.token;
      return opened;
    });
  }

  /** Runs request with the order's token, else the session's, else a new session's: a 401 leads to the next. */
  function withToken<T>(id: string, request: (token: string) => Promise<T>, renewed?: boolean): Promise<T> {
    const own = orderTokens[id];
    return (own || session ? Promise.resolve() : signIn()).then(function () {
      const used = own || session;
      return request(used).then(null, function (error) {
        if (error.status !== 401 || renewed) throw error;
        if (own) orderTokens[id] = '';
        else if (session === used) session = '';
        return withToken(id, request, !own);
      });
    });
  }

  // Orders

  /** Retries a request under its key while its outcome is unknown, after a delay; twice at most. */
  function repeat<T>(request: () => Promise<T>, signal?: Signal, pause?: number): Promise<T> {
    const now = pause || PAUSE;
    return request().then(null, function (error) {
      if (!isRepeatable(error) || now > 3 * PAUSE) throw error;
      return within(timers, now, nothing, signal).then(function () { return repeat(request, signal, 3 * now); });
    });
  }

  /**
   * Unique enough to distinguish requests; it is no secret. In base 36, since a long
   * run of digits may by chance be a payment card's number, which the server refuses.
   */
  function newKey(): string { return timers.now().toString(36) + Math.random().toString(36); }

  /** Creates with the key of a recent request without an answer, else with a new one, stored before use. */
  function createOrder(input: OrderInput, signal?: Signal): Promise<Checkout> {
    if (!input || !(input.order || (input.items && input.items.length))) return rejected('invalid', 'items, order: required.');
    return records('key').then(function (kept) {
      const text = JSON.stringify(input);
      if (making.input === text) kept = making; // a double tap
      if (kept.input !== text || timers.now() - kept.at > KEY_LIFE) kept = { key: newKey(), input: text, at: timers.now() };
      making = kept;
      function drop() {
        making = {};
        return forget(records, 'key', 'key', kept.key);
      }
      function order(): Promise<Checkout> { return send(input.order || '', '', input, kept.key, 0, signal); }
      return records('key', kept).then(function () {
        return repeat(order, signal);
      }).then(null, function (error) {
        // A session identifies the payer and the wallet; without one the token alone gives access to the order.
        if (!input.orderToken || !/40[13]/.test(error.status)) throw error;
        orderTokens[input.order!] = input.orderToken;
        return repeat(order, signal);
      }).then(function (checkout: Checkout) {
        return drop().then(function () { return checkout; });
      }, function (error: TillError) {
        if (isRepeatable(error)) throw error; // the outcome is unknown, and the next attempt uses the same key
        return drop().then(function () { throw error; });
      });
    });
  }

  function post(id: string, action: string, body: object, signal?: Signal): Promise<any> {
    const key = newKey();
    return repeat(function () { return aboutOrder(id, action, body, key, 0, signal); }, signal);
  }

  function aboutOrder(id: string, path: string, body: object | undefined, key: string, timeout?: number, signal?: Signal): Promise<any> {
    if (!id) return rejected('invalid', 'order: is required.');
    return send(id, '/' + encodeURIComponent(id) + path, body, key, timeout, signal);
  }

  /** With the token of order id, if there is one; the answer is about that order, or about a new one when id is ''. */
  function send(id: string, path: string, body: object | undefined, key: string, timeout?: number, signal?: Signal): Promise<any> {
    return withToken(id, function (token) { return call('/orders' + path, 'order', body, token, key, timeout, signal); })
      .then(function (answer) { return learn(answer, id); });
  }

  function learn<T extends Checkout | Status>(answer: T, id?: string): Promise<T> {
    const order = answer.order;
    if (!order.id || order.id !== (id || textOf(order.id))) return Promise.reject(lost());
    const token = (answer as Checkout).orderToken;
    if (token) orderTokens[order.id] = token;
    return isDone(order) ? forget(records, 'order', 'id', order.id).then(function () { return answer; }) : Promise.resolve(answer);
  }

  return {
    signIn: signIn,
    catalog: function () { return call('/catalog' + appQuery, 'items'); },
    createOrder: createOrder,
    retry: function (id, input, signal) { return post(id, '/payments', input || {}, signal); },
    cancel: function (id) { return post(id, '/cancel', {}); },
    status: function (id, hold, signal) {
      return aboutOrder(id, hold ? '?wait=' + Math.ceil(hold / 1000) + 's' : '', undefined, '', (hold || 0) + SLACK, signal);
    },
    report: function (id, result, signal) { return aboutOrder(id, '/result', result, '', SLACK, signal); },
    learn: learn
  };
}
