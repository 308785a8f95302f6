// Small HTTP for both programs.
import { createServer } from 'node:http';

export async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

/** Starts a server on a free port of this machine; resolves to it and its address. */
export function listen(handle) {
  const server = createServer((request, response) => {
    handle(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ server, address: `http://127.0.0.1:${server.address().port}` }));
  });
}

export async function post(url, content, headers = {}) {
  const response = await fetch(url, {
    method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: typeof content === 'string' ? content : JSON.stringify(content),
  });
  return { status: response.status, text: await response.text() };
}
