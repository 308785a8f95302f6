// The witness before the judge: its vectors, and its merchant against its provider.
// Run with node --test.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import * as testdata from '../../../testdata/read.mjs';
import { contract, keccak256 } from './keccak.mjs';
import { isPaid, Merchant } from './merchant.mjs';
import { factory, Provider, units } from './provider.mjs';
import { complaint, headers, sign } from './sign.mjs';

const vectors = testdata.vectors('payprotocol');
const account = { key: 'F1R28pRQ', secret: 'test-secret-0123456789' };

for (const v of vectors.filter(({ signature }) => signature)) {
  test(`the signature of ${v.name}`, () => {
    assert.equal(`${v.timestamp}${v.method}${v.path}${v.body}`, v.message);
    assert.equal(sign(v.secret, v.timestamp, v.method, v.path, v.body), v.signature);
  });
}

for (const v of vectors.filter(({ kind }) => kind)) {
  test(`the address of ${v.name}`, () => {
    assert.equal(`0x${keccak256(Buffer.from(v.initCode.slice(2), 'hex')).toString('hex')}`, v.initCodeHash);
    assert.equal(contract(v), v.address);
  });
}

test('Keccak is that of 2011', () => {
  assert.equal(keccak256(Buffer.alloc(0)).toString('hex'), 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470');
  assert.notEqual(keccak256(Buffer.alloc(136)).toString('hex'), keccak256(Buffer.alloc(137)).toString('hex'));
});

test('a message that was touched is not accepted', () => {
  const now = 1_723_971_260_000;
  const head = Object.fromEntries(Object.entries(headers(account, now, 'POST', '/pay/notify', '{}')).map(([k, v]) => [k.toLowerCase(), v]));
  const judge = (change = {}) => {
    const { account: by = account, at = now, method = 'POST', path = '/pay/notify', body = '{}', more = {} } = change;
    return complaint(by, at, method, path, { ...head, ...more }, body, 900, 60);
  };
  assert.equal(judge(), '');
  for (const change of [
    { body: '{ }' }, { path: '/pay/notify?' }, { method: 'PUT' }, { at: now + 902_000 }, { at: now - 62_000 }, { account: { ...account, secret: 'x' } },
    { more: { 'x-pay-key': 'other' } }, { more: { 'x-pay-sign': '' } }, { more: { 'x-pay-timestamp': '1723971261' } },
  ]) assert.notEqual(judge(change), '', JSON.stringify(change));
});

test('only an explicit 0 with the price is paid', () => {
  const want = { trade: 'C3', symbol: 'USDT', amount: '0.01', fiat: false };
  const order = JSON.parse(vectors.find(({ name }) => name === 'V5').body);
  assert.ok(isPaid(order, want));
  for (const change of [
    { paymentStatus: undefined }, { paymentStatus: null }, { paymentStatus: '0' }, { paymentStatus: 3 }, { outTradeNo: 'C4' }, { isLegalTender: 1 },
    { quoteAmount: '0.02' }, { quoteCurrencySymbol: 'TRX' }, { settlementAmount: '9999' },
  ]) assert.ok(!isPaid({ ...order, ...change }, want), JSON.stringify(change));
});

test('merchant and provider agree', async (t) => {
  const provider = new Provider(account);
  const merchant = new Merchant({ ...account, base: `${await provider.listen()}/api/mer` });
  t.after(() => provider.close());
  const heard = [];
  const inbox = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      heard.push(merchant.complains(request.url, request.headers, Buffer.concat(chunks)));
      response.end('success');
    });
  });
  await new Promise((resolve) => { inbox.listen(0, '127.0.0.1', resolve); });
  t.after(() => inbox.close());
  const opened = await merchant.post('/payment/createPaymentOrder', {
    chainId: 136, description: 'Tea', isLegalTender: 0, notifyUrl: `http://127.0.0.1:${inbox.address().port}/n?a=b`, outTradeNo: 'W1',
    quoteAmount: '5', quoteCurrencySymbol: 'USDT',
  });
  assert.equal(opened.code, 200);
  assert.equal(contract({ kind: 'tron', ...factory, salt: opened.data.saltHash }), opened.data.userWalletAddress);
  assert.deepEqual(await provider.pays('W1', units('5', 6)), { status: 200, text: 'success' });
  const paid = await merchant.get('/payment/detail', { outTradeNo: 'W1' });
  assert.ok(isPaid(paid.data, { trade: 'W1', symbol: 'USDT', amount: '5.00', fiat: false }));
  assert.deepEqual(heard, ['']);
});
