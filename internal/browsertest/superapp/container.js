// Plays the container of a super app: the part of `my` with which a mini program pays.
// The page's URL configures it:
//
//   user=ann      who holds the phone
//   code=6002     what it reports instead of the cashier's result
//   by=success    how it reports: by success, by fail, or by nothing, which is the app
//                 coming back to the front; by=death, and the cashier never closes
window.my = (() => {
  const { walletUrl } = document.documentElement.dataset;
  const settings = new URLSearchParams(location.search);
  const shown = [];

  /** Ends a call as containers do: one of success and fail, then complete. */
  function finish(options, how, result) {
    options[how]?.(result);
    options.complete?.(result);
  }

  /** An answer that is not 2xx is error 19, and one that is no JSON is error 14; neither has a body. */
  function request(options) {
    const cut = new AbortController();
    fetch(options.url, {
      method: options.method || 'GET', headers: options.headers,
      body: options.data && JSON.stringify(options.data),
      signal: AbortSignal.any([cut.signal, AbortSignal.timeout(options.timeout || 30000)]),
    }).then(async (response) => {
      if (!response.ok) return finish(options, 'fail', { error: 19, errorMessage: 'http status error' });
      const answer = { status: response.status, headers: Object.fromEntries(response.headers) };
      try {
        answer.data = JSON.parse(await response.text());
      } catch {
        return finish(options, 'fail', { error: 14, errorMessage: 'JSON parse data error' });
      }
      finish(options, 'success', answer);
    }, () => finish(options, 'fail', { error: 12, errorMessage: 'network error' }));
    return { abort: () => cut.abort() };
  }

  /** The silent scope needs no consent of the payer. */
  function getAuthCode(options) {
    const silent = [].concat(options.scopes).every((scope) => scope === 'auth_base');
    if (!silent) return finish(options, 'fail', { error: 11, errorMessage: 'only auth_base is known here' });
    fetch(`authcode?user=${settings.get('user')}`).then((response) => response.json()).then(
      ({ authCode }) => finish(options, 'success', { authCode, authSuccessScopes: ['auth_base'] }),
      () => finish(options, 'fail', { error: 12, errorMessage: 'network error' }));
  }

  function tradePay(options) {
    const sheet = document.querySelector('#cashier');
    const frame = sheet.querySelector('iframe');
    const receive = ({ source, origin, data }) => {
      if (source === frame.contentWindow && origin === walletUrl && data.type === 'minitill:cashier') end(data.resultCode);
    };
    const close = () => end('6001');
    function end(code) {
      if (settings.get('by') === 'death') return;
      removeEventListener('message', receive);
      sheet.querySelector('#close').removeEventListener('click', close);
      sheet.close();
      frame.removeAttribute('src');
      report(options, settings.get('code') || code);
    }
    addEventListener('message', receive);
    sheet.querySelector('#close').addEventListener('click', close);
    frame.src = `${options.paymentUrl}&embed=1`;
    sheet.showModal();
  }

  function report(options, code) {
    switch (settings.get('by')) {
      case 'nothing': return shown.forEach((listener) => listener());
      case 'fail': return finish(options, 'fail', { error: Number(code), errorMessage: 'the payment has not ended well' });
      default: return finish(options, 'success', { resultCode: code, memo: '' });
    }
  }

  return {
    request, getAuthCode, tradePay,
    onAppShow: (listener) => shown.push(listener),
    setStorageSync: ({ key, data }) => localStorage.setItem(key, JSON.stringify(data)),
    getStorageSync: ({ key }) => ({ data: JSON.parse(localStorage.getItem(key)) }),
    removeStorageSync: ({ key }) => localStorage.removeItem(key),
  };
})();
