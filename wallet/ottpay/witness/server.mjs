// A provider's server for OTT Pay, small, to try a merchant's server with:
//
//     node server.mjs <config.json>
//
// config.json has merchantId, signKey, appId and appKey. It prints {"listening": url}, then serves.
// A line {"pay": id, "fee"?} on its standard input pays the order of that id and calls back; the
// line that follows on its standard output is the receiver's answer. {"books": id} prints what was
// executed.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { body, listen, post } from './http.mjs';
import { open, seal } from './seal.mjs';

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const orders = new Map(); // by the merchant's id
const refunds = new Map();
let serial = 0;
const nextID = () => `${Date.now()}${String(++serial).padStart(4, '0')}`;
const byID = (id) => [...orders.values()].find((order) => order.id === id);

const success = (data) => ({ rsp_code: 'SUCCESS', rsp_msg: 'success', ...seal(data, config.signKey, true) });
const refuse = (code) => ({ rsp_code: code, rsp_msg: 'refused' });

const actions = {
  PREPAY_INIT(data) {
    if (orders.has(data.prepay_order_id)) return refuse('ORDER_USED');
    if (data.sale_num !== data.prepay_order_id || data.biz_type !== 'PREPAY' || !/^\d+$/.test(data.amount)) return refuse('PARAM_INVALID');
    orders.set(data.prepay_order_id, { ...data, id: nextID(), status: 'PROCESSING', refunded: 0, callback: data.call_back_url });
    return success({ preypay_order_id: data.prepay_order_id, payinfo: `${address}/pay?a=1&order=${data.prepay_order_id}`, expire_time: '20260101081500' });
  },
  PREPAY_QUERY(data) {
    const order = orders.get(data.prepay_order_id);
    if (!order) return refuse('FAIL');
    return success({
      rspCode: 'SUCCESS', rspMsg: 'success', merchant_id: config.merchantId, amount: order.amount, status: order.status, shop_id: order.shop_id,
      prepay_order_id: data.prepay_order_id, order_id: order.status === 'SUCCESS' ? order.id : null, currency_type: 'CAD',
      payments_methods: [{ name: 'WECHATPAY', fee: 0 }, { name: 'ALIPAY', fee: 1.5 }],
    });
  },
  REFUND(data) {
    const order = byID(data.ori_order_id);
    if (refunds.has(data.order_id)) return refuse('ORDER_USED');
    if (!order || order.status !== 'SUCCESS' || order.refunded + Number(data.refund_amt) > Number(order.amount)) return refuse('FAIL');
    order.refunded += Number(data.refund_amt);
    refunds.set(data.order_id, Number(data.refund_amt));
    return success({ order_id: data.order_id });
  },
  STATUS_QUERY(data) {
    if (refunds.has(data.order_id)) return success({ order_id: data.order_id, order_status: 'success', refund_fee: refunds.get(data.order_id) });
    const order = byID(data.order_id);
    return order ? success({ order_id: order.id, total_amount: Number(order.amount), refund_fee: order.refunded, order_status: 'success' }) : refuse('FAIL');
  },
};

const fails = (code) => ({ status: 'ERROR', result: { code, message: 'refused' } });
const token = `t.${nextID()}`;

const calls = {
  '/api/v1/auth/token': (data) => (data.appId === config.appId && data.appKey === config.appKey
    ? { status: 'SUCCESS', result: { token, expired: Date.now() + 15 * 60_000 } } : fails(10003)),
  '/api/v1/pay/alipay/wap-pay': (data) => {
    const id = nextID().slice(0, 16);
    orders.set(data.remark, { amount: data.amount, id, status: 'P00001', refunded: 0, callback: data.callbackURL, remark: data.remark });
    return { status: 'SUCCESS', result: { paymentId: id, payInfo: `${address}/pay?order=${id}`, merchantId: config.merchantId, amount: null } };
  },
  '/api/v1/payment/status-query': (data) => {
    const order = byID(data.paymentId);
    return order ? {
      status: 'SUCCESS',
      result: { paymentId: order.id, totalAmount: order.amount, refundAmount: String(order.refunded), paymentStatus: 'success', stateCode: order.status },
    } : fails(20019);
  },
  '/api/v1/pay/refund': (data) => {
    const order = byID(data.oriPaymentId);
    if (!order || order.status === 'P00001') return fails(20019);
    order.refunded += Number(data.refundAmount);
    order.status = 'P00005';
    return { status: 'SUCCESS', result: { refundId: `REF${nextID()}`, refundAmount: data.refundAmount, refundStatus: 'success', saleNumber: null } };
  },
};

function answerWeb(text) {
  const envelope = JSON.parse(text);
  let data;
  try {
    data = open(envelope, config.signKey);
  } catch {
    return refuse('PARAM_ERROR');
  }
  if (envelope.merchant_id !== config.merchantId || Object.values(data).some((value) => typeof value !== 'string')) return refuse('PARAM_INVALID');
  return actions[envelope.action]?.(data) ?? refuse('PARAM_INVALID');
}

const { address } = await listen(async (request, response) => {
  const text = await body(request);
  let answer;
  if (request.url === '/processV2') answer = answerWeb(text);
  else if (request.url !== '/api/v1/auth/token' && request.headers.authorization !== `Bearer ${token}`) answer = fails(90000);
  else answer = calls[request.url]?.(JSON.parse(text)) ?? fails(20008);
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
});
console.log(JSON.stringify({ listening: address }));

async function pay(id, fee) {
  const order = orders.get(id);
  order.status = order.remark ? 'P00003' : 'SUCCESS';
  const data = {
    finish_time: '20260101161005', order_id: order.id, amount: String(Number(order.amount) + (fee ?? 0)), tip: '0', bizpay_order_id: 'AL0001112223334',
    remarks: order.remark ?? order.remarks, sale_num: order.sale_num, convenience_fee: fee ? String(fee) : undefined, merchant_id: config.merchantId,
  };
  const told = JSON.parse(JSON.stringify(data));
  const { status, text } = await post(order.callback, { rsp_code: 'SUCCESS', rsp_msg: 'success', merchant_id: config.merchantId, ...seal(told, config.signKey, true) });
  return { status, text };
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  const answer = command.pay ? await pay(command.pay, command.fee) : { refunded: orders.get(command.books)?.refunded, orders: orders.size };
  console.log(JSON.stringify(answer));
}
process.exit(0);
