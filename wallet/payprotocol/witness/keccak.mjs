// Keccak-256 with the padding of 2011, as Ethereum and TRON use it, and the addresses made of it.
import { createHash } from 'node:crypto';

const mask = (1n << 64n) - 1n;
const turn = (x, n) => ((x << BigInt(n)) | (x >> BigInt(64 - n))) & mask;

/** The constants of iota, from the shift register of the definition. */
const constants = (() => {
  const all = [];
  let register = 1;
  for (let round = 0; round < 24; round += 1) {
    let constant = 0n;
    for (let j = 0; j < 7; j += 1) {
      if (register & 1) constant |= 1n << BigInt((1 << j) - 1);
      register = (register << 1) ^ (register & 0x80 ? 0x171 : 0);
    }
    all.push(constant);
  }
  return all;
})();

function permute(a) {
  for (const constant of constants) {
    const c = [0, 1, 2, 3, 4].map((x) => a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20]);
    for (let x = 0; x < 5; x += 1) {
      const d = c[(x + 4) % 5] ^ turn(c[(x + 1) % 5], 1);
      for (let y = 0; y < 25; y += 5) a[x + y] ^= d;
    }
    let [x, y] = [1, 0];
    let carried = a[1];
    for (let t = 0; t < 24; t += 1) {
      [x, y] = [y, (2 * x + 3 * y) % 5];
      const here = x + 5 * y;
      [carried, a[here]] = [a[here], turn(carried, ((t + 1) * (t + 2) / 2) % 64)];
    }
    for (let row = 0; row < 25; row += 5) {
      const line = a.slice(row, row + 5);
      for (let i = 0; i < 5; i += 1) a[row + i] = line[i] ^ (~line[(i + 1) % 5] & mask & line[(i + 2) % 5]);
    }
    a[0] ^= constant;
  }
}

export function keccak256(bytes) {
  const rate = 136;
  const padded = Buffer.alloc(Math.ceil((bytes.length + 1) / rate) * rate);
  Buffer.from(bytes).copy(padded);
  padded[bytes.length] ^= 0x01;
  padded[padded.length - 1] ^= 0x80;
  const state = Array(25).fill(0n);
  for (let at = 0; at < padded.length; at += rate) {
    for (let i = 0; i < rate / 8; i += 1) state[i] ^= padded.readBigUInt64LE(at + 8 * i);
    permute(state);
  }
  const out = Buffer.alloc(32);
  for (let i = 0; i < 4; i += 1) out.writeBigUInt64LE(state[i], 8 * i);
  return out;
}

const unhex = (text) => Buffer.from(text.replace(/^0x/, ''), 'hex');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

function base58(bytes) {
  const digits = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  let n = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (; n > 0n; n /= 58n) text = digits[Number(n % 58n)] + text;
  return text;
}

/** The address that a factory makes by CREATE2. */
export function contract({ kind, factory, initCodeHash, salt }) {
  const first = Buffer.from([kind === 'tron' ? 0x41 : 0xff]);
  const last20 = keccak256(Buffer.concat([first, unhex(factory), unhex(salt), unhex(initCodeHash)])).subarray(12);
  if (kind !== 'tron') return `0x${last20.toString('hex')}`;
  const body = Buffer.concat([first, last20]);
  return base58(Buffer.concat([body, sha256(sha256(body)).subarray(0, 4)]));
}
