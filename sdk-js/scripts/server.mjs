// Builds `minitill/server`, for Node: modern syntax, and its comments kept, since people copy and read webhook.mjs.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';
import ts from 'typescript';

const source = fileURLToPath(new URL('../src/server', import.meta.url));

/** Takes the types away and nothing else. */
const untyped = {
  name: 'untyped',
  resolveId(id, importer) {
    return importer && id.startsWith('.') ? join(importer, '..', `${id}.ts`) : null;
  },
  transform(code) {
    const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
    return { code: indented(ts.transpileModule(code, { compilerOptions }).outputText), map: null };
  },
};

/** By two blanks, as the sources are. */
function indented(code) {
  return code.replace(/^ +/gm, ({ length }) => ' '.repeat(Math.floor(length / 4) * 2 + (length % 4)));
}

/** Each entry with its file as an ES module; webhook.mjs is a file to copy. */
const entries = { server: 'index.ts', webhook: 'webhook.ts' };

export async function buildServer(folder, banner) {
  const input = Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(source, file)]));
  const bundle = await rollup({ input, external: /^node:/, plugins: [untyped] });
  for (const output of (await bundle.generate({ format: 'es', banner, entryFileNames: '[name].mjs' })).output) {
    await writeFile(join(folder, output.fileName), output.code);
  }
  await bundle.close();
  const whole = await rollup({ input: input.server, external: /^node:/, plugins: [untyped] });
  const { output: [chunk] } = await whole.generate({ format: 'cjs', banner });
  await writeFile(join(folder, 'server.cjs.js'), chunk.code);
  await whole.close();
  for (const file of ['server.d.ts', 'server.d.mts']) {
    await writeFile(join(folder, file), await readFile(join(source, 'api.d.ts')));
  }
}
