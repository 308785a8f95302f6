// A merchant's server for OTT Pay, to try a provider's server with:
//
//     node client.mjs <base-url> <config.json>
//
// config.json has merchantId, shopId, operatorId, signKey, appId and appKey. It prints one JSON
// line for each step, {"step", "ok", "complaints"}, and ends with status 0 only if every answer
// was as documented. After {"step":"settle","id"} it waits for one line on its standard input: by
// then that payment must be paid, and its callback sent.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { body, listen, post } from './http.mjs';
import { open, seal } from './seal.mjs';

const [base, file] = process.argv.slice(2);
const config = JSON.parse(readFileSync(file, 'utf8'));
const mark = randomBytes(10).toString('hex').toUpperCase();
const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
let failed = false;

const say = (line) => console.log(JSON.stringify(line));

/** Runs one step; what it throws is its complaint. */
async function step(name, run) {
  try {
    const result = await run();
    say({ step: name, ok: true });
    return result;
  } catch (error) {
    failed = true;
    say({ step: name, ok: false, complaints: [error.message] });
    return {};
  }
}

function want(what, got, wanted) {
  const same = wanted instanceof RegExp ? wanted.test(got) : got === wanted;
  if (!same) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${wanted}`);
}

async function web(action, version, data, change = (envelope) => envelope) {
  const envelope = change({ action, version, merchant_id: config.merchantId, ...seal(data, config.signKey) });
  const { status, text } = await post(`${base}/processV2`, envelope);
  want('HTTP status', status, 200);
  const answer = JSON.parse(text);
  return { code: answer.rsp_code, data: answer.data ? open(answer, config.signKey) : null };
}

async function succeeds(action, version, data) {
  const { code, data: got } = await web(action, version, data);
  want('rsp_code', code, 'SUCCESS');
  return got;
}

async function refused(code, action, version, data, change) {
  const got = await web(action, version, data, change);
  want('rsp_code', got.code, code);
  want('data of a refusal', got.data, null);
}

let heard = [];
const till = await listen(async (request, response) => {
  heard.push(JSON.parse(await body(request)));
  response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"rsp_code":"SUCCESS","rsp_msg":"success"}');
});

async function settled(id) {
  heard = [];
  say({ step: 'settle', ok: true, id });
  await input.next();
  want('callbacks', heard.length, 1);
  want('rsp_code of the callback', heard[0].rsp_code, 'SUCCESS');
  want('merchant_id of the callback', heard[0].merchant_id, config.merchantId);
  return open(heard[0], config.signKey);
}

const checkout = (id, amount) => ({
  amount, sale_num: id, operator_id: config.operatorId, prepay_order_id: id, biz_type: 'PREPAY', merchant_id: config.merchantId,
  duration: '900', shop_id: config.shopId, currency_type: 'CAD', remarks: '茶 & tea', redirect_url: 'https://shop.example/return?x=1&y=2',
  call_back_url: `${till.address}/callback`,
});

async function walkWeb() {
  const id = `PB${mark}`;
  await step('PREPAY_INIT', async () => {
    const got = await succeeds('PREPAY_INIT', '2.0', checkout(id, '1250'));
    want('preypay_order_id', got.preypay_order_id, id);
    want('payinfo', got.payinfo, /^https?:\/\/[^ ]+\?/);
    want('expire_time', typeof got.expire_time, 'string');
  });
  await step('PREPAY_INIT again', () => refused('ORDER_USED', 'PREPAY_INIT', '2.0', checkout(id, '1250')));
  await step('PREPAY_INIT without an amount', () => refused('PARAM_INVALID', 'PREPAY_INIT', '2.0', checkout(`${id}X`, undefined)));
  await step('a changed digest', () => refused('PARAM_ERROR', 'PREPAY_INIT', '2.0', checkout(`${id}Y`, '1'), (e) => ({ ...e, md5: e.md5.toLowerCase() })));
  await step('another merchant', () => refused('PARAM_ERROR', 'PREPAY_INIT', '2.0', checkout(`${id}Z`, '1'), (e) => ({ ...e, merchant_id: 'XX' })));
  const query = { prepay_order_id: id, merchant_id: config.merchantId };
  await step('PREPAY_QUERY of an open order', async () => want('status', (await succeeds('PREPAY_QUERY', '2.0', query)).status, 'PROCESSING'));
  const order = await step('a callback', async () => {
    const got = await settled(id);
    want('amount', got.amount, '1250');
    want('sale_num', got.sale_num, id);
    want('order_id', got.order_id, /^\d{17}$/);
    want('bizpay_order_id', got.bizpay_order_id, /^[A-Z]{2}/);
    want('finish_time', got.finish_time, /^\d{14}$/);
    want('remarks', got.remarks, '茶 & tea');
    return got.order_id;
  });
  await step('PREPAY_QUERY of a paid order', async () => {
    const got = await succeeds('PREPAY_QUERY', '2.0', query);
    want('status', got.status, 'SUCCESS');
    want('rspCode', got.rspCode, 'SUCCESS');
    want('amount', got.amount, '1250');
    want('order_id', got.order_id, order);
  });
  await step('PREPAY_INIT of a paid order', () => refused('ORDER_PAID', 'PREPAY_INIT', '2.0', checkout(id, '1250')));
  const refund = { ori_order_id: order, refund_amt: '500', order_id: `${id}R1` };
  await step('REFUND', () => succeeds('REFUND', '1.0', refund));
  await step('REFUND again', () => refused('ORDER_USED', 'REFUND', '1.0', refund));
  await step('REFUND of too much', () => refused('FAIL', 'REFUND', '1.0', { ...refund, refund_amt: '751', order_id: `${id}R2` }));
  await step('STATUS_QUERY of the refund', async () => want('order_status', (await succeeds('STATUS_QUERY', '1.0', { order_id: `${id}R1` })).order_status, 'success'));
  await step('STATUS_QUERY of the order', async () => {
    const got = await succeeds('STATUS_QUERY', '1.0', { order_id: order });
    want('total_amount', got.total_amount, 1250);
    want('refund_fee', got.refund_fee, 500);
    want('order_status', got.order_status, 'success');
  });
  await step('STATUS_QUERY of nothing', () => refused('FAIL', 'STATUS_QUERY', '1.0', { order_id: 'NOTHING' }));
  await step('ACTIVEPAY', async () => {
    const got = await succeeds('ACTIVEPAY', '1.0', {
      order_id: `QR${mark}`, operator_id: config.operatorId, amount: '100', biz_type: 'WECHATPAY', call_back_url: `${till.address}/callback`,
    });
    want('code_url', typeof got.code_url, 'string');
    want('order_id', got.order_id, `QR${mark}`);
  });
  await step('a callback of ACTIVEPAY', async () => want('order_id', (await settled(`QR${mark}`)).order_id, `QR${mark}`));
}

async function rest(path, content, token) {
  const { text } = await post(`${base}${path}`, content, token ? { Authorization: `Bearer ${token}` } : {});
  const answer = JSON.parse(text);
  return { status: answer.status, result: answer.result };
}

async function walkREST() {
  const token = await step('token', async () => {
    const { status, result } = await rest('/api/v1/auth/token', { appId: config.appId, appKey: config.appKey });
    want('status', status, 'SUCCESS');
    want('expired', result.expired > Date.now() + 10 * 60_000, true);
    return result.token;
  });
  const call = async (path, content) => {
    const { status, result } = await rest(path, content, token);
    want('status', status, 'SUCCESS');
    return result;
  };
  const fails = async (code, path, content, bearer = token) => {
    const { status, result } = await rest(path, content, bearer);
    want('status', status, 'ERROR');
    want('code', result.code, code);
  };
  await step('a call without a token', () => fails(90000, '/api/v1/payment/status-query', { paymentId: '1' }, 'nothing'));
  await step('a wrong appKey', () => fails(10003, '/api/v1/auth/token', { appId: config.appId, appKey: 'x' }));
  const remark = `RE${mark}`;
  const body = { amount: '1000', callbackURL: `${till.address}/callback`, returnURL: 'https://shop.example/return', remark };
  const payment = await step('wap-pay', async () => {
    const got = await call('/api/v1/pay/alipay/wap-pay', body);
    want('paymentId', got.paymentId, /^\d{16,17}$/);
    want('payInfo', got.payInfo, /^https?:/);
    return got.paymentId;
  });
  await step('inapp-pay answers in dollars', async () => {
    const got = await call('/api/v1/pay/alipay/inapp-pay', { ...body, remark: `${remark}A`, userId: '2088', returnURL: undefined });
    want('amount', got.amount, '10.00');
    want('paySign', typeof JSON.parse(got.paySign), 'object');
  });
  await step('status of an open payment', async () => want('stateCode', (await call('/api/v1/payment/status-query', { paymentId: payment })).stateCode, 'P00001'));
  await step('nothing by reference', () => fails(20019, '/api/v1/payment/status-query-by-reference', { reference: remark }));
  await step('a callback of a wallet', async () => {
    const got = await settled(remark);
    want('order_id', got.order_id, payment);
    want('remarks', got.remarks, remark);
    want('order_status', got.order_status, undefined);
  });
  await step('refund', async () => {
    const got = await call('/api/v1/pay/refund', { oriPaymentId: payment, refundAmount: '400' });
    want('refundId', got.refundId, /^REF/);
    want('refundStatus', got.refundStatus, 'success');
  });
  await step('a wallet payment by the path of cards', () => fails(20019, '/api/v1/payment/local-card/refund', { oriPaymentId: payment, refundAmount: '1' }));
  await step('refund above what is left', () => fails(20014, '/api/v1/pay/refund', { oriPaymentId: payment, refundAmount: '601' }));
  await step('status of a refunded payment', async () => {
    const got = await call('/api/v1/payment/status-query', { paymentId: payment });
    want('stateCode', got.stateCode, 'P00005');
    want('refundAmount', got.refundAmount, '400');
    want('totalAmount', got.totalAmount, '1000');
  });
}

await walkWeb();
await walkREST();
say({ step: 'end', ok: true });
till.server.close();
process.exit(failed ? 1 : 0);
