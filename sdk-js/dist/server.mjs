/*! minitill 0.1.0 | Apache-2.0 */
import { verify, createPublicKey } from 'node:crypto';
import { VerificationError } from './webhook.mjs';
export { verifyWebhook } from './webhook.mjs';

/** Returns a function that proves a receipt and returns its content. */
function createReceiptVerifier(options) {
  const { issuer = 'minitill', now = Date.now } = options;
  const find = options.keys ? fixedKeys(options.keys) : fetchedKeys(options, now);
  return async (token, expected = {}) => {
    const { keyId, content, message, signature } = parseToken(token);
    if (!verify(null, message, await find(keyId), signature)) {
      throw new VerificationError('forged', 'The signature of the receipt is wrong.');
    }
    const claims = parseObject(content);
    checkClaims(claims, issuer, now());
    const receipt = claims;
    for (const name of ['order', 'app', 'status']) {
      if (expected[name] !== undefined && receipt[name] !== expected[name]) {
        throw new VerificationError('mismatch', `The receipt is of another ${name}.`);
      }
    }
    return receipt;
  };
}
/** Takes a token apart. `alg` is pinned: a token never chooses how it is checked. */
function parseToken(token) {
  if (typeof token !== 'string' || token === '')
    throw new VerificationError('missing', 'There is no receipt.');
  const parts = token.split('.');
  if (token.length > 4096 || parts.length !== 3)
    throw new VerificationError('malformed', 'The receipt is no token of three parts.');
  const [header, content, signature] = parts.map(decode);
  const { alg, kid, ...more } = parseObject(header);
  if (alg !== 'EdDSA' || typeof kid !== 'string' || 'crit' in more) {
    throw new VerificationError('malformed', 'The receipt is no EdDSA token with a key id.');
  }
  return { keyId: kid, content, message: Buffer.from(`${parts[0]}.${parts[1]}`), signature };
}
/** Base64url in its one spelling. */
function decode(part) {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part)
    throw new VerificationError('malformed', 'The receipt is not in base64url.');
  return bytes;
}
function parseObject(bytes) {
  try {
    const value = JSON.parse(bytes.toString());
    if (value && typeof value === 'object' && !Array.isArray(value))
      return value;
  }
  catch { /* said below */ }
  throw new VerificationError('malformed', 'The receipt has no JSON object where one must be.');
}
/** Receipts do not expire, but one that says so is taken at its word. The clocks may differ by a minute. */
function checkClaims(claims, issuer, now) {
  if (claims.aud !== 'receipt')
    throw new VerificationError('mismatch', 'The token is no receipt.');
  if (claims.iss !== issuer)
    throw new VerificationError('mismatch', 'The receipt has another issuer.');
  const seconds = now / 1000;
  if (typeof claims.iat !== 'number' || claims.iat > seconds + 60)
    throw new VerificationError('stale', 'The receipt is of the future.');
  if ('exp' in claims && !(Number(claims.exp) > seconds - 60))
    throw new VerificationError('stale', 'The receipt has expired.');
  if ('nbf' in claims && !(Number(claims.nbf) < seconds + 60))
    throw new VerificationError('stale', 'The receipt is not valid yet.');
  const amount = claims.amount;
  const texts = [claims.order, claims.app, claims.status, claims.at, amount?.currency, amount?.value];
  if (!texts.every((text) => typeof text === 'string' && text !== '')) {
    throw new VerificationError('malformed', 'The receipt lacks its order, app, status, time or amount.');
  }
}
/** The Ed25519 keys of a set, by id. Keys of other kinds are left out. */
function importKeys(set) {
  if (!set || !Array.isArray(set.keys))
    throw new TypeError('The key set has no list of keys.');
  const keys = new Map();
  for (const { kty, crv, kid, x } of set.keys) {
    if (kty === 'OKP' && crv === 'Ed25519' && kid)
      keys.set(kid, createPublicKey({ key: { kty, crv, x }, format: 'jwk' }));
  }
  return keys;
}
function fixedKeys(set) {
  const keys = importKeys(set);
  return async (id) => keys.get(id) ?? unknownKey();
}
function unknownKey() {
  throw new VerificationError('forged', "The receipt is signed with no key of the till's.");
}
/** A key set that names no age is kept for so long, and is fetched for an unknown key no more often. */
const LEAST_AGE = 60_000;
const MOST_AGE = 3_600_000;
const MOST_BYTES = 65_536;
/** Keeps the keys as long as the till says. An unknown key id fetches them once more, since keys rotate. */
function fetchedKeys(options, now) {
  const url = keysUrl(options.baseUrl);
  let keys = new Map();
  let fetchedAt = -Infinity;
  let age = 0;
  let fetching = null;
  async function refresh() {
    const ask = options.fetch ?? fetch;
    const response = await ask(url, { redirect: 'error', signal: AbortSignal.timeout(10_000) });
    if (!response.ok)
      throw new Error(`${url} answered ${response.status}.`);
    const text = await response.text();
    if (text.length > MOST_BYTES)
      throw new Error(`${url} answered more than ${MOST_BYTES} characters.`);
    keys = importKeys(JSON.parse(text));
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
/** Over plain HTTP somebody on the way could put keys of their own in place of the till's. */
function keysUrl(baseUrl) {
  if (!baseUrl)
    throw new TypeError('baseUrl or keys is missing.');
  const { protocol, hostname } = new URL(baseUrl);
  const loopback = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && loopback))
    throw new TypeError('baseUrl must be https, or http on a loopback address.');
  return `${baseUrl.replace(/\/+$/, '')}/.well-known/jwks.json`;
}

export { VerificationError, createReceiptVerifier };
