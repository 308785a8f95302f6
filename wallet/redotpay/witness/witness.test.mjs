// The witness before the judge: the sheet's vectors, and its clients against its servers.
// Run with node --test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import http from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as testdata from '../../../testdata/read.mjs';
import { Digits, decimal, minus, parse, write } from './exact.mjs';
import { readBody } from './exchange.mjs';
import { callbackText, holds, mac, macHolds, publicKey, requestText, webhookText } from './sign.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'witness-'));
after(() => rmSync(folder, { recursive: true }));
const { vectors, amounts } = testdata.json('vectors/redotpay.json');
const keyFile = (name) => testdata.path(`keys/${name}.pem`);

describe('the signature', () => {
  const texts = { request: requestText, webhook: webhookText };
  for (const { name, kind, algorithm, key, message, sha256, bytes, signature, ...parts } of vectors) {
    if (algorithm !== 'rsa-sha256') continue;
    test(name, () => {
      const text = texts[kind](parts);
      assert.equal(text.toString(), message);
      assert.equal(text.length, bytes);
      assert.equal(createHash('sha256').update(text).digest('hex'), sha256);
      if (!signature) return;
      const file = publicKey(testdata.path(`keys/${key}_public.b64`));
      assert.ok(holds(file, text, signature));
      assert.ok(holds(file, text, encodeURIComponent(signature)));
      for (let at = 0; at < text.length; at += 1) {
        const flipped = Buffer.from(text);
        flipped[at] ^= 1;
        assert.ok(!holds(file, flipped, signature));
      }
    });
  }
  for (const { name, algorithm, secret, message, signature, encoding, valid, ...parts } of vectors) {
    if (algorithm !== 'hmac-sha256') continue;
    test(name, () => {
      assert.equal(callbackText(secret, parts), message);
      assert.equal(mac(secret, message).toString(encoding) === signature, valid);
      if (encoding !== 'hex') return;
      assert.equal(macHolds(secret, message, signature), valid);
      assert.equal(macHolds(secret, message, signature.toUpperCase()), valid);
    });
  }
});

test('amounts keep their digits in every spelling of JSON', () => {
  for (const { spellings, decimal: want } of amounts) {
    for (const spelling of spellings) assert.equal(decimal(parse(`{"amount":${spelling}}`).amount), want, spelling);
    assert.equal(write({ amount: new Digits(want) }), `{"amount":${want}}`);
  }
  assert.equal(minus('1', '0.000001'), '0.999999');
});

function start(t, program, ...args) {
  const child = spawn(process.execPath, [here(program), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    read: async () => JSON.parse((await lines.next()).value ?? 'null'),
    tell: (line) => child.stdin.write(`${JSON.stringify(line)}\n`),
    ended: new Promise((resolve) => { child.on('close', resolve); }),
  };
}

function configFile(name, config) {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** A merchant's end of webhooks: keeps what comes, and answers what its dialect wants. */
async function merchant(t, ack) {
  const heard = [];
  const server = http.createServer(async (request, response) => {
    heard.push({ headers: request.headers, body: await readBody(request) });
    response.end(ack);
  });
  await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
  t.after(() => server.close());
  return { heard, url: `http://127.0.0.1:${server.address().port}/notify` };
}

const account = { appKey: vectors[0].appKey };
const secrets = { merchantCode: 'ID00001', merchantKey: 'a-merchant-key', secret: 'a-shared-secret' };
const methods = [{ id: '1', name: 'RedotPay', manual: false }, { id: '2', name: 'Other wallet', manual: true }];
const worlds = {
  'connect by links': [{ dialect: 'connect', ...account }, {}],
  'connect by methods': [{ dialect: 'connect', ...account }, { methods }],
  direct: [{ dialect: 'direct', ...secrets }, {}],
};

describe('client and server agree', () => {
  for (const [name, [common, more]] of Object.entries(worlds)) {
    test(name, async (t) => {
      const shop = await merchant(t, 'SUCCESS');
      const both = { ...common, ...more, notifyUrl: shop.url };
      const server = start(t, 'server.mjs', configFile('server', { ...both, privateKeyFile: keyFile('wallet_private'), merchantPublicKeyFile: keyFile('client_public') }));
      const { listening } = await server.read();
      const client = start(t, 'client.mjs', listening, configFile('client', { ...both, privateKeyFile: keyFile('client_private'), refunds: true }));
      for (let line = await client.read(); line; line = await client.read()) {
        assert.ok(line.ok, JSON.stringify(line));
        if (!line.settle) continue;
        server.tell({ settle: line.settle, status: common.dialect === 'direct' ? 'paid' : 2 });
        await server.read();
        server.tell({ notify: line.settle });
        assert.equal((await server.read()).httpStatus, 200);
        believed(common, shop.heard.at(-1));
        client.tell('settled');
      }
      assert.equal(await client.ended, 0);
    });
  }
});

function believed({ dialect, appKey, secret, merchantCode }, { headers, body }) {
  if (dialect === 'connect') {
    assert.ok(holds(publicKey(keyFile('wallet_public')), webhookText({ appKey, timestamp: headers['x-r-ts'], body }), headers['x-r-signature']));
    return;
  }
  const { order_sn: orderSn, merchant_order_sn: refNo, amount, currency, status, signature } = parse(body);
  assert.ok(macHolds(secret, callbackText(secret, { merchantCode, orderSn, refNo, amount, currency, status }), signature));
}
