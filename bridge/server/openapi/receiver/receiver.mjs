import { createServer } from 'node:http';
import { VerificationError, verifyWebhook } from 'minitill/server';

/** Takes webhooks, as a merchant's backend in Node does: `take` gets each event, some more than once. */
export function receiver(secret, take) {
  return createServer(async (request, response) => {
    try {
      const event = verifyWebhook(request.headers, await read(request), secret);
      await take(event); // an error has the till send it again
      response.writeHead(204).end();
    } catch (error) {
      const refused = error instanceof VerificationError;
      if (!refused) console.error(error);
      response.writeHead(refused ? 401 : 500).end(refused ? error.message : 'Try again.');
    }
  });
}

/** The body as received, 1 MiB at most: the signature is over its bytes. */
async function read(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    if ((size += chunk.length) > 1 << 20) throw new VerificationError('malformed', 'The body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
