// A merchant's server for the Mini Program Platform family, to try a wallet server with:
//
//     node client.mjs <base-url> <config.json>      (members: config.mjs)
//
// It prints one JSON line for each step, {"step","ok","result","body"}, with "complaints" when not
// ok, and ends with status 0 only if every answer was signed by the wallet and as documented.
// After {"step":"settle",…} it waits for one line on its standard input: by then the payment that
// the line names must be paid.
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { clientMembers, readConfig } from './config.mjs';
import { Caller } from './exchange.mjs';
import { amount, both, cashier, done, either, equals, redirect, result, spelling, stands, texts } from './expectations.mjs';
import * as requests from './requests.mjs';
import { encodings } from './sign.mjs';
import { timeFormats } from './time.mjs';

const oldAge = 6 * 60_000; // milliseconds; a minute more than wallets put up with

class Walk {
  failed = [];
  mark = randomBytes(6).toString('hex');
  payer = 'payer-1';

  constructor(caller, print) {
    this.caller = caller;
    this.profile = caller.profile;
    this.config = caller.config;
    this.print = print;
  }

  amount(value) { return { currency: this.profile.currency, value }; }

  /** Makes one call and holds its answer against expectations; resolves to body and sent, empty if none came. */
  async step(step, operation, content, expectations, options) {
    if (this.config.skip?.includes(step)) return this.told({ step, ok: true, skipped: 'by configuration' });
    const complaints = [];
    const answer = await this.caller.call(operation, content, options).catch((error) => complaints.push(error.message));
    const { body, sent } = answer?.body ? answer : {};
    if (body) complaints.push(...both(...expectations, spelling(this.profile))(body));
    this.told({ step, ok: complaints.length === 0, result: body?.result, body, ...(complaints.length > 0 && { complaints }) });
    return { body: body ?? {}, sent };
  }

  told(line) {
    if (!line.ok) this.failed.push(line.step);
    this.print(line);
    return { body: {} };
  }

  async introduce() {
    const { config, profile } = this;
    if (!config.authCode) return this.told({ step: 'applyToken', ok: true, skipped: 'there is no authCode' });
    const { body: token } = await this.step('applyToken', 'applyToken', requests.applyToken(profile, config, config.authCode),
      [done, texts('accessToken', 'accessTokenExpiryTime', 'refreshToken', 'refreshTokenExpiryTime', 'customerId')]);
    await this.step('applyToken with a used code', 'applyToken', requests.applyToken(profile, config, config.authCode), [result('F', 'USED_CODE')]);
    this.payer = token.customerId ?? this.payer;
    await this.step('inquiryUserInfo', 'inquiryUserInfo', requests.inquiryUserInfo(profile, config, token.accessToken ?? 'none'),
      [done, texts('userInfo.userId')]);
  }

  order(name, value) {
    const order = { requestId: `${name}-${this.mark}`, amount: this.amount(value), title: 'Café crème × 2', payer: this.payer, at: this.caller.now() };
    return requests.pay(this.profile, this.config, order);
  }

  /** Opens a payment and says the same again, and then something else under the same id. */
  async pay() {
    const accepted = [result('A', 'ACCEPT'), texts('paymentId'), redirect(this.profile)];
    const { body, sent } = await this.step('pay', 'pay', this.order('pay', '10000'), accepted);
    const again = both(...accepted, equals('paymentId', body.paymentId));
    if (sent) await this.step('pay repeated', 'pay', sent, [this.profile.repeatable ? again : either(again, result('F'))]);
    await this.step('pay with another amount', 'pay', { ...this.order('pay', '10000'), paymentAmount: this.amount('10001') },
      [result('F', 'REPEAT_REQ_INCONSISTENT')]);
    return body;
  }

  inquire(step, ref, expectations, options) {
    return this.step(step, 'inquiryPayment', requests.inquiryPayment(this.profile, this.config, ref), expectations, options);
  }

  async inquireUnpaid(paymentId) {
    const pending = [done, stands(this.profile, 'processing')];
    await this.inquire('inquiryPayment', { paymentId }, pending);
    await this.inquire('inquiryPayment by both ids', { paymentId, paymentRequestId: 'another-payment' }, pending);
    await this.inquire('inquiryPayment of no payment', { paymentRequestId: `none-${this.mark}` }, [result('F', 'ORDER_NOT_EXIST')]);
    for (const encoding of Object.keys(encodings)) {
      for (const time of Object.keys(timeFormats)) {
        await this.inquire(`inquiryPayment signed ${encoding} at ${time}`, { paymentRequestId: `pay-${this.mark}` }, pending, { encoding, time });
      }
    }
  }

  /** Sends what the wallet must refuse. */
  async deceive(paymentId) {
    const refused = [result('F', 'INVALID_SIGNATURE')];
    const longer = (sent) => ({ ...sent, body: Buffer.concat([sent.body, Buffer.from(' ')]) });
    await this.inquire('inquiryPayment with a changed body', { paymentId }, refused, { spoil: longer });
    await this.inquire('inquiryPayment with a changed signature', { paymentId }, refused, { spoil: otherSignature });
    if (this.config.profile !== 'rebell') return;
    await this.inquire('inquiryPayment of long ago', { paymentId }, [result('F', 'TIMESTAMP_INVALID')], { at: this.caller.now() - oldAge });
  }

  async refund(paymentId) {
    const refund = (requestId, value) => requests.refund(this.profile, this.config,
      { requestId: `${requestId}-${this.mark}`, paymentId, amount: this.amount(value), reason: 'one cup was cold' });
    const refunded = [done, texts('refundId', 'refundTime')];
    const { body, sent } = await this.step('refund', 'refund', refund('refund', '2500'), refunded);
    if (sent) await this.step('refund repeated', 'refund', sent, [...refunded, equals('refundId', body.refundId)]);
    await this.step('refund with another amount', 'refund', refund('refund', '2501'), [result('F', 'REPEAT_REQ_INCONSISTENT')]);
    await this.step('refund of too much', 'refund', refund('greed', '7501'), [result('F', 'REFUND_AMOUNT_EXCEED')]);
    await this.step('inquiryRefund', 'inquiryRefund', requests.inquiryRefund(this.profile, this.config, { refundRequestId: `refund-${this.mark}` }),
      [done, either(equals('refundStatus', 'SUCCESS'), equals('refundStatus', 'PROCESSING')), amount('refundAmount', this.amount('2500'))]);
  }

  /** Closes an unpaid payment. Some wallets document no cancel and may refuse it. */
  async cancel() {
    const { body } = await this.step('second pay', 'pay', this.order('second', '700'), [result('A', 'ACCEPT')]);
    const ref = { paymentId: body.paymentId };
    const closed = both(done, texts('cancelTime'));
    const { body: answer } = await this.step('cancel', 'cancel', requests.cancel(this.profile, this.config, ref),
      [this.profile.cancelDocumented ? closed : either(closed, result('F'))]);
    if (answer.result?.resultStatus !== 'S') return;
    await this.inquire('inquiryPayment after cancel', ref,
      [either(both(done, stands(this.profile, 'failed', 'cancelled')), result('F', 'ORDER_NOT_EXIST'))]);
  }
}

function otherSignature(sent) {
  const other = (digit) => (digit === 'A' ? 'B' : 'A');
  const Signature = sent.headers.Signature.replace(/(signature=)(.)/, (_, name, digit) => name + other(digit));
  return { ...sent, headers: { ...sent.headers, Signature } };
}

/** Walks one payment through all its calls; settled resolves once the payer has paid. */
export async function walk(caller, print, settled) {
  const w = new Walk(caller, print);
  await w.introduce();
  const payment = await w.pay();
  await w.inquireUnpaid(payment.paymentId);
  await w.deceive(payment.paymentId);
  const paymentRequestId = `pay-${w.mark}`;
  print({ step: 'settle', ok: true, paymentRequestId, paymentId: payment.paymentId, paymentUrl: cashier(w.profile, payment) });
  await settled();
  await w.inquire('inquiryPayment of the paid', { paymentRequestId },
    [done, stands(w.profile, 'paid'), equals('paymentRequestId', paymentRequestId), amount('paymentAmount', w.amount('10000'))]);
  await w.refund(payment.paymentId);
  await w.cancel();
  print({ step: 'end', ok: w.failed.length === 0, failed: w.failed });
  return w.failed.length === 0;
}

async function main([base, file]) {
  const caller = new Caller(base, readConfig(file, clientMembers));
  const input = createInterface({ input: process.stdin });
  const line = new Promise((resolve) => { input.once('line', resolve); input.once('close', resolve); });
  const ok = await walk(caller, (step) => console.log(JSON.stringify(step)), () => line);
  input.close();
  process.exitCode = ok ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2));
