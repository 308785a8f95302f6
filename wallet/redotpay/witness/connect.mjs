// RedotPay Connect's server without HTTP: it checks a request, keeps orders and refunds, and builds
// webhooks. Where the sheet has no provider fact, its project conventions are used.
import { Digits, decimal, minus, parse, write } from './exact.mjs';
import { holds, privateKey, publicKey, requestText, signed, webhookText } from './sign.mjs';

const tolerance = 5 * 60_000;
const base = '/openapi/v2/order/';

class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export class Connect {
  orders = new Map(); // by outerOrderSn
  refunds = new Map(); // by outerRefundSn
  made = 0;

  constructor(config, origin) {
    this.config = config;
    this.origin = origin;
    this.key = privateKey(config.privateKeyFile);
    this.merchantKey = publicKey(config.merchantPublicKeyFile);
  }

  /** Answers { method, url, headers, body } with { status, body }. */
  answer(request) {
    try {
      this.authenticate(request);
      const operation = request.url.startsWith(base) && this.operations[request.url.slice(base.length)];
      if (!operation || request.method !== 'POST') throw new Refusal('NOT_FOUND', 'no such call');
      return { status: 200, body: write({ code: 'SUCCESS', msg: null, requestId: `req-${++this.made}`, data: operation(parse(request.body)) }) };
    } catch (error) {
      if (!(error instanceof Refusal)) return { status: 500, body: error.message };
      return { status: 200, body: write({ code: error.code, msg: error.message, requestId: `req-${++this.made}` }) };
    }
  }

  authenticate({ method, url, headers, body }) {
    const { 'x-r-ak': appKey, 'x-r-ts': timestamp, 'x-r-key-version': version, 'x-r-signature': signature } = headers;
    if (!headers['content-type']?.startsWith('application/json')) throw new Refusal('PARAM_ERROR', 'the content is not JSON');
    if (appKey !== this.config.appKey) throw new Refusal('SIGN_ERROR', 'no such appKey');
    if (!/^\d{13}$/.test(timestamp ?? '') || Math.abs(Number(timestamp) - Date.now()) > tolerance) throw new Refusal('SIGN_ERROR', 'the time is off');
    if (version !== String(this.config.merchantKeyVersion ?? 1)) throw new Refusal('SIGN_ERROR', 'no such key version');
    if (!holds(this.merchantKey, requestText({ method, uri: url, appKey, timestamp, body }), signature)) throw new Refusal('SIGN_ERROR', 'the signature does not match');
  }

  operations = {
    create: (wanted) => this.shown(this.create(wanted)),
    detail: ({ outerOrderSn, orderSn }) => this.told(this.find({ outerOrderSn, orderSn })),
    close: ({ orderSn }) => this.close(this.find({ orderSn })),
    'payment-method': ({ orderSn, paymentMethodId }) => this.method(this.find({ orderSn }), paymentMethodId),
    refund: (wanted) => this.refund(wanted),
    'refund/detail': ({ outerRefundSn }) => this.refundOf(outerRefundSn),
  };

  create(wanted) {
    this.check(wanted);
    const before = this.orders.get(wanted.outerOrderSn);
    if (before) {
      if (decimal(before.orderAmount) !== decimal(wanted.orderAmount)) throw new Refusal('PARAM_ERROR', 'the number is taken by another amount');
      return before;
    }
    const order = { ...wanted, orderSn: `RAP20260105104613401${String(++this.made).padStart(3, '0')}`, orderStatus: 1, refunded: '0' };
    this.orders.set(order.outerOrderSn, order);
    return order;
  }

  check({ outerOrderSn, outerUid, orderAmount, orderCurrency, env, orderDesc, goods, timeExpire }) {
    const demand = (holdsTrue, what) => { if (!holdsTrue) throw new Refusal('PARAM_ERROR', what); };
    demand(/^[0-9A-Za-z_\-|*]{6,32}$/.test(outerOrderSn ?? ''), 'outerOrderSn');
    demand(typeof outerUid === 'string' && outerUid.length > 0 && outerUid.length <= 32, 'outerUid');
    demand(orderAmount instanceof Digits && /^\d+(\.\d+)?$/.test(orderAmount.text) && decimal(orderAmount) !== '0', 'orderAmount must be a number without an exponent');
    demand(orderCurrency === 'USD', 'orderCurrency');
    demand(['WEB', 'H5', 'APP'].includes(env), 'env');
    demand(typeof orderDesc === 'string' && orderDesc !== '' && [...orderDesc].length <= 126, 'orderDesc');
    demand(Array.isArray(goods) && goods.length === 1, 'goods');
    demand(decimal(goods[0].goodsAmount) === decimal(orderAmount) && goods[0].goodsCoin === orderCurrency && decimal(goods[0].goodsCount) === '1', 'goods amount');
    demand(['01', '02'].includes(goods[0].goodsType) && goods[0].goodsCategory?.length === 4 && goods[0].goodsName && goods[0].goodsCode?.length <= 19, 'goods');
    demand(timeExpire === undefined || /^\d{13}$/.test(timeExpire.text), 'timeExpire');
  }

  shown({ orderSn, outerOrderSn }) {
    const link = (kind) => `${this.origin}/${kind}/${orderSn}`;
    const { methods } = this.config;
    return {
      orderSn, outerOrderSn,
      ...(methods ? { paymentMethods: methods.map((method) => ({ ...method, ...(method.manual ? {} : { webUrl: link(`m${method.id}`) }) })) }
        : { webUrl: link('w'), h5Url: link('h'), appUrl: `redotpay://pay?sn=${orderSn}` }),
    };
  }

  told({ orderSn, outerOrderSn, orderStatus, orderAmount, orderCurrency }) {
    return { orderSn, outerOrderSn, orderStatus, orderAmount, orderCurrency };
  }

  method({ orderSn, orderStatus }, id) {
    if (orderStatus !== 1) throw new Refusal('ORDER_STATUS_ERROR', 'the order cannot be paid');
    if (!this.config.methods?.some((method) => method.id === id)) throw new Refusal('PARAM_ERROR', 'no such method');
    return { webUrl: `${this.origin}/m${id}/${orderSn}`, qrCode: `redotpay://qr/${id}/${orderSn}` };
  }

  close(order) {
    if (order.orderStatus === 2) throw new Refusal('ORDER_STATUS_ERROR', 'the order is paid');
    order.orderStatus = 4;
    return null;
  }

  refund({ orderSn, outerRefundSn, refundAmount }) {
    const order = this.find({ orderSn });
    const before = this.refunds.get(outerRefundSn);
    if (before) return before;
    const left = order.orderStatus === 2 ? minus(minus(order.orderAmount, order.refunded), refundAmount) : '-1';
    if (left.startsWith('-')) throw new Refusal('PARAM_ERROR', 'more than is left');
    order.refunded = minus(order.orderAmount, left);
    const refund = { refundSn: `RAR${++this.made}`, outerRefundSn, orderSn, outerOrderSn: order.outerOrderSn, refundAmount, refundStatus: 1 };
    this.refunds.set(outerRefundSn, refund);
    return refund;
  }

  refundOf(outerRefundSn) {
    const refund = this.refunds.get(outerRefundSn);
    if (!refund) throw new Refusal('ORDER_NOT_FOUND', 'no such refund');
    return refund;
  }

  find({ outerOrderSn, orderSn }) {
    if ((outerOrderSn === undefined) === (orderSn === undefined)) throw new Refusal('PARAM_ERROR', 'exactly one number');
    const order = [...this.orders.values()].find((known) => known.outerOrderSn === outerOrderSn || known.orderSn === orderSn);
    if (!order) throw new Refusal('ORDER_NOT_FOUND', 'no such order');
    return order;
  }

  settle(outerOrderSn, status) { this.find({ outerOrderSn }).orderStatus = status; }

  /** A webhook about a payment, in the members of the official example. */
  news(outerOrderSn) {
    const { orderSn, outerUid, orderAmount, orderCurrency, orderStatus } = this.find({ outerOrderSn });
    return {
      outerOrder: outerOrderSn, preSn: orderSn, orderCurrency, billCoin: orderCurrency, outerUid, txId: `PAYH${orderSn.slice(3)}`,
      rateExtra: 0, actionType: 'ACQUIRER_PAY', billAmount: new Digits('0.99'), orderAmount, orderTime: Date.now(),
      merchantId: new Digits('300000000000000001'), cryptoAmount: 1, rate: 1, orderStatus,
    };
  }

  refundNews(outerRefundSn, refundStatus) {
    const refund = this.refundOf(outerRefundSn);
    refund.refundStatus = refundStatus;
    return { actionType: 'ACQUIRER_REFUND', outerOrder: refund.outerOrderSn, preSn: refund.orderSn, outerRefundSn, refundSn: refund.refundSn, refundAmount: refund.refundAmount, refundStatus };
  }

  headers(body, { at = Date.now() } = {}) {
    const timestamp = String(at);
    return {
      'Content-Type': 'application/json', 'X-R-Ts': timestamp, 'X-R-Key-Version': String(this.config.keyVersion ?? 1),
      'X-R-Signature': signed(this.key, webhookText({ appKey: this.config.appKey, timestamp, body })),
    };
  }
}
