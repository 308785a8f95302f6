export { createReceiptVerifier } from './receipt';
export { VerificationError, verifyWebhook } from './webhook';
