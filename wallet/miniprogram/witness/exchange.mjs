// One signed exchange over HTTP: a request goes out, its answer is read whole, verified over the
// bytes as they came, and only then parsed.
import http from 'node:http';
import https from 'node:https';
import { parseObject } from './json.mjs';
import { pathOf, profileOf } from './profiles.mjs';
import { readPrivateKey, readPublicKey, signatureHeader, textToSign, verifySignature } from './sign.mjs';
import { parseTime, timeFormats } from './time.mjs';

const bodyLimit = 1 << 20; // bytes
const patience = 30_000; // milliseconds

/** Sends signed requests for one merchant and accepts only answers that the wallet signed. */
export class Caller {
  constructor(base, config) {
    this.base = base.replace(/\/$/, '');
    this.config = config;
    this.profile = profileOf(config);
    this.key = readPrivateKey(config.privateKeyFile);
    this.walletKey = readPublicKey(config.walletPublicKeyFile);
    this.now = () => config.now ?? Date.now();
  }

  /**
   * Makes one call. content is an object or the bytes to send again. options may change how the
   * request is signed: encoding, time (a format), at (an instant), spoil (changes what is sent
   * after it was signed).
   */
  async call(operation, content, options = {}) {
    const path = options.path ?? pathOf(this.profile, operation);
    const body = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const sent = this.signed(path, body, options);
    const received = await post(this.base + path, (options.spoil ?? ((same) => same))(sent));
    this.verify(path, received);
    return { body: parseObject(received.body), sent: body };
  }

  signed(path, body, { encoding = this.profile.encoding, time = this.profile.time, at = this.now() }) {
    const { clientId, keyVersion } = this.config;
    const stamp = timeFormats[time](at);
    const message = textToSign({ method: 'POST', path, clientId, time: stamp, body });
    const signature = signatureHeader(this.key, message, { encoding, keyVersion, separator: this.profile.separator });
    return { headers: { 'Client-Id': clientId, 'Request-Time': stamp, Signature: signature }, body };
  }

  // The Client-Id that counts is the one in the answer's own header.
  verify(path, { headers, body }) {
    const { signature, 'client-id': clientId = this.config.clientId, 'response-time': time } = headers;
    if (!signature && this.profile.verifyResponse === 'ifPresent') return;
    if (!signature) throw new Error('the answer is not signed');
    if (!time) throw new Error('the answer has no Response-Time');
    verifySignature(this.walletKey, textToSign({ method: 'POST', path, clientId, time, body }), signature, this.config.walletKeyVersion);
    parseTime(time);
  }
}

/** Posts body as JSON and resolves to { status, headers, body }, body being the bytes of the answer. */
export function post(url, { headers, body }) {
  const { request } = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const call = request(url, {
      method: 'POST', agent: false, signal: AbortSignal.timeout(patience),
      headers: { 'Content-Type': 'application/json; charset=UTF-8', 'Content-Length': body.length, ...headers },
    });
    call.on('error', reject);
    call.on('response', (answer) => {
      readBody(answer).then((bytes) => resolve({ status: answer.statusCode, headers: answer.headers, body: bytes }), reject);
    });
    call.end(body);
  });
}

/** Reads a message's body to its end, a mebibyte at most. */
export async function readBody(message) {
  const chunks = [];
  let length = 0;
  for await (const chunk of message) {
    length += chunk.length;
    if (length > bodyLimit) throw new Error('the body is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
