/*! minitill 0.1.0 | Apache-2.0 */
'use strict';

function detect() {
    if (typeof my !== 'undefined' && my)
        return my.request || !my.call ? my : fromCall(my);
    if (typeof AlipayJSBridge !== 'undefined')
        return fromBridge();
    if (typeof WindVane !== 'undefined')
        return fromWindVane(WindVane);
    if (typeof uni !== 'undefined')
        return fromUni(uni);
    if (typeof document !== 'undefined')
        return fromBrowser();
}
function fromCall(container) {
    var host = part(container, COMMON.concat('getAuthCode', 'tradePay', 'signContract'));
    host.request = function (o) {
        var parameters = { url: o.url, method: o.method, headers: o.headers, data: o.data, timeout: o.timeout, dataType: 'JSON' };
        return container.call('networkRequest', parameters, function (answer) {
            var result = answer || {};
            var response = { status: result.httpStatus, data: result.data, errorCode: result.errorCode, errorMessage: result.errorMessage };
            if (result.success)
                o.success(response);
            else
                o.fail(response);
        });
    };
    if (!host.tradePay)
        host.tradePay = function (o) { return container.call('tradePay', trade(o), o.success); };
    return host;
}
function fromBridge() {
    function call(name, options, done) {
        function run() { AlipayJSBridge.call(name, options, done); }
        if (typeof AlipayJSBridge === 'undefined')
            document.addEventListener('AlipayJSBridgeReady', run);
        else
            run();
    }
    var host = fromBrowser();
    host.tradePay = function (o) { call('tradePay', trade(o), o.success); };
    host.getAuthCode = function (o) { call('getAuthCode', { scopes: o.scopes, scopeNicks: [].concat(o.scopes) }, o.success); };
    host.signContract = function (o) { call('qicardSignContract', { authUrl: o.signStr, extParams: {} }, o.success); };
    return host;
}
function fromWindVane(bridge) {
    var host = fromBrowser();
    host.tradePay = function (o) {
        bridge.call('wv', 'tradePay', { paymentId: o.tradeNO, paymentUrl: o.paymentUrl, orderStr: o.orderStr }, o.success, o.fail);
    };
    return host;
}
function fromTaro(taro) {
    var host = part(taro, COMMON.concat('request', 'getAuthCode', 'tradePay', 'login'));
    if (!host.getAuthCode)
        host.getAuthCode = byLogin(taro);
    return host;
}
function fromUni(container, provider) {
    if (provider === void 0) { provider = 'alipay'; }
    var host = part(container, COMMON.concat('request', 'login'));
    host.getAuthCode = byLogin(container, provider);
    host.tradePay = function (o) {
        // uni.requestPayment takes no paymentUrl, but a mini program has the wallet's own API as well.
        if (typeof my !== 'undefined' && my && my.tradePay)
            return my.tradePay(o);
        if (o.paymentUrl)
            throw new Error('uni.requestPayment takes no paymentUrl.');
        container.requestPayment({
            provider: provider, orderInfo: o.tradeNO || o.orderStr,
            success: function (result) { o.success({ resultCode: (result && result.resultCode) || '9000' }); },
            fail: function (result) { o.fail({ resultCode: uniCode(result || {}), errMsg: result && result.errMsg }); }
        });
    };
    return host;
}
function fromBrowser() {
    return {
        onAppShow: function (listener) {
            if (typeof document === 'undefined')
                return;
            document.addEventListener('visibilitychange', function () { if (!document.hidden)
                listener(); });
            addEventListener('pageshow', function (event) { if (event.persisted)
                listener(); });
            addEventListener('online', function () { listener(); });
        }
    };
}
var COMMON = ['onAppShow', 'getStorage', 'setStorage', 'removeStorage', 'getStorageSync', 'setStorageSync', 'removeStorageSync'];
/** A host with some functions of a container, each of which is called as a method of the container. */
function part(container, names) {
    var host = {};
    names.forEach(function (name) {
        if (container[name])
            host[name] = function (first, second) { return container[name](first, second); };
    });
    return host;
}
/** The options of tradePay without functions, which a bridge cannot pass. */
function trade(o) {
    var type = o.paymentUrl ? 'paymentUrl' : o.tradeNO ? 'tradeNO' : 'orderStr';
    var value = {};
    value[type] = o[type];
    return value;
}
/** The auth code of hosts that call getAuthCode login, and the code `code`. */
function byLogin(container, provider) {
    return function (o) {
        return container.login({
            provider: provider, scopes: o.scopes, fail: o.fail,
            success: function (result) { o.success({ authCode: result && (result.authCode || result.code) }); }
        });
    };
}
/** uni-app's error as a result code of tradePay; see the table in `results.json`. */
function uniCode(result) {
    var code = result.resultCode || result.errCode || result.code;
    if (/cancel/.test(result.errMsg) || code === 700601)
        return '6001';
    return code === 700602 ? '6002' : code;
}

exports.detect = detect;
exports.fromBridge = fromBridge;
exports.fromBrowser = fromBrowser;
exports.fromCall = fromCall;
exports.fromTaro = fromTaro;
exports.fromUni = fromUni;
exports.fromWindVane = fromWindVane;
