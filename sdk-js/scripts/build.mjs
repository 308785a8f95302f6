// Builds dist/ from src/: `node scripts/build.mjs [folder]`. The same source gives the same bytes.
import { builtinModules } from 'node:module';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import swc from '@swc/core';
import { rollup } from 'rollup';
import ts from 'typescript';
import { entries, typesOf } from './entries.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));

const { version, license } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const banner = `/*! minitill ${version} | ${license} */`;

/** The modules of an entry, and its script for pages. */
const outputsOf = ({ name, page }) => [
  { file: `${name}.cjs.js`, format: 'cjs' },
  { file: `${name}.mjs`, format: 'es' },
  ...(page ? [{ file: `${name}.js`, format: 'iife', name: 'Minitill', esModule: false, extend: name !== 'minitill' }] : []),
];

/** Turns TypeScript into JavaScript that keeps its comments: people copy and read these files. */
const typescript = (target) => ({
  name: 'typescript',
  resolveId(id, importer) {
    return importer && id.startsWith('.') ? join(importer, '..', `${id}.ts`) : null;
  },
  transform(code) {
    const compilerOptions = { target, module: ts.ModuleKind.ESNext };
    return { code: ts.transpileModule(code, { compilerOptions }).outputText, map: null };
  },
});

export async function build(folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const entry of entries) {
    await buildScripts(entry, folder);
    if (entry.types) await buildTypes(entry, folder);
  }
  await buildGlobal(folder);
}

async function buildScripts(entry, folder) {
  const target = entry.node ? ts.ScriptTarget.ES2020 : ts.ScriptTarget.ES5;
  const external = entry.node ? [...builtinModules, /^node:/] : [];
  const bundle = await rollup({ input: join(root, `src/${entry.source}.ts`), external, plugins: [typescript(target)] });
  for (const { file, ...output } of outputsOf(entry)) {
    const { output: [chunk] } = await bundle.generate({ ...output, banner });
    await writeFile(join(folder, file), chunk.code);
    if (output.format === 'iife') await writeFile(join(folder, `${entry.name}.min.js`), await minify(chunk.code));
  }
  await bundle.close();
}

/** Types for CommonJS and for ES modules: the latter name their neighbours by file. */
async function buildTypes(entry, folder) {
  const text = await readFile(join(root, `src/${entry.types}.d.ts`), 'utf8');
  const named = (extension) => text.replace(/from '\.\/([\w.]+)'/g, (_, types) => {
    const neighbour = entries.find((other) => other.types === types);
    if (!neighbour) throw new Error(`src/${entry.types}.d.ts imports ./${types}, which is no entry's types`);
    return `from './${typesOf(neighbour)}${extension}'`;
  });
  await writeFile(join(folder, `${typesOf(entry)}.d.ts`), named(''));
  await writeFile(join(folder, `${typesOf(entry)}.d.mts`), named('.mjs'));
}

/** The type of the global, once every script for pages has added its names. */
async function buildGlobal(folder) {
  const modules = entries.filter(({ page }) => page).map((entry) => `export * from './${typesOf(entry)}';\n`);
  await writeFile(join(folder, 'page.d.ts'), `/** The names of a script that a page does not load are missing. */\n${modules.join('')}export as namespace Minitill;\n`);
}

/** What a bundler of an app makes of a script. */
export async function minify(code, module = false) {
  const { code: small } = await swc.minify(code, {
    compress: { ecma: 5, passes: 3, unsafe_undefined: false },
    mangle: true,
    module,
    format: { ecma: 5, comments: false },
  });
  return `${banner}\n${small}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = resolve(process.argv[2] ?? join(root, 'dist'));
  await build(folder);
  for (const file of await readdir(folder)) console.log(relative(process.cwd(), join(folder, file)));
}
