// The direct dialect's server without HTTP: orders, card calls, callbacks.
import { Digits, decimal, minus, parse, write } from './exact.mjs';
import { callbackText, mac } from './sign.mjs';

class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const integer = (value) => value instanceof Digits && /^[1-9]\d*$/.test(value.text);
const text = (value) => typeof value === 'string' && /^\d+\.\d\d$/.test(value);

export class Direct {
  orders = new Map(); // by ref_no
  cards = new Map(); // by transaction_id
  made = 0;

  constructor(config, origin) {
    this.config = config;
    this.origin = origin;
  }

  answer({ method, url, headers, body }) {
    if (headers.authorization !== `Bearer ${this.config.merchantKey}`) return { status: 401, body: write({ code: 401, msg: 'no such key' }) };
    try {
      return { status: 200, body: write({ code: 0, data: this.route(method, url, body) }) };
    } catch (error) {
      if (!(error instanceof Refusal)) return { status: 500, body: error.message };
      return { status: 200, body: write({ code: error.code, msg: error.message }) };
    }
  }

  route(method, url, body) {
    const [path, query] = url.split('?');
    if (method === 'POST' && path === '/openapi/v2/order/create') return this.create(parse(body));
    if (method === 'GET' && path === '/openapi/v2/order/payment-method') return this.method(new URLSearchParams(query).get('order_sn'));
    if (method === 'GET' && path.startsWith('/openapi/v2/order/')) return this.told(this.find(decodeURIComponent(path.slice('/openapi/v2/order/'.length))));
    if (method === 'POST' && path.startsWith('/v1/') && this.card[path.slice(4)]) return this.card[path.slice(4)](parse(body));
    throw new Refusal(1004, 'no such call');
  }

  create({ merchant_code: merchantCode, amount, currency, ref_no: refNo, callback_url: callbackUrl, manual }) {
    if (merchantCode !== this.config.merchantCode || !integer(amount) || !/^[A-Z]{3,5}$/.test(currency) || !refNo || typeof manual !== 'boolean') throw new Refusal(1001, 'a parameter is wrong');
    let order = this.orders.get(refNo);
    if (order && order.amount.text !== amount.text) throw new Refusal(1001, 'the number is taken by another amount');
    if (!order) {
      order = { order_sn: `SN20260318${String(++this.made).padStart(9, '0')}`, ref_no: refNo, status: 'pending', amount, currency, callbackUrl, manual };
      this.orders.set(refNo, order);
    }
    return { order_sn: order.order_sn, ...(manual ? {} : { payment_url: this.link(order) }), manual, expire_time: 3600 };
  }

  link(order) { return `${this.origin}/pay/${order.order_sn}`; }

  method(sn) {
    const order = this.find(sn);
    return { order_sn: sn, payment_url: this.link(order), qr_code: `redotpay://qr/${sn}` };
  }

  find(name) {
    const order = [...this.orders.values()].find((known) => known.order_sn === name || known.ref_no === name);
    if (!order) throw new Refusal(1002, 'no such order');
    return order;
  }

  told({ order_sn: sn, ref_no: refNo, status, amount, currency }) { return { order_sn: sn, ref_no: refNo, status, amount, currency }; }

  card = {
    authorize: ({ amount, card_number: token }) => {
      if (!text(amount) || !token) throw new Refusal(1001, 'a parameter is wrong');
      const made = { transaction_id: String(123456 + ++this.made), status: 'authorized', amount, refunded: '0' };
      this.cards.set(made.transaction_id, made);
      return this.shown(made);
    },
    capture: ({ transaction_id: id, amount, currency }) => {
      const card = this.cardOf(id, 'authorized');
      if (!text(amount) || !currency || minus(card.amount, amount).startsWith('-')) throw new Refusal(1001, 'the amount is wrong');
      return this.shown(Object.assign(card, { status: 'captured', amount }));
    },
    refund: ({ transaction_id: id, amount }) => {
      const card = this.cardOf(id, 'captured', 'refunded');
      const left = text(amount) ? minus(minus(card.amount, card.refunded), amount) : '-1';
      if (left.startsWith('-')) throw new Refusal(1001, 'the amount is wrong');
      Object.assign(card, { status: 'refunded', refunded: minus(card.amount, left) });
      return { transaction_id: id, status: 'refunded', amount };
    },
    void: ({ transaction_id: id }) => this.shown(Object.assign(this.cardOf(id, 'authorized'), { status: 'voided' })),
    reversal: ({ transaction_id: id }) => this.shown(Object.assign(this.cardOf(id, 'captured'), { status: 'reversed' })),
  };

  shown({ transaction_id: id, status, amount }) { return { transaction_id: id, status, amount }; }

  cardOf(id, ...statuses) {
    const card = this.cards.get(id);
    if (!card || !statuses.includes(card.status)) throw new Refusal(1003, 'the state does not allow this');
    return card;
  }

  settle(refNo, status) { this.find(refNo).status = status; }

  news(refNo) {
    const { order_sn: sn, status, amount, currency } = this.find(refNo);
    const { secret, merchantCode } = this.config;
    const signature = mac(secret, callbackText(secret, { merchantCode, orderSn: sn, refNo, amount: decimal(amount), currency, status })).toString('hex');
    return { order_sn: sn, merchant_order_sn: refNo, status, amount, currency, signature };
  }

  headers() { return { 'Content-Type': 'application/json' }; }
}
