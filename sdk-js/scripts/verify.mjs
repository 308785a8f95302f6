// Proves that dist/ is fresh, ES5, small, and free of what a mini program does not have.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, minify, root } from './build.mjs';
import { entries } from './entries.mjs';

const limit = 4096;
const dist = join(root, 'dist');
// location is used where a browser has it, after a typeof.
const forbidden = /\b(window|document|self|global|globalThis|process|Buffer|XMLHttpRequest|URL|URLSearchParams|AbortController|TextEncoder|TextDecoder|btoa|atob|crypto|Proxy|Symbol|WeakMap|async|await|class|eval|Function|require)\b/;
/** What runs in a mini program, as far as it is not for pages alone. */
const bare = ['minitill', 'agree'];
const problems = [];

await checkFresh();
checkSyntax();
const sizes = await checkSizes();
await checkWords();

if (problems.length) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log('dist is fresh and ES5; minified and gzipped:');
for (const [file, size] of Object.entries(sizes)) console.log(`  ${file}: ${size} bytes`);

async function checkFresh() {
  const fresh = await mkdtemp(join(tmpdir(), 'minitill-'));
  try {
    await build(fresh);
    const [want, got] = await Promise.all([contents(fresh), contents(dist)]);
    for (const name of new Set([...Object.keys(want), ...Object.keys(got)])) {
      if (want[name] !== got[name]) problems.push(`dist/${name} is stale: run npm run build`);
    }
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function contents(folder) {
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return Object.fromEntries(names.map((name, i) => [name, texts[i]]));
}

function checkSyntax() {
  const old = entries.filter(({ node }) => !node).map(({ name }) => `dist/${name}`);
  esCheck('es5', ...old.flatMap((name) => [`${name}.js`, `${name}.min.js`, `${name}.cjs.js`]));
  esCheck('es5', '--module', ...old.map((name) => `${name}.mjs`));
  function esCheck(...args) {
    try {
      execFileSync('npx', ['--no-install', 'es-check', ...args], { cwd: root, stdio: 'pipe' });
    } catch (error) {
      problems.push(`es-check ${args.join(' ')}\n${error.stdout}${error.stderr}`);
    }
  }
}

/** The script for pages and each file to copy, as an app's own bundler makes them; the limit is for the main entry. */
async function checkSizes() {
  const sizes = {};
  for (const { name } of entries.filter(({ page }) => page)) {
    for (const file of [`${name}.js`, `${name}.mjs`, `${name}.cjs.js`]) {
      const small = await minify(await readFile(join(dist, file), 'utf8'), !file.endsWith(`${name}.js`));
      sizes[file] = gzipSync(small, { level: 9 }).length;
      if (name === 'minitill' && sizes[file] > limit) problems.push(`dist/${file} is ${sizes[file]} bytes minified and gzipped, more than ${limit}`);
    }
  }
  return sizes;
}

async function checkWords() {
  for (const name of bare) {
    const found = forbidden.exec(await readFile(join(dist, `${name}.min.js`), 'utf8'));
    if (found) problems.push(`dist/${name}.min.js says "${found[0]}", which a mini program may not have`);
  }
}
