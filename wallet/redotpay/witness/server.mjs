// A provider's server to try a merchant's server with:
//
//     node server.mjs <config.json>
//
// dialect "connect": appKey, privateKeyFile and keyVersion (the platform's), merchantPublicKeyFile,
// merchantKeyVersion, methods. dialect "direct": merchantCode, merchantKey, secret. Both: notifyUrl.
//
// It prints {"listening":"http://127.0.0.1:PORT"}, takes one command a line on its standard input and
// answers each with one line; it ends when its input does.
//
//     {"settle":"<number>","status":2}     the payer did something, and the merchant is not told
//     {"notify":"<number>"}                tells how an order stands; also url, at, broken, extra
//     {"refunded":"<number>","status":2}   ends a refund and tells of it
import http from 'node:http';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Connect } from './connect.mjs';
import { Direct } from './direct.mjs';
import { write } from './exact.mjs';
import { post, readBody } from './exchange.mjs';

const print = (line) => console.log(JSON.stringify(line));
const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
let provider;

async function tell(body, { url, at, broken } = {}) {
  const headers = provider.headers(body, { at });
  const received = await post(url ?? config.notifyUrl, { headers, body: broken ? `${body} ` : body });
  return { httpStatus: received.status, contentType: received.headers['content-type'], ack: received.body.toString() };
}

const commands = {
  settle: ({ settle, status }) => {
    provider.settle(settle, status);
    return { settled: settle };
  },
  notify: async ({ notify, extra, ...options }) => {
    const order = provider.orders.get(notify);
    return { notified: notify, ...await tell(write({ ...provider.news(notify), ...extra }), { url: order.callbackUrl, ...options }) };
  },
  refunded: async ({ refunded, status, ...options }) => ({ refunded, ...await tell(write(provider.refundNews(refunded, status)), options) }),
};

async function obey(line) {
  let command = {};
  try {
    command = JSON.parse(line);
    print(await commands[Object.keys(commands).find((name) => name in command)](command));
  } catch (error) {
    print({ error: error.message, ...command });
  }
}

const server = http.createServer(async (request, response) => {
  const { method, url, headers } = request;
  const { status, body } = provider.answer({ method, url, headers, body: await readBody(request) });
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
});

server.listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  provider = new { connect: Connect, direct: Direct }[config.dialect](config, origin);
  print({ listening: origin });
  const input = createInterface({ input: process.stdin });
  input.on('line', obey);
  input.on('close', () => {
    server.close();
    server.closeAllConnections();
  });
});
