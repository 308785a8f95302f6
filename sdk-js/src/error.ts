import type * as api from './api';
import { textOf } from './result';

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
  this.stack = new Error(message).stack;
} as unknown as TillErrorConstructor;

((TillError as { prototype: any }).prototype = Object.create(Error.prototype)).name = 'TillError';

/** No readable answer came: the request may or may not have been executed. */
export function lost(status?: number, detail?: string): TillError {
  return new TillError('transport', 'No answer. ' + (detail || ''), status);
}

/** The server's refusal, in its words, with each field that breaks a rule. */
export function refused(problem: any, status: number): TillError {
  const text = [textOf(problem.detail) || textOf(problem.title) || 'unknown'];
  [].concat(problem.errors || []).forEach(function (each: any) {
    if (each && each.field) text.push(textOf(each.field) + ': ' + textOf(each.detail));
  });
  return new TillError(textOf(problem.code) || 'unknown', text.join(' '), status, problem);
}

export function rejected(code: string, message: string): Promise<never> {
  return Promise.reject(new TillError(code, message));
}

/** True when the same idempotency key may be sent again: no answer, still in progress, or not executed. */
export function isRepeatable(error: any): boolean {
  return error.code === 'transport' || /409|50[34]/.test(error.status);
}

/** True when another status query may well succeed. */
export function isPassing(error: any): boolean {
  return !error.problem || /409|429|5../.test(error.status);
}
