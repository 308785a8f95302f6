// Refreshes the page of an open order until live.js has asked for news. In a browser for
// which live.js is too new, or where it fails to load, the payer still reads the truth.
// This file is ES5 and no module, so that every browser can run it.
(function () {
  var seconds = Number(document.currentScript.getAttribute('data-seconds'));
  function refresh() {
    if (!document.documentElement.hasAttribute('data-live')) location.replace(location.href.split('#')[0]); // not a form again
  }
  // Scripts that the page waits for have run or failed when it has loaded.
  addEventListener('load', function () { setTimeout(refresh, seconds * 1000); });
})();
