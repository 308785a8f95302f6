// Vectors of the Mini Program Platform signature. No provider publishes a key with a signature, so
// those of testdata/vectors/miniprogram.json were made with throw-away keys. PKCS#1 v1.5 has one right answer, which must
// come out byte for byte, and what is not the signed text must not pass.
//
//     node vectors.mjs
//
// prints one JSON line for each check, {"check","ok"}, and ends with status 0 if all hold.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import * as testdata from '../../../testdata/read.mjs';
import { decodeSignature, encodings, parseSignatureHeader, readPrivateKey, readPublicKey, signatureHeader, textToSign, verifySignature } from './sign.mjs';
import { parseTime, timeFormats } from './time.mjs';

const keyFile = (owner, half) => testdata.path(`keys/${owner}_${half}.pem`);
const vectors = testdata.vectors('miniprogram');
const [v1] = vectors;

/** Takes the text of a vector apart and builds it again as a message is built. */
function rebuilt({ message }) {
  const [, method, path, clientId, time, body] = /^(\S+) (\S+)\n([^.]+)\.(\d{13}|[^{]+)\.(.*)$/s.exec(message);
  return { method, path, clientId, time, body: Buffer.from(body) };
}

const header = (form) => `algorithm=RSA256, keyVersion=1, signature=${form}`;
const refusesV1 = (change, form = v1.percent, owner = 'client') => assert.throws(
  () => verifySignature(readPublicKey(keyFile(owner, 'public')), textToSign({ ...rebuilt(v1), ...change }), header(form)),
  /does not match|not base64/,
);

function reproduces(vector) {
  const message = textToSign(rebuilt(vector));
  assert.equal(message.length, vector.bytes);
  assert.equal(createHash('sha256').update(message).digest('hex'), vector.sha256);
  const forms = { B: vector.signature, P: vector.percent, U: vector.base64url };
  for (const encoding of Object.keys(encodings)) {
    const value = parseSignatureHeader(signatureHeader(readPrivateKey(keyFile(vector.key, 'private')), message, { encoding })).signature;
    assert.equal(decodeSignature(value).toString('base64'), vector.signature);
    assert.equal(value, forms[encoding]);
    verifySignature(readPublicKey(keyFile(vector.key, 'public')), message, header(value));
  }
}

const body = (text) => Buffer.from(text);
const v1Body = rebuilt(v1).body.toString();

/** Every check by its name; each throws when it fails. */
export const checks = Object.fromEntries([
  ...vectors.map((vector) => [`${vector.name} comes out byte for byte`, () => reproduces(vector)]),
  ['V1 with one body byte changed is refused', () => refusesV1({ body: body(v1Body.replace('10000', '10001')) })],
  ['V1 with a line feed added is refused', () => refusesV1({ body: body(`${v1Body}\n`) })],
  ['V1 under another path is refused', () => refusesV1({ path: '/v2/payments/pay' })],
  ['V1 with its plus signs read as blanks is refused', () => refusesV1({}, v1.signature.replaceAll('+', ' '))],
  ['V1 checked with the wallet key is refused', () => refusesV1({}, v1.percent, 'wallet')],
  ['V1 without its padding passes', () => verifySignature(readPublicKey(keyFile('client', 'public')), textToSign(rebuilt(v1)), header(v1.signature.replace(/=+$/, '')))],
  ['a header without blanks or a version, in another order, is read', () => assert.equal(parseSignatureHeader('signature=ab==,algorithm=rsa256').signature, 'ab==')],
  ['a header of another algorithm is refused', () => assert.throws(() => parseSignatureHeader('algorithm=ECC224,signature=ab=='))],
  ['a header that says a thing twice is refused', () => assert.throws(() => parseSignatureHeader('signature=ab==,signature=cd=='))],
  ['every form of a time is read as the same instant', () => {
    const ms = Date.UTC(2026, 0, 2, 2, 15, 0, 0);
    for (const format of Object.values(timeFormats)) assert.equal(parseTime(format(ms)), ms);
    assert.equal(parseTime('2026-01-02T07:45:00.000000000+0530'), ms);
  }],
  ['what is no time is refused', () => {
    for (const text of ['', 'now', '2026-01-02', '2026-01-02T02:15:00', '176732010012', '2026-13-02T02:15:00Z', '2026-02-30T02:15:00Z']) assert.throws(() => parseTime(text), text);
  }],
]);

function main() {
  for (const [check, run] of Object.entries(checks)) {
    let complaint;
    try { run(); } catch (error) { complaint = error.message; process.exitCode = 1; }
    console.log(JSON.stringify({ check, ok: complaint === undefined, complaint }));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
