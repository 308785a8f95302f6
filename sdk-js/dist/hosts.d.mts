import type { Host } from './index.mjs';

/**
 * The container this code runs in: `my` in either style, `AlipayJSBridge`, `WindVane`, `uni`, or a
 * browser; undefined elsewhere. Pass it to `createTill({ my: detect() })`.
 */
export declare function detect(): Host | undefined;

/** A `my` without `my.request`, whose network is `my.call('networkRequest', …)`. */
export declare function fromCall(my: { call?(...parameters: any[]): any }): Host;

/** An H5 page that the wallet's app opened. Waits until the app has injected `AlipayJSBridge`. */
export declare function fromBridge(): Host;

/** An H5 page in a super app with `WindVane`. */
export declare function fromWindVane(windVane: { call(...parameters: any[]): any }): Host;

/** Taro. */
export declare function fromTaro(taro: object): Host;

/** uni-app. `provider` is the one for `uni.login` and `uni.requestPayment`; default `alipay`. */
export declare function fromUni(uni: object, provider?: string): Host;

/** A plain browser: queries again when the page is visible again, or the network is back. `minitill/sheet` handles its actions. */
export declare function fromBrowser(): Host;
