import type { Catalog, Checkout, Host, OrderInput, Session, Status, TillOptions, Timers } from './api';
import { invalid, isRepeatable, lost } from './error';
import { hush } from './host';
import { lastly } from './promise';
import { isDone } from './result';
import type { Records } from './storage';
import type { Send, Signal } from './transport';

const TIMEOUT = 30000;
/** Consent may be asked for, and people read. */
const CONSENT_TIMEOUT = 60000;
/** What a question may take beyond the time the server is asked to hold it. */
const SLACK = 10000;
/** Pauses before the same key is sent again. */
const PAUSES = [1000, 3000];
/** How long an unanswered request for an order may be taken up again. */
const KEY_LIFE = 600000;

/** The server's client API: sessions, tokens and keys are its business, payments are not. */
export interface Client {
  signIn(): Promise<Session>;
  catalog(): Promise<Catalog>;
  createOrder(input: OrderInput): Promise<Checkout>;
  createPayment(id: string, input?: object): Promise<Checkout>;
  cancel(id: string): Promise<Status>;
  /** Asks for an order; the server answers a change at once, else after `hold` milliseconds. */
  status(id: string, hold: number, signal?: Signal): Promise<Status>;
  /** Tells the cashier's result and asks what the wallet's server says of it. */
  report(id: string, result: object, signal: Signal): Promise<Status>;
  /** Takes in what an answer brings: the order's token, and whether it is done. */
  learn<T extends Checkout | Status>(answer: T): T;
  useToken(id: string, token: string | undefined): void;
}

export function createClient(options: TillOptions, host: Host | undefined, send: Send, records: Records, timers: Timers): Client {
  const base = options.baseUrl.replace(/\/+$/, '') + '/miniapp/v1';
  const appQuery = options.app ? '?app=' + encodeURIComponent(options.app) : '';
  const orderTokens: { [id: string]: string } = {};
  let session: Session | null = null;
  let signingIn: Promise<Session> | null = null;
  let keys = 0;

  /** A request with a body is a POST. */
  function call(path: string, body?: object, token?: string, key?: string, timeout?: number, signal?: Signal): Promise<any> {
    const headers: { [name: string]: string } = { 'content-type': 'application/json', 'Minitill-Envelope': '1' };
    if (token) headers.Authorization = 'Bearer ' + token;
    if (key) headers['Idempotency-Key'] = key;
    return send({ url: base + path, headers: headers, body: body, timeout: timeout || TIMEOUT }, signal);
  }

  // Sessions

  /** One at a time: auth codes are single use, and several calls may need a session at once. */
  function signIn(): Promise<Session> {
    return signingIn = signingIn || lastly(authCode().then(openSession), function () { signingIn = null; });
  }

  function openSession(code: string): Promise<Session> {
    const body: { wallet?: string; authCode?: string } = {};
    if (options.wallet) body.wallet = options.wallet;
    if (code) body.authCode = code;
    return call('/sessions' + (options.wallet ? '' : appQuery), body).then(function (opened) {
      if (!opened.token) throw lost();
      return session = opened;
    });
  }

  /** The wallet's code for this payer, or '' where none is to be had: then a guest pays. */
  function authCode(): Promise<string> {
    return new Promise(function (resolve) {
      if (!host || !host.getAuthCode) return resolve('');
      const guard = timers.setTimeout(done, CONSENT_TIMEOUT);
      function done(result?: { authCode?: string }) {
        timers.clearTimeout(guard);
        resolve((result && result.authCode) || '');
      }
      try {
        hush(host.getAuthCode({ scopes: options.scopes || 'auth_base', success: done, fail: done, complete: done }));
      } catch (_) {
        done();
      }
    });
  }

  /** Runs request with the session's token; a session that is refused is renewed once. */
  function withSession<T>(request: (token: string) => Promise<T>, renewed?: boolean): Promise<T> {
    return (session ? Promise.resolve(session) : signIn()).then(function (used) {
      return request(used.token).then(null, function (error) {
        if (error.status !== 401 || renewed) throw error;
        if (session === used) session = null;
        return withSession(request, true);
      });
    });
  }

  /** Runs request with the order's own token while that is good, else with the session's. */
  function withOrder<T extends Checkout | Status>(id: string, request: (token: string) => Promise<T>): Promise<T> {
    if (!id) return invalid('No order id.');
    const token = orderTokens[id];
    return (token ? request(token).then(null, function (error) {
      if (error.status !== 401) throw error;
      if (orderTokens[id] === token) delete orderTokens[id];
      return withSession(request);
    }) : withSession(request)).then(learn);
  }

  // Idempotency

  /** Unique enough to tell requests apart; nothing secret hangs on it. */
  function newKey(): string {
    return [timers.now(), Math.random() * 1e9, Math.random() * 1e9, ++keys].map(function (part) {
      return Math.floor(part).toString(36);
    }).join('-');
  }

  function repeat<T>(attempt: () => Promise<T>, repeats: number): Promise<T> {
    return attempt().then(null, function (error) {
      if (!isRepeatable(error) || repeats >= PAUSES.length) throw error;
      return new Promise<T>(function (resolve) {
        timers.setTimeout(function () { resolve(repeat(attempt, repeats + 1)); }, PAUSES[repeats]);
      });
    });
  }

  /** The key for this input: an unanswered one of a moment ago, else a new one, stored before use. */
  function keyFor(input: string): string {
    let kept = records.get('key');
    if (!kept || kept.input !== input || timers.now() - kept.at > KEY_LIFE) {
      kept = { key: newKey(), input: input, at: timers.now() };
      records.set('key', kept);
    }
    return kept.key;
  }

  function dropKey(key: string) {
    const kept = records.get('key');
    if (kept && kept.key === key) records.remove('key');
  }

  // Orders

  function createOrder(input: OrderInput): Promise<Checkout> {
    if (!input || !(input.order || (input.items && input.items.length))) return invalid('No items and no order id.');
    const key = keyFor(JSON.stringify(input));
    return repeat(function () {
      return withSession(function (token) { return call('/orders', input, token, key); }).then(learn);
    }, 0).then(function (checkout: Checkout) {
      dropKey(key);
      return checkout;
    }, function (error) {
      if (!isRepeatable(error)) dropKey(key); // else its fate is open, and the next try takes it up
      throw error;
    });
  }

  function post(id: string, action: string, body: object): Promise<any> {
    const key = newKey();
    return repeat(function () {
      return withOrder(id, function (token) { return call(pathOf(id) + action, body, token, key); });
    }, 0);
  }

  function learn<T extends Checkout | Status>(answer: T): T {
    const order = answer.order;
    if (!order || !order.id) throw lost();
    useToken(order.id, (answer as Checkout).orderToken);
    const open = records.get('order');
    if (isDone(order) && open && open.id === order.id) records.remove('order');
    return answer;
  }

  function useToken(id: string, token: string | undefined) {
    if (token) orderTokens[id] = token;
  }

  return {
    signIn: signIn,
    catalog: function () { return call('/catalog' + appQuery); },
    createOrder: createOrder,
    createPayment: function (id, input) { return post(id, '/payments', input || {}); },
    cancel: function (id) { return post(id, '/cancel', {}); },
    status: function (id, hold, signal) {
      const query = hold > 0 ? '?wait=' + Math.ceil(hold / 1000) + 's' : '';
      return withOrder(id, function (token) {
        return call(pathOf(id) + query, undefined, token, '', hold + SLACK, signal);
      });
    },
    report: function (id, result, signal) {
      return withOrder(id, function (token) {
        return call(pathOf(id) + '/result', result, token, '', SLACK, signal);
      });
    },
    learn: learn,
    useToken: useToken
  };
}

function pathOf(id: string): string {
  return '/orders/' + encodeURIComponent(id);
}
