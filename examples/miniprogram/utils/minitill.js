/*! minitill 0.1.0 | Apache-2.0 */
/** A plain constructor: `class extends Error` breaks `instanceof` once compiled to ES5. */
var TillError = function TillError(code, message, status, problem) {
    this.message = message;
    this.code = code;
    this.status = status || 0;
    this.problem = problem || null;
    this.requestId = (problem && problem.requestId) || '';
    this.stack = new Error(code + ': ' + message).stack;
};
TillError.prototype = Object.create(Error.prototype, {
    constructor: { value: TillError },
    name: { value: 'TillError' }
});
/** No readable answer came: the request may or may not have been done. */
function lost(status, detail) {
    return new TillError('transport', 'No answer. ' + (detail || ''), status);
}
function refused(problem, status) {
    var text = problem.detail || problem.title || 'The server refused.';
    return new TillError(problem.code || 'unknown', text, status, problem);
}
/** What the host or the app threw when it was asked to open the cashier. */
function broken(reason) {
    return new TillError('unsupported', String(reason));
}
function invalid(message) {
    return Promise.reject(new TillError('invalid', message));
}
/** True when the same idempotency key may be sent again: no answer, still at work, or not done. */
function isRepeatable(error) {
    return error.code === 'transport' || /409|50[34]/.test('' + error.status);
}
/** True when asking for a status again may well succeed. */
function isPassing(error) {
    return isRepeatable(error) || error.status === 429 || error.status >= 500 || !error.code;
}

function findHost(given) {
    return given || (typeof my !== 'undefined' && my) || undefined;
}
/** True for `wx`, `tt` and Taro, which say `header` and take storage keys as they are. */
function namesKeysPlainly(host) {
    return !!host.login;
}
/** Silences the promise that some hosts return beside calling back; the callbacks tell it all. */
function hush(returned) {
    if (returned && returned.then)
        returned.then(null, function () { });
}
/** The kinds of action that `tradePay` takes, each in the parameter of its own name. */
function isTrade(action) {
    return action.type === 'paymentUrl' || action.type === 'tradeNO' || action.type === 'orderStr';
}
/** The host's cashier, or undefined where there is none. */
function findCashier(host) {
    if (host && host.tradePay)
        return function (options) { return host.tradePay(options); };
    if (typeof AlipayJSBridge === 'undefined')
        return;
    return function (options) { AlipayJSBridge.call('tradePay', options, options.success); };
}

/** What `finally` does, which older containers lack. */
function lastly(promise, clean) {
    return promise.then(function (value) {
        clean();
        return value;
    }, function (error) {
        clean();
        throw error;
    });
}

/**
 * What a result code lets one hope. Wallets disagree on them (4000 is "failed" at one and "paid
 * or closed" at another), so none of them ever becomes a final state by itself.
 */
function hintOf(code) {
    if (/^(9000|8000|6004)$/.test(code))
        return 'processing';
    if (/^(6001|99)$/.test(code))
        return 'canceled';
    return code === '4' ? 'unsupported' : 'unconfirmed';
}
/**
 * The code as text: containers send text or a number, in `success` or in `fail`, and some a whole
 * sentence, of which the server takes 64 characters.
 */
function codeOf(result) {
    return cut(result && (result.resultCode || result.error || result.errorCode), 64);
}
function detailOf(result) {
    return cut(result && (result.memo || result.errorMessage || result.errMsg || result.message), 200);
}
/**
 * Without surrogates: half of a pair, which a cut leaves and some containers send, is no text that
 * the server takes, and it would refuse the whole report.
 */
function cut(text, most) {
    return String(text || '').slice(0, most).replace(/[\ud800-\udfff]/g, '');
}
/** True when the payer has nothing left to do and nothing to wait for. */
function isDone(order) {
    return /^(paid|authorized|failed|canceled|expired|voided)$/.test(order ? order.status : '');
}

var TIMEOUT = 30000;
/** Consent may be asked for, and people read. */
var CONSENT_TIMEOUT = 60000;
/** What a question may take beyond the time the server is asked to hold it. */
var SLACK = 10000;
/** Pauses before the same key is sent again. */
var PAUSES = [1000, 3000];
/** How long an unanswered request for an order may be taken up again. */
var KEY_LIFE = 600000;
function createClient(options, host, send, records, timers) {
    var base = options.baseUrl.replace(/\/+$/, '') + '/miniapp/v1';
    var appQuery = options.app ? '?app=' + encodeURIComponent(options.app) : '';
    var orderTokens = {};
    var session = null;
    var signingIn = null;
    var keys = 0;
    /** A request with a body is a POST. */
    function call(path, body, token, key, timeout, signal) {
        var headers = { 'content-type': 'application/json', 'Minitill-Envelope': '1' };
        if (token)
            headers.Authorization = 'Bearer ' + token;
        if (key)
            headers['Idempotency-Key'] = key;
        return send({ url: base + path, headers: headers, body: body, timeout: timeout || TIMEOUT }, signal);
    }
    // Sessions
    /** One at a time: auth codes are single use, and several calls may need a session at once. */
    function signIn() {
        return signingIn = signingIn || lastly(authCode().then(openSession), function () { signingIn = null; });
    }
    function openSession(code) {
        var body = {};
        if (options.wallet)
            body.wallet = options.wallet;
        if (code)
            body.authCode = code;
        return call('/sessions' + (options.wallet ? '' : appQuery), body).then(function (opened) {
            if (!opened.token)
                throw lost();
            return session = opened;
        });
    }
    /** The wallet's code for this payer, or '' where none is to be had: then a guest pays. */
    function authCode() {
        return new Promise(function (resolve) {
            if (!host || !host.getAuthCode)
                return resolve('');
            var guard = timers.setTimeout(done, CONSENT_TIMEOUT);
            function done(result) {
                timers.clearTimeout(guard);
                resolve((result && result.authCode) || '');
            }
            try {
                hush(host.getAuthCode({ scopes: options.scopes || 'auth_base', success: done, fail: done, complete: done }));
            }
            catch (_) {
                done();
            }
        });
    }
    /** Runs request with the session's token; a session that is refused is renewed once. */
    function withSession(request, renewed) {
        return (session ? Promise.resolve(session) : signIn()).then(function (used) {
            return request(used.token).then(null, function (error) {
                if (error.status !== 401 || renewed)
                    throw error;
                if (session === used)
                    session = null;
                return withSession(request, true);
            });
        });
    }
    /** Runs request with the order's own token while that is good, else with the session's. */
    function withOrder(id, request) {
        if (!id)
            return invalid('No order id.');
        var token = orderTokens[id];
        return (token ? request(token).then(null, function (error) {
            if (error.status !== 401)
                throw error;
            if (orderTokens[id] === token)
                delete orderTokens[id];
            return withSession(request);
        }) : withSession(request)).then(learn);
    }
    // Idempotency
    /** Unique enough to tell requests apart; nothing secret hangs on it. */
    function newKey() {
        return [timers.now(), Math.random() * 1e9, Math.random() * 1e9, ++keys].map(function (part) {
            return Math.floor(part).toString(36);
        }).join('-');
    }
    function repeat(attempt, repeats) {
        return attempt().then(null, function (error) {
            if (!isRepeatable(error) || repeats >= PAUSES.length)
                throw error;
            return new Promise(function (resolve) {
                timers.setTimeout(function () { resolve(repeat(attempt, repeats + 1)); }, PAUSES[repeats]);
            });
        });
    }
    /** The key for this input: an unanswered one of a moment ago, else a new one, stored before use. */
    function keyFor(input) {
        var kept = records.get('key');
        if (!kept || kept.input !== input || timers.now() - kept.at > KEY_LIFE) {
            kept = { key: newKey(), input: input, at: timers.now() };
            records.set('key', kept);
        }
        return kept.key;
    }
    function dropKey(key) {
        var kept = records.get('key');
        if (kept && kept.key === key)
            records.remove('key');
    }
    // Orders
    function createOrder(input) {
        if (!input || !(input.order || (input.items && input.items.length)))
            return invalid('No items and no order id.');
        var key = keyFor(JSON.stringify(input));
        return repeat(function () {
            return withSession(function (token) { return call('/orders', input, token, key); }).then(learn);
        }, 0).then(function (checkout) {
            dropKey(key);
            return checkout;
        }, function (error) {
            if (!isRepeatable(error))
                dropKey(key); // else its fate is open, and the next try takes it up
            throw error;
        });
    }
    function post(id, action, body) {
        var key = newKey();
        return repeat(function () {
            return withOrder(id, function (token) { return call(pathOf(id) + action, body, token, key); });
        }, 0);
    }
    function learn(answer) {
        var order = answer.order;
        if (!order || !order.id)
            throw lost();
        useToken(order.id, answer.orderToken);
        var open = records.get('order');
        if (isDone(order) && open && open.id === order.id)
            records.remove('order');
        return answer;
    }
    function useToken(id, token) {
        if (token)
            orderTokens[id] = token;
    }
    return {
        signIn: signIn,
        catalog: function () { return call('/catalog' + appQuery); },
        createOrder: createOrder,
        createPayment: function (id, input) { return post(id, '/payments', input || {}); },
        cancel: function (id) { return post(id, '/cancel', {}); },
        status: function (id, hold, signal) {
            var query = hold > 0 ? '?wait=' + Math.ceil(hold / 1000) + 's' : '';
            return withOrder(id, function (token) {
                return call(pathOf(id) + query, undefined, token, '', hold + SLACK, signal);
            });
        },
        report: function (id, result, signal) {
            return withOrder(id, function (token) {
                return call(pathOf(id) + '/result', result, token, '', SLACK, signal);
            });
        },
        learn: learn,
        useToken: useToken
    };
}
function pathOf(id) {
    return '/orders/' + encodeURIComponent(id);
}

/** The longest the server is asked to hold an answer back. */
var LONG_POLL = 25000;
/** Least time between the beginnings of two questions, should the server not hold answers back. */
var GAPS = [1000, 2000, 3000, 5000];
function follow(client, timers, id, order, code, wait) {
    var until = timers.now() + wait;
    var gap = 0;
    var began = 0;
    var over = false;
    var reporting = false;
    var missed = false; // the last question went without an answer
    var error = null;
    var receipt = null;
    var timer;
    var signal = {};
    var resolve;
    var outcome = new Promise(function (settled) { resolve = settled; });
    function rest() {
        timers.clearTimeout(timer);
        signal.aborted = true;
        if (signal.abort)
            signal.abort();
    }
    function finish(state, source) {
        over = true;
        rest();
        resolve({ state: state, order: order, receipt: receipt, code: code, source: source, error: error });
    }
    function undecided() {
        finish(hintOf(code) === 'processing' ? 'processing' : 'unconfirmed', 'client');
    }
    /** Puts one question; whatever was asked before is let go. */
    function question(put) {
        if (over)
            return;
        rest();
        var asked = signal = {};
        began = timers.now();
        put(asked).then(function (answer) {
            if (asked.aborted)
                return;
            missed = false;
            error = null;
            order = answer.order;
            receipt = answer.receipt || null;
            answered();
        }, function (reason) {
            if (asked.aborted)
                return;
            missed = true;
            error = reason;
            if (isPassing(reason) || reporting)
                next();
            else
                undecided();
        });
    }
    function answered() {
        var hint = hintOf(code);
        if (isDone(order))
            finish(order.status, 'server');
        else if (hint === 'canceled' || hint === 'unsupported')
            finish(hint, 'client');
        else
            next();
    }
    /** Asks again; when the time is over, ends, but not on a lost answer: a frozen app may wake late. */
    function next() {
        var now = timers.now();
        var last = began >= until;
        reporting = false;
        if (now >= until && (last || !missed))
            return undecided();
        var due = Math.min(began + GAPS[gap], until);
        gap = Math.min(gap + 1, GAPS.length - 1);
        if (due > now)
            timer = timers.setTimeout(poll, due - now);
        else
            poll();
    }
    function poll() {
        // A held-back answer that got lost may have been held too long for something in between.
        status(missed ? 0 : Math.min(LONG_POLL, Math.max(0, until - timers.now())));
    }
    function status(hold) {
        question(function (asked) { return client.status(id, hold, asked); });
    }
    return {
        outcome: outcome,
        ask: function () { if (!reporting)
            status(0); },
        waitFor: function (cashier) {
            until += cashier;
            timer = timers.setTimeout(poll, cashier);
        },
        hear: function (said, detail) {
            if (over)
                return;
            code = said;
            until = timers.now() + wait;
            gap = 0;
            reporting = true;
            var result = { resultCode: said || 'none' };
            if (detail)
                result.detail = detail;
            question(function (asked) { return client.report(id, result, asked); });
        },
        giveUp: function (reason) {
            error = broken(reason);
            finish('unsupported', 'client');
        },
        stop: undecided
    };
}

/** Records of one server and app; others in the same mini program have their own. */
function openRecords(storage, scope) {
    function key(name) { return 'minitill.' + name + '@' + scope; }
    return {
        get: function (name) {
            try {
                // Containers tell "absent" as null, undefined or '', and some hand back parsed JSON.
                var value = storage.getItem(key(name));
                return (typeof value === 'string' ? JSON.parse(value) : value) || null;
            }
            catch (_) {
                return null;
            }
        },
        set: function (name, record) {
            try {
                storage.setItem(key(name), JSON.stringify(record));
            }
            catch (_) { /* full or forbidden */ }
        },
        remove: function (name) {
            try {
                storage.removeItem(key(name));
            }
            catch (_) { /* as above */ }
        }
    };
}
function findStorage(host) {
    if (host && host.getStorageSync)
        return hostStorage(host);
    try {
        // Reading the name alone throws where a page may not store anything.
        if (typeof localStorage !== 'undefined' && localStorage)
            return localStorage;
    }
    catch (_) { /* memory will do */ }
    return memoryStorage();
}
function hostStorage(host) {
    var plainly = namesKeysPlainly(host);
    function named(key) { return plainly ? key : { key: key }; }
    return {
        getItem: function (key) {
            var found = host.getStorageSync(named(key));
            return plainly ? found : found && (found.data || found.APDataStorage); // the latter in old containers
        },
        setItem: function (key, value) {
            if (plainly)
                host.setStorageSync(key, value);
            else
                host.setStorageSync({ key: key, data: value });
        },
        removeItem: function (key) { host.removeStorageSync(named(key)); }
    };
}
function memoryStorage() {
    var kept = {};
    return {
        getItem: function (key) { return kept[key]; },
        setItem: function (key, value) { kept[key] = value; },
        removeItem: function (key) { delete kept[key]; }
    };
}

/** Wrapped, because browsers refuse a `setTimeout` that is called as a method of another object. */
var systemTimers = {
    setTimeout: function (run, milliseconds) { return setTimeout(run, milliseconds); },
    clearTimeout: function (timer) { clearTimeout(timer); },
    now: function () { return new Date().getTime(); }
};

/** How long after the host's own time limit a silent host is given up on. */
var GRACE = 5000;
/** Sends by `my.request`, else by `fetch`. Resolves to the answer's data; rejects with a TillError. */
function createSend(host, timers) {
    return function (request, signal) {
        return new Promise(function (resolve, reject) {
            if (signal && signal.aborted)
                return;
            var open = true;
            var task;
            function close() {
                open = false;
                timers.clearTimeout(guard);
            }
            function answer(response, failed) {
                if (!open)
                    return;
                close();
                try {
                    resolve(read(response || {}, failed));
                }
                catch (error) {
                    reject(error);
                }
            }
            function fail(response) { answer(response || null, true); }
            var guard = timers.setTimeout(fail, request.timeout + GRACE);
            if (signal) {
                signal.abort = function () {
                    if (!open)
                        return;
                    close();
                    if (task && task.abort)
                        task.abort();
                };
            }
            try {
                task = carry(host, request, answer, fail);
                hush(task);
            }
            catch (error) {
                close();
                reject(error instanceof TillError ? error : lost(0, String(error)));
            }
        });
    };
}
function carry(host, request, answer, fail) {
    if (host && host.request)
        return carryByHost(host, request, answer, fail);
    if (typeof fetch === 'undefined')
        throw new TillError('unsupported', 'No my.request and no fetch.');
    return carryByFetch(request, answer, fail);
}
function carryByHost(host, request, answer, fail) {
    var options = {
        url: request.url,
        method: methodOf(request),
        timeout: request.timeout,
        success: function (response) { answer(response); },
        fail: fail,
        complete: fail // counts only where the host called neither of the others
    };
    options[namesKeysPlainly(host) ? 'header' : 'headers'] = request.headers;
    if (request.body)
        options.data = request.body;
    return host.request(options);
}
function carryByFetch(request, answer, fail) {
    fetch(request.url, {
        method: methodOf(request),
        headers: request.headers,
        body: request.body && JSON.stringify(request.body),
        cache: 'no-store'
    }).then(function (response) {
        return response.text().then(function (text) { answer({ status: response.status, data: text }); });
    }).then(null, function () { fail(); });
}
function methodOf(request) {
    return request.body ? 'POST' : 'GET';
}
/**
 * Finds the server's words wherever the host put them: in the envelope, bare, as text, or
 * attached to a failure. Whatever is not the server's is a lost answer.
 */
function read(response, failed) {
    var status = response.status !== undefined ? response.status : response.statusCode;
    var body = parse(response.data);
    if (body) {
        if (typeof body.status === 'number' && body.problem)
            throw refused(body.problem, body.status);
        if (typeof body.status === 'number' && isObject(body.data))
            return body.data;
        if (typeof body.code === 'string' && (body.status || status) >= 400)
            throw refused(body, body.status || status);
        if (status === undefined ? !failed : status >= 200 && status < 300)
            return body;
    }
    throw lost(status, detailOf(response));
}
/** The object in data, which may be JSON text; else null. */
function parse(data) {
    if (isObject(data))
        return data;
    try {
        var parsed = JSON.parse(String(data));
        return isObject(parsed) ? parsed : null;
    }
    catch (_) {
        return null;
    }
}
function isObject(value) {
    return !!value && typeof value === 'object';
}

var WAIT = 90000;
var SILENCE = 60000;
function createTill(options) {
    if (!options || typeof options.baseUrl !== 'string')
        throw new TillError('invalid', 'No baseUrl.');
    var timers = options.timers || systemTimers;
    var host = findHost(options.my);
    var records = openRecords(options.storage || findStorage(host), options.baseUrl + (options.app ? '#' + options.app : ''));
    var client = createClient(options, host, createSend(host, timers), records, timers);
    var paying = false;
    var running = null;
    var following = null;
    var listening = false;
    function pay(what, own) {
        if (paying)
            return Promise.reject(new TillError('busy', 'Another pay() is still running.'));
        if (following)
            following.stop(); // a resume() gives way
        paying = true;
        return run(own, function (o) { return isCheckout(what) ? open(what, o) : createAndOpen(what, o); });
    }
    function resume(own) {
        if (running)
            return running;
        var stored = records.get('order');
        if (!stored || !stored.id)
            return Promise.resolve(null);
        client.useToken(stored.id, stored.token);
        return run(own, function (o) {
            tell(o, 'confirming', null);
            var followed = begin(stored.id, null, o, stored.code);
            followed.ask();
            return followed.outcome;
        });
    }
    /** Holds the till's one place for a payment while `work` lasts. */
    function run(own, work) {
        var o = settings(options, own || {});
        var mine = lastly(new Promise(function (resolve) { resolve(work(o)); }), function () {
            if (running !== mine)
                return; // a pay() took over from a resume()
            running = following = null;
            paying = false;
        }).then(null, refusal).then(function (outcome) {
            var error = outcome.error;
            // The server itself says that the order is not, or no longer, ours to ask for.
            if (error && error.problem && /403|404|410/.test('' + error.status))
                records.remove('order');
            tell(o, outcome.state, outcome.order);
            return outcome;
        });
        return running = mine;
    }
    function createAndOpen(input, o) {
        tell(o, 'creating', null);
        return client.createOrder(input).then(function (checkout) { return open(checkout, o); });
    }
    /** Does what the order's action asks for. */
    function open(checkout, o) {
        var order = client.learn(checkout).order;
        var action = checkout.action;
        if (isDone(order))
            return ended(order.status, order, 'server');
        remember({ id: order.id, token: checkout.orderToken, startedAt: timers.now() });
        var cashier = action && isTrade(action) && findCashier(host);
        if (cashier)
            return payAt(cashier, action, order, o);
        if (action && o.onAction)
            return handOver(action, order, o);
        return ended('unsupported', order, 'client');
    }
    function payAt(cashier, action, order, o) {
        var value = action[action.type];
        if (!value)
            throw new TillError('invalid', 'The action has no ' + action.type + '.');
        var followed = begin(order.id, order, o);
        var heard = false;
        /** For success, fail and complete alike: hosts tell the same result in any of them, or in several. */
        function hear(result) {
            if (heard)
                return;
            heard = true;
            var code = codeOf(result);
            var stored = records.get('order');
            if (stored && stored.id === order.id) {
                stored.code = code;
                remember(stored);
            }
            tell(o, 'confirming', order);
            followed.hear(code, detailOf(result));
        }
        var asked = { success: hear, fail: hear, complete: hear };
        asked[action.type] = value;
        tell(o, 'paying', order);
        listen();
        followed.waitFor(o.silence);
        try {
            var returned = cashier(asked);
            // Some hosts answer by a promise; one that resolves to nothing only says the cashier is open.
            if (returned && returned.then)
                returned.then(function (result) { if (codeOf(result))
                    hear(result); }, hear);
        }
        catch (error) {
            followed.giveUp(error);
        }
        return followed.outcome;
    }
    /** Back in front: the payer may have paid, and the cashier may never say so. */
    function listen() {
        if (listening || !host || !host.onAppShow)
            return;
        listening = true; // once a till, since not every host can stop listening
        host.onAppShow(function () { if (following)
            following.ask(); });
    }
    /** Lets the app do what the host cannot, and asks the server meanwhile. */
    function handOver(action, order, o) {
        tell(o, 'paying', order);
        var handed = new Promise(function (resolve) { resolve(o.onAction(action, order)); });
        if (action.type === 'chooseMethod') {
            return handed.then(function (method) {
                if (!method)
                    return ended('unconfirmed', order, 'client');
                return choose(order.id, method).then(function (checkout) { return open(checkout, o); });
            }, function (reason) { return ended('unsupported', order, 'client', broken(reason)); });
        }
        var followed = begin(order.id, order, o);
        handed.then(null, followed.giveUp);
        followed.ask();
        return followed.outcome;
    }
    function begin(id, order, o, code) {
        return following = follow(client, timers, id, order, code || '', o.wait);
    }
    function tell(o, state, order) {
        // A mistake on somebody's screen must not stop a payment half-way.
        try {
            if (o.onState)
                o.onState(state, order);
        }
        catch (_) { /* theirs */ }
    }
    function remember(open) { records.set('order', open); }
    function choose(id, method) {
        return client.createPayment(id, { method: method });
    }
    return {
        signIn: client.signIn,
        catalog: client.catalog,
        createOrder: client.createOrder,
        pay: pay,
        resume: resume,
        status: function (id) { return client.status(id, 0); },
        choose: choose,
        retry: client.createPayment,
        cancel: client.cancel
    };
}
function isCheckout(what) {
    return !!what && typeof what.order === 'object';
}
/** A refusal that settles what the payer wanted is an outcome; any other is the caller's to handle. */
function refusal(error) {
    if (error.code === 'declined')
        return ended('failed', null, 'server', error);
    if (error.code === 'expired')
        return ended('expired', null, 'server', error);
    throw error;
}
function ended(state, order, source, error) {
    return { state: state, order: order, receipt: null, code: '', source: source, error: error || null };
}
/** Later options count more; those left undefined do not count. */
function settings(options, own) {
    var merged = { wait: WAIT, silence: SILENCE };
    [options, own].forEach(function (given) {
        for (var name in given)
            if (given[name] !== undefined)
                merged[name] = given[name];
    });
    return merged;
}

export { TillError, createTill };
