// The witness before the judge: its vectors, and its client against its server for each profile.
// Run with node --test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as testdata from '../../../testdata/read.mjs';
import { news } from './answers.mjs';
import { Caller } from './exchange.mjs';
import { at } from './expectations.mjs';
import { parseObject } from './json.mjs';
import { listen } from './merchant.mjs';
import { profiles } from './profiles.mjs';
import * as requests from './requests.mjs';
import { checks } from './vectors.mjs';
import { WalletServer } from './wallet.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const keyFile = (name) => testdata.path(`keys/${name}.pem`);
const folder = mkdtempSync(join(tmpdir(), 'witness-'));
after(() => rmSync(folder, { recursive: true }));

const account = {
  clientId: 'TEST_5X00000000000000', keyVersion: 1, appId: '3333010071465913001', authClientId: 'auth-client-1', partnerId: 'partner-1',
};
const clientConfig = (profile, more) => ({
  ...account, profile, privateKeyFile: keyFile('client_private'), walletPublicKeyFile: keyFile('wallet_public'), authCode: 'code-1', ...more,
});
const serverConfig = (profile, more) => ({
  ...account, profile, privateKeyFile: keyFile('wallet_private'), clientPublicKeyFile: keyFile('client_public'), authCodes: ['code-1'], ...more,
});

/** Starts one of the programs for test t; read resolves to its next line, ended to its exit status. */
function start(t, program, ...args) {
  const child = spawn(process.execPath, [here(program), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    read: async () => JSON.parse((await lines.next()).value ?? 'null'),
    tell: (line) => child.stdin.write(`${JSON.stringify(line)}\n`),
    end: () => child.stdin.end(),
    ended: new Promise((resolve) => { child.on('close', resolve); }),
  };
}

function write(name, config) {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(config));
  return file;
}

describe('the signature', () => {
  for (const [name, check] of Object.entries(checks)) test(name, check);
});

describe('client and server agree', () => {
  let merchant;
  before(async () => { merchant = await listen(clientConfig('generic-v2')); });
  after(() => merchant.close());

  for (const profile of Object.keys(profiles)) {
    test(`for ${profile}`, async (t) => {
      const server = start(t, 'server.mjs', write(`server-${profile}.json`, serverConfig(profile)));
      const { listening } = await server.read();
      const client = start(t, 'client.mjs', listening, write(`client-${profile}.json`, clientConfig(profile, { notifyUrl: merchant.url })));
      for (let line = await client.read(); line; line = await client.read()) {
        assert.ok(line.ok, JSON.stringify(line));
        if (line.step !== 'settle') continue;
        await settled(server, line, merchant);
        client.tell('settled');
      }
      assert.equal(await client.ended, 0);
      server.end();
      assert.equal(await server.ended, 0);
    });
  }
});

/** Lets the server notify, honestly and not; the merchant accepts only what is signed. */
async function settled(server, { paymentRequestId }, { heard }) {
  const count = heard.length;
  server.tell({ notify: paymentRequestId, broken: true });
  const refused = await server.read();
  assert.deepEqual([refused.httpStatus, refused.ack.result.resultCode, refused.ackVerified], [401, 'INVALID_SIGNATURE', true]);
  assert.equal(heard.length, count);
  server.tell({ notify: paymentRequestId, status: 'SUCCESS' });
  const taken = await server.read();
  assert.deepEqual([taken.notified, taken.ack.result.resultStatus, taken.ackVerified], [paymentRequestId, 'S', true]);
  assert.equal(heard.at(-1).paymentRequestId, paymentRequestId);
  server.tell({ settle: paymentRequestId, status: 'SUCCESS' });
  assert.deepEqual(await server.read(), { settled: paymentRequestId, status: 'SUCCESS' });
}

test('a client whose wallet signs with a strange key says so and fails', async (t) => {
  const server = start(t, 'server.mjs', write('stranger.json', serverConfig('generic-v2', { privateKeyFile: keyFile('client_private') })));
  const { listening } = await server.read();
  const client = start(t, 'client.mjs', listening, write('deceived.json', clientConfig('generic-v2', { notifyUrl: 'http://127.0.0.1:1/' })));
  client.end();
  const step = await client.read();
  assert.deepEqual([step.step, step.ok, step.complaints], ['applyToken', false, ['the signature does not match']]);
  for (let line = step; line; line = await client.read());
  assert.equal(await client.ended, 1);
  server.end();
  await server.ended;
});

describe('a wallet without HTTP', () => {
  const wallet = (profile, more) => new WalletServer(serverConfig(profile, more), 'http://127.0.0.1:1');
  const caller = (profile, more) => new Caller('http://127.0.0.1:1', clientConfig(profile, more));

  /** Signs a request as the client would and hands it over. */
  function call(server, client, operation, content, path = `${client.profile.prefix}/${client.profile.versions[0]}/payments/${operation}`) {
    const body = Buffer.from(JSON.stringify(content));
    const { headers } = client.signed(path, body, {});
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    return JSON.parse(server.answer({ method: 'POST', url: path, headers: lower, body }).body);
  }

  const paying = (client, more) => requests.pay(client.profile, client.config, {
    requestId: 'pay-1', amount: { currency: client.profile.currency, value: '1000' }, title: 'tea', payer: 'payer-1', at: client.now(), ...more,
  });

  test('holds, captures once and refunds no more than it captured', () => {
    const [server, client] = [wallet('superqi'), caller('superqi', { productCode: '51051000101000000012' })];
    const { paymentId } = call(server, client, 'pay', paying(client));
    server.settle('pay-1', 'SUCCESS');
    assert.equal(call(server, client, 'inquiryPayment', { paymentId }).paymentStatus, 'AUTH_SUCCESS');
    const amount = { currency: 'IQD', value: '600' };
    const capture = requests.capture(client.profile, client.config, { requestId: 'cap-1', paymentId, amount });
    const taken = call(server, client, 'capture', capture);
    assert.equal(taken.captureAmount.value, '600');
    assert.deepEqual(call(server, client, 'capture', capture), taken);
    assert.equal(call(server, client, 'inquiryPayment', { paymentId }).paymentStatus, 'SUCCESS');
    const refund = requests.refund(client.profile, client.config, { requestId: 'ref-1', paymentId, amount: { ...amount, value: '601' }, reason: 'no' });
    assert.equal(call(server, client, 'refund', refund).result.resultCode, 'REFUND_AMOUNT_EXCEED');
  });

  test('lets go of what it holds, once and for all', () => {
    const [server, client] = [wallet('superqi'), caller('superqi', { productCode: '51051000101000000012' })];
    const { paymentId } = call(server, client, 'pay', paying(client));
    server.settle('pay-1', 'SUCCESS');
    const letGo = requests.voidHold(client.profile, client.config, { requestId: 'void-1', paymentId });
    assert.equal(call(server, client, 'void', letGo).voidId, `void-${paymentId}`);
    assert.equal(call(server, client, 'void', letGo).result.resultStatus, 'S');
    assert.equal(call(server, client, 'capture', { captureRequestId: 'cap-1', paymentId }).result.resultCode, 'ORDER_STATUS_INVALID');
  });

  const refusals = {
    'an amount with a fraction': ['generic-v2', { amount: { currency: 'USD', value: '10.00' } }, 'PARAM_ILLEGAL'],
    'an amount as a number': ['rebell', { amount: { currency: 'EUR', value: 1000 } }, 'PARAM_ILLEGAL'],
    'a currency that is not its own': ['gcash', { amount: { currency: 'USD', value: '1000' } }, 'CURRENCY_NOT_SUPPORT'],
    'an id with special characters': ['generic-v1', { requestId: 'pay#1' }, 'PARAM_ILLEGAL'],
    'a boolean where all is text': ['alipayplus', { factor: { isCashierPayment: true } }, 'PARAM_ILLEGAL'],
    'an order without a buyer': ['superqi', { payer: undefined }, 'PARAM_ILLEGAL'],
    'an expiry beyond ten minutes': ['ams', { at: Date.now() + 5 * 60_000 }, 'PARAM_ILLEGAL'],
  };
  for (const [name, [profile, more, code]] of Object.entries(refusals)) {
    test(`refuses ${name}`, () => {
      const client = caller(profile);
      assert.equal(call(wallet(profile), client, 'pay', paying(client, more)).result.resultCode, code);
    });
  }

  test('lets no later news undo a payment', () => {
    const [server, client] = [wallet('gcash'), caller('gcash')];
    const { paymentId } = call(server, client, 'pay', paying(client));
    server.settle('pay-1', 'SUCCESS');
    server.settle('pay-1', 'FAIL');
    assert.equal(call(server, client, 'inquiryPayment', { paymentId }).paymentStatus, 'SUCCESS');
  });

  test('does not know calls under another version', () => {
    const client = caller('tng');
    assert.equal(call(wallet('tng'), client, 'pay', paying(client), '/acl/api/v2/payments/pay').result.resultCode, 'INVALID_API');
  });

  test('serves a sandbox account of AMS under its own path', () => {
    const sandbox = { clientId: 'SANDBOX_5YAAAA2ZAHTW00000' };
    const client = caller('ams', sandbox);
    assert.equal(client.profile.prefix, '/ams/sandbox/api');
    assert.equal(call(wallet('ams', sandbox), client, 'pay', paying(client)).result.resultCode, 'ACCEPT');
  });

  test('says nothing of a payment that expired but that it is closed', () => {
    const server = wallet('ams');
    const client = caller('ams');
    const { paymentId } = call(server, client, 'pay', paying(client));
    const later = Date.now() + 10 * 60_000;
    server.ledger.now = server.now = client.now = () => later;
    assert.equal(call(server, client, 'inquiryPayment', { paymentId }).paymentStatus, 'CANCELLED');
  });
});

describe('news of a payment', () => {
  const payment = { id: 'wallet-1', requestId: 'pay-1', amount: { currency: 'EUR', value: '499' }, createdAt: 0, paidAt: 1000 };
  const told = (profile, status, carrier = profiles[profile].notifyCarrier) => JSON.parse(news(carrier, serverConfig(profile), payment, status));
  const carried = {
    'generic-v1': ['paymentStatus', 'SUCCESS', 'FAIL'], tng: ['paymentResult.resultStatus', 'S', 'F'],
    'generic-v2': ['paymentResult.resultStatus', 'S', 'F'], gcash: ['paymentResult.resultStatus', 'S', 'F'],
    superqi: ['paymentStatus', 'SUCCESS', 'FAIL'], rebell: ['paymentStatus', 'SUCCESS', 'FAIL'],
    vodapay: ['paymentResult.resultStatus', 'S', 'F'], alipayplus: ['paymentResult.resultStatus', 'S', 'F'],
    ams: ['result.resultStatus', 'S', 'F'],
  };
  for (const [profile, [place, paid, failed]] of Object.entries(carried)) {
    test(`of ${profile} is told in ${place}`, () => {
      assert.deepEqual([at(told(profile, 'SUCCESS'), place), at(told(profile, 'FAIL'), place)], [paid, failed]);
    });
  }

  test('of AMS says in its notifyType that nothing is decided', () => {
    const { notifyType, result } = told('ams', 'PENDING');
    assert.deepEqual([notifyType, result.resultStatus], ['PAYMENT_PENDING', 'S']);
  });

  test('of Rebell may hold the amount as a number', () => {
    const { eventType, paymentAmount } = told('rebell', 'SUCCESS', 'eventType');
    assert.deepEqual([eventType, paymentAmount.value], ['PAYMENT_RESULT', 499]);
  });

  test('of Alipay+ names its own id only when paid', () => {
    assert.deepEqual([told('alipayplus', 'SUCCESS').paymentId, told('alipayplus', 'FAIL').paymentId], ['wallet-1', undefined]);
  });
});

test('JSON that is doubled, trailed, broken or no object is refused', () => {
  for (const text of ['{"a":1,"a":1}', '{"b":[{"a":1,"\\u0061":2}]}', '{} {}', '[]', 'null', '\ufeff{}', '{"a":"}']) {
    assert.throws(() => parseObject(Buffer.from(text)), text);
  }
  assert.throws(() => parseObject(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])));
  assert.deepEqual(parseObject(Buffer.from('{"a":{"a":"{\\"a\\":"},"b":[{"a":1},{"a":2}]}')), { a: { a: '{"a":' }, b: [{ a: 1 }, { a: 2 }] });
});
