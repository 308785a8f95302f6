// Starts the real server for tests: the binary of this checkout, with nothing but its defaults.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Resolves to { url, order, stop } of a server on a free port, with a data folder of its own. */
export async function startTill(...args) {
  const folder = mkdtempSync(join(tmpdir(), 'minitill-'));
  const binary = join(folder, 'minitill');
  // go run remembers what it has linked, which go build links each time; it is copied and not run.
  execFileSync('go', ['run', '-exec', `sh -c 'cp "$0" "${binary}"'`, '.'], { cwd: root, stdio: 'inherit' });
  const server = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--data', join(folder, 'data'), ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => { server.on('close', resolve); });
  const stop = async () => {
    server.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = await greeting(server);
    return { url, order: (id) => orderOf(url, join(folder, 'data', 'api.key'), id), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** An order as its merchant sees it. */
async function orderOf(url, key, id) {
  const response = await fetch(`${url}/v1/orders/${id}`, { headers: { Authorization: `Bearer ${readFileSync(key, 'utf8').trim()}` } });
  return response.json();
}

/** The address in the first line that the server prints once it is ready. */
function greeting(server) {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stdout.on('data', (text) => {
      said += text;
      const [, url] = /minitill is ready at (\S+)/.exec(said) ?? [];
      if (url) resolve(url);
    });
    server.on('close', (code) => reject(new Error(`the server ended with ${code} before it was ready`)));
  });
}
