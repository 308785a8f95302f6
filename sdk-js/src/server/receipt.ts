import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { ExpectedReceipt, KeyResponse, KeySet, Receipt, ReceiptOptions } from './api';
import { VerificationError } from './webhook';

/** Returns a function that verifies a receipt and returns its content. */
export function createReceiptVerifier(options: ReceiptOptions): (token: string, expected?: ExpectedReceipt) => Promise<Receipt> {
  const { issuer = 'minitill', now = Date.now } = options;
  const find = options.keys ? fixedKeys(options.keys) : fetchedKeys(options, now);
  return async (token, expected = {}) => {
    const { keyId, content, message, signature } = parseToken(token);
    if (!verify(null, message, await find(keyId), signature)) {
      throw new VerificationError('forged', 'The signature of the receipt is wrong.');
    }
    const claims = parseObject(content);
    checkClaims(claims, issuer, now());
    const receipt = claims as unknown as Receipt;
    for (const name of ['order', 'app', 'status'] as const) {
      if (expected[name] !== undefined && receipt[name] !== expected[name]) {
        throw new VerificationError('mismatch', `The receipt is of another ${name}.`);
      }
    }
    return receipt;
  };
}

type Members = { [name: string]: unknown };

/** Parses a token. `alg` is pinned: a token does not choose how it is verified. */
function parseToken(token: unknown): { keyId: string; content: Buffer; message: Buffer; signature: Buffer } {
  if (typeof token !== 'string' || token === '') throw new VerificationError('missing', 'There is no receipt.');
  const parts = token.split('.');
  if (token.length > 4096 || parts.length !== 3) throw new VerificationError('malformed', 'The receipt is no token of three parts.');
  const [header, content, signature] = parts.map(decode) as [Buffer, Buffer, Buffer];
  const { alg, kid, ...more } = parseObject(header);
  if (alg !== 'EdDSA' || typeof kid !== 'string' || 'crit' in more) {
    throw new VerificationError('malformed', 'The receipt is no EdDSA token with a key id.');
  }
  return { keyId: kid, content, message: Buffer.from(`${parts[0]}.${parts[1]}`), signature };
}

/** Base64url in canonical form. */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) throw new VerificationError('malformed', 'The receipt is not in base64url.');
  return bytes;
}

function parseObject(bytes: Buffer): Members {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    if (value && typeof value === 'object' && !Array.isArray(value)) return value as Members;
  } catch { /* said below */ }
  throw new VerificationError('malformed', 'The receipt has no JSON object where one must be.');
}

/** Receipts do not expire, but an `exp` that is present counts. The clocks may differ by a minute. */
function checkClaims(claims: Members, issuer: string, now: number): void {
  if (claims.aud !== 'receipt') throw new VerificationError('mismatch', 'The token is no receipt.');
  if (claims.iss !== issuer) throw new VerificationError('mismatch', 'The receipt has another issuer.');
  const seconds = now / 1000;
  if (typeof claims.iat !== 'number' || claims.iat > seconds + 60) throw new VerificationError('stale', 'The receipt is of the future.');
  if ('exp' in claims && !(Number(claims.exp) > seconds - 60)) throw new VerificationError('stale', 'The receipt has expired.');
  if ('nbf' in claims && !(Number(claims.nbf) < seconds + 60)) throw new VerificationError('stale', 'The receipt is not valid yet.');
  const amount = claims.amount as Members | undefined;
  const texts = [claims.order, claims.app, claims.status, claims.at, amount?.currency, amount?.value];
  if (!texts.every((text) => typeof text === 'string' && text !== '')) {
    throw new VerificationError('malformed', 'The receipt lacks its order, app, status, time or amount.');
  }
}

type FindKey = (id: string) => Promise<KeyObject>;

/** The Ed25519 keys of a set, by id. Keys of other kinds and malformed keys are left out: the others still verify. */
function importKeys(set: KeySet): Map<string, KeyObject> {
  if (!set || !Array.isArray(set.keys)) throw new TypeError('The key set has no list of keys.');
  const keys = new Map<string, KeyObject>();
  for (const key of set.keys) {
    const { kty, crv, kid, x } = key ?? {};
    if (kty !== 'OKP' || crv !== 'Ed25519' || !kid || typeof kid !== 'string') continue;
    try {
      keys.set(kid, createPublicKey({ key: { kty, crv, x }, format: 'jwk' }));
    } catch { /* left out */ }
  }
  return keys;
}

function fixedKeys(set: KeySet): FindKey {
  const keys = importKeys(set);
  return async (id) => keys.get(id) ?? unknownKey();
}

function unknownKey(): never {
  throw new VerificationError('forged', "The receipt is signed with no key of the till's.");
}

/** The lifetime of a key set without an age, and the least time between two fetches for unknown keys. */
const LEAST_AGE = 60_000;
const MOST_AGE = 3_600_000;
const MOST_BYTES = 65_536;

/** Caches the keys as long as the till says. An unknown key id fetches them once more, since keys are rotated. */
function fetchedKeys(options: ReceiptOptions, now: () => number): FindKey {
  const url = keysUrl(options.baseUrl);
  let keys = new Map<string, KeyObject>();
  let fetchedAt = -Infinity;
  let age = 0;
  let fetching: Promise<void> | null = null;

  async function refresh(): Promise<void> {
    const get = options.fetch ?? (fetch as NonNullable<ReceiptOptions['fetch']>);
    const response = await get(url, { redirect: 'error', signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
    keys = importKeys(JSON.parse(await readText(response, url)) as KeySet);
    fetchedAt = now();
    const told = /max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '');
    age = Math.min(MOST_AGE, Math.max(LEAST_AGE, Number(told?.[1] ?? 0) * 1000));
  }

  return async (id) => {
    const since = now() - fetchedAt;
    if (since >= age || (!keys.has(id) && since >= LEAST_AGE)) {
      await (fetching ??= refresh().finally(() => { fetching = null; }));
    }
    return keys.get(id) ?? unknownKey();
  };
}

/** The answer's text, of which no more is read than the largest size of a key set. */
async function readText(response: KeyResponse, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body = response.body as AsyncIterable<Uint8Array> | undefined;
  for await (const chunk of body ?? [Buffer.from(await response.text())]) {
    if ((size += chunk.length) > MOST_BYTES) throw new Error(`${url} answered more than ${MOST_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Over plain HTTP an attacker on the network could replace the till's keys. */
function keysUrl(baseUrl: string | undefined): string {
  if (!baseUrl) throw new TypeError('baseUrl or keys is missing.');
  const { protocol, hostname } = new URL(baseUrl);
  const loopback = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && loopback)) throw new TypeError('baseUrl must be https, or http on a loopback address.');
  return `${baseUrl.replace(/\/+$/, '')}/.well-known/jwks.json`;
}
