/*! minitill 0.1.0 | Apache-2.0 */
(function (exports) {
  'use strict';

  var TEXTS = {
      scan: 'Scan to pay', choose: 'How would you like to pay?',
      openPage: 'Open the wallet\u2019s page', openApp: 'Open the wallet\u2019s app', close: 'Close'
  };
  function sheet(options) {
      if (options === void 0) { options = {}; }
      var texts = {};
      [TEXTS, options.texts || {}].forEach(function (given) { for (var name in given)
          texts[name] = given[name]; });
      var go = options.go || function (url) { location.href = url; };
      return function (action, _order, outcome) {
          switch (action.type) {
              case 'redirect': return go(web(action.url));
              case 'paymentUrl': return go(web(action.paymentUrl));
              case 'deeplink': return show(texts.openApp, [link(action.url, texts)], outcome, texts);
              case 'qr': return show(texts.scan, [picture(action), link(action.url || action.content, texts)], outcome, texts);
              case 'chooseMethod': return choose(action.methods, outcome, texts);
              default: throw new Error('The sheet cannot do ' + action.type + '.');
          }
      };
  }
  /** The wallet's page. A URL of another scheme might be a script. */
  function web(url) {
      if (!/^https?:\/\//i.test(url))
          throw new Error('The action\u2019s URL is no web page.');
      return url;
  }
  function choose(methods, outcome, texts) {
      var chosen;
      var choice = new Promise(function (resolve) { chosen = resolve; });
      var close = open(texts.choose, methods.map(function (method) {
          return button(method.name, function () { close(method.id); });
      }), outcome, texts, function (id) { chosen(id); });
      return choice;
  }
  /** Resolves to false when the payer closes the sheet. */
  function show(title, content, outcome, texts) {
      return new Promise(function (resolve) { open(title, content, outcome, texts, function () { resolve(false); }); });
  }
  /** Opens a dialog over the page; returns a function that closes it, with a value for `closed`. */
  function open(title, content, outcome, texts, closed) {
      var before = document.activeElement;
      var heading = element('h2', { margin: '0 0 16px', font: '600 18px system-ui, sans-serif' });
      var box = element('div', { outline: 'none', background: '#fff', color: '#111', borderRadius: '16px 16px 0 0', padding: '24px', width: '100%', maxWidth: '420px', boxSizing: 'border-box', textAlign: 'center', maxHeight: '100%', overflow: 'auto' });
      var cover = element('div', { position: 'fixed', top: '0', right: '0', bottom: '0', left: '0', zIndex: '2147483647', background: 'rgba(0,0,0,.5)', display: 'flex', alignItems: 'flex-end', justifyContent: 'center' });
      heading.textContent = title;
      box.setAttribute('role', 'dialog');
      box.setAttribute('aria-modal', 'true');
      box.setAttribute('aria-label', title);
      box.tabIndex = -1;
      cover.onkeydown = function (event) { if (event.key === 'Escape')
          close(); };
      [heading].concat(content, button(texts.close, function () { close(); })).forEach(function (each) { if (each)
          box.appendChild(each); });
      cover.appendChild(box);
      document.body.appendChild(cover);
      box.focus();
      outcome.then(remove, remove);
      return close;
      function close(value) {
          remove();
          closed(value);
      }
      function remove() {
          if (!cover.parentNode)
              return;
          cover.parentNode.removeChild(cover);
          if (before && before.focus)
              before.focus();
      }
  }
  function picture(action) {
      if (!/^data:image\//.test(action.image || ''))
          return null;
      var image = element('img', { width: '232px', height: '232px' });
      image.src = action.image;
      image.alt = action.content;
      return image;
  }
  /** A link to a page or an app; null for one that the browser would run as a script. */
  function link(url, texts) {
      var scheme = (/^([a-z][a-z0-9+.-]*):/i.exec(url) || [])[1];
      if (!scheme || /^(javascript|data|vbscript|blob|file|about|filesystem|view-source)$/i.test(scheme))
          return null;
      var anchor = element('a', CONTROL);
      anchor.href = url;
      anchor.rel = 'noreferrer';
      anchor.textContent = /^https?$/i.test(scheme) ? texts.openPage : texts.openApp;
      return anchor;
  }
  var CONTROL = { display: 'block', width: '100%', boxSizing: 'border-box', minHeight: '48px', margin: '8px 0 0', padding: '12px', border: '1px solid #767676', borderRadius: '10px', background: '#fff', color: '#111', font: '16px system-ui, sans-serif', textDecoration: 'none', textAlign: 'center' };
  function button(text, press) {
      var made = element('button', CONTROL);
      made.type = 'button';
      made.dir = 'auto';
      made.textContent = text;
      made.onclick = press;
      return made;
  }
  /** Styles are set one by one, which a strict Content-Security-Policy allows. */
  function element(name, style) {
      var made = document.createElement(name);
      for (var property in style)
          made.style[property] = style[property];
      return made;
  }

  exports.sheet = sheet;

})(this.Minitill = this.Minitill || {});
