// Checked by the compiler, never run: what `minitill/server` promises, and what it refuses.
import type { IncomingHttpHeaders } from 'node:http';
import * as promised from '../dist/server';
import * as made from '../src/server/index';

/** The sources keep what the declarations promise. */
export const kept: typeof promised = made;

declare const headers: IncomingHttpHeaders;
declare const request: Request;
const event = promised.verifyWebhook(headers, 'body', 'whsec_…');
export const paid: string = event.data.order.paid.value;
promised.verifyWebhook(request.headers, new Uint8Array(), ['whsec_1', 'whsec_2'], { tolerance: 60 });
promised.verifyWebhook(new Map([['webhook-id', '1']]), Buffer.from(''), 'whsec_…');
promised.verifyWebhook({ get: () => null }, '', 'whsec_…');
promised.verifyWebhook([['webhook-id', '1']], '', 'whsec_…');
export const sum: number = promised.verifyWebhook<{ sum: number }>({}, '', '').sum;

if (event.type === 'order.paid') event.data.order.status satisfies promised.OrderStatus;
promised.createReceiptVerifier({ baseUrl: 'https://till.example', fetch })('token', { status: 'paid' }).then((receipt) => receipt.amount.value.length);
new promised.VerificationError('missing', '').code satisfies string;

// @ts-expect-error: the secret is needed; a variable of the environment may not be set
promised.verifyWebhook(headers, '', process.env.SECRET);
// @ts-expect-error: a body that was parsed already cannot be verified
promised.verifyWebhook(headers, { type: 'order.paid' }, 'whsec_…');
// @ts-expect-error: no such event
export const never: boolean = event.type === 'order.refunded';
// @ts-expect-error: no such status
promised.createReceiptVerifier({})('token', { status: 'refunded' });
