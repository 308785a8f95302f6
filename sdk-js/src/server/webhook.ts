import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HeaderSource, VerificationCode, WebhookEvent, WebhookOptions } from './api';

/** Why a webhook or a receipt does not verify: answer 401. Every other error is a defect of the program. */
export class VerificationError extends Error {
  readonly code: VerificationCode;

  constructor(code: VerificationCode, message: string) {
    super(message);
    this.name = 'VerificationError';
    this.code = code;
  }
}

/**
 * Returns the event of a webhook that the till signed with one of `secrets`; pass two while one is rotated.
 * `body` is the text or the bytes as received, before JSON.parse.
 */
export function verifyWebhook<T = WebhookEvent>(
  headers: HeaderSource, body: string | Uint8Array, secrets: string | readonly string[], options: WebhookOptions = {},
): T {
  const keys = parseSecrets(secrets);
  const { id, timestamp, signature } = readHeaders(headers);
  checkTimestamp(timestamp, options);
  const bytes = bytesOf(body);
  const message = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), bytes]);
  if (!isSigned(signature, keys.map((key) => Buffer.from(createHmac('sha256', key).update(message).digest('base64'))))) {
    throw new VerificationError('forged', 'No signature in webhook-signature is made with this secret over this body.');
  }
  return parseEvent(bytes) as T;
}

/** The keys in the secrets: each is `whsec_` and base64 of 24 to 64 bytes. No message shows any of a secret. */
function parseSecrets(secrets: string | readonly string[]): Buffer[] {
  const list = typeof secrets === 'string' ? [secrets] : secrets;
  if (!Array.isArray(list) || list.length === 0) throw new TypeError('The webhook secret is missing.');
  return list.map((secret: unknown, i) => {
    const name = list.length > 1 ? `secrets[${i}]` : 'The webhook secret';
    if (typeof secret !== 'string' || secret === '') throw new TypeError(`${name} is empty.`);
    const text = secret.slice('whsec_'.length);
    const key = Buffer.from(text, 'base64');
    if (!secret.startsWith('whsec_') || key.toString('base64') !== text) {
      throw new TypeError(`${name} is malformed: it is "whsec_" and base64, with nothing around it.`);
    }
    if (key.length < 24 || key.length > 64) throw new TypeError(`${name} has ${key.length} bytes, not 24 to 64.`);
    return key;
  });
}

function readHeaders(headers: HeaderSource): { id: string; timestamp: string; signature: string } {
  if (!headers || typeof headers !== 'object') throw new TypeError("headers must be the request's headers.");
  const id = header(headers, 'webhook-id');
  const timestamp = header(headers, 'webhook-timestamp');
  const signature = header(headers, 'webhook-signature');
  const missing = [!id && 'webhook-id', !timestamp && 'webhook-timestamp', !signature && 'webhook-signature'].filter(Boolean);
  if (missing.length) throw new VerificationError('missing', `The request lacks ${missing.join(' and ')}.`);
  return { id, timestamp, signature };
}

/** The header of this name in any case; several of one name are joined. */
function header(headers: HeaderSource, name: string): string {
  if (!isIterable(headers) && typeof headers.get === 'function') return String(headers.get(name) ?? '').trim();
  const list: [unknown, unknown][] = isIterable(headers) ? Array.from(headers, ([given, value]) => [given, value]) : Object.entries(headers);
  return list.filter(([given]) => String(given).toLowerCase() === name).flatMap(([, value]) => value ?? []).join(' ').trim();
}

function isIterable(headers: HeaderSource): headers is Iterable<readonly [string, string]> {
  return typeof (headers as Iterable<unknown>)[Symbol.iterator] === 'function';
}

function checkTimestamp(timestamp: string, { tolerance = 300, now = Date.now }: WebhookOptions): void {
  if (!(tolerance >= 0 && tolerance <= 86400)) throw new TypeError('tolerance must be 0 to 86400 seconds.');
  if (!/^\d{1,12}$/.test(timestamp)) throw new VerificationError('malformed', 'webhook-timestamp is no number of seconds.');
  const off = Math.abs(now() / 1000 - Number(timestamp));
  if (!(off <= tolerance)) throw new VerificationError('stale', `webhook-timestamp is ${Math.round(off)} seconds off.`);
}

function bytesOf(body: string | Uint8Array): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  if (ArrayBuffer.isView(body)) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  throw new TypeError('body must be the text or the bytes as received, before JSON.parse.');
}

/** Compares in constant time. The header may have signatures of other versions beside those of version 1. */
function isSigned(header: string, expected: Buffer[]): boolean {
  return header.split(/\s+/).some((part) => {
    const [version, text] = part.split(',');
    const given = Buffer.from(text ?? '');
    return version === 'v1' && expected.some((right) => given.length === right.length && timingSafeEqual(given, right));
  });
}

function parseEvent(bytes: Buffer): unknown {
  try {
    const event: unknown = JSON.parse(bytes.toString());
    if (event && typeof event === 'object' && !Array.isArray(event)) return event;
  } catch { /* said below */ }
  throw new VerificationError('malformed', 'The body is signed and is no JSON object.');
}
