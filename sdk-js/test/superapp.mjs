// A super app as far as a mini program sees it: it loads app.json, the app and its pages into an engine that has
// nothing but the language, draws their templates, and gives them `my`. Requests and the cashier are real.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';
import ts from 'typescript';
import { draw, parse } from './axml.mjs';

/** What the app stores, kept while mini programs start and end. */
export class SuperApp {
  /** The texts that setStorage has kept. */
  storage = new Map();
  /** How the payer acts at the cashier, and what the container reports: see tradePay. */
  payer = { outcome: 'pay', code: '9000', by: 'success' };
  online = true;
  toasts = [];
  without = [];

  constructor(folder, { walletUrl, user = 'ann', files = {} }) {
    Object.assign(this, { folder, walletUrl, user, files });
  }

  /** Starts the mini program; `await app.settled(…)` waits for what it does. */
  launch() {
    const program = new Program(this);
    this.program = program;
    program.start();
    return program;
  }

  /** The container ends the mini program: no timer and no answer reaches it any more. */
  kill() { this.program.alive = false; }
}

class Program {
  alive = true;
  pages = [];
  shown = [];
  modules = {};
  watchers = new Set();

  constructor(app) {
    this.superApp = app;
    this.manifest = JSON.parse(this.read('app.json'));
  }

  read(path) { return this.superApp.files[path] ?? readFileSync(join(this.superApp.folder, path), 'utf8'); }

  start() {
    // Whatever the container calls back later, a program that was ended does not run.
    const guarded = (run) => (...args) => { if (this.alive) { run(...args); this.changed(); } };
    const timers = {
      setTimeout: (run, ms) => setTimeout(guarded(run), ms).unref(),
      clearTimeout: (timer) => clearTimeout(timer),
    };
    this.context = vm.createContext({
      ...timers, console, my: this.my(guarded),
      App: (app) => { this.app = app; },
      Page: (options) => { this.defined = options; },
      getApp: () => this.app,
      getCurrentPages: () => this.pages,
    });
    this.require('/app.js');
    this.app.onLaunch?.({ path: this.manifest.pages[0], query: {} });
    this.open(`/${this.manifest.pages[0]}`);
  }

  /** Loads a module as the developer tools do: ES modules become CommonJS, paths begin at the root or here. */
  require(path) {
    const name = /\.js$/.test(path) ? path : `${path}.js`;
    if (this.modules[name]) return this.modules[name].exports;
    const module = (this.modules[name] = { exports: {} });
    const run = compile(this.read(name.slice(1)), name).runInContext(this.context);
    run(module, module.exports, (wanted) => this.require(wanted.startsWith('/') ? wanted : join(name, '..', wanted)));
    return module.exports;
  }

  open(url) {
    const [path, query = ''] = url.slice(1).split('?');
    if (!this.manifest.pages.includes(path)) throw new Error(`app.json has no page ${path}`);
    delete this.modules[`/${path}.js`];
    this.require(`/${path}`);
    const page = Object.assign(Object.create(this.defined), { route: path, data: structured(this.defined.data ?? {}), template: parse(this.read(`${path}.axml`)) });
    page.setData = (more) => { if (this.alive) { Object.assign(page.data, structured(more)); this.changed(); } };
    this.pages.push(page);
    page.onLoad?.(Object.fromEntries(new URLSearchParams(query)));
    page.onShow?.();
    this.changed();
  }

  // What a person does

  get page() { return this.pages.at(-1); }

  /** What is on the screen. */
  get screen() { return draw(this.page.template, this.page.data); }

  get text() { return this.screen.map(({ text }) => text).filter(Boolean).join('\n'); }

  button(label) { return this.screen.filter(({ name, text }) => name === 'button' && text === label); }

  /** Taps the nth button with this label. */
  tap(label, n = 0) {
    const button = this.button(label)[n];
    if (!button) throw new Error(`there is no button "${label}" on\n${this.text}`);
    if (button.attributes.disabled) return;
    const dataset = Object.fromEntries(Object.entries(button.attributes).filter(([key]) => key.startsWith('data-')).map(([key, value]) => [key.slice(5), value]));
    this.page[button.attributes.onTap]({ type: 'tap', target: { dataset }, currentTarget: { dataset } });
    this.changed();
  }

  back() { this.pages.pop(); this.page.onShow?.(); }

  /** Waits until what is on the screen has these words. */
  async until(words) {
    for (;;) {
      if (this.text.includes(words)) return this.text;
      await new Promise((resolve) => { this.watchers.add(resolve); });
    }
  }

  changed() {
    for (const resolve of this.watchers) resolve();
    this.watchers.clear();
  }

  // What the container offers

  my(guarded) {
    const { superApp } = this;
    const finish = guarded((options, how, result) => {
      options[how]?.(structured(result));
      options.complete?.(structured(result));
    });
    const my = {
      request: (options) => {
        const cut = new AbortController();
        this.send(options, cut.signal).then((answer) => finish(options, 'success', answer), () => finish(options, 'fail', { error: 12, errorMessage: 'network error' }));
        return { abort: () => cut.abort() };
      },
      getAuthCode: (options) => {
        fetch(`${superApp.walletUrl}/authcode?user=${superApp.user}`).then((response) => response.json()).then(
          ({ authCode }) => finish(options, 'success', { authCode, authSuccessScopes: ['auth_base'] }),
          () => finish(options, 'fail', { error: 12, errorMessage: 'network error' }));
      },
      tradePay: (options) => { this.cashier(options.paymentUrl).then(({ by, code }) => { if (by) finish(options, by, by === 'fail' ? { error: Number(code) } : { resultCode: code }); }); },
      setStorageSync: ({ key, data }) => { superApp.storage.set(key, JSON.stringify(data)); },
      getStorageSync: ({ key }) => ({ data: superApp.storage.has(key) ? JSON.parse(superApp.storage.get(key)) : null }),
      removeStorageSync: ({ key }) => { superApp.storage.delete(key); },
      onAppShow: (listener) => { this.shown.push(listener); },
      navigateTo: ({ url }) => this.open(url),
      showToast: ({ content }) => { superApp.toasts.push(content); },
    };
    for (const name of superApp.without) delete my[name];
    return my;
  }

  async send(options, signal) {
    if (!this.superApp.online) throw new Error('offline');
    const response = await fetch(options.url, {
      method: options.method || 'GET', headers: options.headers, body: options.data && JSON.stringify(options.data), signal,
    });
    return { status: response.status, headers: Object.fromEntries(response.headers), data: JSON.parse(await response.text()) };
  }

  /** Lets the payer act: `outcome` is what the wallet books, `leave` nothing; `by` and `code` what is reported, if at all. */
  async cashier(paymentUrl) {
    const { payer } = this.superApp;
    if (payer.outcome !== 'leave') {
      await fetch(paymentUrl, { method: 'POST', body: new URLSearchParams({ outcome: payer.outcome }), redirect: 'manual' });
    }
    if (payer.dies) this.alive = false;
    this.changed();
    return payer;
  }
}

const compiled = new Map();

/** A module as a script for any context. */
function compile(source, filename) {
  const key = `${filename}\n${source}`;
  if (!compiled.has(key)) {
    const compilerOptions = { target: ts.ScriptTarget.ES2017, module: ts.ModuleKind.CommonJS };
    const { outputText } = ts.transpileModule(source, { compilerOptions });
    compiled.set(key, new vm.Script(`(function (module, exports, require) {${outputText}\n})`, { filename }));
  }
  return compiled.get(key);
}

/** A copy, as everything is that crosses the bridge between a container and an engine. */
const structured = (value) => JSON.parse(JSON.stringify(value));

/** Whether a folder has the files that app.json names. */
export function missing(folder) {
  const { pages } = JSON.parse(readFileSync(join(folder, 'app.json'), 'utf8'));
  return pages.flatMap((page) => ['js', 'axml', 'json'].map((ext) => `${page}.${ext}`)).filter((path) => !existsSync(join(folder, path)));
}
