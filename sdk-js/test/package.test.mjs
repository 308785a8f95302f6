import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { entries } from '../scripts/entries.mjs';
import { load } from './support.mjs';

const require = createRequire(import.meta.url);
const file = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const pkg = JSON.parse(readFileSync(file('package.json'), 'utf8'));

test('every build has the same two names', async () => {
  const builds = [require(file(pkg.main)), await import(file(pkg.module)), load('src'), load('dist/minitill.js'), load(pkg.unpkg)];
  for (const build of builds) {
    assert.deepEqual(Object.keys(build).sort(), ['TillError', 'createTill']);
    assert.equal(typeof build.createTill({ baseUrl: '' }).pay, 'function');
    const error = new build.TillError('busy', 'Later.');
    assert.deepEqual([error.name, error.code, error.message, error.status, error.requestId, String(error)], ['TillError', 'busy', 'Later.', 0, '', 'TillError: Later.']);
    assert.match(error.stack, /Later/);
  }
});

test('package.json points at files that exist, and depends on nothing', () => {
  for (const field of ['main', 'module', 'types', 'unpkg', 'jsdelivr']) assert.ok(existsSync(file(pkg[field])), field);
  const targets = (at) => (typeof at === 'string' ? [at] : Object.values(at).flatMap(targets));
  for (const target of targets(pkg.exports).filter((path) => !path.includes('*'))) assert.ok(existsSync(file(target)), target);
  assert.equal(pkg.dependencies, undefined);
  assert.equal(pkg.sideEffects, false);
});

const subpaths = entries.filter(({ name, types }) => name !== 'minitill' && types); // without types it is a file to copy

test('every entry of the build can be imported by its name, also where exports are not known', async () => {
  assert.deepEqual(Object.keys(pkg.exports), ['.', ...subpaths.map(({ name }) => `./${name}`), './dist/*', './package.json']);
  for (const { name } of subpaths) {
    const names = Object.keys(await import(`minitill/${name}`)).sort();
    assert.ok(names.length > 0);
    assert.deepEqual(Object.keys(require(`minitill/${name}`)).sort(), names, 'CommonJS and ES module agree');
    const old = JSON.parse(readFileSync(file(`${name}/package.json`), 'utf8'));
    for (const [field, kind] of [['main', 'require'], ['module', 'import']]) assert.equal(join(name, old[field]), join(pkg.exports[`./${name}`][kind].default), field);
    assert.equal(join(name, old.types), join(pkg.exports[`./${name}`].require.types));
    assert.ok(pkg.files.includes(name));
  }
});

test('the license is in the package', () => {
  assert.equal(readFileSync(file('LICENSE'), 'utf8'), readFileSync(file('../LICENSE'), 'utf8'));
});

test('scripts for pages add to one global', () => {
  const page = vm.createContext({});
  for (const { name } of entries.filter((entry) => entry.page)) vm.runInContext(readFileSync(file(`dist/${name}.min.js`), 'utf8'), page);
  for (const name of ['createTill', 'TillError', 'agree', 'detect', 'sheet']) assert.equal(typeof page.Minitill[name], 'function', name);
});

test('loading does nothing: no host is touched, no timer started', () => {
  const touched = new Proxy({}, { get(_, name) { throw new Error(`touched ${String(name)}`); } });
  const boom = () => { throw new Error('called'); };
  for (const subject of ['src', 'dist/minitill.js', 'dist/minitill.min.js']) {
    for (const { name, page } of entries) if (page) load(subject, { my: touched, localStorage: touched, location: touched, document: touched, fetch: boom, setTimeout: boom }, name);
  }
});

test('the lock file names no registry', () => {
  const lock = readFileSync(file('package-lock.json'), 'utf8');
  assert.ok(!lock.includes('"resolved"') && !lock.includes('registry.'));
});
