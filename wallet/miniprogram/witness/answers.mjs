// How a wallet words what it knows, profile by profile: where the payer goes, how a payment
// stands, and the news of it.
import { bodyTime } from './time.mjs';

/** The members of a pay answer that hold the cashier's address. */
export function redirection(profile, url) {
  const members = {};
  for (const path of profile.redirect.filter((place, i) => i === 0 || place.endsWith('.redirectUrl'))) {
    const [form, name] = path.split('.');
    if (!name) members[form] = url;
    else members[form] = { ...formMembers[form], [name]: url };
  }
  return members;
}

const formMembers = { actionForm: { actionFormType: 'REDIRECTION' }, redirectActionForm: { method: 'POST' } };

const success = { resultStatus: 'S', resultCode: 'SUCCESS', resultMessage: 'success' };
const failure = { resultStatus: 'F', resultCode: 'USER_BALANCE_NOT_ENOUGH', resultMessage: 'the balance is too low' };
const closure = { resultStatus: 'F', resultCode: 'ORDER_STATUS_INVALID', resultMessage: 'the payment is closed' };
const progress = { resultStatus: 'U', resultCode: 'PAYMENT_IN_PROCESS', resultMessage: 'the payment is under way' };

/** The answer to inquiryPayment, its result left out. */
export function standing(profile, payment) {
  const told = { paymentId: payment.id, paymentRequestId: payment.requestId, paymentAmount: payment.amount };
  if (payment.paidAt) told.paymentTime = bodyTime(payment.paidAt);
  if (profile.inquiryCarrier === 'paymentResult') {
    const results = { paid: success, failed: failure, closed: closure };
    return { ...told, paymentResult: results[payment.state] ?? progress };
  }
  const words = { open: 'PROCESSING', held: 'AUTH_SUCCESS', paid: 'SUCCESS', failed: 'FAIL', closed: profile.closed };
  if (words[payment.state] === 'FAIL') told.paymentFailReason = payment.state === 'closed' ? 'closed' : failure.resultMessage;
  return { ...told, paymentStatus: words[payment.state] };
}

/**
 * The text of a notification that payment came to status, which is SUCCESS, FAIL or PENDING. The
 * status need not be the payment's own: late and reordered news is part of life.
 */
export function news(carrier, config, payment, status, amount = payment.amount) {
  const told = { paymentId: payment.id, paymentRequestId: payment.requestId, paymentAmount: amount };
  if (status === 'SUCCESS') told.paymentTime = bodyTime(payment.paidAt ?? payment.createdAt);
  // Alipay+ is sure of its own id only when the payment succeeded.
  if (status === 'FAIL' && config.profile === 'alipayplus') delete told.paymentId;
  const created = bodyTime(payment.createdAt);
  const text = JSON.stringify({ ...carriers[carrier](status), ...told, ...extras[config.profile]?.(config, status, created) });
  // The webhook guide of Rebell shows the amount as a number; the digits are moved, never computed with.
  return carrier === 'eventType' ? text.replace(/"value":"(\d+)"/, '"value":$1') : text;
}

/** How a notification tells the status. */
const carriers = {
  paymentStatus: (status) => ({ paymentStatus: status, ...failReason(status, 'paymentFailReason') }),
  paymentResult: (status) => ({ paymentResult: status === 'SUCCESS' ? success : failure }),
  eventType: (status) => ({ eventType: 'PAYMENT_RESULT', paymentStatus: status, ...failReason(status, 'failureReason') }),
  // With PENDING, S means: still being worked on.
  notifyType: (status) => ({
    notifyType: status === 'PENDING' ? 'PAYMENT_PENDING' : 'PAYMENT_RESULT',
    result: status === 'FAIL' ? failure : success,
  }),
};

/** What else a profile's notifications hold. */
const extras = {
  'generic-v1': ({ partnerId }) => ({ partnerId }),
  'generic-v2': (_, __, paymentCreateTime) => ({ paymentCreateTime }),
  gcash: (_, __, paymentCreateTime) => ({ paymentCreateTime }),
  tng: (_, status) => failReason(status, 'paymentFailReason'),
  rebell: (_, __, paymentCreatedTime) => ({ paymentCreatedTime }), // spelled with a d
  alipayplus: ({ customerId = 'customer-1' }) => ({ acquirerId: 'acquirer-1', pspId: 'psp-1', customerId }),
};

const failReason = (status, name) => (status === 'FAIL' ? { [name]: failure.resultMessage } : {});
