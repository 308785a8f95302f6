// A provider's side: a small server of the API, with orders, transfers, refunds and callbacks.
import { createServer } from 'node:http';
import { createHash } from 'node:crypto';
import { contract } from './keccak.mjs';
import { complaint, headers } from './sign.mjs';

const tokens = [
  { currencyId: 1, chainId: 136, name: 'TRON', symbol: 'TRX', decimals: 6 },
  { currencyId: 2, chainId: 136, name: 'Tether', symbol: 'USDT', decimals: 6 },
  { currencyId: 8, chainId: 56, name: 'Tether', symbol: 'USDT', decimals: 18 },
];
const chains = [{ chainId: 136, chainName: 'TRON Nile' }, { chainId: 56, chainName: 'BSC' }];

export const factory = {
  factory: '0x1111111111111111111111111111111111111111',
  initCodeHash: '0x07ad118d6cc8642c86c03827f276d8b791a65e5c99a3845faf186be720a1455d',
};

const refusal = (code, status = 200) => ({ status, said: { code, msg: 'refused' } });
const data = (value) => ({ status: 200, said: { code: 200, msg: 'Success', data: value } });
const nothing = { status: 200, said: { code: 200, msg: 'success' } };

/** A decimal number of tokens in the token's smallest units. */
export function units(text, decimals) {
  const [whole, fraction = ''] = String(text).split('.');
  if (!/^[0-9]+$/.test(whole) || !/^[0-9]*$/.test(fraction) || fraction.length > decimals) return null;
  return BigInt(whole + fraction.padEnd(decimals, '0'));
}

export class Provider {
  constructor(config) {
    this.config = config;
    this.orders = new Map();
    this.refunds = [];
  }

  listen() {
    this.server = createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const { status, said } = this.answer(request, Buffer.concat(chunks));
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(said));
      });
    });
    return new Promise((resolve) => {
      this.server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${this.server.address().port}`));
    });
  }

  close() {
    this.server.close();
  }

  answer(request, body) {
    const why = complaint(this.config, Date.now(), request.method, request.url, request.headers, body, 60, 60);
    if (why) return { status: 401, said: { code: 401, msg: why } };
    const url = new URL(request.url, 'http://provider');
    const call = calls[`${request.method} ${url.pathname.replace('/api/mer', '')}`];
    if (!call) return refusal(404, 404);
    return call(this, request.method === 'POST' ? JSON.parse(body) : Object.fromEntries(url.searchParams));
  }

  place(order) {
    const salt = `0x${createHash('sha256').update(`${order.chainId}/${this.orders.size % 2}`).digest('hex')}`;
    order.saltHash = salt;
    order.userWalletAddress = contract({ kind: order.chainId === 136 ? 'tron' : 'evm', ...factory, salt });
  }

  /** Units arrive for an order, and are notified. */
  async pays(trade, amount) {
    const order = this.orders.get(trade);
    const sum = BigInt(order.settlementAmount ?? 0) + BigInt(amount);
    Object.assign(order, {
      settlementAmount: String(sum), settlementCurrencySymbol: order.token.symbol, transferHash: 'ab'.repeat(32),
      blockTime: Math.floor(Date.now() / 1000), paymentStatus: sum >= BigInt(order.expectedAmount) ? 0 : 3,
    });
    return this.tell(order.notifyUrl, told(order));
  }

  /** A person decides about a refund, and the merchant is notified. */
  async decides(id, approve, amount) {
    const refund = this.refunds[id - 1];
    if (approve && amount) refund.refundAmount = amount;
    refund.refundStatus = approve ? 0 : 5;
    return this.tell(refund.notifyUrl, visible(refund));
  }

  async tell(to, what) {
    const body = JSON.stringify(what);
    const { pathname, search } = new URL(to);
    const answer = await fetch(to, { method: 'POST', body, headers: headers(this.config, Date.now(), 'POST', pathname + search, body) });
    return { status: answer.status, text: await answer.text() };
  }
}

const told = ({ token, notifyUrl, saltHash, ...order }) => order;
const visible = ({ notifyUrl, ...refund }) => refund;

const calls = {
  'POST /payment/createPaymentOrder': (provider, query) => {
    const token = tokens.find((t) => t.chainId === query.chainId && t.symbol === (query.isLegalTender ? 'USDT' : query.quoteCurrencySymbol));
    const expected = token && units(query.quoteAmount, token.decimals);
    if (!expected || provider.orders.has(query.outTradeNo) || !/^[A-Za-z0-9_-]{1,64}$/.test(query.outTradeNo) || !query.description) return refusal(400);
    const order = {
      chainId: query.chainId, orgId: 12, outTradeNo: query.outTradeNo, outPaymentNo: `2024081808532000000${provider.orders.size + 10}`,
      description: query.description, isLegalTender: query.isLegalTender, quoteCurrencySymbol: query.quoteCurrencySymbol,
      quoteAmount: query.quoteAmount, paymentStatus: 1, paymentType: 1, expectedAmount: String(expected), notifyUrl: query.notifyUrl, token,
    };
    provider.place(order);
    provider.orders.set(order.outTradeNo, order);
    const { outPaymentNo, userWalletAddress, saltHash } = order;
    return data({ outPaymentNo, paymentUrl: '/payment?apiSign=QUJD%2FZA%3D%3D', userWalletAddress, saltHash });
  },
  'GET /payment/detail': (provider, query) => {
    const order = provider.orders.get(query.outTradeNo);
    return order ? data(told(order)) : refusal(404, 404);
  },
  'GET /payment/list': (provider) => {
    const list = [...provider.orders.values()].map(told);
    return data({ count: list.length, page: 1, size: 500, list });
  },
  'GET /payment/payInfo': (provider, query) => {
    const order = provider.orders.get(query.outTradeNo);
    if (!order) return refusal(404, 404);
    return data({ countDown: 1800, orgName: 'Shop', userWalletAddress: order.userWalletAddress, saltHash: order.saltHash });
  },
  'POST /payment/payInfo/update': (provider, query) => {
    const order = provider.orders.get(query.outTradeNo);
    const token = tokens.find((t) => t.chainId === query.chainId && t.currencyId === query.currencyId);
    if (!order || !token) return refusal(400);
    Object.assign(order, { chainId: token.chainId, token, expectedAmount: String(units(order.quoteAmount, token.decimals)) });
    provider.place(order);
    return data({ expectedAmount: order.expectedAmount, userWalletAddress: order.userWalletAddress, saltHash: order.saltHash });
  },
  'GET /payment/notify': () => nothing,
  'GET /refund/notify': () => nothing,
  'POST /refund/createRefundOrder': (provider, query) => {
    const order = provider.orders.get(query.outTradeNo);
    const amount = order && units(query.amount, order.token.decimals);
    if (!amount || order.paymentStatus !== 0) return refusal(400);
    const refundId = provider.refunds.length + 1;
    provider.refunds.push({
      refundId, chainId: order.chainId, currencyId: order.token.currencyId, outTradeNo: order.outTradeNo, outPaymentNo: order.outPaymentNo,
      refundStatus: 1, refundAddress: order.userWalletAddress, refundAmount: String(amount), refundFee: '0', notifyUrl: query.notifyUrl,
    });
    return data({ refundId });
  },
  'GET /refund/detail': (provider, query) => {
    const refund = provider.refunds.find((r) => String(r.refundId) === query.refundId && (!query.outTradeNo || r.outTradeNo === query.outTradeNo));
    return refund ? data(visible(refund)) : refusal(404, 404);
  },
  'GET /refund/list': (provider, query) => {
    const list = provider.refunds.filter((r) => !query.orderStatus || String(r.refundStatus) === query.orderStatus).map(visible);
    return data({ count: list.length, page: 1, size: 500, list });
  },
  'GET /conf/list/chain': () => data(chains),
  'GET /conf/list/currency': (provider, query) => data(tokens.filter((t) => !query.chainId || String(t.chainId) === query.chainId)),
};
