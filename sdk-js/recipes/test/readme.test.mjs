// Compares the README of the helper with the recipes: UPDATE=1 writes them into it.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { json } from '../../../testdata/read.mjs';

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const LANGUAGES = { html: 'html', js: 'js', mjs: 'js', ts: 'ts' };

/** What the wallets mean by each code. */
const MEANINGS = {
  9000: 'paid, says the cashier', 8000: 'at work', 6004: 'unknown, may be paid', 6002: 'the network failed',
  6001: 'the payer left; the order stays open', 4000: '"failed" in one wallet, "paid or closed" in another',
  99: 'the payer left to find a forgotten password', 4: 'the app has no permission to pay',
};

function table() {
  const codes = Object.entries(json('contract/results.json')).sort(([a], [b]) => Number(b) - Number(a));
  assert.deepEqual(codes.map(([code]) => code).sort(), Object.keys(MEANINGS).sort());
  return `| code | state meanwhile | what the wallet means |\n| --- | --- | --- |\n${codes.map(([code, state]) => `| \`${code}\` | \`${state}\` | ${MEANINGS[code]} |\n`).join('')}`;
}

function content(name) {
  if (name === 'results') return table();
  return `\`\`\`${LANGUAGES[name.split('.').at(-1)]}\n${readFileSync(path(name), 'utf8')}\`\`\`\n`;
}

test('the README shows the recipes as they are', () => {
  const readme = readFileSync(path('README.md'), 'utf8');
  const shown = [];
  const want = readme.replace(/(<!-- (\S+) -->\n)[^]*?(<!-- \/ -->)/g, (_, open, name, end) => {
    shown.push(name);
    return open + content(name) + end;
  });
  const recipes = ['native', 'taro', 'uni-app', 'web'].flatMap((folder) => readdirSync(path(`recipes/${folder}`)).map((name) => `recipes/${folder}/${name}`));
  assert.deepEqual(recipes.filter((name) => !/\.d\.ts$|\.json$/.test(name) && !shown.includes(name)), [], 'every recipe is shown');
  if (process.env.UPDATE) return writeFileSync(path('README.md'), want);
  assert.ok(readme === want, 'the README is stale: UPDATE=1 node --test recipes/test/readme.test.mjs');
});
