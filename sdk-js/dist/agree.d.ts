import type { Action, Host, Timers } from './index';

/**
 * Has the payer sign an agreement to later payments, by `my.signContract`. `action` is the `sign`
 * action that your server got with the agreement; hand the `authCode` back to it, which completes the
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
  /** How long the wallet's page may be silent, in milliseconds. Default 300000: people read. */
  silence?: number;
  /** The clock, for tests. */
  timers?: Timers;
}

export interface Consent {
  /**
   * - `signed`: the wallet gave a code. The agreement is active once your server has handed it in.
   * - `canceled`: the payer left.
   * - `unconfirmed`: nobody knows; the payer may have signed. Ask your server later.
   * - `unsupported`: this host cannot sign.
   */
  state: 'signed' | 'canceled' | 'unconfirmed' | 'unsupported';
  /** What to hand to your server; works once. Empty unless signed. */
  authCode: string;
  /** The wallet's result code as text, such as `7002`; may be empty. */
  code: string;
}
