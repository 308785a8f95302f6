import type { Action, Host } from './api';

export function findHost(given: Host | undefined): Host | undefined {
  return given || (typeof my !== 'undefined' && my) || undefined;
}

/** True for `wx`, `tt` and Taro, which say `header` and take storage keys as they are. */
export function namesKeysPlainly(host: Host): boolean {
  return !!host.login;
}

/** Silences the promise that some hosts return beside calling back; the callbacks tell it all. */
export function hush(returned: any): void {
  if (returned && returned.then) returned.then(null, function () { /* told by fail */ });
}

/** The kinds of action that `tradePay` takes, each in the parameter of its own name. */
export function isTrade(action: Action): boolean {
  return action.type === 'paymentUrl' || action.type === 'tradeNO' || action.type === 'orderStr';
}

export type Cashier = (options: any) => any;

/** The host's cashier, or undefined where there is none. */
export function findCashier(host: Host | undefined): Cashier | undefined {
  if (host && host.tradePay) return function (options) { return host.tradePay!(options); };
  if (typeof AlipayJSBridge === 'undefined') return;
  return function (options) { AlipayJSBridge!.call('tradePay', options, options.success); };
}
