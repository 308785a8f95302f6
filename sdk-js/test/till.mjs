// Runs the real till, without a configuration, as `go run .` does: a sandbox wallet and a demo shop.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Builds and starts a till. Returns its URL, a merchant's calls, and what stops it. */
export async function startTill() {
  const folder = mkdtempSync(join(tmpdir(), 'minitill-'));
  const binary = join(folder, 'minitill');
  execFileSync('go', ['build', '-o', binary, '.'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const till = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--data', join(folder, 'data')], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => { till.once('exit', resolve); });
  const url = await new Promise((resolve, reject) => {
    till.once('exit', () => reject(new Error('the till ended without saying where it is')));
    createInterface({ input: till.stdout }).on('line', (line) => { // to the end, or the till would wait for a reader
      const found = /http:\/\/[^\s/]+/.exec(line);
      if (found) resolve(found[0]);
    });
  });
  const key = readFileSync(join(folder, 'data', 'api.key'), 'utf8').trim();
  return {
    url,
    /** An order as its merchant sees it. */
    order: async (id) => (await fetch(`${url}/v1/orders/${id}`, { headers: { Authorization: `Bearer ${key}` } })).json(),
    stop: async () => {
      till.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
