import type { Host, Timers } from './api';
import { lost, refused, rejected } from './error';
import { callHost } from './host';
import { codeOf, detailOf, objectOf, textOf } from './result';
import type { Signal } from './timers';

/**
 * One request to the server's client API; with a body it is a POST, since many hosts support only
 * that and GET. Resolves to the answer's data, which has the member `want`; rejects with a TillError.
 */
export type Call = (path: string, want: string, body?: object, token?: string, key?: string, timeout?: number, signal?: Signal) => Promise<any>;

const TIMEOUT = 30000;
/** How long after the host's own timeout a request without a callback counts as lost. */
const GRACE = 5000;

/** Calls by `my.request`, else by `fetch`. */
export function createCall(host: Host, timers: Timers, base: string): Call {
  return function (path, want, body, token, key, timeout, signal) {
    if (!host.request && typeof fetch === 'undefined') {
      return rejected('unsupported', 'No request, fetch.');
    }
    const headers: { [name: string]: string } = { 'content-type': 'application/json', 'Minitill-Envelope': '1' };
    if (token) headers.Authorization = 'Bearer ' + token;
    if (key) headers['Idempotency-Key'] = key;
    const options: any = { url: base + path, method: body ? 'POST' : 'GET', data: body, timeout: timeout || TIMEOUT };
    // `wx`, `tt` and Taro, which have login, have no `headers`.
    options[host.login ? 'header' : 'headers'] = headers;
    return callHost(timers, options.timeout + GRACE, host.request ? host : browser, 'request', options, signal).then(function (response) {
      return read(response, want);
    });
  };
}

const browser = {
  request: function (o: any) {
    fetch!(o.url, { method: o.method, headers: o.headers, body: o.data && JSON.stringify(o.data), cache: 'no-store' })
      .then(function (response) {
        return response.text().then(function (text) { o.success({ status: response.status, data: text }); });
      }).then(null, o.fail);
  }
};

/**
 * Finds the server's answer where hosts put it: in the envelope, bare, as text, or
 * attached to a failure. An answer that is not the server's counts as lost.
 */
function read(response: any, want: string): any {
  const body = objectOf(response.data);
  const told = body.status !== undefined ? body.status : response.status !== undefined ? response.status : response.statusCode;
  const status = +textOf(told);
  const problem = body.problem || (body.code && body);
  if (problem && status >= 400) throw refused(problem, status);
  const data = body.data || body;
  if (data[want] && (told === undefined ? !codeOf(response) : status >= 200 && status < 300)) return data;
  throw lost(status, detailOf(response));
}
