import type { Action, OnAction, Outcome } from './api';
import type { SheetOptions, SheetTexts } from './sheet.api';

// The library list of tsconfig.json has the language alone, because the other entries run without a DOM.
declare const document: any;
declare const location: any;

const TEXTS: SheetTexts = {
  scan: 'Scan to pay', choose: 'How would you like to pay?',
  openPage: 'Open the wallet\u2019s page', openApp: 'Open the wallet\u2019s app', close: 'Close'
};

export function sheet(options: SheetOptions = {}): OnAction {
  const texts: any = {};
  [TEXTS, options.texts || {}].forEach(function (given: any) { for (const name in given) texts[name] = given[name]; });
  const go = options.go || function (url) { location.href = url; };

  return function (action: Action, _order, outcome) {
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
function web(url: string): string {
  if (!/^https?:\/\//i.test(url)) throw new Error('The action\u2019s URL is no web page.');
  return url;
}

function choose(methods: { id: string; name: string }[], outcome: Promise<Outcome>, texts: SheetTexts): Promise<unknown> {
  let chosen: (id: string) => void;
  const choice = new Promise<unknown>(function (resolve) { chosen = resolve; });
  const close = open(texts.choose, methods.map(function (method) {
    return button(method.name, function () { close(method.id); });
  }), outcome, texts, function (id) { chosen(id as string); });
  return choice;
}

/** Resolves to false when the payer closes the sheet. */
function show(title: string, content: any[], outcome: Promise<Outcome>, texts: SheetTexts): Promise<unknown> {
  return new Promise(function (resolve) { open(title, content, outcome, texts, function () { resolve(false); }); });
}

/** Opens a dialog over the page; returns a function that closes it, with a value for `closed`. */
function open(title: string, content: any[], outcome: Promise<Outcome>, texts: SheetTexts, closed: (value?: unknown) => void): (value?: unknown) => void {
  const before = document.activeElement;
  const heading = element('h2', { margin: '0 0 16px', font: '600 18px system-ui, sans-serif' });
  const box = element('div', { outline: 'none', background: '#fff', color: '#111', borderRadius: '16px 16px 0 0', padding: '24px', width: '100%', maxWidth: '420px', boxSizing: 'border-box', textAlign: 'center', maxHeight: '100%', overflow: 'auto' });
  const cover = element('div', { position: 'fixed', top: '0', right: '0', bottom: '0', left: '0', zIndex: '2147483647', background: 'rgba(0,0,0,.5)', display: 'flex', alignItems: 'flex-end', justifyContent: 'center' });
  heading.textContent = title;
  box.setAttribute('role', 'dialog');
  box.setAttribute('aria-modal', 'true');
  box.setAttribute('aria-label', title);
  box.tabIndex = -1;
  cover.onkeydown = function (event: any) { if (event.key === 'Escape') close(); };
  [heading].concat(content, button(texts.close, function () { close(); })).forEach(function (each) { if (each) box.appendChild(each); });
  cover.appendChild(box);
  document.body.appendChild(cover);
  box.focus();
  outcome.then(remove, remove);
  return close;

  function close(value?: unknown) {
    remove();
    closed(value);
  }
  function remove() {
    if (!cover.parentNode) return;
    cover.parentNode.removeChild(cover);
    if (before && before.focus) before.focus();
  }
}

function picture(action: { content: string; image?: string }): any {
  if (!/^data:image\//.test(action.image || '')) return null;
  const image = element('img', { width: '232px', height: '232px' });
  image.src = action.image;
  image.alt = action.content;
  return image;
}

/** A link to a page or an app; null for one that the browser would run as a script. */
function link(url: string, texts: SheetTexts): any {
  const scheme = (/^([a-z][a-z0-9+.-]*):/i.exec(url) || [])[1];
  if (!scheme || /^(javascript|data|vbscript|blob|file|about|filesystem|view-source)$/i.test(scheme)) return null;
  const anchor = element('a', CONTROL);
  anchor.href = url;
  anchor.rel = 'noreferrer';
  anchor.textContent = /^https?$/i.test(scheme) ? texts.openPage : texts.openApp;
  return anchor;
}

const CONTROL = { display: 'block', width: '100%', boxSizing: 'border-box', minHeight: '48px', margin: '8px 0 0', padding: '12px', border: '1px solid #767676', borderRadius: '10px', background: '#fff', color: '#111', font: '16px system-ui, sans-serif', textDecoration: 'none', textAlign: 'center' };

function button(text: string, press: () => void): any {
  const made = element('button', CONTROL);
  made.type = 'button';
  made.dir = 'auto';
  made.textContent = text;
  made.onclick = press;
  return made;
}

/** Styles are set one by one, which a strict Content-Security-Policy allows. */
function element(name: string, style: object): any {
  const made = document.createElement(name);
  for (const property in style) made.style[property] = (style as any)[property];
  return made;
}
