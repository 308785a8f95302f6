import type { Order, OrderState } from './api';

export type Hint = 'processing' | 'canceled' | 'unsupported' | 'unconfirmed';

/**
 * What a result code lets one hope. Wallets disagree on them (4000 is "failed" at one and "paid
 * or closed" at another), so none of them ever becomes a final state by itself.
 */
export function hintOf(code: string): Hint {
  if (/^(9000|8000|6004)$/.test(code)) return 'processing';
  if (/^(6001|99)$/.test(code)) return 'canceled';
  return code === '4' ? 'unsupported' : 'unconfirmed';
}

/**
 * The code as text: containers send text or a number, in `success` or in `fail`, and some a whole
 * sentence, of which the server takes 64 characters.
 */
export function codeOf(result: any): string {
  return cut(result && (result.resultCode || result.error || result.errorCode), 64);
}

export function detailOf(result: any): string {
  return cut(result && (result.memo || result.errorMessage || result.errMsg || result.message), 200);
}

/**
 * Without surrogates: half of a pair, which a cut leaves and some containers send, is no text that
 * the server takes, and it would refuse the whole report.
 */
function cut(text: any, most: number): string {
  return String(text || '').slice(0, most).replace(/[\ud800-\udfff]/g, '');
}

/** True when the payer has nothing left to do and nothing to wait for. */
export function isDone(order: Order | null): order is Order & { status: OrderState } {
  return /^(paid|authorized|failed|canceled|expired|voided)$/.test(order ? order.status : '');
}
