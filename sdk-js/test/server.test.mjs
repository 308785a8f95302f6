// minitill/server on the built files: what the till signs is accepted, and nothing else.
import assert from 'node:assert/strict';
import { createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { vectors } from '../../testdata/read.mjs';

const builds = {
  'ES module': await import('minitill/server'),
  CommonJS: createRequire(import.meta.url)('minitill/server'),
};

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const NOON = 1_767_355_200;
const BODY = '{"id":"evt_1","type":"order.paid","data":{"order":{"id":"ord_1","description":"Café"}}}';
const now = () => NOON * 1000;

const signature = (secret, { id = 'dlv_1', at = NOON, body = BODY } = {}) =>
  `v1,${createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(`${id}.${at}.${body}`).digest('base64')}`;
const headersOf = (more) => ({ 'webhook-id': 'dlv_1', 'webhook-timestamp': String(NOON), 'webhook-signature': signature(SECRET), ...more });

/** What is thrown, or what promise rejects with. */
async function thrown(run) {
  let value;
  try { value = await run(); } catch (error) { return error; }
  assert.fail(`believed ${JSON.stringify(value)}`);
}

for (const [build, { VerificationError, createReceiptVerifier, verifyWebhook }] of Object.entries(builds)) {
  describe(`webhooks (${build})`, () => {
    const verify = (headers = headersOf(), body = BODY, secrets = SECRET, options = { now }) => verifyWebhook(headers, body, secrets, options);

    for (const v of vectors('webhook')) {
      test(`the vector: ${v.name}`, () => {
        const headers = { 'webhook-id': v.id, 'webhook-timestamp': String(v.timestamp), 'webhook-signature': `v1,${v.signature}` };
        const options = { now: () => v.timestamp * 1000 };
        assert.deepEqual(verify(headers, v.body, v.secret, options), JSON.parse(v.body));
        assert.throws(() => verify(headers, `${v.body} `, v.secret, options), { code: 'forged' });
      });
    }

    const upper = Object.fromEntries(Object.entries(headersOf()).map(([name, value]) => [name.toUpperCase(), value]));
    const mixed = Object.fromEntries(Object.entries(headersOf()).map(([name, value]) => [name.replace(/\b[a-z]/g, (c) => c.toUpperCase()), value]));
    for (const [name, headers] of Object.entries({
      'an object in lower case': headersOf(),
      'an object in upper case': upper,
      'an object in mixed case': mixed,
      'an object with lists': Object.fromEntries(Object.entries(headersOf()).map(([name, value]) => [name, [value]])),
      'an object without a prototype': Object.assign(Object.create(null), headersOf()),
      'an object with headers that are undefined': headersOf({ cookie: undefined, host: 'shop.example' }),
      'Headers of fetch': new Headers(upper),
      'a Map in mixed case': new Map(Object.entries(mixed)),
      pairs: Object.entries(mixed),
      'something that only has get()': { get: (name) => headersOf()[name.toLowerCase()] ?? null },
      'a signature of another version before it': headersOf({ 'webhook-signature': `v2,AAAA ${signature(SECRET)}` }),
      'a wrong signature before it': headersOf({ 'webhook-signature': `${signature(OTHER)} ${signature(SECRET)}` }),
      'two lines that a proxy joined': headersOf({ 'webhook-signature': `${signature(SECRET)}, ${signature(OTHER)}` }),
      'two lines in a list': headersOf({ 'webhook-signature': [signature(OTHER), signature(SECRET)] }),
      'two lines in Headers': (() => {
        const headers = new Headers(headersOf({ 'webhook-signature': signature(SECRET) }));
        headers.append('webhook-signature', signature(OTHER));
        return headers;
      })(),
    })) {
      test(`taken: headers as ${name}`, () => assert.equal(verify(headers).data.order.id, 'ord_1'));
    }

    for (const [name, body] of Object.entries({
      text: BODY, 'a Buffer': Buffer.from(BODY), 'a Uint8Array': new TextEncoder().encode(BODY),
      'a view into a larger buffer': new Uint8Array([32, ...Buffer.from(BODY), 32]).subarray(1, -1),
    })) {
      test(`taken: a body as ${name}`, () => assert.equal(verify(headersOf(), body).data.order.description, 'Café'));
    }

    test('every byte counts: of the body, the id, the time and the signature', () => {
      const body = Buffer.from(BODY);
      for (let i = 0; i < body.length; i++) {
        const changed = Buffer.from(body);
        changed[i] ^= 1;
        assert.throws(() => verify(headersOf(), changed), VerificationError, `byte ${i} of the body`);
      }
      for (const [name, value] of Object.entries(headersOf())) {
        for (let i = 0; i < value.length; i++) {
          const changed = value.slice(0, i) + String.fromCharCode(value.charCodeAt(i) ^ 1) + value.slice(i + 1);
          assert.throws(() => verify(headersOf({ [name]: changed })), VerificationError, `${name}: ${changed}`);
        }
      }
    });

    test('two secrets are taken while one is rotated, and either signature', () => {
      for (const secrets of [[SECRET, OTHER], [OTHER, SECRET], [SECRET]]) assert.equal(verify(headersOf(), BODY, secrets).id, 'evt_1');
      assert.throws(() => verify(headersOf(), BODY, [OTHER]), { name: 'VerificationError', code: 'forged' });
    });

    for (const [name, [headers, code, words, body]] of Object.entries({
      'no headers at all': [{}, 'missing', 'lacks webhook-id and webhook-timestamp and webhook-signature.'],
      'no id': [headersOf({ 'webhook-id': undefined }), 'missing', 'lacks webhook-id.'],
      'an empty time': [headersOf({ 'webhook-timestamp': ' ' }), 'missing', 'lacks webhook-timestamp.'],
      'no signature in Headers': [new Headers({ 'webhook-id': 'dlv_1', 'webhook-timestamp': String(NOON) }), 'missing', 'lacks webhook-signature.'],
      'Node’s rawHeaders': [Object.entries(headersOf()).flat(), 'missing', 'webhook-id'],
      'a time in words': [headersOf({ 'webhook-timestamp': 'noon' }), 'malformed', 'webhook-timestamp'],
      'a time in hexadecimal': [headersOf({ 'webhook-timestamp': `0x${NOON.toString(16)}` }), 'malformed', 'webhook-timestamp'],
      'two times': [headersOf({ 'webhook-timestamp': [String(NOON), String(NOON)] }), 'malformed', 'webhook-timestamp'],
      'a time six minutes ago': [headersOf({ 'webhook-timestamp': String(NOON - 360) }), 'stale', '360 seconds'],
      'a time in six minutes': [headersOf({ 'webhook-timestamp': String(NOON + 360) }), 'stale', '360 seconds'],
      'another time': [headersOf({ 'webhook-timestamp': String(NOON + 1) }), 'forged', 'webhook-signature'],
      'another id': [headersOf({ 'webhook-id': 'dlv_2' }), 'forged', 'webhook-signature'],
      'another body': [headersOf(), 'forged', 'webhook-signature', `${BODY} `],
      'an empty body': [headersOf(), 'forged', 'webhook-signature', ''],
      'only a signature of another version': [headersOf({ 'webhook-signature': signature(SECRET).replace('v1', 'v2') }), 'forged', 'webhook-signature'],
      'half a signature': [headersOf({ 'webhook-signature': signature(SECRET).slice(0, 20) }), 'forged', 'webhook-signature'],
      'an empty signature': [headersOf({ 'webhook-signature': 'v1,' }), 'forged', 'webhook-signature'],
      'a signed text that is no JSON': [headersOf({ 'webhook-signature': signature(SECRET, { body: 'hi' }) }), 'malformed', 'no JSON object', 'hi'],
      'a signed null': [headersOf({ 'webhook-signature': signature(SECRET, { body: 'null' }) }), 'malformed', 'no JSON object', 'null'],
    })) {
      test(`refused: ${name}`, async () => {
        const error = await thrown(() => verify(headers, body ?? BODY));
        assert.ok(error instanceof VerificationError && error instanceof Error, String(error));
        assert.equal(error.code, code);
        assert.ok(error.message.includes(words), error.message);
      });
    }

    // An empty key signs for everybody, so a forger's signature over it is tried too.
    for (const [name, [secrets, words]] of Object.entries({
      'undefined, as an environment variable that is not set': [undefined, 'missing'],
      null: [null, 'missing'],
      'an empty list': [[], 'missing'],
      'an empty text': ['', 'empty'],
      'the prefix alone': ['whsec_', '0 bytes'],
      'a short one': ['whsec_c2hvcnQ=', '5 bytes'],
      'one of 23 bytes': [`whsec_${Buffer.alloc(23, 7).toString('base64')}`, '23 bytes'],
      'one of 65 bytes': [`whsec_${Buffer.alloc(65, 7).toString('base64')}`, '65 bytes'],
      'one without the prefix': [SECRET.slice(6), 'malformed'],
      'one with another prefix': [`whpub_${SECRET.slice(6)}`, 'malformed'],
      'one in hexadecimal': [`whsec_${Buffer.alloc(32, 7).toString('hex')}!`, 'malformed'],
      'one in base64url': [`whsec_${Buffer.alloc(32, 0xfb).toString('base64url')}`, 'malformed'],
      'one without its padding': [`whsec_${Buffer.alloc(32, 7).toString('base64').replace('=', '')}`, 'malformed'],
      'one with a line feed behind it': [`${SECRET}\n`, 'malformed'],
      'one with a blank before it': [` ${SECRET}`, 'malformed'],
      'a list with one that is not set': [[SECRET, undefined], 'secrets[1] is empty'],
      'a list with a short one': [[SECRET, 'whsec_c2hvcnQ='], 'secrets[1] has 5 bytes'],
      'the bytes of one': [Buffer.from(SECRET), 'missing'],
    })) {
      test(`a secret that is no secret: ${name}`, async () => {
        const forged = headersOf({ 'webhook-signature': `${signature('whsec_')} ${signature(SECRET)}` });
        const error = await thrown(() => verifyWebhook(forged, BODY, secrets, { now }));
        assert.ok(error instanceof TypeError, String(error));
        assert.ok(error.message.includes(words), error.message);
        assert.ok(!error.message.includes(SECRET.slice(6)), 'the message shows the secret');
      });
    }

    test('a body that was parsed already, and headers that are none, are mistakes of the program', async () => {
      for (const body of [JSON.parse(BODY), undefined, null]) {
        const error = await thrown(() => verifyWebhook(headersOf(), body, SECRET, { now }));
        assert.ok(error instanceof TypeError && /before JSON.parse/.test(error.message), String(error));
      }
      for (const headers of [undefined, null, 'webhook-id: 1']) {
        const error = await thrown(() => verifyWebhook(headers, BODY, SECRET, { now }));
        assert.ok(error instanceof TypeError && /headers/.test(error.message), String(error));
      }
    });

    test('the tolerance can be less or more, and not without end', async () => {
      const later = (seconds, tolerance) => () => verify(headersOf(), BODY, SECRET, { tolerance, now: () => (NOON + seconds) * 1000 });
      assert.equal(later(600, 600)().id, 'evt_1');
      assert.throws(later(10, 5), { code: 'stale' });
      for (const tolerance of [Infinity, NaN, -1, 1e9]) assert.throws(later(0, tolerance), TypeError);
    });
  });

  describe(`receipts (${build})`, () => {
    const claims = {
      iss: 'minitill', aud: 'receipt', iat: NOON, app: 'demo', order: 'ord_1', status: 'paid',
      amount: { currency: 'USD', value: '900' }, paid: { currency: 'USD', value: '900' }, at: '2026-01-02T12:00:00Z',
    };
    const pair = generateKeyPairSync('ed25519');
    const jwk = (kid, key = pair.publicKey) => ({ ...key.export({ format: 'jwk' }), kid, use: 'sig', alg: 'EdDSA' });
    const keys = { keys: [jwk('r1')] };
    const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
    const make = (more, header, key = pair.privateKey) => {
      const message = `${part({ alg: 'EdDSA', kid: 'r1', typ: 'JWT', ...header })}.${part({ ...claims, ...more })}`;
      return `${message}.${sign(null, Buffer.from(message), key).toString('base64url')}`;
    };
    const verify = createReceiptVerifier({ keys, now });

    test('a receipt is its claims', async () => {
      assert.deepEqual(await verify(make()), claims);
      assert.equal((await verify(make(), { order: 'ord_1', app: 'demo', status: 'paid' })).order, 'ord_1');
    });

    test('with the key that RFC 8037 publishes', async () => {
      const known = { kty: 'OKP', crv: 'Ed25519', kid: 'rfc', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
      const secret = createPrivateKey({ key: { ...known, d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' }, format: 'jwk' });
      const check = createReceiptVerifier({ keys: { keys: [known] }, now });
      assert.equal((await check(make({}, { kid: 'rfc' }, secret))).order, 'ord_1');
      assert.equal((await thrown(() => check(make({}, { kid: 'rfc' })))).code, 'forged');
    });

    test('no options are a mistake of the program', () => {
      assert.throws(() => createReceiptVerifier({}), TypeError);
      assert.throws(() => createReceiptVerifier({ keys: {} }), TypeError);
    });

    const [head, body, mark] = make().split('.');
    const flip = (text, i) => text.slice(0, i) + (text[i] === 'A' ? 'B' : 'A') + text.slice(i + 1);
    const hmac = (header) => {
      const message = `${part(header)}.${body}`;
      return `${message}.${createHmac('sha256', pair.publicKey.export({ format: 'der', type: 'spki' })).update(message).digest('base64url')}`;
    };
    const strangers = generateKeyPairSync('ed25519');
    for (const [name, [token, code, expected]] of Object.entries({
      'no receipt': [null, 'missing'], 'an empty one': ['', 'missing'], 'an object': [{ status: 'paid' }, 'missing'],
      'two parts': [`${head}.${body}`, 'malformed'], 'four parts': [`${head}.${body}.${mark}.`, 'malformed'],
      'a receipt too long': [`${head}.${'A'.repeat(4096)}.${mark}`, 'malformed'],
      'padding': [`${head}.${body}.${mark}=`, 'malformed'], 'a line feed': [`${head}.${body}.${mark}\n`, 'malformed'],
      'a changed body': [`${head}.${flip(body, 40)}.${mark}`, 'forged'],
      'a changed signature': [`${head}.${body}.${flip(mark, 8)}`, 'forged'],
      'no signature': [`${head}.${body}.`, 'forged'],
      'alg none': [`${part({ alg: 'none', kid: 'r1' })}.${body}.`, 'malformed'],
      'HS256 with the public key': [hmac({ alg: 'HS256', kid: 'r1' }), 'malformed'],
      'alg in lower case': [make({}, { alg: 'eddsa' }), 'malformed'],
      'a crit member': [make({}, { crit: ['exp'] }), 'malformed'],
      'no key id': [make({}, { kid: undefined }), 'malformed'],
      'a key id that objects inherit': [make({}, { kid: 'constructor' }), 'forged'],
      'an unknown key id': [make({}, { kid: 'r2' }), 'forged'],
      'a key that travels along': [make({}, { kid: 'r2', jwk: jwk('r2', strangers.publicKey) }, strangers.privateKey), 'forged'],
      'a key of another signer': [make({}, {}, strangers.privateKey), 'forged'],
      'a session token': [make({ aud: 'session' }), 'mismatch'], 'a list of audiences': [make({ aud: ['receipt', 'x'] }), 'mismatch'],
      'another issuer': [make({ iss: 'other' }), 'mismatch'], 'no issuer': [make({ iss: undefined }), 'mismatch'],
      'a receipt of tomorrow': [make({ iat: NOON + 86400 }), 'stale'], 'no time of signing': [make({ iat: undefined }), 'stale'],
      'one that has expired': [make({ exp: NOON - 3600 }), 'stale'], 'one that is not valid yet': [make({ nbf: NOON + 3600 }), 'stale'],
      'no order': [make({ order: undefined }), 'malformed'], 'no amount': [make({ amount: undefined }), 'malformed'],
      'an amount in numbers': [make({ amount: { currency: 'USD', value: 900 } }), 'malformed'],
      'another order': [make(), 'mismatch', { order: 'ord_2' }], 'another app': [make(), 'mismatch', { app: 'shop' }],
      'a failed order where a paid one is expected': [make({ status: 'failed' }), 'mismatch', { status: 'paid' }],
    })) {
      test(`refused: ${name}`, async () => {
        const error = await thrown(() => verify(token, expected));
        assert.ok(error instanceof VerificationError, String(error));
        assert.equal(error.code, code, error.message);
      });
    }

    test('every character counts', async () => {
      const token = make();
      for (let i = 0; i < token.length; i++) {
        const error = await thrown(() => verify(flip(token, i)));
        assert.ok(error instanceof VerificationError, `character ${i}: ${error}`);
      }
    });

    describe('fetched keys', () => {
      /** A till whose key set can change, and a clock. */
      function world(baseUrl = 'https://till.example/base/') {
        const w = { time: NOON * 1000, keys, fetched: [], status: 200, age: 'public, max-age=300' };
        w.verify = createReceiptVerifier({
          baseUrl, now: () => w.time,
          fetch: async (url, { redirect }) => {
            w.fetched.push(`${url} ${redirect}`);
            if (w.status === 0) throw new TypeError('fetch failed');
            return { ok: w.status === 200, status: w.status, headers: new Headers({ 'cache-control': w.age }), text: async () => w.text ?? JSON.stringify(w.keys) };
          },
        });
        return w;
      }

      test('they are fetched once, by many at a time, and again when their time is over', async () => {
        const w = world();
        await Promise.all([w.verify(make()), w.verify(make()), w.verify(make())]);
        w.time += 299_000;
        await w.verify(make());
        assert.deepEqual(w.fetched, ['https://till.example/base/.well-known/jwks.json error']);
        w.time += 1000;
        await w.verify(make());
        assert.equal(w.fetched.length, 2);
      });

      test('a new key is found, and forged key ids cause no request to the till each time', async () => {
        const w = world();
        await w.verify(make());
        const next = generateKeyPairSync('ed25519');
        w.keys = { keys: [jwk('r2', next.publicKey), jwk('r1')] };
        assert.equal((await thrown(() => w.verify(make({}, { kid: 'r2' }, next.privateKey)))).code, 'forged');
        assert.equal(w.fetched.length, 1);
        w.time += 60_000;
        assert.equal((await w.verify(make({}, { kid: 'r2' }, next.privateKey))).order, 'ord_1');
        for (let i = 0; i < 10; i++) assert.equal((await thrown(() => w.verify(make({}, { kid: `x${i}` })))).code, 'forged');
        assert.equal(w.fetched.length, 2);
      });

      test('a key that the till no longer has is no longer accepted', async () => {
        const w = world();
        await w.verify(make());
        w.keys = { keys: [jwk('r2')] };
        w.time += 300_000;
        assert.equal((await thrown(() => w.verify(make()))).code, 'forged');
      });

      test('a till that cannot be reached is no forgery, and is requested again', async () => {
        const w = world();
        for (const [status, text] of [[0], [500], [200, 'x'], [200, '{}'], [200, 'null'], [200, JSON.stringify(keys) + ' '.repeat(70_000)]]) {
          Object.assign(w, { status, text });
          const error = await thrown(() => w.verify(make()));
          assert.ok(!(error instanceof VerificationError), `${status} ${text}: ${error}`);
        }
        Object.assign(w, { status: 200, text: undefined });
        assert.equal((await w.verify(make())).order, 'ord_1');
      });

      test('an endless answer is not read to its end', async () => {
        let read = 0;
        const body = (async function* () { for (; read < 1000; read++) yield Buffer.alloc(10_000, 97); })();
        const answer = { ok: true, status: 200, headers: { get: () => null }, body, text: () => { throw new Error('it is read by parts'); } };
        const verify = createReceiptVerifier({ baseUrl: 'https://till.example', fetch: async () => answer });
        assert.match(String(await thrown(() => verify(make()))), /more than 65536 bytes/);
        assert.ok(read < 10, `${read} parts were read`);
      });

      test('keys are kept for a minute at least and an hour at most', async () => {
        const w = world();
        w.age = 'no-store';
        await w.verify(make());
        w.time += 59_000;
        await w.verify(make());
        assert.equal(w.fetched.length, 1);
        w.age = 'max-age=999999999';
        w.time += 1000;
        await w.verify(make());
        w.time += 3_599_000;
        await w.verify(make());
        assert.equal(w.fetched.length, 2);
        w.time += 1000;
        await w.verify(make());
        assert.equal(w.fetched.length, 3);
      });

      test('a malformed key of a set disables no other', async () => {
        const good = jwk('r1');
        const broken = [null, 'r1', {}, { ...good, kid: 'b1', x: undefined }, { ...good, kid: 'b2', x: '!' }, { ...good, kid: 'b3', x: 'AAAA' }, { ...good, kid: 7 }];
        const check = createReceiptVerifier({ keys: { keys: [...broken, good] }, now });
        assert.equal((await check(make())).order, claims.order);
        for (const kid of ['b1', 'b2', 'b3']) {
          await assert.rejects(check(make({}, { kid })), (e) => e.code === 'forged');
        }
      });

      test('keys of other kinds stand beside the till’s', async () => {
        const others = [generateKeyPairSync('ec', { namedCurve: 'P-256' }), generateKeyPairSync('x25519')].map(({ publicKey }, i) => jwk(`o${i}`, publicKey));
        const check = createReceiptVerifier({ keys: { keys: [...others, jwk('r1')] }, now });
        assert.equal((await check(make())).order, 'ord_1');
        assert.equal((await thrown(() => check(make({}, { kid: 'o0' })))).code, 'forged');
      });

      test('keys come by https, or from this machine', () => {
        for (const baseUrl of ['https://till.example', 'http://127.0.0.1:8080', 'http://localhost:8080', 'http://[::1]:1']) world(baseUrl);
        for (const baseUrl of ['http://till.example', 'http://127.0.0.1.evil.example', 'http://localhost.evil.example', 'ftp://till.example', 'till.example', '', undefined]) {
          assert.throws(() => createReceiptVerifier({ baseUrl }), TypeError, String(baseUrl));
        }
      });
    });
  });
}
