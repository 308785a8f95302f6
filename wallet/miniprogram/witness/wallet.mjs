// The wallet server itself, HTTP put aside: it verifies a request, finds the call, answers and
// signs, and it tells merchants what became of their payments.
import { news } from './answers.mjs';
import { post } from './exchange.mjs';
import { parseObject } from './json.mjs';
import { Ledger } from './ledger.mjs';
import { operations, pathOf, profileOf } from './profiles.mjs';
import { check, Refusal } from './rules.mjs';
import { readPrivateKey, readPublicKey, signatureHeader, textToSign, verifySignature } from './sign.mjs';
import { parseTime, timeFormats } from './time.mjs';
import { Tokens } from './tokens.mjs';

const tolerance = 5 * 60_000; // milliseconds between the two clocks
const states = { SUCCESS: 'paid', AUTH_SUCCESS: 'held', FAIL: 'failed' };

export class WalletServer {
  constructor(config, origin) {
    this.config = config;
    this.profile = profileOf(config);
    this.key = readPrivateKey(config.privateKeyFile);
    this.clientKey = readPublicKey(config.clientPublicKeyFile);
    this.now = () => config.now ?? Date.now();
    const parts = { profile: this.profile, config, origin, now: this.now };
    this.ledger = new Ledger(parts);
    this.tokens = new Tokens(parts);
  }

  /** Answers one request, given as { method, url, headers, body }, with { headers, body }. */
  answer(request) {
    const [path] = request.url.split('?');
    let answer;
    try {
      answer = { result: { resultStatus: 'S', resultCode: 'SUCCESS', resultMessage: 'success' }, ...this.handle(path, request) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answer = { result: error.result };
    }
    const body = Buffer.from(JSON.stringify(answer));
    return { headers: this.signed(request.method, path, 'Response-Time', body), body };
  }

  handle(path, request) {
    if (request.method !== 'POST') throw new Refusal('METHOD_NOT_SUPPORTED', 'only POST');
    const sentAt = this.authenticate(path, request);
    const operation = this.route(path);
    const content = parse(request.body);
    check(this.profile, this.config, operation, content, sentAt);
    return (operation in this.tokens ? this.tokens : this.ledger)[operation](content);
  }

  authenticate(path, { method, url, headers, body }) {
    const { 'client-id': clientId, 'request-time': time, signature } = headers;
    if (clientId !== this.config.clientId) throw new Refusal('INVALID_CLIENT', 'no such client');
    const signs = (signed) => verifySignature(this.clientKey, textToSign({ method, path: signed, clientId, time, body }), signature, this.config.keyVersion);
    try {
      try { signs(path); } catch { signs(url); }
    } catch (error) {
      throw new Refusal('INVALID_SIGNATURE', error.message);
    }
    return this.timely(time);
  }

  timely(time) {
    let sentAt;
    try { sentAt = parseTime(time); } catch (error) { throw new Refusal('TIMESTAMP_INVALID', error.message); }
    if (Math.abs(sentAt - this.now()) > tolerance) throw new Refusal('TIMESTAMP_INVALID', 'the clocks are too far apart');
    return sentAt;
  }

  // A void is documented under v1 only, also where the rest is v2.
  route(path) {
    const served = (operation) => this.profile.versions.concat(operation === 'void' ? 'v1' : []);
    const operation = operations.find((name) => served(name).some((version) => pathOf(this.profile, name, version) === path));
    if (!operation) throw new Refusal('INVALID_API', 'no such call');
    return operation;
  }

  signed(method, path, timeName, body, { time = 'iso-ms', encoding = 'P' } = {}) {
    const { clientId, walletKeyVersion } = this.config;
    const stamp = timeFormats[time](this.now());
    const message = textToSign({ method, path, clientId, time: stamp, body });
    return { 'Client-Id': clientId, [timeName]: stamp, Signature: signatureHeader(this.key, message, { keyVersion: walletKeyVersion, encoding }) };
  }

  /** The payer did something, without a notification. */
  settle(paymentRequestId, status = 'SUCCESS') {
    if (!states[status]) throw new Error(`a payment cannot become ${status}`);
    this.ledger.settle(this.ledger.find({ paymentRequestId }), states[status]);
  }

  /**
   * Settles a payment that is still open and notifies the merchant once. Resolves to the
   * acknowledgement and whether its signature held; ack is null when it is no JSON object.
   */
  async notify(paymentRequestId, { status = 'SUCCESS', amount, carrier = this.profile.notifyCarrier, url, broken, time, encoding }) {
    if (states[status]) this.settle(paymentRequestId, status);
    const payment = this.ledger.find({ paymentRequestId });
    const target = new URL(url ?? payment.notifyUrl);
    const body = Buffer.from(news(carrier, this.config, payment, status, amount));
    const headers = this.signed('POST', target.pathname, 'Request-Time', body, { time, encoding });
    const received = await post(target.href, { headers, body: broken ? Buffer.concat([body, Buffer.from('\n')]) : body });
    return { httpStatus: received.status, ...this.acknowledged(target.pathname, received) };
  }

  acknowledged(path, { headers, body }) {
    const { signature = '', 'client-id': clientId = this.config.clientId, 'response-time': time } = headers;
    const ack = parseOrNull(body);
    try {
      verifySignature(this.clientKey, textToSign({ method: 'POST', path, clientId, time, body }), signature, this.config.keyVersion);
      parseTime(time);
      return { ack, ackVerified: true };
    } catch (error) {
      return { ack, ackVerified: false, reason: error.message };
    }
  }
}

function parse(bytes) {
  try { return parseObject(bytes); } catch (error) { throw new Refusal('PARAM_ILLEGAL', error.message); }
}

function parseOrNull(bytes) {
  try { return parseObject(bytes); } catch { return null; }
}
