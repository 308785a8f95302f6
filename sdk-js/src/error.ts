import type * as api from './api';

type TillErrorConstructor = typeof api.TillError;
export type TillError = api.TillError;

/** A plain constructor: `class extends Error` breaks `instanceof` once compiled to ES5. */
export const TillError = function TillError(
  this: api.TillError, code: string, message: string, status?: number, problem?: api.Problem | null
) {
  this.message = message;
  this.code = code;
  this.status = status || 0;
  this.problem = problem || null;
  this.requestId = (problem && problem.requestId) || '';
  this.stack = new Error(code + ': ' + message).stack;
} as unknown as TillErrorConstructor;

(TillError as { prototype: unknown }).prototype = Object.create(Error.prototype, {
  constructor: { value: TillError },
  name: { value: 'TillError' }
});

/** No readable answer came: the request may or may not have been done. */
export function lost(status?: number, detail?: string): TillError {
  return new TillError('transport', 'No answer. ' + (detail || ''), status);
}

export function refused(problem: api.Problem, status: number): TillError {
  const text = problem.detail || problem.title || 'The server refused.';
  return new TillError(problem.code || 'unknown', text, status, problem);
}

/** What the host or the app threw when it was asked to open the cashier. */
export function broken(reason: unknown): TillError {
  return new TillError('unsupported', String(reason));
}

export function invalid(message: string): Promise<never> {
  return Promise.reject(new TillError('invalid', message));
}

/** True when the same idempotency key may be sent again: no answer, still at work, or not done. */
export function isRepeatable(error: TillError): boolean {
  return error.code === 'transport' || /409|50[34]/.test('' + error.status);
}

/** True when asking for a status again may well succeed. */
export function isPassing(error: TillError): boolean {
  return isRepeatable(error) || error.status === 429 || error.status >= 500 || !error.code;
}
