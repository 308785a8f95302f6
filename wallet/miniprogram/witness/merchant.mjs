// The least of a merchant's server: it takes notifications and acknowledges them with a signature.
import http from 'node:http';
import { readBody } from './exchange.mjs';
import { readPrivateKey, readPublicKey, signatureHeader, textToSign, verifySignature } from './sign.mjs';
import { timeFormats } from './time.mjs';

/** Listens on a free port of 127.0.0.1; heard collects the bodies of notifications that were the wallet's. */
export async function listen({ clientId, privateKeyFile, walletPublicKeyFile }) {
  const heard = [];
  const key = readPrivateKey(privateKeyFile);
  const walletKey = readPublicKey(walletPublicKeyFile);
  const answer = ({ url: path, headers, body }) => {
    const told = { method: 'POST', path, clientId: headers['client-id'], time: headers['request-time'], body };
    try {
      verifySignature(walletKey, textToSign(told), headers.signature);
    } catch {
      return { resultStatus: 'F', resultCode: 'INVALID_SIGNATURE', resultMessage: 'not the wallet' };
    }
    heard.push(JSON.parse(body));
    return { resultStatus: 'S', resultCode: 'SUCCESS', resultMessage: 'success' };
  };
  const server = http.createServer(async (request, response) => {
    const result = answer({ url: request.url, headers: request.headers, body: await readBody(request) });
    const body = Buffer.from(JSON.stringify({ result }));
    const time = timeFormats['iso-ms'](Date.now());
    const message = textToSign({ method: 'POST', path: request.url, clientId, time, body });
    const headers = { 'Client-Id': clientId, 'Response-Time': time, Signature: signatureHeader(key, message) };
    response.writeHead(result.resultStatus === 'S' ? 200 : 401, headers).end(body);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { heard, url: `http://127.0.0.1:${server.address().port}/hooks/miniprogram`, close: () => server.close() };
}
