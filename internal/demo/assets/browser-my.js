// A my object for browsers: as much of a mini program's container as the helper needs.
// Everything takes callbacks, the way containers do.

/**
 * @param options.authCodeUrl answers GET ?user= with {"authCode"}
 * @param options.openCashier shows a payment URL and resolves to a resultCode
 * @param options.record      is called for each call: record(call) → finish(answer)
 */
export function createMy({ authCodeUrl, openCashier, record = () => () => {} }) {
  return {
    request: (options) => request(options, record),
    ...(authCodeUrl ? { getAuthCode: (options) => getAuthCode(options, authCodeUrl, record) } : {}), // else a guest pays
    tradePay: (options) => tradePay(options, openCashier, record),
    alert: ({ content = '', complete } = {}) => { window.alert(content); complete?.(); },
    onAppShow,
    ...storage(),
  };
}

function request(options, record) {
  const { url, method = 'GET', headers = {}, data, timeout = 30_000 } = options;
  const target = method === 'GET' ? withQuery(url, data) : url;
  const body = method === 'GET' || data === undefined ? undefined : typeof data === 'string' ? data : JSON.stringify(data);
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeout);
  const finish = record({ method, url: target, headers, body: data });
  fetch(target, { method, headers: { 'content-type': 'application/json', ...headers }, body, signal: controller.signal, cache: 'no-store' })
    .then(async (response) => ({ status: response.status, headers: Object.fromEntries(response.headers), data: parse(await response.text()) }))
    .then(
      (answer) => { finish(answer); settle(options, 'success', answer); },
      (error) => { finish({ error: String(error) }); settle(options, 'fail', { error: 12, errorMessage: String(error) }); },
    )
    .finally(() => clearTimeout(timer));
  return { abort: () => controller.abort() };
}

function withQuery(url, data) {
  const query = new URLSearchParams(data || {}).toString();
  return query ? url + (url.includes('?') ? '&' : '?') + query : url;
}

function parse(text) {
  try { return JSON.parse(text); } catch { return text; }
}

/** The sandbox wallet has one customer per browser. */
function getAuthCode(options, url, record) {
  const finish = record({ method: 'my', url: 'my.getAuthCode', body: { scopes: options.scopes } });
  fetch(withQuery(url, { user: visitor() }), { cache: 'no-store' })
    .then((response) => (response.ok ? response.json() : Promise.reject(new Error(`status ${response.status}`))))
    .then(
      ({ authCode }) => { finish({ data: { authCode } }); settle(options, 'success', { authCode, authSuccessScopes: ['auth_base'] }); },
      (error) => { finish({ error: String(error) }); settle(options, 'fail', { error: 10, errorMessage: String(error) }); },
    );
}

function visitor() {
  const key = 'minitill-demo:visitor';
  const known = localStorage.getItem(key) || `visitor-${crypto.getRandomValues(new Uint32Array(1))[0].toString(36)}`;
  localStorage.setItem(key, known);
  return known;
}

function tradePay(options, openCashier, record) {
  const finish = record({ method: 'my', url: 'my.tradePay', body: { paymentUrl: options.paymentUrl } });
  openCashier(options.paymentUrl).then((resultCode) => {
    finish({ data: { resultCode } });
    settle(options, 'success', { resultCode });
  });
}

/** Runs the callback for an outcome, then complete, as containers do. */
function settle(options, outcome, result) {
  options[outcome]?.(result);
  options.complete?.(result);
}

function onAppShow(listener) {
  document.addEventListener('visibilitychange', () => { if (!document.hidden) listener(); });
  addEventListener('pageshow', (event) => { if (event.persisted) listener(); });
  addEventListener('online', () => listener());
}

function storage() {
  const get = ({ key }) => {
    const text = localStorage.getItem(`minitill-demo:my:${key}`);
    return { data: text === null ? null : JSON.parse(text) };
  };
  const set = ({ key, data }) => { localStorage.setItem(`minitill-demo:my:${key}`, JSON.stringify(data)); };
  const remove = ({ key }) => { localStorage.removeItem(`minitill-demo:my:${key}`); };
  const later = (act) => (options) => {
    try { settle(options, 'success', act(options)); } catch (error) { settle(options, 'fail', { errorMessage: String(error) }); }
  };
  return {
    getStorageSync: get, setStorageSync: set, removeStorageSync: remove,
    getStorage: later(get), setStorage: later(set), removeStorage: later(remove),
  };
}
