// Builds dist/ from src/: `node scripts/build.mjs [folder]`. The same source gives the same bytes.
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import swc from '@swc/core';
import { rollup } from 'rollup';
import ts from 'typescript';

export const root = fileURLToPath(new URL('..', import.meta.url));

const { version, license } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const banner = `/*! minitill ${version} | ${license} */`;
const formats = [
  { file: 'minitill.cjs.js', format: 'cjs' },
  { file: 'minitill.mjs', format: 'es' },
  { file: 'minitill.js', format: 'iife', name: 'Minitill', esModule: false },
];

/** Turns TypeScript into ES5 that keeps its comments: people copy and read these files. */
const es5 = {
  name: 'es5',
  resolveId(id, importer) {
    return importer && id.startsWith('.') ? join(importer, '..', `${id}.ts`) : null;
  },
  transform(code) {
    const compilerOptions = { target: ts.ScriptTarget.ES5, module: ts.ModuleKind.ESNext };
    return { code: ts.transpileModule(code, { compilerOptions }).outputText, map: null };
  },
};

export async function build(folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const bundle = await rollup({ input: join(root, 'src/index.ts'), plugins: [es5] });
  for (const { file, ...output } of formats) {
    const { output: [chunk] } = await bundle.generate({ ...output, banner });
    await writeFile(join(folder, file), chunk.code);
    if (output.format === 'iife') await writeFile(join(folder, 'minitill.min.js'), await minify(chunk.code));
  }
  await bundle.close();
  await writeFile(join(folder, 'index.d.ts'), await readFile(join(root, 'src/api.d.ts')));
}

async function minify(code) {
  const { code: small } = await swc.minify(code, {
    compress: { ecma: 5, passes: 3, unsafe_undefined: false },
    mangle: true,
    format: { ecma: 5, comments: false },
  });
  return `${banner}\n${small}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = resolve(process.argv[2] ?? join(root, 'dist'));
  await build(folder);
  for (const file of await readdir(folder)) console.log(relative(process.cwd(), join(folder, file)));
}
