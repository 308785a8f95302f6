// Loads a recipe as a developer's tools do, in a world of the helper's own tests: a virtual clock, a small server,
// a wallet's container. `minitill` is the built file.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import ts from 'typescript';
import { load } from '../../test/support.mjs';

const require = createRequire(import.meta.url);
const read = (path) => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8');
export const recipe = read;

/** Compiles a module to CommonJS and runs it where there are `globals` and nothing else. */
export function run(text, name, globals, modules = {}) {
  const compilerOptions = { target: ts.ScriptTarget.ES2020, module: ts.ModuleKind.CommonJS, esModuleInterop: true };
  const { outputText } = ts.transpileModule(text, { compilerOptions });
  const context = vm.createContext({ console, ...globals });
  const module = { exports: {} };
  vm.runInContext(`(function (module, exports, require) {${outputText}\n})`, context, { filename: name })(module, module.exports, (wanted) => {
    if (wanted in modules) return modules[wanted];
    throw new Error(`${name} imports ${wanted}`);
  });
  return module.exports;
}

/** The built helper on the clock of world w. A recipe's requests go to w's server, whatever its baseUrl. */
export function helper(w, globals) {
  const built = load('dist/minitill.js', globals);
  const createTill = (options) => built.createTill({ timers: w.clock.owned('till'), ...options });
  const entries = Object.fromEntries(['hosts', 'sheet'].map((name) => [`minitill/${name}`, load('dist/minitill.js', globals, name)]));
  return { minitill: { ...built, createTill }, '/utils/minitill': { ...built, createTill }, ...entries };
}

/** `fetch` of a browser, answered by w's server; what happened is in w.server.requests. */
export const fetchOf = (w) => (url, o) => new Promise((resolve) => {
  w.server.handle({ url, method: o.method, headers: o.headers, data: o.body && JSON.parse(o.body) }, (answer) =>
    resolve({ status: 200, text: () => Promise.resolve(JSON.stringify(answer)) }));
});

export function memory() {
  const kept = new Map();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text), removeItem: (key) => kept.delete(key), kept };
}

/** Taro as its published plugin for Alipay's family makes it, over a container. */
export function taroOver(my) {
  const globals = { my, getCurrentPages: () => [], getApp: () => ({}), process, setTimeout, clearTimeout };
  const published = (name, modules) => { const file = require.resolve(name); return run(readFileSync(file, 'utf8'), file, globals, modules); };
  const shared = published('@tarojs/shared');
  const taro = published('@tarojs/api', { '@tarojs/shared': shared, '@tarojs/runtime': { options: {} } }).default;
  published('@tarojs/plugin-platform-alipay/dist/runtime-utils.js', { '@tarojs/shared': shared }).initNativeApi(taro);
  return taro;
}
