// The signatures of RedotPay Connect and of the direct dialect, written from the protocol sheet alone
// and apart from the Go code beside it.
import { createHmac, createPrivateKey, createPublicKey, sign, timingSafeEqual, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The bytes that a request's signature covers. */
export const requestText = ({ method, uri, appKey, timestamp, body }) =>
  Buffer.concat([Buffer.from(`${method} ${uri}\n${appKey}.${timestamp}.`), Buffer.from(body)]);

/** The bytes that a webhook's signature covers: no method, no URI. */
export const webhookText = ({ appKey, timestamp, body }) => Buffer.concat([Buffer.from(`${appKey}.${timestamp}.`), Buffer.from(body)]);

export const signed = (key, text) => sign('sha256', text, key).toString('base64');

/** Says whether signature, plain or percent-encoded Base64, is that of text. */
export function holds(key, text, signature) {
  if (!signature) return false;
  let plain = signature;
  try { if (plain.includes('%')) plain = decodeURIComponent(plain); } catch { return false; }
  const bytes = Buffer.from(plain, 'base64');
  return bytes.toString('base64') === plain && verify('sha256', text, key, bytes);
}

/** A key file: PEM, or Base64 of a SubjectPublicKeyInfo. */
export function publicKey(file) {
  const text = readFileSync(file, 'utf8');
  return text.includes('BEGIN') ? createPublicKey(text) : createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
}

export const privateKey = (file) => createPrivateKey(readFileSync(file));

/** The direct dialect's message: plain concatenation, the secret in front. */
export const callbackText = (secret, { merchantCode, orderSn, refNo, amount, currency, status }) =>
  `${secret}${merchantCode}${orderSn}${refNo}${amount}${currency}${status}`;

export const mac = (secret, text) => createHmac('sha256', secret).update(text).digest();

/** Compares a MAC with its hexadecimal form, in either case. */
export function macHolds(secret, text, hex) {
  if (!/^[0-9a-fA-F]{64}$/.test(hex ?? '')) return false;
  return timingSafeEqual(mac(secret, text), Buffer.from(hex, 'hex'));
}
