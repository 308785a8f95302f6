import type { Order, OrderState } from './api';

export type Hint = 'processing' | 'canceled' | 'unsupported' | 'unconfirmed';

/**
 * The hint of a result code. Wallets disagree on the codes (4000 is "failed" at one and "paid
 * or closed" at another), so none of them becomes a final state by itself.
 */
export function hintOf(code: string): Hint {
  if (/^([98]000|6004)$/.test(code)) return 'processing';
  if (/^(6001|99)$/.test(code)) return 'canceled';
  return code === '4' ? 'unsupported' : 'unconfirmed';
}

/**
 * The code as text: containers send text or a number, in `success` or in `fail`, and some a whole
 * sentence, of which the server accepts 64 characters.
 */
export function codeOf(result: any): string {
  return cut(result && (result.resultCode || result.error || result.errorCode), 64);
}

export function detailOf(result: any): string {
  return cut(result && (result.memo || result.errorMessage || result.errMsg || result.message), 200);
}

/**
 * Without surrogates: half of a pair, which truncation leaves and some containers send, is no valid
 * text, and the server would refuse the whole report.
 */
function cut(text: any, most: number): string {
  return textOf(text).slice(0, most).replace(/[\ud800-\udfff]/g, '');
}

/** A text or a number as text, anything else as ''. Objects may have a `toString` that is no function. */
export function textOf(value: any): string {
  return /^(string|number)$/.test(typeof value) ? '' + value : '';
}

/** True when the payer has nothing left to do and nothing to wait for. */
export function isDone(order: Order | null): order is Order & { status: OrderState } {
  return !!order && /^(paid|authorized|failed|canceled|expired|voided)$/.test(textOf(order.status));
}

/** The object value itself, or parsed from JSON text; else {}. */
export function objectOf(value: any): any {
  try {
    const parsed = typeof value === 'string' ? JSON.parse(value) : value;
    if (typeof parsed === 'object') return parsed || {};
  } catch (_) { /* a proxy's page */ }
  return {};
}
