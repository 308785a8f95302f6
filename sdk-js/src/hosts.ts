import type { Host } from './api';

// Any of these may be missing.
declare const my: any;
declare const AlipayJSBridge: any;
declare const WindVane: any;
declare const uni: any;
declare const document: any;
declare const addEventListener: any;

export function detect(): Host | undefined {
  if (typeof my !== 'undefined' && my) return my.request || !my.call ? my : fromCall(my);
  if (typeof AlipayJSBridge !== 'undefined') return fromBridge();
  if (typeof WindVane !== 'undefined') return fromWindVane(WindVane);
  if (typeof uni !== 'undefined') return fromUni(uni);
  if (typeof document !== 'undefined') return fromBrowser();
}

export function fromCall(container: any): Host {
  const host = part(container, COMMON.concat('getAuthCode', 'tradePay', 'signContract'));
  host.request = function (o) {
    const parameters = { url: o.url, method: o.method, headers: o.headers, data: o.data, timeout: o.timeout, dataType: 'JSON' };
    return container.call('networkRequest', parameters, function (answer: any) {
      const result = answer || {};
      const response = { status: result.httpStatus, data: result.data, errorCode: result.errorCode, errorMessage: result.errorMessage };
      if (result.success) o.success(response); else o.fail(response);
    });
  };
  if (!host.tradePay) host.tradePay = function (o) { return container.call('tradePay', trade(o), o.success); };
  return host;
}

export function fromBridge(): Host {
  function call(name: string, options: object, done: any) {
    function run() { AlipayJSBridge.call(name, options, done); }
    if (typeof AlipayJSBridge === 'undefined') document.addEventListener('AlipayJSBridgeReady', run);
    else run();
  }
  const host = fromBrowser();
  host.tradePay = function (o) { call('tradePay', trade(o), o.success); };
  host.getAuthCode = function (o) { call('getAuthCode', { scopes: o.scopes, scopeNicks: [].concat(o.scopes) }, o.success); };
  host.signContract = function (o) { call('qicardSignContract', { authUrl: o.signStr, extParams: {} }, o.success); };
  return host;
}

export function fromWindVane(bridge: any): Host {
  const host = fromBrowser();
  host.tradePay = function (o) {
    bridge.call('wv', 'tradePay', { paymentId: o.tradeNO, paymentUrl: o.paymentUrl, orderStr: o.orderStr }, o.success, o.fail);
  };
  return host;
}

export function fromTaro(taro: any): Host {
  const host = part(taro, COMMON.concat('request', 'getAuthCode', 'tradePay', 'login'));
  if (!host.getAuthCode) host.getAuthCode = byLogin(taro);
  return host;
}

export function fromUni(container: any, provider = 'alipay'): Host {
  const host = part(container, COMMON.concat('request', 'login'));
  host.getAuthCode = byLogin(container, provider);
  host.tradePay = function (o) {
    // uni.requestPayment takes no paymentUrl, but a mini program has the wallet's own API as well.
    if (typeof my !== 'undefined' && my && my.tradePay) return my.tradePay(o);
    if (o.paymentUrl) throw new Error('uni.requestPayment takes no paymentUrl.');
    container.requestPayment({
      provider: provider, orderInfo: o.tradeNO || o.orderStr,
      success: function (result: any) { o.success({ resultCode: (result && result.resultCode) || '9000' }); },
      fail: function (result: any) { o.fail({ resultCode: uniCode(result || {}), errMsg: result && result.errMsg }); }
    });
  };
  return host;
}

export function fromBrowser(): Host {
  return {
    onAppShow: function (listener) {
      if (typeof document === 'undefined') return;
      document.addEventListener('visibilitychange', function () { if (!document.hidden) listener(); });
      addEventListener('pageshow', function (event: any) { if (event.persisted) listener(); });
      addEventListener('online', function () { listener(); });
    }
  };
}

const COMMON = ['onAppShow', 'getStorage', 'setStorage', 'removeStorage', 'getStorageSync', 'setStorageSync', 'removeStorageSync'];

/** A host with some functions of a container, each of which is called as a method of the container. */
function part(container: any, names: string[]): Host {
  const host: any = {};
  names.forEach(function (name) {
    if (container[name]) host[name] = function (first: any, second: any) { return container[name](first, second); };
  });
  return host;
}

/** The options of tradePay without functions, which a bridge cannot pass. */
function trade(o: any): object {
  const type = o.paymentUrl ? 'paymentUrl' : o.tradeNO ? 'tradeNO' : 'orderStr';
  const value: any = {};
  value[type] = o[type];
  return value;
}

/** The auth code of hosts that call getAuthCode login, and the code `code`. */
function byLogin(container: any, provider?: string) {
  return function (o: any) {
    return container.login({
      provider: provider, scopes: o.scopes, fail: o.fail,
      success: function (result: any) { o.success({ authCode: result && (result.authCode || result.code) }); }
    });
  };
}

/** uni-app's error as a result code of tradePay; see the table in `results.json`. */
function uniCode(result: any): string {
  const code = result.resultCode || result.errCode || result.code;
  if (/cancel/.test(result.errMsg) || code === 700601) return '6001';
  return code === 700602 ? '6002' : code;
}
