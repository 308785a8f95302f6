// The bodies of requests, dialect by dialect. Amounts are { currency, value } with value a string
// of digits in the currency's smallest unit.
import { bodyTime } from './time.mjs';

/** applyToken: one authCode against tokens and the payer's id. */
export function applyToken(profile, config, authCode) {
  const { appId, authClientId, customerBelongsTo } = config;
  const body = { grantType: 'AUTHORIZATION_CODE', authCode };
  if (profile.dialect === 'v2') return { ...body, appId, authClientId, customerBelongsTo };
  return { ...body, extendInfo: customerBelongsTo && JSON.stringify({ customerBelongsTo }) };
}

export function inquiryUserInfo(profile, { appId, authClientId }, accessToken) {
  return profile.dialect === 'v2' ? { accessToken, appId, authClientId } : { accessToken };
}

/** pay: requests a payment at the wallet's cashier. payer is the customerId from applyToken. */
export function pay(profile, config, { requestId, amount, title, payer, at, factor }) {
  const common = {
    productCode: config.productCode ?? profile.product,
    paymentRequestId: requestId,
    paymentAmount: amount,
    paymentExpiryTime: bodyTime(at + profile.expiryMinutes * 60_000),
    [profile.returnUrl]: config.returnUrl ?? 'https://shop.example/return?order=1',
    paymentNotifyUrl: config.notifyUrl,
  };
  return { ...common, ...dialects[profile.dialect]({ profile, config, requestId, amount, title, payer, factor }) };
}

const dialects = {
  v1: ({ config, requestId, amount, title, factor }) => ({
    partnerId: config.partnerId,
    appId: config.appId,
    paymentOrderTitle: title,
    paymentFactor: { isCashierPayment: true, ...factor },
    extraParams: { ORDER: JSON.stringify({ ...order(requestId, title), orderAmount: JSON.stringify(amount) }) },
    envInfo: { terminalType: 'MINI_APP', osType: 'ANDROID' },
  }),
  v2: ({ profile, config, requestId, amount, title, factor }) => ({
    appId: config.appId,
    salesCode: config.salesCode ?? profile.salesCode,
    order: { ...order(requestId, title), orderAmount: amount, env: { terminalType: 'MINI_APP', osType: 'IOS' } },
    paymentFactor: factor,
  }),
  qi: ({ requestId, amount, title, payer }) => ({
    order: { ...order(requestId, title), orderAmount: amount, buyer: { referenceBuyerId: payer } },
  }),
  rebell: ({ config, requestId, amount, title }) => ({
    order: { ...order(requestId, title), orderAmount: amount },
    extendInfo: JSON.stringify({ miniAppId: config.appId }),
  }),
  global: ({ config, requestId, amount, title, factor }) => ({
    order: { ...order(requestId, title), orderAmount: amount, env: { terminalType: 'MINI_APP', osType: 'IOS' } },
    paymentMethod: { paymentMethodType: config.paymentMethodType ?? 'GCASH' },
    paymentFactor: { isCashierPayment: 'true', ...factor },
  }),
};

function order(requestId, title) {
  return { referenceOrderId: `order-${requestId}`, orderDescription: title };
}

/** inquiryPayment and cancel: ref is { paymentId } or { paymentRequestId }. */
export const inquiryPayment = (profile, config, ref) => ({ ...partner(profile, config), ...ref });
export const cancel = inquiryPayment;

export function refund(profile, config, { requestId, paymentId, amount, reason }) {
  return { ...partner(profile, config), refundRequestId: requestId, paymentId, refundAmount: amount, refundReason: reason };
}

/** inquiryRefund: ref is { refundId } or { refundRequestId }. */
export const inquiryRefund = (profile, config, ref) => ({ ...partner(profile, config), ...ref });

/** capture: without an amount all that is held is taken. */
export function capture(profile, config, { requestId, paymentId, amount }) {
  return { captureRequestId: requestId, paymentId, captureAmount: amount };
}

/** voidHold: void is no name for a function. */
export function voidHold(profile, config, { requestId, paymentId }) {
  return { voidRequestId: requestId, paymentId };
}

function partner(profile, { partnerId }) {
  return profile.dialect === 'v1' ? { partnerId } : {};
}
