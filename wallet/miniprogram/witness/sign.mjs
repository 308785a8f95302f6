// The one signature of the Mini Program Platform family: SHA-256 with RSA, PKCS#1 v1.5, over two
// lines of text. Written from the providers' documents alone, apart from the Go code beside it:
// two programs that agree without having met are worth more than one that agrees with itself.
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The bytes that are signed: body is a Buffer, exactly as on the wire. */
export function textToSign({ method, path, clientId, time, body }) {
  return Buffer.concat([Buffer.from(`${method} ${path}\n${clientId}.${time}.`), body]);
}

/** How a signature is written into its header; the documents contradict themselves, so there are three. */
export const encodings = {
  P: (bytes) => encodeURIComponent(bytes.toString('base64')),
  B: (bytes) => bytes.toString('base64'),
  U: (bytes) => bytes.toString('base64url'),
};

/** Reads all three encodings. A plus sign stays a plus sign, also beside percent signs. */
export function decodeSignature(text) {
  const plain = text.includes('%') ? decodeURIComponent(text) : text;
  const digits = plain.replaceAll('-', '+').replaceAll('_', '/').replace(/={0,2}$/, '');
  const bytes = Buffer.from(digits, 'base64');
  // Buffer skips what is not base64, so the digits must come back as they went in.
  if (bytes.toString('base64').replace(/=+$/, '') !== digits) throw new Error('the signature is not base64');
  return bytes;
}

/** The value of the Signature header. */
export function signatureHeader(key, message, { encoding = 'P', keyVersion = 1, separator = ', ' } = {}) {
  const value = encodings[encoding](sign('sha256', message, key));
  return ['algorithm=RSA256', `keyVersion=${keyVersion}`, `signature=${value}`].join(separator);
}

/** Takes the Signature header apart; the value of signature may itself end in equals signs. */
export function parseSignatureHeader(header) {
  const members = {};
  for (const part of header.split(',')) {
    const [, name, value] = /^\s*([A-Za-z]+)=(.*?)\s*$/.exec(part) ?? [];
    if (!name || name in members) throw new Error('the Signature header is malformed');
    members[name] = value;
  }
  const { algorithm = 'RSA256', keyVersion, signature } = members;
  if (!['rsa256', 'sha256withrsa'].includes(algorithm.toLowerCase())) throw new Error(`algorithm ${algorithm} is not ours`);
  if (keyVersion !== undefined && !/^\d+$/.test(keyVersion)) throw new Error('keyVersion is not a number');
  if (!signature) throw new Error('the Signature header has no signature');
  return { keyVersion, signature };
}

/** Throws unless header signs message with key; keyVersion, when given, must be the one named there. */
export function verifySignature(key, message, header, keyVersion) {
  const named = parseSignatureHeader(header);
  if (keyVersion !== undefined && named.keyVersion !== undefined && Number(named.keyVersion) !== Number(keyVersion)) {
    throw new Error(`keyVersion ${named.keyVersion} is not known`);
  }
  if (!verify('sha256', message, key, decodeSignature(named.signature))) throw new Error('the signature does not match');
}

export const readPrivateKey = (file) => strong(createPrivateKey(readFileSync(file)));
export const readPublicKey = (file) => strong(createPublicKey(readFileSync(file)));

function strong(key) {
  if (key.asymmetricKeyType !== 'rsa' || key.asymmetricKeyDetails.modulusLength < 2048) {
    throw new Error('the key is not RSA of at least 2048 bits');
  }
  return key;
}
