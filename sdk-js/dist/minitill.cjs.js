/*! minitill 0.1.0 | Apache-2.0 */
'use strict';

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
function detailOf(result) {
    return cut(result && (result.memo || result.errorMessage || result.errMsg || result.message), 200);
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
/** True when the payer has nothing left to do and nothing to wait for. */
function isDone(order) {
    return !!order && /^(paid|authorized|failed|canceled|expired|voided)$/.test(textOf(order.status));
}
/** The object value itself, or parsed from JSON text; else {}. */
function objectOf(value) {
    try {
        var parsed = typeof value === 'string' ? JSON.parse(value) : value;
        if (typeof parsed === 'object')
            return parsed || {};
    }
    catch (_) { /* a proxy's page */ }
    return {};
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
/** No readable answer came: the request may or may not have been executed. */
function lost(status, detail) {
    return new TillError('transport', 'No answer. ' + (detail || ''), status);
}
/** The server's refusal, in its words, with each field that breaks a rule. */
function refused(problem, status) {
    var text = [textOf(problem.detail) || textOf(problem.title) || 'unknown'];
    [].concat(problem.errors || []).forEach(function (each) {
        if (each && each.field)
            text.push(textOf(each.field) + ': ' + textOf(each.detail));
    });
    return new TillError(textOf(problem.code) || 'unknown', text.join(' '), status, problem);
}
function rejected(code, message) {
    return Promise.reject(new TillError(code, message));
}
/** True when the same idempotency key may be sent again: no answer, still in progress, or not executed. */
function isRepeatable(error) {
    return error.code === 'transport' || /409|50[34]/.test(error.status);
}
/** True when another status query may well succeed. */
function isPassing(error) {
    return !error.problem || /409|429|5../.test(error.status);
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
    var signal = given || { abort: nothing };
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
    }, signal);
}
/** True for the types of action that the host's cashier takes, each in the parameter of its own name. */
function canTrade(host, type) {
    return ['paymentUrl', 'tradeNO', 'orderStr'].indexOf(type) >= 0 && (!!host.tradePay || typeof AlipayJSBridge !== 'undefined');
}
/** Opens the cashier. Returns what the host returns. */
function trade(host, options) {
    return host.tradePay ? host.tradePay(options) : AlipayJSBridge.call('tradePay', options, options.success);
}

/** How long a host without `…Sync` forms may take to read or write a record. */
var LIMIT = 1000;
/** Records of one server and app; others in the same mini program have their own. */
function openRecords(given, host, timers, scope) {
    var store = given ? storeOf(given) : findStore(host, timers);
    return function (name, record) {
        return new Promise(function (resolve) {
            var operation = record === undefined ? 'get' : record ? 'set' : 'remove';
            resolve(store(operation, 'minitill.' + name + '@' + scope, record && JSON.stringify(record)));
        }).then(valueOf, valueOf); // a rejection means that the storage is full or forbidden
    };
}
/** Removes the record if it is still the one with that member. */
function forget(records, name, member, value) {
    return records(name).then(function (record) { return record[member] === value && records(name, null); });
}
/** Containers return null, undefined, '' or an object without data for an absent value; some parse JSON themselves. */
function valueOf(found) {
    return objectOf(found && (found.data || found.APDataStorage || found)); // the second in old containers
}
function findStore(host, timers) {
    if (host.getStorageSync || host.getStorage)
        return hostStore(host, timers);
    try {
        // Reading the name throws where there is no storage, or where a page may not store anything.
        if (localStorage)
            return storeOf(localStorage);
    }
    catch (_) { /* memory is used instead */ }
    return memoryStore();
}
function storeOf(storage) {
    return function (operation, key, value) { return storage[operation + 'Item'](key, value); };
}
function hostStore(host, timers) {
    return function (operation, key, value) {
        var name = operation + 'Storage';
        var sync = name + 'Sync';
        var options = { key: key, data: value };
        if (!host[sync])
            return callHost(timers, LIMIT, host, name, options);
        return host.login ? host[sync](key, value) : host[sync](options); // `wx`, `tt` and Taro take plain keys
    };
}
function memoryStore() {
    var kept = {};
    return function (operation, key, value) { return operation === 'get' ? kept[key] : kept[key] = value; };
}

/** The host may show a consent, which the payer reads. */
var CONSENT_TIMEOUT = 60000;
/** The timeout of a status query, beyond the time for which the server holds it. */
var SLACK = 10000;
/** The delay before the first retry under the same key; the next one is three times as long. */
var PAUSE = 1000;
/** For how long an unanswered request for an order is retried under its key. */
var KEY_LIFE = 600000;
function createClient(options, host, call, records, timers) {
    var appQuery = options.app ? '?app=' + encodeURIComponent(options.app) : '';
    /** By order id; without a prototype, since ids like `constructor` are data. */
    var orderTokens = Object.create(null);
    var session = '';
    var signingIn;
    var making = {};
    // Sessions
    /** One at a time: auth codes are single use, and several calls may need a session at once. */
    function signIn() {
        function clean() { signingIn = undefined; }
        if (!signingIn) {
            var scopes = options.scopes || 'auth_base';
            signingIn = (host.getAuthCode ? callHost(timers, CONSENT_TIMEOUT, host, 'getAuthCode', { scopes: scopes }) : Promise.resolve({})).then(openSession);
            signingIn.then(clean, clean);
        }
        return signingIn;
    }
    /** Where the host gives no auth code for this payer, a guest pays. */
    function openSession(credentials) {
        var body = { wallet: options.wallet, authCode: credentials.authCode };
        return call('/sessions' + (options.wallet ? '' : appQuery), 'token', body).then(function (opened) {
            session = opened.token;
            return opened;
        });
    }
    /** Runs request with the order's token, else the session's, else a new session's: a 401 leads to the next. */
    function withToken(id, request, renewed) {
        var own = orderTokens[id];
        return (own || session ? Promise.resolve() : signIn()).then(function () {
            var used = own || session;
            return request(used).then(null, function (error) {
                if (error.status !== 401 || renewed)
                    throw error;
                if (own)
                    orderTokens[id] = '';
                else if (session === used)
                    session = '';
                return withToken(id, request, !own);
            });
        });
    }
    // Orders
    /** Retries a request under its key while its outcome is unknown, after a delay; twice at most. */
    function repeat(request, signal, pause) {
        var now = pause || PAUSE;
        return request().then(null, function (error) {
            if (!isRepeatable(error) || now > 3 * PAUSE)
                throw error;
            return within(timers, now, nothing, signal).then(function () { return repeat(request, signal, 3 * now); });
        });
    }
    /**
     * Unique enough to distinguish requests; it is no secret. In base 36, since a long
     * run of digits may by chance be a payment card's number, which the server refuses.
     */
    function newKey() { return timers.now().toString(36) + Math.random().toString(36); }
    /** Creates with the key of a recent request without an answer, else with a new one, stored before use. */
    function createOrder(input, signal) {
        if (!input || !(input.order || (input.items && input.items.length)))
            return rejected('invalid', 'items, order: required.');
        return records('key').then(function (kept) {
            var text = JSON.stringify(input);
            if (making.input === text)
                kept = making; // a double tap
            if (kept.input !== text || timers.now() - kept.at > KEY_LIFE)
                kept = { key: newKey(), input: text, at: timers.now() };
            making = kept;
            function drop() {
                making = {};
                return forget(records, 'key', 'key', kept.key);
            }
            function order() { return send(input.order || '', '', input, kept.key, 0, signal); }
            return records('key', kept).then(function () {
                return repeat(order, signal);
            }).then(null, function (error) {
                // A session identifies the payer and the wallet; without one the token alone gives access to the order.
                if (!input.orderToken || !/40[13]/.test(error.status))
                    throw error;
                orderTokens[input.order] = input.orderToken;
                return repeat(order, signal);
            }).then(function (checkout) {
                return drop().then(function () { return checkout; });
            }, function (error) {
                if (isRepeatable(error))
                    throw error; // the outcome is unknown, and the next attempt uses the same key
                return drop().then(function () { throw error; });
            });
        });
    }
    function post(id, action, body, signal) {
        var key = newKey();
        return repeat(function () { return aboutOrder(id, action, body, key, 0, signal); }, signal);
    }
    function aboutOrder(id, path, body, key, timeout, signal) {
        if (!id)
            return rejected('invalid', 'order: is required.');
        return send(id, '/' + encodeURIComponent(id) + path, body, key, timeout, signal);
    }
    /** With the token of order id, if there is one; the answer is about that order, or about a new one when id is ''. */
    function send(id, path, body, key, timeout, signal) {
        return withToken(id, function (token) { return call('/orders' + path, 'order', body, token, key, timeout, signal); })
            .then(function (answer) { return learn(answer, id); });
    }
    function learn(answer, id) {
        var order = answer.order;
        if (!order.id || order.id !== (id || textOf(order.id)))
            return Promise.reject(lost());
        var token = answer.orderToken;
        if (token)
            orderTokens[order.id] = token;
        return isDone(order) ? forget(records, 'order', 'id', order.id).then(function () { return answer; }) : Promise.resolve(answer);
    }
    return {
        signIn: signIn,
        catalog: function () { return call('/catalog' + appQuery, 'items'); },
        createOrder: createOrder,
        retry: function (id, input, signal) { return post(id, '/payments', input || {}, signal); },
        cancel: function (id) { return post(id, '/cancel', {}); },
        status: function (id, hold, signal) {
            return aboutOrder(id, hold ? '?wait=' + Math.ceil(hold / 1000) + 's' : '', undefined, '', (hold || 0) + SLACK, signal);
        },
        report: function (id, result, signal) { return aboutOrder(id, '/result', result, '', SLACK, signal); },
        learn: learn
    };
}

/** Why an action that neither the host nor the app can do ends as `unsupported`. */
var NO_ACTION = 'onAction: is required.';
/** The longest time for which the server is requested to hold an answer. */
var LONG_POLL = 25000;
function createPayment(client, host, records, timers, options, resumes, notifyListeners) {
    var signal = { abort: nothing };
    var record;
    var order = null;
    var receipt = null;
    var error = null; // of the last query, when it got no answer
    var code = '';
    var over = false;
    var unreported = null; // the cashier's result, until the server has answered to it
    var cut = 0; // answers that were held and got lost
    var gap = 0; // least time between the starts of two queries, in case the server does not hold answers
    var began = 0;
    var until = 0;
    var timer;
    var resolve;
    var reject;
    var outcome = new Promise(function (yes, no) {
        resolve = yes;
        reject = no;
    });
    function notify(state) { notifyListeners(options, state, order); }
    // The end
    function stopQuery() {
        timers.clearTimeout(timer);
        if (signal.abort)
            signal.abort();
        signal.abort = null;
    }
    function finish(state, server) {
        if (over)
            return;
        over = true;
        stopQuery();
        notify(state);
        resolve({ state: state, order: order, receipt: receipt, code: code, source: server ? 'server' : 'client', error: error });
    }
    function stop() { finish(hintOf(code) === 'processing' ? 'processing' : 'unconfirmed'); }
    /** A refusal that ends the payment is an outcome; any other is for the caller to handle. */
    function refuse(reason) {
        error = reason;
        if (reason.code === 'declined')
            finish('failed', true);
        else if (reason.code === 'expired')
            finish('expired', true);
        else {
            reject(reason);
            over = true;
            stopQuery();
        }
    }
    /** The app or the host failed to do what the action requires. */
    function giveUp(reason) {
        error = new TillError('unsupported', String(reason));
        finish('unsupported');
    }
    // The action
    function make(what) {
        if (isCheckout(what))
            return client.learn(what);
        notify('creating');
        return client.createOrder(what, signal);
    }
    function open(checkout) {
        if (over)
            return;
        order = checkout.order;
        if (isDone(order))
            return finish(order.status, true);
        record = { id: order.id, token: checkout.orderToken };
        return records('order', record).then(function () {
            var action = checkout.action;
            if (over)
                return;
            if (action && canTrade(host, action.type))
                return payAt(action.type, action[action.type]);
            else if (action && options.onAction)
                handOver(action);
            else
                giveUp(NO_ACTION);
        });
    }
    function payAt(type, value) {
        if (!value)
            return rejected('invalid', 'action.' + type + ': is required.');
        var parameters = { success: onResult, fail: onResult, complete: onResult };
        parameters[type] = value;
        notify('paying');
        until = timers.now() + options.silence + options.wait;
        timer = timers.setTimeout(poll, options.silence);
        try {
            var returned = trade(host, parameters);
            // Some hosts answer by a promise; one that resolves to nothing only says the cashier is open.
            if (returned && returned.then)
                returned.then(function (result) { if (codeOf(result))
                    onResult(result); }, onResult);
        }
        catch (reason) {
            if (record.code === undefined)
                giveUp(reason); // else it has called back, and a query is sent
        }
    }
    /** For success, fail and complete: hosts pass the same result to any of them, or to several. */
    function onResult(result) {
        if (over || record.code !== undefined)
            return;
        code = record.code = codeOf(result);
        records('order', record);
        notify('confirming');
        restart();
        query(0, unreported = { resultCode: code || 'none', detail: detailOf(result) || undefined });
    }
    /** Passes to the app what the host cannot do, and sends status queries meanwhile. */
    function handOver(action) {
        notify('paying');
        var handed = new Promise(function (done) { done(options.onAction(action, order, outcome)); });
        if (action.type === 'chooseMethod') {
            handed.then(function (method) {
                if (!method)
                    return stop();
                return client.retry(order.id, { method: method }, signal).then(open).then(null, refuse);
            }, giveUp);
        }
        else {
            handed.then(function (said) { if (said === false)
                onResult({ resultCode: 6001 }); }, giveUp);
            restart();
            query(0);
        }
    }
    // The status queries
    function restart() {
        until = timers.now() + options.wait;
        gap = 0;
    }
    /** Sends a query, which the server answers at a change, else after hold milliseconds; an earlier query is aborted. */
    function query(hold, report) {
        if (over)
            return;
        stopQuery();
        began = timers.now();
        var own = signal = { abort: nothing };
        (report ? client.report(record.id, report, own) : client.status(record.id, hold, own)).then(function (answer) {
            if (!own.abort)
                return;
            error = null;
            if (report)
                unreported = null;
            order = answer.order;
            receipt = answer.receipt || null;
            answered();
        }, function (reason) {
            if (!own.abort)
                return;
            if (hold)
                cut++;
            error = reason;
            if (isPassing(reason))
                return next();
            if (report) {
                unreported = null;
                return next();
            }
            // The server refuses access to the order.
            if (/40[34]|410/.test(reason.status))
                records('order', null);
            stop();
        });
    }
    function answered() {
        var hint = hintOf(code);
        if (isDone(order))
            finish(order.status, true);
        // Only a report makes the server query the wallet, where the order may be paid already.
        else if (unreported)
            query(0, unreported);
        else if (hint === 'canceled' || hint === 'unsupported')
            finish(hint);
        else
            next();
    }
    /** Queries again; ends after the time limit, but not on a lost answer: a suspended app may resume late. */
    function next() {
        var now = timers.now();
        began = Math.min(began, now); // the clock may have been set back
        if (now >= until && (began >= until || !error))
            return stop();
        gap = gap < 3000 ? gap + 1000 : 5000;
        timer = timers.setTimeout(poll, Math.min(began + gap, until) - now);
    }
    /** Requests a held answer, unless one got lost before: a proxy may close such connections. */
    function poll() {
        query(error || cut > 1 ? 0 : Math.min(LONG_POLL, Math.max(0, until - timers.now())));
    }
    return {
        outcome: outcome,
        make: function (what) { make(what).then(open).then(null, refuse); },
        resume: function (stored) {
            client.learn({ order: stored, action: null, orderToken: stored.token }).then(function () {
                record = stored;
                code = textOf(stored.code);
                if (over) {
                    over = false;
                    return stop();
                }
                notify('confirming');
                restart();
                query(0);
            }, function () { resolve(null); });
        },
        query: function () { if (until && (!unreported || error))
            query(0); },
        stop: function () {
            // resume() finds out whether an order is open from what is stored.
            if (resumes && !record)
                over = true;
            else
                stop();
        }
    };
}
function isCheckout(what) {
    return !!(what && what.order && what.order.id);
}

var TIMEOUT = 30000;
/** How long after the host's own timeout a request without a callback counts as lost. */
var GRACE = 5000;
/** Calls by `my.request`, else by `fetch`. */
function createCall(host, timers, base) {
    return function (path, want, body, token, key, timeout, signal) {
        if (!host.request && typeof fetch === 'undefined') {
            return rejected('unsupported', 'No request, fetch.');
        }
        var headers = { 'content-type': 'application/json', 'Minitill-Envelope': '1' };
        if (token)
            headers.Authorization = 'Bearer ' + token;
        if (key)
            headers['Idempotency-Key'] = key;
        var options = { url: base + path, method: body ? 'POST' : 'GET', data: body, timeout: timeout || TIMEOUT };
        // `wx`, `tt` and Taro, which have login, have no `headers`.
        options[host.login ? 'header' : 'headers'] = headers;
        return callHost(timers, options.timeout + GRACE, host.request ? host : browser, 'request', options, signal).then(function (response) {
            return read(response, want);
        });
    };
}
var browser = {
    request: function (o) {
        fetch(o.url, { method: o.method, headers: o.headers, body: o.data && JSON.stringify(o.data), cache: 'no-store' })
            .then(function (response) {
            return response.text().then(function (text) { o.success({ status: response.status, data: text }); });
        }).then(null, o.fail);
    }
};
/**
 * Finds the server's answer where hosts put it: in the envelope, bare, as text, or
 * attached to a failure. An answer that is not the server's counts as lost.
 */
function read(response, want) {
    var body = objectOf(response.data);
    var told = body.status !== undefined ? body.status : response.status !== undefined ? response.status : response.statusCode;
    var status = +textOf(told);
    var problem = body.problem || (body.code && body);
    if (problem && status >= 400)
        throw refused(problem, status);
    var data = body.data || body;
    if (data[want] && (told === undefined ? !codeOf(response) : status >= 200 && status < 300))
        return data;
    throw lost(status, detailOf(response));
}

var WAIT = 90000;
var SILENCE = 60000;
/** A plain `http:` base of a machine that is not this one: payments would be readable on the way. */
var OPEN_HTTP = /^\s*http:(?!\/\/(localhost|127(\.\d+){3}|\[::1])(:\d+)?(\/|$))/i;
function createTill(options) {
    if (!options || typeof options.baseUrl !== 'string')
        throw new TillError('invalid', 'baseUrl: is required.');
    if (OPEN_HTTP.test(options.baseUrl) && !options.allowHttp)
        throw new TillError('invalid', 'baseUrl: needs https.');
    var timers = options.timers || systemTimers;
    var host = findHost(options.my);
    var records = openRecords(options.storage, host, timers, options.baseUrl + (options.app ? '#' + options.app : ''));
    var call = createCall(host, timers, options.baseUrl.replace(/\/+$/, '') + '/miniapp/v1');
    var client = createClient(options, host, call, records, timers);
    var listeners = [];
    var running = null;
    var paying = false;
    // The app is in the foreground again: the payer may have paid, and the cashier may never report it. Registered once, since not every host can unregister.
    if (host.onAppShow)
        host.onAppShow(function () { if (running)
            running.query(); });
    /** Makes a new payment the current one; a resume() in progress is replaced. */
    function begin(own, pays, work) {
        var payment = createPayment(client, host, records, timers, settings(options, own || {}), !pays, notify);
        function free() { if (running === payment)
            running = null; }
        if (running)
            running.stop();
        running = payment;
        paying = pays;
        payment.outcome.then(free, free);
        work(payment);
        return payment.outcome;
    }
    function pay(what, own) {
        if (running && paying)
            return rejected('busy', 'pay() is running.');
        return begin(own, true, function (payment) { payment.make(what); });
    }
    function resume(own) {
        if (running)
            return running.outcome;
        return begin(own, false, function (payment) { records('order').then(payment.resume); });
    }
    function notify(o, state, order) {
        listeners.concat(o.onState || []).forEach(function (listener) {
            // An error in a listener must not stop a payment.
            try {
                listener(state, order);
            }
            catch (_) { /* the listener's own error */ }
        });
    }
    return {
        signIn: client.signIn,
        catalog: client.catalog,
        createOrder: function (input) { return client.createOrder(input); },
        pay: pay,
        resume: resume,
        status: function (id) { return client.status(id); },
        choose: function (id, method) { return client.retry(id, { method: method }); },
        retry: function (id, input) { return client.retry(id, input); },
        cancel: client.cancel,
        abort: function () {
            if (running)
                running.stop();
            running = null; // at once, for a pay() in the same task
        },
        onChange: function (listener) {
            listeners = listeners.concat(listener);
            return function () { listeners = listeners.filter(function (other) { return other !== listener; }); };
        }
    };
}
/** What a browser does without onAction: it opens the wallet's page, and the server redirects it back. */
function leave(action) {
    var url = action.url || action.paymentUrl;
    if (!/^https?:/.test(url))
        throw NO_ACTION; // another scheme might be a script
    location.href = url;
}
/** Merges options; later ones take precedence, undefined ones are ignored. */
function settings(options, own) {
    var merged = { wait: WAIT, silence: SILENCE, onAction: typeof location === 'undefined' ? undefined : leave };
    [options, own].forEach(function (given) {
        for (var name in given)
            if (given[name] !== undefined)
                merged[name] = given[name];
    });
    return merged;
}

exports.TillError = TillError;
exports.createTill = createTill;
