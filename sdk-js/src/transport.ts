import type { Host, Timers } from './api';
import { TillError, lost, refused } from './error';
import { hush, namesKeysPlainly } from './host';
import { detailOf } from './result';

export interface Request {
  url: string;
  headers: { [name: string]: string };
  /** Makes it a POST. Hosts know few other methods than that and GET. */
  body?: object;
  timeout: number;
}

/** Lets go of a request whose answer no longer matters. */
export interface Signal {
  aborted?: boolean;
  abort?: () => void;
}

export type Send = (request: Request, signal?: Signal) => Promise<any>;

/** What a host may hand to `success`, `fail` or `complete`. */
interface Response { status?: number; statusCode?: number; data?: unknown }

/** How long after the host's own time limit a silent host is given up on. */
const GRACE = 5000;

/** Sends by `my.request`, else by `fetch`. Resolves to the answer's data; rejects with a TillError. */
export function createSend(host: Host | undefined, timers: Timers): Send {
  return function (request, signal) {
    return new Promise(function (resolve, reject) {
      if (signal && signal.aborted) return;
      let open = true;
      let task: any;

      function close() {
        open = false;
        timers.clearTimeout(guard);
      }
      function answer(response: Response | null, failed?: boolean) {
        if (!open) return;
        close();
        try { resolve(read(response || {}, failed)); } catch (error) { reject(error); }
      }
      function fail(response?: Response) { answer(response || null, true); }

      const guard = timers.setTimeout(fail, request.timeout + GRACE);
      if (signal) {
        signal.abort = function () {
          if (!open) return;
          close();
          if (task && task.abort) task.abort();
        };
      }
      try {
        task = carry(host, request, answer, fail);
        hush(task);
      } catch (error) {
        close();
        reject(error instanceof TillError ? error : lost(0, String(error)));
      }
    });
  };
}

function carry(host: Host | undefined, request: Request, answer: (response: Response) => void, fail: (response?: Response) => void): any {
  if (host && host.request) return carryByHost(host, request, answer, fail);
  if (typeof fetch === 'undefined') throw new TillError('unsupported', 'No my.request and no fetch.');
  return carryByFetch(request, answer, fail);
}

function carryByHost(host: Host, request: Request, answer: (response: Response) => void, fail: (response?: Response) => void): any {
  const options: any = {
    url: request.url,
    method: methodOf(request),
    timeout: request.timeout,
    success: function (response: Response) { answer(response); },
    fail: fail,
    complete: fail // counts only where the host called neither of the others
  };
  options[namesKeysPlainly(host) ? 'header' : 'headers'] = request.headers;
  if (request.body) options.data = request.body;
  return host.request!(options);
}

function carryByFetch(request: Request, answer: (response: Response) => void, fail: () => void): void {
  fetch!(request.url, {
    method: methodOf(request),
    headers: request.headers,
    body: request.body && JSON.stringify(request.body),
    cache: 'no-store'
  }).then(function (response) {
    return response.text().then(function (text) { answer({ status: response.status, data: text }); });
  }).then(null, function () { fail(); });
}

function methodOf(request: Request): string {
  return request.body ? 'POST' : 'GET';
}

/**
 * Finds the server's words wherever the host put them: in the envelope, bare, as text, or
 * attached to a failure. Whatever is not the server's is a lost answer.
 */
function read(response: Response, failed?: boolean): any {
  const status = response.status !== undefined ? response.status : response.statusCode;
  const body = parse(response.data);
  if (body) {
    if (typeof body.status === 'number' && body.problem) throw refused(body.problem, body.status);
    if (typeof body.status === 'number' && isObject(body.data)) return body.data;
    if (typeof body.code === 'string' && (body.status || status) >= 400) throw refused(body, body.status || status);
    if (status === undefined ? !failed : status >= 200 && status < 300) return body;
  }
  throw lost(status, detailOf(response));
}

/** The object in data, which may be JSON text; else null. */
function parse(data: unknown): any {
  if (isObject(data)) return data;
  try {
    const parsed: unknown = JSON.parse(String(data));
    return isObject(parsed) ? parsed : null;
  } catch (_) {
    return null;
  }
}

function isObject(value: unknown): value is object {
  return !!value && typeof value === 'object';
}
