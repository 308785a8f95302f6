import type { Action, Host, Timers } from './index';

/**
 * Lets the payer sign an agreement to later payments, by `my.signContract`. `action` is the `sign`
 * action that your server got with the agreement; send the `authCode` back to it, which completes the
 * agreement. Resolves once, whatever the payer does; rejects with a `TillError` when there is no such action.
 *
 * ```js
 * agree(action).then(function (consent) {
 *   if (consent.state === 'signed') sendToMyServer(consent.authCode);
 * });
 * ```
 */
export declare function agree(action: Extract<Action, { type: 'sign' }>, options?: AgreeOptions): Promise<Consent>;

export interface AgreeOptions {
  /** The container. Default: the global `my`. */
  my?: Host;
  /** How long to wait for the wallet's page, in milliseconds. Default 300000: payers read the terms. */
  silence?: number;
  /** The clock, for tests. */
  timers?: Timers;
}

export interface Consent {
  /**
   * - `signed`: the wallet issued a code. The agreement is active once your server has exchanged it.
   * - `canceled`: the payer left.
   * - `unconfirmed`: the outcome is not known; the payer may have signed. Query your server later.
   * - `unsupported`: this host cannot sign.
   */
  state: 'signed' | 'canceled' | 'unconfirmed' | 'unsupported';
  /** The code for your server; works once. Empty unless signed. */
  authCode: string;
  /** The wallet's result code as text, such as `7002`; may be empty. */
  code: string;
}
