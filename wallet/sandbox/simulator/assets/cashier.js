// Makes the cashier live: counts down, and tells whoever opened the page its result.
(function () {
  'use strict';
  var body = document.body;
  var code = body.getAttribute('data-result-code');
  if (code) {
    var message = { type: 'minitill:cashier', resultCode: code };
    var origin = body.getAttribute('data-target-origin');
    if (window.opener) window.opener.postMessage(message, origin);
    if (window.parent !== window) window.parent.postMessage(message, origin);
  }

  var amounts = document.querySelectorAll('.amount');
  for (var i = 0; i < amounts.length; i++) {
    try {
      amounts[i].textContent = new Intl.NumberFormat(document.documentElement.lang, {
        style: 'currency', currency: amounts[i].getAttribute('data-currency'),
        minimumFractionDigits: (amounts[i].getAttribute('data-value').split('.')[1] || '').length
      }).format(amounts[i].getAttribute('data-value'));
    } catch (e) { /* a token, not a currency: the server's text stays */ }
  }

  var countdown = document.querySelector('.countdown');
  if (!countdown) return;
  var end = Date.parse(countdown.getAttribute('datetime'));
  var skew = end - Date.now() - seconds(countdown.textContent) * 1000; // of this device's clock
  var timer = setInterval(tick, 1000);

  function seconds(text) { return text.split(':').reduce(function (sum, n) { return sum * 60 + Number(n); }, 0); }
  function pad(n) { return (n < 10 ? '0' : '') + n; }
  function tick() {
    var left = Math.max(0, Math.round((end - skew - Date.now()) / 1000));
    countdown.textContent = pad(Math.floor(left / 60)) + ':' + pad(left % 60);
    if (left === 0) { clearInterval(timer); location.reload(); }
  }
})();
