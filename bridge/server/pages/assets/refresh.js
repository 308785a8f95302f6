// Reloads the page of an open order until live.js has polled once: for browsers that
// cannot run live.js, and for a live.js that fails to load.
// This file is ES5 and no module, so that every browser can run it.
(function () {
  var seconds = Number(document.currentScript.getAttribute('data-seconds'));
  function refresh() {
    if (!document.documentElement.hasAttribute('data-live')) location.replace(location.href.split('#')[0]); // not a form again
  }
  // Scripts that the page waits for have run or failed when it has loaded.
  addEventListener('load', function () { setTimeout(refresh, seconds * 1000); });
})();
