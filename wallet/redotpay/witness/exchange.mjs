// One exchange over HTTP, bounded in size and time.
import http from 'node:http';

const bodyLimit = 1 << 20;
const patience = 10_000;

/** Sends a request and resolves to { status, headers, body }, body being the bytes of the answer. */
export function exchange(method, url, { headers, body = '' }) {
  return new Promise((resolve, reject) => {
    const call = http.request(url, {
      method, agent: false, signal: AbortSignal.timeout(patience), headers: { 'Content-Length': Buffer.byteLength(body), ...headers },
    });
    call.on('error', reject);
    call.on('response', (answer) => {
      readBody(answer).then((bytes) => resolve({ status: answer.statusCode, headers: answer.headers, body: bytes }), reject);
    });
    call.end(body);
  });
}

export const post = (url, message) => exchange('POST', url, message);

export async function readBody(message) {
  const chunks = [];
  let length = 0;
  for await (const chunk of message) {
    length += chunk.length;
    if (length > bodyLimit) throw new Error('the body is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
