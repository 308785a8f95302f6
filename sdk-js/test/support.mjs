// A world without time, network or phone: a virtual clock, a small Minitill server and a wallet's
// container. Nothing here sleeps; a test moves the clock.
import { readFileSync } from 'node:fs';
import { describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import ts from 'typescript';
import { age } from './age.mjs';

const root = new URL('..', import.meta.url);
const read = (path) => readFileSync(fileURLToPath(new URL(path, root)), 'utf8');

/** Runs the same tests on the sources and on the file that people embed. */
export function suite(name, define) {
  for (const subject of ['src', 'dist/minitill.js', 'dist/minitill.min.js']) {
    describe(`${name} (${subject})`, () => define((options) => createWorld(subject, options), subject));
  }
}

/** Where load keeps the globals of what it loaded. */
export const CONTEXT = Symbol('context');

/**
 * Loads an entry of the helper where nothing but the language exists, as old as the helper declares
 * (see age.mjs), plus the globals given.
 */
export function load(subject, globals = {}, entry = 'minitill') {
  const context = vm.createContext(Object.create(null, Object.getOwnPropertyDescriptors(globals)));
  age(context);
  if (subject === 'src') return { ...loadModule(entry === 'minitill' ? 'index' : entry, context, {}), [CONTEXT]: context };
  script(subject.replace('minitill', entry), read).runInContext(context);
  return { ...context.Minitill, [CONTEXT]: context };
}

const scripts = {};
/** The script of a file, compiled once: a test may load it in hundreds of worlds. */
const script = (path, source) => (scripts[path] ??= new vm.Script(source(path), { filename: path }));

function loadModule(name, context, loaded) {
  if (loaded[name]) return loaded[name].exports;
  const module = (loaded[name] = { exports: {} });
  const run = script(`src/${name}.ts`, transpile).runInContext(context);
  run(module, module.exports, (path) => loadModule(path.replace('./', ''), context, loaded));
  return module.exports;
}

function transpile(path) {
  const compilerOptions = { target: ts.ScriptTarget.ES2020, module: ts.ModuleKind.CommonJS };
  return `(function (module, exports, require) {${ts.transpileModule(read(path), { compilerOptions }).outputText}\n})`;
}

/** Runs all promise callbacks that are ready. */
async function settle() {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

class Clock {
  time = 1_700_000_000_000;
  timers = [];

  /** Timers of one owner, so that a test can see which are left. */
  owned(owner) {
    return {
      now: () => this.time,
      setTimeout: (run, ms) => {
        const timer = { run, at: this.time + ms, owner };
        this.timers.push(timer);
        return timer;
      },
      clearTimeout: (timer) => { this.timers = this.timers.filter((other) => other !== timer); },
    };
  }

  left(owner) { return this.timers.filter((timer) => timer.owner === owner).length; }

  /** Lets time pass, timer by timer. */
  async pass(ms) {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const [next] = this.timers.toSorted((a, b) => a.at - b.at);
      if (!next || next.at > end) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.time = Math.max(this.time, next.at);
      next.run();
      await settle();
    }
    this.time = end;
  }

  /** Lets time pass until promise is settled, an hour at most. */
  async until(promise) {
    let done = false;
    const mark = () => { done = true; };
    promise.then(mark, mark);
    await settle();
    for (const end = this.time + 3_600_000; !done && this.time < end;) {
      await this.pass(Math.max(0, Math.min(end, ...this.timers.map(({ at }) => at)) - this.time));
    }
    if (!done) throw new Error('still unsettled after an hour');
    return promise;
  }
}

/** What the server answers: { status, data } or { status, problem }; LOST stands for no answer. */
export const LOST = Symbol('lost');
export const problem = (status, code, more) => ({
  status,
  problem: { type: `/problems/${code}`, title: code, status, code, detail: `It was ${code}.`, requestId: 'req_1', ...more },
});

class Server {
  orders = Object.create(null);
  byKey = Object.create(null);
  requests = [];
  /** Tokens that are no longer good. */
  revoked = new Set();
  /** Answers that come before the server's own, by path; a function gets the request. */
  faults = [];
  action = { type: 'paymentUrl', paymentUrl: 'https://cashier.example/pay?a=%2F%20+b&s=c2ln==' };
  catalog = { items: [{ sku: 'tea', name: 'Tea', amount: { currency: 'USD', value: '250', decimal: '2.50' } }] };
  /** Whether GET …?wait= is held back. */
  holds = true;

  constructor(clock) { this.clock = clock.owned('server'); }

  fault(path, ...answers) { for (const answer of answers) this.faults.push({ path, answer }); }

  move(id, status) {
    const order = this.orders[id];
    order.status = status;
    for (const wake of order.waiting.splice(0)) wake();
  }

  /** Answers request; `done` gets the answer, perhaps later. */
  handle(request, done) {
    this.requests.push(request);
    const [path, query = ''] = request.url.replace(/^.*\/miniapp\/v1/, '').split('?');
    const fault = this.faults.find((one) => path.endsWith(one.path) && (one.method ?? request.method) === request.method);
    if (fault) {
      this.faults.splice(this.faults.indexOf(fault), 1);
      if (typeof fault.answer !== 'function') return done(fault.answer);
      const answer = fault.answer(this, request);
      if (answer) return done(answer);
    }
    if (path === '/catalog') return done({ status: 200, data: this.catalog });
    if (path === '/sessions') return done({ status: 201, data: { token: `session-${++this.sessions}`, expiresAt: 'later', payer: { id: 'p' } } });
    const token = (request.headers.Authorization ?? '').replace('Bearer ', '');
    const [, , id, action] = path.split('/');
    const good = token.startsWith('session-') || token === `token-${id}`;
    if (!good || this.revoked.has(token)) return done(problem(401, 'unauthenticated'));
    if (!id) return done(this.create(request));
    const order = this.orders[id];
    if (!order) return done(problem(404, 'not_found'));
    if (action === 'payments') this.move(id, 'pending');
    if (action === 'payments') return done({ status: 201, data: { order: show(order), action: this.action, orderToken: `token-${id}` } });
    if (action === 'cancel') this.move(id, 'canceled');
    const wait = /wait=(\d+)s/.exec(query);
    if (!wait || !this.holds || order.status !== 'pending') return done(this.told(order));
    const timer = this.clock.setTimeout(() => done(this.told(order)), wait[1] * 1000);
    order.waiting.push(() => { this.clock.clearTimeout(timer); done(this.told(order)); });
  }

  sessions = 0;

  create(request) {
    const key = request.headers['Idempotency-Key'];
    if (!key) return problem(400, 'invalid');
    const id = (this.byKey[key] ??= `ord_${Object.keys(this.orders).length + 1}`);
    this.orders[id] ??= { id, app: 'demo', status: 'pending', amount: { currency: 'USD', value: '250', decimal: '2.50' }, waiting: [] };
    return { status: 201, data: { order: show(this.orders[id]), action: this.action, orderToken: `token-${id}` } };
  }

  told(order) {
    const final = order.status !== 'pending';
    return { status: 200, data: { order: show(order), ...(final && { receipt: `receipt-${order.id}` }) } };
  }
}

const show = ({ waiting, ...order }) => ({ ...order });

/** How containers hand over an answer. */
export const deliveries = {
  'an envelope as an object': (o, a) => o.success({ status: 200, headers: {}, data: a }),
  'an envelope as text': (o, a) => o.success({ status: 200, data: JSON.stringify(a) }),
  'an envelope under statusCode': (o, a) => o.success({ statusCode: 200, header: {}, data: a }),
  'an envelope to complete alone': (o, a) => o.complete({ status: 200, data: a }),
  'an envelope to success and complete': (o, a) => { o.success({ status: 200, data: a }); o.complete({ status: 200, data: a }); },
  'a bare answer': (o, a) => o.success({ status: a.status, data: a.data ?? a.problem }),
  'a bare answer as text': (o, a) => o.success({ status: a.status, data: JSON.stringify(a.data ?? a.problem) }),
  'a bare answer, refusals to fail': (o, a) => (a.data ? o.success({ status: a.status, data: a.data })
    : o.fail({ error: 19, errorMessage: 'http status error', status: a.status, data: JSON.stringify(a.problem) })),
  'a bare answer, refusals to fail without a status': (o, a) => (a.data ? o.success({ data: a.data }) : o.fail({ error: 19, data: a.problem })),
};

function createWorld(subject, { deliver = deliveries['an envelope as an object'], host = 'my', without = [], globals = {}, ...options } = {}) {
  const clock = new Clock();
  const server = new Server(clock);
  const network = clock.owned('network');
  const storage = new Map();
  const cashier = { calls: [], shown: [] };
  const states = [];

  const request = (o) => {
    const headers = o.headers ?? o.header;
    const sent = { url: o.url, method: o.method, headers, data: o.data && JSON.parse(JSON.stringify(o.data)), options: o, at: clock.time };
    let aborted = false;
    network.setTimeout(() => server.handle(sent, (answer) => {
      network.setTimeout(() => {
        if (aborted) return;
        if (answer === LOST) o.fail({ error: 12, errorMessage: 'network' });
        else deliver(o, answer);
      }, 20);
    }), 20);
    return { abort: () => { aborted = true; sent.aborted = true; } };
  };

  const my = host === 'wx' ? {
    login() {},
    request,
    getStorageSync: (key) => { if (typeof key !== 'string') throw new Error('a key, please'); return storage.get(key) ?? ''; },
    setStorageSync: (key, value) => { storage.set(key, value); },
    removeStorageSync: (key) => { storage.delete(key); },
  } : {
    request,
    getAuthCode: (o) => { cashier.scopes = o.scopes; o.success({ authCode: 'code-1', authSuccessScopes: [] }); o.complete({}); },
    tradePay: (o) => { cashier.calls.push(o); },
    onAppShow: (listener) => { cashier.shown.push(listener); },
    getStorageSync: ({ key }) => ({ data: storage.get(key) ?? null }),
    setStorageSync: ({ key, data }) => { storage.set(key, data); },
    removeStorageSync: ({ key }) => { storage.delete(key); },
  };
  for (const name of without) delete my[name];

  const minitill = load(subject, globals);
  const launch = (more = {}) => minitill.createTill({
    baseUrl: 'https://till.example', my, wallet: 'sandbox', timers: clock.owned('till'),
    onState: (state) => { states.push(state); }, ...options, ...more,
  });

  const stored = (name) => {
    const text = storage.get([...storage.keys()].find((key) => key.startsWith(`minitill.${name}@`)));
    return text ? JSON.parse(text) : null;
  };
  const sent = (method, end) => server.requests.filter((r) => r.method === method && r.url.split('?')[0].endsWith(end));

  /** Starts pay() and brings the payer to the cashier. */
  const atCashier = async (till, what = tea, own) => {
    const paying = till.pay(what, own);
    paying.catch(() => {});
    await clock.pass(1000);
    return { paying, o: cashier.calls.at(-1) };
  };

  return { minitill, launch, till: launch(), my, clock, server, cashier, storage, states, stored, sent, atCashier };
}

export const tea = { items: [{ sku: 'tea', quantity: 1 }] };

/** Fails with what the promise resolved to, or returns what it rejected with. */
export async function rejection(promise) {
  let value;
  try { value = await promise; } catch (error) { return error; }
  throw new Error(`resolved to ${JSON.stringify(value)}`);
}
