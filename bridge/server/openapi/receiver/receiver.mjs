import { createHmac, timingSafeEqual } from 'node:crypto';

/** The event, when the till sent it. `body` is the bytes as received; `headers` are in lower case. */
export function verify(headers, body, secret) {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  if (!(Math.abs(Date.now() / 1000 - timestamp) <= 300)) throw new Error('stale');
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const right = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  const signed = String(headers['webhook-signature']).split(' ').some((part) => {
    const [version, text] = part.split(',');
    const given = Buffer.from(text || '', 'base64');
    return version === 'v1' && given.length === right.length && timingSafeEqual(given, right);
  });
  if (!signed) throw new Error('forged');
  return JSON.parse(body);
}
