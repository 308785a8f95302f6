// A wallet's server of the Mini Program Platform family, to try a merchant's server with:
//
//     node server.mjs <config.json>      (members: config.mjs)
//
// It prints {"listening":"http://127.0.0.1:PORT"} and then takes one command a line on its standard
// input, answering each with one line; it ends when its input does.
//
//     {"settle":"<paymentRequestId>","status":"SUCCESS"}  →  {"settled":…,"status":…}
//     {"notify":"<paymentRequestId>","status":"FAIL"}     →  {"notified":…,"httpStatus":…,"ack":{…},"ackVerified":true}
//     {"mint":"<authCode>"}                               →  {"minted":…}
//
// notify settles a payment that is open, then tells the merchant, whatever the payment's own state. It
// also takes amount {currency,value}, carrier, url, time, encoding, and broken: true for a body that
// was changed after signing. A command that fails is answered with {"error":…} and the command's own members.
import http from 'node:http';
import { createInterface } from 'node:readline';
import { readConfig, serverMembers } from './config.mjs';
import { readBody } from './exchange.mjs';
import { WalletServer } from './wallet.mjs';

const print = (line) => console.log(JSON.stringify(line));

const commands = {
  settle: (wallet, { settle, status }) => {
    wallet.settle(settle, status);
    return { settled: settle, status: status ?? 'SUCCESS' };
  },
  notify: async (wallet, { notify, ...options }) => ({ notified: notify, ...await wallet.notify(notify, options) }),
  mint: (wallet, { mint, customerId }) => {
    wallet.tokens.mint(mint, customerId);
    return { minted: mint };
  },
};

async function obey(wallet, line) {
  let command = {};
  try {
    command = JSON.parse(line);
    const name = Object.keys(commands).find((known) => known in command);
    if (!name) throw new Error(`commands are ${Object.keys(commands).join(', ')}`);
    print(await commands[name](wallet, command));
  } catch (error) {
    print({ error: error.message, ...command });
  }
}

const config = readConfig(process.argv[2], serverMembers);
let wallet;

const server = http.createServer(async (request, response) => {
  try {
    const { method, url, headers } = request;
    const answer = wallet.answer({ method, url, headers, body: await readBody(request) });
    response.writeHead(200, { 'Content-Type': 'application/json; charset=UTF-8', ...answer.headers }).end(answer.body);
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
});

server.listen(config.port ?? 0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  wallet = new WalletServer(config, origin);
  print({ listening: origin });
  const input = createInterface({ input: process.stdin });
  input.on('line', (line) => obey(wallet, line));
  input.on('close', () => {
    server.close();
    server.closeAllConnections();
  });
});
