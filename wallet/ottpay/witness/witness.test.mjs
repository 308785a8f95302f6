// The witness before the judge: the vectors, and its client against its server's envelope.
// Run with node --test.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as testdata from '../../../testdata/read.mjs';
import { cipherKey, concatenated, decrypt, digest, javaNumber, layout, open, seal, sealText } from './seal.mjs';

const all = testdata.vectors('ottpay');

describe('vectors', () => {
  for (const v of all) {
    test(`${v.name}: ${v.about}`, () => {
      const envelope = { data: v.data, md5: v.signature };
      assert.equal(decrypt(envelope, v.secret), v.plaintext);
      assert.equal(concatenated(open(envelope, v.secret)), v.message);
      assert.equal(cipherKey(v.signature, v.secret), v.cipherKey);
      const sealed = sealText(v.plaintext, v.secret);
      assert.equal(sealed.md5, v.signature);
      const written = v.data.includes(' ') ? layout(sealed.bytes) : sealed.bytes.toString('base64');
      assert.equal(written.trim(), v.data.trim());
    });
  }
  test('there are eleven', () => assert.equal(all.length, 11));
});

test('numbers are written as Java writes them', () => {
  const table = { '1.0': 1, '1.0E7': 1e7, '6.5E8': 650000000, '1.2345678E7': 12345678, '1.0E-4': 0.0001, 5.2474: 5.2474, '0.0': 0 };
  for (const [text, value] of Object.entries(table)) assert.equal(javaNumber(value), text);
});

test('what was altered is refused', () => {
  const sealed = seal({ amount: '1250', order_id: '17672550051234567', remarks: '茶 & tea' }, 'KEY');
  assert.equal(open(sealed, 'KEY').amount, '1250');
  const bytes = Buffer.from(sealed.data, 'base64');
  const swapped = Buffer.concat([bytes.subarray(16, 32), bytes.subarray(0, 16), bytes.subarray(32)]).toString('base64');
  for (const bad of [{ ...sealed, data: swapped }, { ...sealed, md5: sealed.md5.toLowerCase() }, { ...sealed, data: sealed.data.slice(0, -4) }]) {
    assert.throws(() => open(bad, 'KEY'));
  }
  assert.throws(() => open(sealed, 'KEz'));
});

test('a digest does not depend on the order of the members', () => {
  assert.equal(digest({ b: '1', a: '2' }), digest({ a: '2', b: '1' }));
});
