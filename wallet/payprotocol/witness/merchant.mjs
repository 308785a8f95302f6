// A merchant's side: signed calls, and what it accepts of answers and callbacks.
import { complaint, headers } from './sign.mjs';

const prefixOf = (base) => new URL(base).pathname.replace(/\/$/, '');

export class Merchant {
  constructor(config) {
    this.config = config;
  }

  async get(path, query = {}) {
    const search = new URLSearchParams(query).toString();
    return this.call('GET', search ? `${path}?${search}` : path, '');
  }

  async post(path, body) {
    return this.call('POST', path, JSON.stringify(body));
  }

  async call(method, target, body) {
    const { base } = this.config;
    const head = headers(this.config, Date.now(), method, prefixOf(base) + target, body);
    const answer = await fetch(base + target, { method, headers: head, body: method === 'POST' ? body : undefined });
    const said = await answer.json();
    return { status: answer.status, code: said.code, data: said.data };
  }

  /** Why a callback to a path is not accepted; empty when it is. */
  complains(path, head, body) {
    return complaint(this.config, Date.now(), 'POST', path, head, body, 15 * 60, 60);
  }
}

/** Paid, as a merchant may accept it: an explicit 0, the order's own price, and no less than expected. */
export function isPaid(order, { trade, symbol, amount, fiat }) {
  const cents = (text) => {
    const [whole, fraction = ''] = String(text).split('.');
    return BigInt(whole + fraction.padEnd(18, '0'));
  };
  return order.paymentStatus === 0 && order.outTradeNo === trade && order.quoteCurrencySymbol === symbol
    && order.isLegalTender === (fiat ? 1 : 0) && cents(order.quoteAmount) === cents(amount)
    && (order.settlementAmount == null || order.expectedAmount == null || BigInt(order.settlementAmount) >= BigInt(order.expectedAmount));
}
