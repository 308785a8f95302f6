// A wallet's book of payments, captures and refunds. Each call takes a checked request body and
// returns the members of its answer; what the wallet does not do is a Refusal. Amounts are BigInt
// in the currency's smallest unit.
import { randomBytes } from 'node:crypto';
import { redirection, standing } from './answers.mjs';
import { isText } from './expectations.mjs';
import { Refusal } from './rules.mjs';
import { bodyTime, parseTime } from './time.mjs';

const holdProduct = '51051000101000000012'; // Super Qi's product for a payment that is captured later

export class Ledger {
  payments = [];
  refunds = [];

  constructor({ profile, origin, now }) { Object.assign(this, { profile, origin, now }); }

  pay(body) {
    const before = this.payments.find((payment) => payment.requestId === body.paymentRequestId);
    if (before && before.key !== keyOf(body)) throw new Refusal('REPEAT_REQ_INCONSISTENT', 'the same id with other content');
    return this.opened(before ?? this.open(body));
  }

  open(body) {
    const id = `${bodyTime(this.now()).replace(/\D/g, '').slice(0, 14)}${String(this.payments.length + 1).padStart(6, '0')}`;
    const hold = body.productCode === holdProduct || String(body.paymentFactor?.isAuthorizationPayment) === 'true';
    const payment = {
      id, hold, requestId: body.paymentRequestId, key: keyOf(body), amount: body.paymentAmount, notifyUrl: body.paymentNotifyUrl,
      state: 'open', captured: 0n, refunded: 0n, captures: new Map(), createdAt: this.now(), url: this.cashier(id),
      expiresAt: body.paymentExpiryTime && parseTime(body.paymentExpiryTime),
    };
    this.payments.push(payment);
    return payment;
  }

  // Real addresses are long and carry escapes that a careless reader breaks.
  cashier(id) {
    const sign = encodeURIComponent(`${randomBytes(180).toString('base64')}+/=`);
    return `${this.origin}/cashier?bizNo=${id}&timestamp=${this.now()}&sign=${sign}`;
  }

  /** The answer to pay: once a payment is final, that is how it stands. */
  opened(payment) {
    this.age(payment);
    if (payment.state === 'failed') throw new Refusal('PROCESS_FAIL', 'the payment failed');
    if (payment.state === 'closed') throw new Refusal('ORDER_STATUS_INVALID', 'the payment is closed');
    if (payment.state !== 'open') return { paymentId: payment.id, paymentTime: bodyTime(payment.paidAt) };
    const result = { resultStatus: 'A', resultCode: 'ACCEPT', resultMessage: 'accept' };
    return { result, paymentId: payment.id, ...redirection(this.profile, payment.url) };
  }

  age(payment) {
    if (payment.state === 'open' && payment.expiresAt < this.now()) payment.state = 'closed';
  }

  /** The payment that a body names: paymentId wins over paymentRequestId. */
  find({ paymentId, paymentRequestId }) {
    const payment = this.payments.find((one) => (isText(paymentId) ? one.id === paymentId : one.requestId === paymentRequestId));
    if (!payment) throw new Refusal('ORDER_NOT_EXIST', 'no such payment');
    this.age(payment);
    return payment;
  }

  /** What the payer did: paid, held or failed. News after the end changes nothing. */
  settle(payment, state) {
    this.age(payment);
    if (payment.state !== 'open') return;
    payment.state = state === 'paid' && payment.hold ? 'held' : state;
    if (state !== 'failed') payment.paidAt = this.now();
    if (payment.state === 'paid') payment.captured = BigInt(payment.amount.value);
  }

  inquiryPayment(body) { return standing(this.profile, this.find(body)); }

  /** Closes a payment; one that was paid is given back whole, except where that is refused. */
  cancel(body) {
    const payment = this.find(body);
    const refused = payment.state === 'failed' || payment.refunded > 0n || (payment.state === 'paid' && this.profile.dialect === 'qi');
    if (refused) throw new Refusal('ORDER_STATUS_INVALID', 'too late to cancel');
    payment.state = 'closed';
    payment.captured = 0n;
    payment.canceledAt ??= this.now();
    return { paymentId: payment.id, paymentRequestId: payment.requestId, cancelTime: bodyTime(payment.canceledAt) };
  }

  capture(body) {
    const payment = this.find(body);
    const before = payment.captures.get(body.captureRequestId);
    const amount = body.captureAmount ?? { ...payment.amount, value: String(BigInt(payment.amount.value) - payment.captured) };
    if (before && before.captureAmount.value !== amount.value && body.captureAmount) throw new Refusal('REPEAT_REQ_INCONSISTENT', 'the same id with other content');
    return before ?? this.take(payment, amount, body);
  }

  take(payment, amount, { captureRequestId, isLastCapture = true }) {
    if (payment.state !== 'held') throw new Refusal('ORDER_STATUS_INVALID', 'nothing is held');
    const captured = payment.captured + BigInt(amount.value);
    if (captured > BigInt(payment.amount.value)) throw new Refusal('PARAM_ILLEGAL', 'more than is held');
    payment.captured = captured;
    if (String(isLastCapture) === 'true' || this.profile.dialect === 'qi') payment.state = 'paid';
    const captureId = `cap-${payment.id}-${payment.captures.size + 1}`;
    const capture = { paymentId: payment.id, captureId, captureAmount: amount, captureTime: bodyTime(this.now()) };
    payment.captures.set(captureRequestId, capture);
    return capture;
  }

  void(body) {
    const payment = this.find(body);
    const again = payment.voided?.requestId === body.voidRequestId;
    if (!again && (payment.state !== 'held' || payment.captured > 0n)) throw new Refusal('ORDER_STATUS_INVALID', 'nothing is held');
    payment.state = 'closed';
    payment.voided ??= { requestId: body.voidRequestId, time: this.now() };
    return { paymentId: payment.id, voidId: `void-${payment.id}`, voidTime: bodyTime(payment.voided.time) };
  }

  refund(body) {
    const before = this.refunds.find((refund) => refund.requestId === body.refundRequestId);
    const payment = this.find(body);
    const same = before?.payment === payment && before.amount.value === body.refundAmount.value;
    if (before && !same) throw new Refusal('REPEAT_REQ_INCONSISTENT', 'the same id with other content');
    return refunded(before ?? this.giveBack(payment, body));
  }

  giveBack(payment, { refundRequestId, refundAmount, refundReason }) {
    if (payment.state !== 'paid') throw new Refusal('ORDER_STATUS_INVALID', 'the payment is not paid');
    const sum = payment.refunded + BigInt(refundAmount.value);
    if (sum > payment.captured) throw new Refusal('REFUND_AMOUNT_EXCEED', 'more than was paid');
    payment.refunded = sum;
    const id = `ref-${payment.id}-${this.refunds.length + 1}`;
    const refund = { id, payment, requestId: refundRequestId, amount: refundAmount, reason: refundReason, at: this.now() };
    this.refunds.push(refund);
    return refund;
  }

  inquiryRefund({ refundId, refundRequestId }) {
    const refund = this.refunds.find((one) => (isText(refundId) ? one.id === refundId : one.requestId === refundRequestId));
    if (!refund) throw new Refusal('ORDER_NOT_EXIST', 'no such refund');
    return { ...refunded(refund), refundStatus: 'SUCCESS', refundAmount: refund.amount, refundReason: refund.reason };
  }
}

function refunded({ id, requestId, at }) {
  return { refundId: id, refundRequestId: requestId, refundTime: bodyTime(at) };
}

// What may not differ when a payment is requested again.
function keyOf({ paymentAmount, productCode, paymentNotifyUrl }) {
  return JSON.stringify([paymentAmount.currency, paymentAmount.value, productCode, paymentNotifyUrl]);
}
