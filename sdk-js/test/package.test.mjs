import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
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
  assert.equal(pkg.dependencies, undefined);
  assert.equal(pkg.sideEffects, false);
});

test('loading does nothing: no host is touched, no timer started', () => {
  const touched = new Proxy({}, { get(_, name) { throw new Error(`touched ${String(name)}`); } });
  const boom = () => { throw new Error('called'); };
  for (const subject of ['src', 'dist/minitill.js', 'dist/minitill.min.js']) {
    load(subject, { my: touched, localStorage: touched, fetch: boom, setTimeout: boom });
  }
});

test('the lock file names no registry', () => {
  const lock = readFileSync(file('package-lock.json'), 'utf8');
  assert.ok(!lock.includes('"resolved"') && !lock.includes('registry.'));
});
