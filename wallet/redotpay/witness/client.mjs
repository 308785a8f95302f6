// A merchant's server to try a provider's server with:
//
//     node client.mjs <base-url> <config.json>
//
// dialect "connect": appKey, privateKeyFile, keyVersion, methods (whether orders offer them), refunds.
// dialect "direct": merchantCode, merchantKey, notifyUrl. It prints one JSON line for each step,
// {"step","ok","body"}, with "complaint" when not ok, and ends with status 0 if all were as documented.
// After a line with "settle" it waits for one line on its standard input: by then the order is paid.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Digits, decimal, parse, write } from './exact.mjs';
import { exchange } from './exchange.mjs';
import { privateKey, requestText, signed } from './sign.mjs';

const [base, file] = process.argv.slice(2);
const config = JSON.parse(readFileSync(file, 'utf8'));
const mark = randomBytes(6).toString('hex').toUpperCase();
const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const print = (line) => console.log(write(line));

/** Calls, holds the answer against check, which throws what is wrong, and resolves to the data. */
async function step(name, call, check) {
  let body;
  try {
    const answer = await call();
    body = answer.body.length ? parse(answer.body) : undefined;
    check(body ?? {}, answer);
    print({ step: name, ok: true, body });
  } catch (error) {
    process.exitCode = 1;
    print({ step: name, ok: false, complaint: error.message, body });
  }
  return body?.data ?? {};
}

function demand(holds, what) { if (!holds) throw new Error(what); }

async function settled(number) {
  print({ step: 'settle', ok: true, settle: number });
  await input.next();
}

const connect = {
  send(path, content, { at = Date.now(), spoil = (body) => body, unsigned = false, version = config.keyVersion ?? 1, appKey = config.appKey } = {}) {
    const body = write(content);
    const timestamp = String(at);
    const uri = new URL(base).pathname.replace(/\/$/, '') + path;
    const signature = signed(this.key, requestText({ method: 'POST', uri, appKey, timestamp, body }));
    const headers = { 'Content-Type': 'application/json', 'X-R-AK': appKey, 'X-R-TS': timestamp, 'X-R-KEY-VERSION': String(version), ...(unsigned ? {} : { 'X-R-Signature': signature }) };
    return exchange('POST', new URL(uri, base).href, { headers, body: spoil(body) });
  },

  order(number, amount = '12.34') {
    return {
      outerOrderSn: number, outerUid: 'U10001', orderAmount: new Digits(amount), orderCurrency: 'USD', timeExpire: Date.now() + 1_800_000, env: 'WEB', orderDesc: 'Café crème × 2',
      goods: [{ goodsType: '02', goodsCategory: 'Z000', goodsCode: 'SKU-1', goodsName: 'Coffee', goodsCount: 1, goodsAmount: new Digits(amount), goodsCoin: 'USD' }],
      redirectUrl: 'https://shop.example/return',
    };
  },

  call(name, path, content, check, options) {
    return step(name, () => this.send(`/openapi/v2/order/${path}`, content, options), (body, answer) => {
      demand(answer.status === 200, `HTTP ${answer.status}`);
      demand(body.code === 'SUCCESS', `code ${body.code}`);
      check(body.data ?? {});
    });
  },

  refused(name, path, content, options) {
    return step(name, () => this.send(`/openapi/v2/order/${path}`, content, options), (body, answer) => demand(answer.status !== 200 || (body.code && body.code !== 'SUCCESS'), 'it was not refused'));
  },

  async walk() {
    this.key = privateKey(config.privateKeyFile);
    const number = `ORD${mark}`;
    const created = await this.call('create', 'create', this.order(number), (data) => {
      demand(data.outerOrderSn === number && data.orderSn, 'the numbers');
      demand(config.methods ? data.paymentMethods?.length > 0 : data.webUrl?.startsWith('http'), 'somewhere to go');
    });
    await this.call('create again', 'create', this.order(number), (data) => demand(data.orderSn === created.orderSn, 'another order'));
    await this.refused('create with another amount', 'create', this.order(number, '12.35'));
    await this.refused('a changed body', 'detail', { outerOrderSn: number }, { spoil: (body) => `${body} ` });
    await this.refused('no signature', 'detail', { outerOrderSn: number }, { unsigned: true });
    await this.refused('a time of long ago', 'detail', { outerOrderSn: number }, { at: Date.now() - 360_000 });
    await this.refused('a key version that is not known', 'detail', { outerOrderSn: number }, { version: 9 });
    await this.refused('another appKey', 'detail', { outerOrderSn: number }, { appKey: 'NOBODY' });
    await this.refused('an order that is not there', 'detail', { outerOrderSn: `NONE${mark}` });
    for (const method of created.paymentMethods ?? []) {
      await this.call(`method ${method.name}`, 'payment-method', { orderSn: created.orderSn, paymentMethodId: method.id },
        (data) => demand(data.webUrl ?? data.h5Url ?? data.appUrl ?? data.url ?? data.qrCode ?? data.qrContent, 'neither URL nor QR'));
    }
    const detail = (status) => this.call(`detail ${status}`, 'detail', { outerOrderSn: number }, (data) => {
      demand(decimal(data.orderStatus) === status, `status ${data.orderStatus}`);
      demand(decimal(data.orderAmount) === '12.34' && data.orderCurrency === 'USD' && data.outerOrderSn === number, 'another order');
    });
    await detail('1');
    await settled(number);
    await detail('2');
    await this.refused('close of what is paid', 'close', { orderSn: created.orderSn });
    if (config.refunds) await this.refund(created.orderSn);
    const other = await this.call('create another', 'create', this.order(`ORE${mark}`, '0.1'), (data) => demand(data.orderSn, 'no number'));
    for (const name of ['close', 'close again']) await this.call(name, 'close', { orderSn: other.orderSn }, () => {});
    await this.call('detail 4', 'detail', { orderSn: other.orderSn }, (data) => demand(decimal(data.orderStatus) === '4', `status ${data.orderStatus}`));
  },

  async refund(orderSn) {
    const content = { orderSn, outerRefundSn: `REF${mark}`, refundAmount: new Digits('2.5') };
    const refund = await this.call('refund', 'refund', content, (data) => demand(data.outerRefundSn === content.outerRefundSn, 'another refund'));
    await this.call('refund again', 'refund', content, (data) => demand(data.refundSn === refund.refundSn, 'another refund'));
    await this.refused('refund of too much', 'refund', { ...content, outerRefundSn: `REG${mark}`, refundAmount: new Digits('9.85') });
    await this.call('refund detail', 'refund/detail', { outerRefundSn: content.outerRefundSn }, (data) => demand(decimal(data.refundAmount) === '2.5', 'another amount'));
  },
};

const direct = {
  send(method, path, content, key = config.merchantKey) {
    const headers = { Authorization: `Bearer ${key}`, ...(content ? { 'Content-Type': 'application/json' } : {}) };
    return exchange(method, base.replace(/\/$/, '') + path, { headers, body: content ? write(content) : '' });
  },

  call(name, method, path, content, check) {
    return step(name, () => this.send(method, path, content), (body, answer) => {
      demand(answer.status === 200 && body.code && decimal(body.code) === '0', `code ${body.code}`);
      check(body.data ?? {});
    });
  },

  refused(name, method, path, content, key) {
    return step(name, () => this.send(method, path, content, key), (body, answer) => demand(answer.status !== 200 || (body.code && decimal(body.code) !== '0'), 'it was not refused'));
  },

  async walk() {
    const number = `ORD${mark}`;
    const order = (manual, refNo = number) => ({ merchant_code: config.merchantCode, amount: new Digits('300000'), currency: 'USD', ref_no: refNo, callback_url: config.notifyUrl, manual });
    const created = await this.call('create', 'POST', '/openapi/v2/order/create', order(false), (data) => {
      demand(data.order_sn && data.payment_url?.startsWith('http') && data.manual === false && decimal(data.expire_time) > 0, 'the answer');
    });
    await this.call('create again', 'POST', '/openapi/v2/order/create', order(false), (data) => demand(data.order_sn === created.order_sn, 'another order'));
    await this.refused('create with another key', 'POST', '/openapi/v2/order/create', order(false, `NO${mark}`), 'nobody');
    const manual = await this.call('create manual', 'POST', '/openapi/v2/order/create', order(true, `MAN${mark}`), (data) => demand(data.order_sn && !data.payment_url, 'the answer'));
    await this.call('method', 'GET', `/openapi/v2/order/payment-method?order_sn=${manual.order_sn}`, undefined, (data) => demand(data.payment_url ?? data.qr_code, 'neither URL nor QR'));
    const status = (want) => this.call(`status ${want}`, 'GET', `/openapi/v2/order/${created.order_sn}`, undefined, (data) => {
      demand(data.ref_no === number && decimal(data.amount) === '300000' && data.currency === 'USD', 'another order');
      demand((data.status === 'paid') === (want === 'paid'), `status ${data.status}`);
    });
    await this.refused('an order that is not there', 'GET', `/openapi/v2/order/NONE${mark}`);
    await status('open');
    await settled(number);
    await status('paid');
    await this.cards();
  },

  async cards() {
    const card = (name, path, content, want) => this.call(name, 'POST', `/v1/${path}`, content, (data) => demand(data.transaction_id && data.status === want, `status ${data.status}`));
    const hold = () => card('authorize', 'authorize', { amount: '100.00', card_number: 'tok_test_visa' }, 'authorized');
    const kept = await hold();
    await this.refused('capture of too much', 'POST', '/v1/capture', { transaction_id: kept.transaction_id, amount: '100.01', currency: 'USD' });
    await card('capture', 'capture', { transaction_id: kept.transaction_id, amount: '100.00', currency: 'USD' }, 'captured');
    await this.refused('void after capture', 'POST', '/v1/void', { transaction_id: kept.transaction_id });
    await card('refund', 'refund', { transaction_id: kept.transaction_id, amount: '50.00' }, 'refunded');
    await this.refused('refund of too much', 'POST', '/v1/refund', { transaction_id: kept.transaction_id, amount: '50.01' });
    const gone = await hold();
    await card('void', 'void', { transaction_id: gone.transaction_id }, 'voided');
    await this.refused('capture after void', 'POST', '/v1/capture', { transaction_id: gone.transaction_id, amount: '1.00', currency: 'USD' });
    const undone = await hold();
    await card('capture', 'capture', { transaction_id: undone.transaction_id, amount: '100.00', currency: 'USD' }, 'captured');
    await card('reversal', 'reversal', { transaction_id: undone.transaction_id }, 'reversed');
    await this.refused('reversal again', 'POST', '/v1/reversal', { transaction_id: undone.transaction_id });
  },
};

await { connect, direct }[config.dialect].walk();
print({ step: 'end', ok: process.exitCode !== 1 });
process.exit();
