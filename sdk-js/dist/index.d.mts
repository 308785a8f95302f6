/**
 * Minitill pays in a mini program, an H5 page or a browser.
 *
 * The result of the wallet's cashier is a hint; only the server's status makes a
 * payment paid or failed. So `pay()` opens the cashier, then queries the server.
 *
 * ```js
 * var till = createTill({ baseUrl: 'https://till.example.com', wallet: 'gcash-main' });
 * till.pay({ items: [{ sku: 'tea', quantity: 1 }] }).then(function (outcome) {
 *   if (outcome.state === 'paid') thanks(outcome.order);
 * });
 * ```
 */
export declare function createTill(options: TillOptions): Till;

export interface Till {
  /**
   * Opens a session: with the wallet's auth code where the host gives one, else as a guest.
   * Every other call signs in when needed.
   */
  signIn(): Promise<Session>;

  /** What the app sells. Needs no session. */
  catalog(): Promise<Catalog>;

  /**
   * Creates an order. A request without an answer is retried with the same idempotency key, also
   * for the same input after the app was killed, so there is never a second order by accident.
   */
  createOrder(input: OrderInput): Promise<Checkout>;

  /**
   * Pays an order, creating it first when given an order input. Resolves once, with every
   * outcome a payer can reach; rejects with a `TillError` when there is nothing to pay (the
   * order could not be created) or when another `pay()` is still running (`busy`).
   */
  pay(what: OrderInput | Checkout, options?: PayOptions): Promise<Outcome>;

  /**
   * Returns the outcome of the order that was open when the app was left or killed. Resolves
   * to null when no order is open, and joins a `pay()` that is running. Call it on every launch.
   */
  resume(options?: PayOptions): Promise<Outcome | null>;

  /** The current state of an order at the server. */
  status(orderId: string): Promise<Status>;

  /** Chooses one of the methods of a `chooseMethod` action. Pass the answer to `pay()`. */
  choose(orderId: string, methodId: string): Promise<Checkout>;

  /** Starts a new payment of the same order, after a failure or at another wallet. Pass the answer to `pay()`. */
  retry(orderId: string, input?: { wallet?: string; method?: string }): Promise<Checkout>;

  /** Closes an unpaid order. */
  cancel(orderId: string): Promise<Status>;

  /**
   * Stops the `pay()` or `resume()` that is running: it resolves now, with what is known. The
   * order stays open, at the wallet and for `resume()`; `cancel()` closes it. For a page that is closed.
   */
  abort(): void;

  /** Calls listener with each state of each payment of this till. Returns the function that ends this. */
  onChange(listener: OnState): () => void;
}

export interface TillOptions {
  /** The server's base URL, such as `https://till.example.com`. Must be on the mini program's server domain list. */
  baseUrl: string;
  /** Allows a plain `http:` base other than this machine (`localhost`, `127.0.0.1`, `[::1]`), where the network can read everything. */
  allowHttp?: boolean;
  /** The container. Default: the global `my`, if there is one; without it requests go through `fetch`. */
  my?: Host;
  /** The payer's wallet, by its name in the server's configuration. */
  wallet?: string;
  /** The app, where the server has several and the wallet does not determine it. */
  app?: string;
  /** Scopes for `my.getAuthCode`. Default: `auth_base`, which asks the payer nothing. */
  scopes?: string | string[];
  /** Default: the host's storage, else `localStorage`, else memory. */
  storage?: Storage;
  /** Does what `my.tradePay` cannot do. See `PayOptions`. */
  onAction?: OnAction;
  /** Follows a payment, for the screen. See `PayOptions`. */
  onState?: OnState;
  /** How long to query the server after the payer left the cashier, in milliseconds. Default 90000. */
  wait?: number;
  /** How long to wait for the cashier's result before the server is queried anyway, in milliseconds. Default 60000. */
  silence?: number;
  /** The clock, for tests. */
  timers?: Timers;
}

export interface PayOptions {
  wait?: number;
  silence?: number;
  /**
   * Called with an action the host cannot do itself: `redirect`, `deeplink`, `qr`, `sign`,
   * `chooseMethod`, and in a browser also `paymentUrl`, `tradeNO` and `orderStr`. For
   * `chooseMethod`, return the method's id or a promise of it, or nothing to leave it open. For the
   * others, return false or a promise of it when the payer closed what was shown: that counts as 6001.
   * `outcome` settles with the payment, so what is shown can be closed.
   * Without this callback a browser opens the action's web page, if it has one, and the server redirects
   * it back, where `resume()` continues; any other action ends as `unsupported`.
   */
  onAction?: OnAction;
  onState?: OnState;
}

export type OnAction = (action: Action, order: Order, outcome: Promise<Outcome>) => unknown;
export type OnState = (state: Progress | OutcomeState, order: Order | null) => void;

/** `creating` the order, `paying` at the cashier, `confirming` with the server. */
export type Progress = 'creating' | 'paying' | 'confirming';

export interface Outcome {
  state: OutcomeState;
  /** The order in the server's last answer, or null when there was none. */
  order: Order | null;
  /** A signed proof of a final order, for the merchant's server to verify. */
  receipt: string | null;
  /** The wallet's result code as text, such as `9000`; empty when the cashier gave none. */
  code: string;
  /** The source of `state`. Final states are always the server's, except a `canceled` hint. */
  source: 'server' | 'client';
  /** Why the server could not be queried, or why it refused. */
  error: TillError | null;
}

/**
 * - `paid`, `authorized`, `failed`, `expired`, `voided`: the server's status.
 * - `canceled`: the server's status; or, with source `client`, the payer left the cashier and the
 *   server has no payment. The order stays open for `resume()`, in case money comes late.
 * - `processing`: the cashier reports success or progress; the server has no result yet.
 * - `unconfirmed`: the outcome is not known yet. Show "we are still checking", never "failed".
 * - `unsupported`: this host cannot do what the order's action requires.
 */
export type OutcomeState = OrderState | 'processing' | 'unconfirmed' | 'unsupported';

/** The order statuses in which the payer has nothing left to do. */
export type OrderState = 'paid' | 'authorized' | 'failed' | 'canceled' | 'expired' | 'voided';

/** What to order: items of the catalog, or an order that the merchant created, with its token. Never a price. */
export type OrderInput = (
  | { items: { sku: string; quantity: number }[]; order?: undefined; orderToken?: undefined }
  | { order: string; orderToken?: string; items?: undefined }
) & { wallet?: string; method?: string; channel?: 'mini_program' | 'h5' | 'web' | 'app' };

/** An order and what to do next to pay it. */
export interface Checkout {
  order: Order;
  /** Null when there is nothing left to do. */
  action: Action | null;
  /** Gives access to this one order until it expires, without a session. */
  orderToken?: string;
}

export interface Status {
  order: Order;
  receipt?: string | null;
}

/** What to do next to pay an order. URLs and strings are signed: pass them on unchanged. */
export type Action =
  | { type: 'paymentUrl'; paymentUrl: string }
  | { type: 'tradeNO'; tradeNO: string }
  | { type: 'orderStr'; orderStr: string }
  | { type: 'redirect'; url: string }
  | { type: 'deeplink'; url: string }
  | { type: 'qr'; content: string; image?: string; url?: string }
  | { type: 'chooseMethod'; methods: { id: string; name: string }[] }
  /** For `my.signContract({ signStr: url })`: the payer agrees to later payments. */
  | { type: 'sign'; url: string };

export interface Order {
  id: string;
  app: string;
  status: 'created' | 'pending' | OrderState;
  amount: Amount;
  paid?: Amount;
  refunded?: Amount;
  refundPending?: Amount;
  /** Why this order needs an operator; usually empty. */
  attention?: AttentionReason[];
  /** Money that wallets reversed after it was paid. Such an order has no receipt. */
  reversed?: { amount: Amount; at: string };
  description?: string;
  reference?: string;
  items?: unknown[];
  payer?: unknown;
  createdAt?: string;
  expiresAt?: string;
  payments?: Payment[];
  refunds?: unknown[];
}

/** The server's docs/attention.md says what each means. */
export type AttentionReason =
  | 'amount_mismatch' | 'amount_unknown' | 'late_payment' | 'late_authorization' | 'double_payment'
  | 'payment_reversed' | 'payment_unresolved' | 'hold_unresolved' | 'operation_unresolved'
  | 'refund_mismatch' | 'foreign_refund' | 'refund_unconfirmed' | 'refund_unresolved' | 'refund_impossible'
  | 'unknown_payment' | 'unconfirmed_news' | 'unreadable_news' | 'wallet_missing' | 'internal_error';

/** One attempt to pay an order at one wallet. */
export interface Payment {
  id: string;
  wallet: string;
  status: Order['status'];
  walletPaymentId?: string;
  /** All ids that the wallet has given it. */
  walletPaymentIds?: string[];
  method?: string;
  paid?: Amount;
  /** The amount that may still be refunded. */
  refundable?: Amount;
  createdAt?: string;
}

/** `value` is the integer in minor units, `decimal` the same amount as a person writes it. */
export interface Amount {
  currency: string;
  value: string;
  decimal: string;
}

export interface Session {
  token: string;
  expiresAt: string;
  payer: { id: string };
}

export interface Catalog {
  items: { sku: string; name: string; amount: Amount; [more: string]: unknown }[];
}

/**
 * The helper's own codes: `transport` (no readable answer, the outcome is unknown) and `busy`;
 * and those of the server's problem documents, of which it uses `invalid` and `unsupported` too.
 */
export type ErrorCode = 'transport' | 'busy' | ProblemCode;

/** The codes of the server's problem documents. `unknown`: it may have been executed. */
export type ProblemCode =
  | 'invalid' | 'unauthenticated' | 'declined' | 'forbidden' | 'not_found' | 'method_not_allowed'
  | 'conflict' | 'key_reused' | 'expired' | 'unsupported' | 'too_large' | 'rate_limited'
  | 'internal' | 'unavailable' | 'unknown';

/** The one kind of error. `message` is for developers; show payers words of your own. */
export interface TillError extends Error {
  name: 'TillError';
  /** Stable: an `ErrorCode`, or one of a newer server. */
  code: string;
  /** The HTTP status, or 0. */
  status: number;
  /** The request ID to report to the server's operator; may be empty. */
  requestId: string;
  problem: Problem | null;
}

export declare var TillError: {
  new (code: string, message: string, status?: number, problem?: Problem | null): TillError;
  readonly prototype: TillError;
};

/** The server's problem document, RFC 9457. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  /** A `ProblemCode`, or one of a newer server. */
  code?: string;
  detail?: string;
  requestId?: string;
  walletCode?: string;
  errors?: unknown[];
}

/**
 * The part of a container that is used; each function may be missing. Hosts that have `login`
 * (`wx`, `tt`, Taro) are called with their own names: `header`, `statusCode`, plain storage keys.
 */
export interface Host {
  request?(options: any): any;
  getAuthCode?(options: any): any;
  tradePay?(options: any): any;
  onAppShow?(listener: any): any;
  signContract?(options: any): any;
  getStorage?(options: any): any;
  setStorage?(options: any): any;
  removeStorage?(options: any): any;
  getStorageSync?(key: any): any;
  setStorageSync?(key: any, value?: any): any;
  removeStorageSync?(key: any): any;
  login?: unknown;
}

/** Keeps short texts across launches, as `localStorage` does, or by promises. It may throw or lose data; payments continue. */
export interface Storage {
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

export interface Timers {
  setTimeout(run: () => void, milliseconds: number): any;
  clearTimeout(timer: any): void;
  now(): number;
}
