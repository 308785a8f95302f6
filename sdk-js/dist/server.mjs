/*! minitill 0.1.0 | Apache-2.0 */
import { createHmac, timingSafeEqual, verify, createPublicKey } from 'node:crypto';

/** Why a webhook or a receipt does not verify: answer 401. Every other error is a defect of the program. */
class VerificationError extends Error {
    constructor(code, message) {
        super(message);
        this.name = 'VerificationError';
        this.code = code;
    }
}
/**
 * Returns the event of a webhook that the till signed with one of `secrets`; pass two while one is rotated.
 * `body` is the text or the bytes as received, before JSON.parse.
 */
function verifyWebhook(headers, body, secrets, options = {}) {
    const keys = parseSecrets(secrets);
    const { id, timestamp, signature } = readHeaders(headers);
    checkTimestamp(timestamp, options);
    const bytes = bytesOf(body);
    const message = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), bytes]);
    if (!isSigned(signature, keys.map((key) => Buffer.from(createHmac('sha256', key).update(message).digest('base64'))))) {
        throw new VerificationError('forged', 'No signature in webhook-signature is made with this secret over this body.');
    }
    return parseEvent(bytes);
}
/** The keys in the secrets: each is `whsec_` and base64 of 24 to 64 bytes. No message shows any of a secret. */
function parseSecrets(secrets) {
    const list = typeof secrets === 'string' ? [secrets] : secrets;
    if (!Array.isArray(list) || list.length === 0)
        throw new TypeError('The webhook secret is missing.');
    return list.map((secret, i) => {
        const name = list.length > 1 ? `secrets[${i}]` : 'The webhook secret';
        if (typeof secret !== 'string' || secret === '')
            throw new TypeError(`${name} is empty.`);
        const text = secret.slice('whsec_'.length);
        const key = Buffer.from(text, 'base64');
        if (!secret.startsWith('whsec_') || key.toString('base64') !== text) {
            throw new TypeError(`${name} is malformed: it is "whsec_" and base64, with nothing around it.`);
        }
        if (key.length < 24 || key.length > 64)
            throw new TypeError(`${name} has ${key.length} bytes, not 24 to 64.`);
        return key;
    });
}
function readHeaders(headers) {
    if (!headers || typeof headers !== 'object')
        throw new TypeError("headers must be the request's headers.");
    const id = header(headers, 'webhook-id');
    const timestamp = header(headers, 'webhook-timestamp');
    const signature = header(headers, 'webhook-signature');
    const missing = [!id && 'webhook-id', !timestamp && 'webhook-timestamp', !signature && 'webhook-signature'].filter(Boolean);
    if (missing.length)
        throw new VerificationError('missing', `The request lacks ${missing.join(' and ')}.`);
    return { id, timestamp, signature };
}
/** The header of this name in any case; several of one name are joined. */
function header(headers, name) {
    if (!isIterable(headers) && typeof headers.get === 'function')
        return String(headers.get(name) ?? '').trim();
    const list = isIterable(headers) ? Array.from(headers, ([given, value]) => [given, value]) : Object.entries(headers);
    return list.filter(([given]) => String(given).toLowerCase() === name).flatMap(([, value]) => value ?? []).join(' ').trim();
}
function isIterable(headers) {
    return typeof headers[Symbol.iterator] === 'function';
}
function checkTimestamp(timestamp, { tolerance = 300, now = Date.now }) {
    if (!(tolerance >= 0 && tolerance <= 86400))
        throw new TypeError('tolerance must be 0 to 86400 seconds.');
    if (!/^\d{1,12}$/.test(timestamp))
        throw new VerificationError('malformed', 'webhook-timestamp is no number of seconds.');
    const off = Math.abs(now() / 1000 - Number(timestamp));
    if (!(off <= tolerance))
        throw new VerificationError('stale', `webhook-timestamp is ${Math.round(off)} seconds off.`);
}
function bytesOf(body) {
    if (typeof body === 'string')
        return Buffer.from(body);
    if (ArrayBuffer.isView(body))
        return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    throw new TypeError('body must be the text or the bytes as received, before JSON.parse.');
}
/** Compares in constant time. The header may have signatures of other versions beside those of version 1. */
function isSigned(header, expected) {
    return header.split(/\s+/).some((part) => {
        const [version, text] = part.split(',');
        const given = Buffer.from(text ?? '');
        return version === 'v1' && expected.some((right) => given.length === right.length && timingSafeEqual(given, right));
    });
}
function parseEvent(bytes) {
    try {
        const event = JSON.parse(bytes.toString());
        if (event && typeof event === 'object' && !Array.isArray(event))
            return event;
    }
    catch { /* said below */ }
    throw new VerificationError('malformed', 'The body is signed and is no JSON object.');
}

/** Returns a function that verifies a receipt and returns its content. */
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
/** Parses a token. `alg` is pinned: a token does not choose how it is verified. */
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
/** Base64url in canonical form. */
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
/** Receipts do not expire, but an `exp` that is present counts. The clocks may differ by a minute. */
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
/** The Ed25519 keys of a set, by id. Keys of other kinds and malformed keys are left out: the others still verify. */
function importKeys(set) {
    if (!set || !Array.isArray(set.keys))
        throw new TypeError('The key set has no list of keys.');
    const keys = new Map();
    for (const key of set.keys) {
        const { kty, crv, kid, x } = key ?? {};
        if (kty !== 'OKP' || crv !== 'Ed25519' || !kid || typeof kid !== 'string')
            continue;
        try {
            keys.set(kid, createPublicKey({ key: { kty, crv, x }, format: 'jwk' }));
        }
        catch { /* left out */ }
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
/** The lifetime of a key set without an age, and the least time between two fetches for unknown keys. */
const LEAST_AGE = 60000;
const MOST_AGE = 3600000;
const MOST_BYTES = 65536;
/** Caches the keys as long as the till says. An unknown key id fetches them once more, since keys are rotated. */
function fetchedKeys(options, now) {
    const url = keysUrl(options.baseUrl);
    let keys = new Map();
    let fetchedAt = -Infinity;
    let age = 0;
    let fetching = null;
    async function refresh() {
        const get = options.fetch ?? fetch;
        const response = await get(url, { redirect: 'error', signal: AbortSignal.timeout(10000) });
        if (!response.ok)
            throw new Error(`${url} answered ${response.status}.`);
        keys = importKeys(JSON.parse(await readText(response, url)));
        fetchedAt = now();
        const told = /max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '');
        age = Math.min(MOST_AGE, Math.max(LEAST_AGE, Number(told?.[1] ?? 0) * 1000));
    }
    return async (id) => {
        const since = now() - fetchedAt;
        if (since >= age || (!keys.has(id) && since >= LEAST_AGE)) {
            await (fetching ?? (fetching = refresh().finally(() => { fetching = null; })));
        }
        return keys.get(id) ?? unknownKey();
    };
}
/** The answer's text, of which no more is read than the largest size of a key set. */
async function readText(response, url) {
    const chunks = [];
    let size = 0;
    const body = response.body;
    for await (const chunk of body ?? [Buffer.from(await response.text())]) {
        if ((size += chunk.length) > MOST_BYTES)
            throw new Error(`${url} answered more than ${MOST_BYTES} bytes.`);
        chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
}
/** Over plain HTTP an attacker on the network could replace the till's keys. */
function keysUrl(baseUrl) {
    if (!baseUrl)
        throw new TypeError('baseUrl or keys is missing.');
    const { protocol, hostname } = new URL(baseUrl);
    const loopback = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
    if (protocol !== 'https:' && !(protocol === 'http:' && loopback))
        throw new TypeError('baseUrl must be https, or http on a loopback address.');
    return `${baseUrl.replace(/\/+$/, '')}/.well-known/jwks.json`;
}

export { VerificationError, createReceiptVerifier, verifyWebhook };
