import type { OnAction } from './api';

/**
 * A small sheet for browsers, as `onAction`: redirects the payer to the wallet's page, shows a QR code
 * or a link to the wallet's app, or lets the payer choose a method. It closes with the payment.
 *
 * ```js
 * var till = createTill({ baseUrl: 'https://till.example.com', onAction: sheet() });
 * till.resume(); // back from the wallet's page
 * ```
 */
export declare function sheet(options?: SheetOptions): OnAction;

export interface SheetOptions {
  /** Texts in the payer's language. */
  texts?: Partial<SheetTexts>;
  /** Opens a wallet's page. Default: sets `location.href`. */
  go?(url: string): void;
}

export interface SheetTexts {
  scan: string;
  choose: string;
  openPage: string;
  openApp: string;
  close: string;
}
