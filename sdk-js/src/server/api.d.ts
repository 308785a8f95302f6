/**
 * `minitill/server` verifies what a till signs, on the merchant's server: webhooks and receipts. It needs Node 18
 * or what has `node:crypto`, and nothing else.
 *
 * ```js
 * import { verifyWebhook } from 'minitill/server';
 * const event = verifyWebhook(request.headers, await request.text(), process.env.TILL_WEBHOOK_SECRET);
 * if (event.type === 'order.paid') ship(event.data.order);
 * ```
 */

/**
 * Returns the event of a webhook that the till signed with one of `secrets`. `body` is the text or the bytes as
 * received, before JSON.parse. Pass two secrets while one is rotated. The till repeats a webhook until it is
 * answered with 2xx: store the event's id and process each event once.
 *
 * Throws a `VerificationError` for a webhook that does not verify: answer 401. Throws a `TypeError` for a
 * secret that is missing, empty, short or malformed and for a body that was parsed already: answer 500, the program
 * has a defect.
 */
export declare function verifyWebhook<T = WebhookEvent>(
  headers: HeaderSource, body: string | Uint8Array, secrets: string | readonly string[], options?: WebhookOptions
): T;

/**
 * Returns a function that verifies a receipt and returns its content. Create it once: it caches the till's keys for
 * as long as the till says. A receipt exists for every final order, a failed one too: expect `status: 'paid'`, or
 * check it.
 *
 * ```js
 * const verifyReceipt = createReceiptVerifier({ baseUrl: 'https://till.example.com' });
 * const receipt = await verifyReceipt(outcome.receipt, { order: 'ord_…', status: 'paid' });
 * ```
 *
 * Throws a `TypeError` for options that are wrong. The promise rejects with a `VerificationError` for a receipt that
 * does not verify, and with another error when the keys cannot be fetched: try again later.
 */
export declare function createReceiptVerifier(options: ReceiptOptions): (token: string, expected?: ExpectedReceipt) => Promise<Receipt>;

/** Why a webhook or a receipt does not verify. */
export declare class VerificationError extends Error {
  /**
   * - `missing`: a header or the receipt is absent; the message names it.
   * - `malformed`: something cannot be read.
   * - `stale`: the time is too far off.
   * - `forged`: no signature verifies.
   * - `mismatch`: a receipt, but of another order, app, status or issuer than expected.
   */
  readonly code: VerificationCode;
  constructor(code: VerificationCode, message: string);
}

export type VerificationCode = 'missing' | 'malformed' | 'stale' | 'forged' | 'mismatch';

/** A request's headers: Node's `req.headers`, fetch's `Headers`, a Map, pairs; names in any case. */
export type HeaderSource =
  | { readonly [name: string]: string | readonly string[] | undefined }
  | { get(name: string): string | null | undefined }
  | Iterable<readonly [string, string]>;

export interface WebhookOptions {
  /** How many seconds `webhook-timestamp` may be off, at most 86400. Default 300. */
  tolerance?: number;
  /** The clock in milliseconds. Default `Date.now`. */
  now?: () => number;
}

export interface ReceiptOptions {
  /** The till's base URL; its keys are at `/.well-known/jwks.json` below. https, or http on a loopback address. */
  baseUrl?: string;
  /** The till's keys, in place of `baseUrl`. */
  keys?: KeySet;
  /** The receipts' `iss`. Default `minitill`; another where the till is part of a Go server. */
  issuer?: string;
  /** Default: the global `fetch`. */
  fetch?: (url: string, init: any) => Promise<KeyResponse>;
  /** The clock in milliseconds. Default `Date.now`. */
  now?: () => number;
}

/** The members of the answer of `fetch` that are read. */
export interface KeyResponse {
  ok: boolean;
  status: number;
  headers: { get(name: string): string | null };
  text(): Promise<string>;
  /** Read in place of `text` where present, up to the largest size of a key set. */
  body?: unknown;
}

/** The till's public keys, RFC 7517. */
export interface KeySet {
  keys: readonly { kty: string; crv?: string; kid?: string; x?: string }[];
}

/** What a receipt must contain, or it is refused. */
export interface ExpectedReceipt {
  order?: string;
  app?: string;
  status?: FinalStatus;
}

/** The final status of an order. Amounts are integers in minor units, as text. */
export interface Receipt {
  iss: string;
  aud: 'receipt';
  /** When it was signed, in seconds since 1970. */
  iat: number;
  app: string;
  order: string;
  status: FinalStatus;
  /** The order's amount. */
  amount: SignedAmount;
  paid?: SignedAmount;
  refunded?: SignedAmount;
  wallet?: string;
  walletPaymentId?: string;
  /** When the order reached this status, RFC 3339. */
  at: string;
}

export interface SignedAmount {
  currency: string;
  value: string;
}

export type OrderStatus = 'created' | 'pending' | FinalStatus;

export type FinalStatus = 'paid' | 'authorized' | 'failed' | 'canceled' | 'expired' | 'voided';

/** The types of event that endpoints receive. A newer till may have more. */
export type WebhookType =
  | 'order.pending' | 'order.authorized' | 'order.paid' | 'order.failed' | 'order.canceled' | 'order.expired'
  | 'order.voided' | 'order.attention' | 'refund.pending' | 'refund.succeeded' | 'refund.failed';

/** One thing that happened to an order, with the order as it was then. */
export interface WebhookEvent {
  /** The same each time the event is sent. */
  id: string;
  /** The order's id. */
  order: string;
  /** Its number in the order; numbers grow. */
  sequence: number;
  type: WebhookType;
  /** When the till recorded it, RFC 3339. */
  at: string;
  /** The source of the event. */
  source: EventSource;
  data: { order: WebhookOrder };
}

export type EventSource = 'notification' | 'client' | 'merchant' | 'operator' | 'query' | 'wallet' | 'time';

/** An order as its merchant sees it. */
export interface WebhookOrder {
  id: string;
  app: string;
  status: OrderStatus;
  amount: Amount;
  paid: Amount;
  refunded: Amount;
  refundPending: Amount;
  /** Why this order needs an operator; usually empty. */
  attention: string[];
  /** Money that wallets reversed after it was paid. */
  reversed?: { amount: Amount; at: string };
  description: string;
  reference: string;
  metadata?: { [name: string]: string };
  agreement?: string;
  items: { sku: string; name: string; quantity: number; amount: Amount }[];
  payer: unknown;
  createdAt: string;
  expiresAt: string;
  payments: WebhookPayment[];
  refunds: WebhookRefund[];
}

export interface WebhookPayment {
  id: string;
  wallet: string;
  status: OrderStatus;
  walletPaymentId: string;
  walletPaymentIds: string[];
  method: string;
  paid: Amount;
  createdAt: string;
  requestId?: string;
  settled?: Amount;
  fees?: { type: string; amount: Amount }[];
}

export interface WebhookRefund {
  id: string;
  order: string;
  payment: string;
  amount: Amount;
  status: 'pending' | 'succeeded' | 'failed';
  approval: 'waiting' | null;
  approver: 'wallet' | 'operator' | null;
  /** Why it failed without having been sent: it was rejected, or not approved in time. */
  code?: 'approval_rejected' | 'approval_expired';
  /** Of its order, while an operator must approve the refund; webhooks leave it out. */
  version?: number;
  fee?: Amount;
  reason: string;
  createdAt: string;
}

/** `value` is the integer in minor units, `decimal` the same amount as a person writes it. */
export interface Amount {
  currency: string;
  value: string;
  decimal: string;
}
