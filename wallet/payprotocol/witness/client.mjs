// The witness as a merchant, for the simulator: it pays, refunds and complains in lines of JSON.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import { contract } from './keccak.mjs';
import { isPaid, Merchant } from './merchant.mjs';

const config = { ...JSON.parse(readFileSync(process.argv[3], 'utf8')), base: process.argv[2] };
const merchant = new Merchant(config);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const command = async (line) => {
  say(line);
  return JSON.parse((await lines.next()).value);
};
const check = (step, ok, seen) => say({ step, ok: Boolean(ok), seen });

const callbacks = [];
const inbox = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    callbacks.push({ why: merchant.complains(request.url, request.headers, body), said: JSON.parse(body) });
    response.end('success');
  });
});
await new Promise((resolve) => { inbox.listen(0, '127.0.0.1', resolve); });
const notifyUrl = `http://127.0.0.1:${inbox.address().port}/callback?shop=1`;

const order = { trade: 'WITNESS-1', symbol: 'USDT', amount: '12.34', fiat: false };
const request = {
  chainId: 136, description: 'Café crème × 2', isLegalTender: 0, notifyUrl, outTradeNo: order.trade, quoteAmount: order.amount,
  quoteCurrencySymbol: order.symbol, redirectionUrl: 'https://merchant.example/done?a=b',
};

const lists = [await merchant.get('/conf/list/chain'), await merchant.get('/conf/list/currency', { chainId: '136' })];
check('lists', lists[0].data.some((c) => c.chainId === 136) && lists[1].data.some((t) => t.symbol === 'USDT' && t.decimals === 6), lists.map((l) => l.code));
const opened = await merchant.post('/payment/createPaymentOrder', request);
check('create', opened.code === 200 && /^\/payment\?apiSign=[A-Za-z0-9%]+$/.test(opened.data.paymentUrl) && opened.data.outPaymentNo, opened);
check('address', contract({ kind: 'tron', ...config.contract, salt: opened.data.saltHash }) === opened.data.userWalletAddress, opened.data);
check('repeat', (await merchant.post('/payment/createPaymentOrder', request)).code === 400);
const other = new Merchant({ ...config, secret: `${config.secret}x` });
check('another secret', (await other.get('/payment/detail', { outTradeNo: order.trade })).status === 401);
const info = await merchant.get('/payment/payInfo', { outTradeNo: order.trade });
check('info', info.data.countDown > 0 && info.data.userWalletAddress === opened.data.userWalletAddress, info.data);
check('waiting', (await merchant.get('/payment/detail', { outTradeNo: order.trade })).data.paymentStatus === 1);
await command({ step: 'settle', ok: true, outTradeNo: order.trade });
const paid = await merchant.get('/payment/detail', { outTradeNo: order.trade, outPaymentNo: opened.data.outPaymentNo });
check('paid', isPaid(paid.data, order), paid.data);
check('callback', callbacks.length === 1 && !callbacks[0].why && isPaid(callbacks[0].said, order), callbacks);
const refund = await merchant.post('/refund/createRefundOrder', { outTradeNo: order.trade, amount: '2.5', notifyUrl });
check('refund', refund.code === 200 && Number.isInteger(refund.data.refundId), refund);
const listed = await merchant.get('/refund/list', { page: '1', size: '500', orderStatus: '1' });
check('refund waits', listed.data.count === 1 && listed.data.list[0].refundAmount === '2500000', listed.data);
await command({ step: 'decide', ok: true, refundId: String(refund.data.refundId) });
const back = await merchant.get('/refund/detail', { refundId: String(refund.data.refundId) });
check('refunded', back.data.refundStatus === 0 && back.data.refundAmount === '2500000' && back.data.outTradeNo === order.trade, back.data);
check('refund callback', callbacks.length === 2 && !callbacks[1].why && callbacks[1].said.refundStatus === 0, callbacks[1]);
await merchant.get('/payment/notify', { outTradeNo: order.trade });
await command({ step: 'deliver', ok: true });
check('callback again', callbacks.length === 3 && isPaid(callbacks[2].said, order), callbacks[2]);
say({ step: 'end', ok: true });
inbox.close();
inbox.closeAllConnections();
process.stdin.destroy();
