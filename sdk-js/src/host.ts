import type { Host, Timers } from './api';
import { within } from './timers';
import type { Signal } from './timers';

/** The container that is passed, else the global `my`, else one without functions. */
export function findHost(given: Host | undefined): Host {
  return given || (typeof my !== 'undefined' && my) || {};
}

/**
 * Calls a function of the host and resolves to the first result, from `success`, `fail` or
 * `complete`: hosts pass the same result to any of them, or to several.
 */
export function callHost(timers: Timers, limit: number, host: any, name: string, options: any, signal?: Signal): Promise<any> {
  return within(timers, limit, function (done) {
    options.success = options.fail = options.complete = done;
    return host[name](options);
  }, signal);
}

/** True for the types of action that the host's cashier takes, each in the parameter of its own name. */
export function canTrade(host: Host, type: string): boolean {
  return ['paymentUrl', 'tradeNO', 'orderStr'].indexOf(type) >= 0 && (!!host.tradePay || typeof AlipayJSBridge !== 'undefined');
}

/** Opens the cashier. Returns what the host returns. */
export function trade(host: Host, options: any): any {
  return host.tradePay ? host.tradePay(options) : AlipayJSBridge!.call('tradePay', options, options.success);
}
