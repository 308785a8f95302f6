// Proves that dist/ is fresh, ES5, small, and free of what a mini program does not have.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, root } from './build.mjs';

const limit = 4096;
const dist = join(root, 'dist');
const forbidden = /\b(window|document|location|self|global|globalThis|process|Buffer|XMLHttpRequest|URL|URLSearchParams|AbortController|TextEncoder|TextDecoder|btoa|atob|crypto|Proxy|Symbol|WeakMap|async|await|class|eval|Function|require)\b/;
const problems = [];

await checkFresh();
checkSyntax();
const size = await checkSize();
await checkWords();

if (problems.length) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`dist is fresh, ES5, and ${size} of ${limit} bytes minified and gzipped`);

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
  esCheck('es5', 'dist/minitill.js', 'dist/minitill.min.js', 'dist/minitill.cjs.js');
  esCheck('es5', '--module', 'dist/minitill.mjs');
  function esCheck(...args) {
    try {
      execFileSync('npx', ['--no-install', 'es-check', ...args], { cwd: root, stdio: 'pipe' });
    } catch (error) {
      problems.push(`es-check ${args.join(' ')}\n${error.stdout}${error.stderr}`);
    }
  }
}

async function checkSize() {
  const size = gzipSync(await readFile(join(dist, 'minitill.min.js')), { level: 9 }).length;
  if (size > limit) problems.push(`dist/minitill.min.js is ${size} bytes gzipped, more than ${limit}`);
  return size;
}

async function checkWords() {
  const code = await readFile(join(dist, 'minitill.min.js'), 'utf8');
  const found = forbidden.exec(code);
  if (found) problems.push(`dist/minitill.min.js says "${found[0]}", which a mini program may not have`);
}
