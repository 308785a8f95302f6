/*! minitill 0.1.0 | Apache-2.0 */
/**
 * The hint of a result code. Wallets disagree on the codes (4000 is "failed" at one and "paid
 * or closed" at another), so none of them becomes a final state by itself.
 */
function hintOf(code) {
    if (/^([98]000|6004)$/.test(code))
        return 'processing';
    if (/^(6001|99)$/.test(code))
        return 'canceled';
    return code === '4' ? 'unsupported' : 'unconfirmed';
}
/**
 * The code as text: containers send text or a number, in `success` or in `fail`, and some a whole
 * sentence, of which the server accepts 64 characters.
 */
function codeOf(result) {
    return cut(result && (result.resultCode || result.error || result.errorCode), 64);
}
/**
 * Without surrogates: half of a pair, which truncation leaves and some containers send, is no valid
 * text, and the server would refuse the whole report.
 */
function cut(text, most) {
    return textOf(text).slice(0, most).replace(/[\ud800-\udfff]/g, '');
}
/** A text or a number as text, anything else as ''. Objects may have a `toString` that is no function. */
function textOf(value) {
    return /^(string|number)$/.test(typeof value) ? '' + value : '';
}

/** A plain constructor: `class extends Error` breaks `instanceof` once compiled to ES5. */
var TillError = function TillError(code, message, status, problem) {
    this.message = message;
    this.code = code;
    this.status = status || 0;
    this.problem = problem || null;
    this.requestId = (problem && problem.requestId) || '';
    this.stack = new Error(message).stack;
};
(TillError.prototype = Object.create(Error.prototype)).name = 'TillError';
function rejected(code, message) {
    return Promise.reject(new TillError(code, message));
}

/** Wrapped, because browsers refuse a `setTimeout` that is called as a method of another object. */
var systemTimers = {
    setTimeout: function (run, milliseconds) { return setTimeout(run, milliseconds); },
    clearTimeout: function (timer) { clearTimeout(timer); },
    now: Date.now
};
/**
 * Runs begin and resolves to the first value that it passes to done, or throws; after limit
 * milliseconds without either, to {}. An aborted one stays pending and has no timer.
 */
function within(timers, limit, begin, given) {
    var signal = { abort: nothing };
    return new Promise(function (resolve) {
        if (!signal.abort)
            return;
        var task;
        function done(result) {
            timers.clearTimeout(guard);
            signal.abort = nothing;
            resolve(result || {});
        }
        var guard = timers.setTimeout(function () { done(); }, limit);
        signal.abort = function () {
            timers.clearTimeout(guard);
            if (task && task.abort)
                task.abort();
        };
        try {
            task = begin(done);
            // Some hosts also return a promise; an unhandled rejection would appear in the app's log.
            if (task && task.then)
                task.then(null, nothing);
        }
        catch (error) {
            done(error);
        }
    });
}
function nothing() { }

/** The container that is passed, else the global `my`, else one without functions. */
function findHost(given) {
    return given || (typeof my !== 'undefined' && my) || {};
}
/**
 * Calls a function of the host and resolves to the first result, from `success`, `fail` or
 * `complete`: hosts pass the same result to any of them, or to several.
 */
function callHost(timers, limit, host, name, options, signal) {
    return within(timers, limit, function (done) {
        options.success = options.fail = options.complete = done;
        return host[name](options);
    });
}

var SILENCE = 300000;
function agree(action, options) {
    if (options === void 0) { options = {}; }
    if (!action || action.type !== 'sign' || !action.url)
        return rejected('invalid', 'action.url: of a sign action is required.');
    var host = findHost(options.my);
    var timers = options.timers || systemTimers;
    var silence = options.silence || SILENCE;
    if (host.signContract)
        return callHost(timers, silence, host, 'signContract', { signStr: action.url }).then(consentOf);
    if (!host.call)
        return Promise.resolve({ state: 'unsupported', authCode: '', code: '' });
    return within(timers, silence, function (done) {
        // Documents disagree on the parameter's name.
        host.call('signContract', { signStr: action.url, authUrl: action.url }, done);
    }).then(consentOf);
}
function consentOf(result) {
    var authCode = textOf(result.authCode);
    var code = codeOf(result);
    return { state: authCode ? 'signed' : hintOf(code) === 'canceled' ? 'canceled' : 'unconfirmed', authCode: authCode, code: code };
}

export { agree };
