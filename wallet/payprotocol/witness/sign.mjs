// The signature, and what of a message is signed.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Base64 of HMAC-SHA256 over everything, one behind the other. */
export function sign(secret, timestamp, method, target, body) {
  return createHmac('sha256', secret).update(`${timestamp}${method}${target}`, 'utf8').update(body).digest('base64');
}

/** The headers of a signed message. */
export function headers({ key, secret, prefix = 'X-PAY-' }, now, method, target, body) {
  const timestamp = String(Math.floor(now / 1000));
  return {
    'content-type': 'application/json',
    [`${prefix}KEY`]: key,
    [`${prefix}TIMESTAMP`]: timestamp,
    [`${prefix}SIGN`]: sign(secret, timestamp, method, target, body),
  };
}

/** Why a message is not accepted; empty when it is. Tolerances are in seconds. */
export function complaint({ key, secret, prefix = 'X-PAY-' }, now, method, target, head, body, past, future) {
  const get = (name) => head[(prefix + name).toLowerCase()];
  if (get('KEY') !== key) return 'another key';
  const timestamp = get('TIMESTAMP') ?? '';
  if (!/^[0-9]{1,12}$/.test(timestamp)) return 'no timestamp';
  const age = now / 1000 - Number(timestamp);
  if (age > past + 1 || age < -future - 1) return 'stale';
  const want = Buffer.from(sign(secret, timestamp, method, target, body));
  const got = Buffer.from(get('SIGN') ?? '');
  return want.length === got.length && timingSafeEqual(want, got) ? '' : 'wrong signature';
}
