// What a wallet demands of a request's members before it looks at any payment. Every breach ends
// in a Refusal, whose message is for people.
import { at, isText, oddScalars } from './expectations.mjs';
import { parseTime } from './time.mjs';

/** A business answer that is no success. */
export class Refusal extends Error {
  constructor(code, message, status = 'F') {
    super(message);
    this.result = { resultStatus: status, resultCode: code, resultMessage: message.slice(0, 256) };
  }
}

const illegal = (message) => new Refusal('PARAM_ILLEGAL', message);

/** The longest that members may be, in characters, wherever they occur. */
const limits = {
  partnerId: 32, appId: 32, productCode: 32, salesCode: 32, paymentOrderTitle: 256, paymentAuthCode: 128,
  paymentRedirectUrl: 1024, paymentReturnUrl: 1024, paymentNotifyUrl: 1024, refundReason: 256, paymentId: 64,
  refundId: 64, captureId: 64, authClientId: 128, grantType: 32, refreshToken: 128, accessToken: 128, extendInfo: 4096,
  'order.referenceOrderId': 64, 'order.orderDescription': 256, 'paymentMethod.paymentMethodType': 32,
};

const needed = {
  v1: {
    pay: ['partnerId', 'paymentRequestId', 'paymentOrderTitle', 'paymentAmount'],
    inquiryPayment: ['partnerId'], refund: ['partnerId', 'refundRequestId', 'refundAmount'], inquiryRefund: ['partnerId'],
  },
  v2: { pay: ['paymentRequestId', 'paymentAmount'], refund: ['refundRequestId', 'refundAmount'] },
  qi: {
    pay: ['productCode', 'paymentRequestId', 'paymentAmount', 'order', 'order.orderDescription', 'order.buyer.referenceBuyerId'],
    refund: ['refundRequestId', 'refundAmount'],
  },
  rebell: { pay: ['productCode', 'paymentRequestId', 'paymentAmount'], refund: ['refundRequestId', 'refundAmount', 'paymentId'] },
  global: { pay: ['paymentRequestId', 'paymentAmount', 'order'], refund: ['refundRequestId', 'refundAmount'] },
};

const neededByAll = { capture: ['captureRequestId', 'paymentId'], void: ['voidRequestId'], applyToken: ['grantType'], inquiryUserInfo: ['accessToken'] };
const oneOf = {
  inquiryPayment: ['paymentId', 'paymentRequestId'], cancel: ['paymentId', 'paymentRequestId'], void: ['paymentId', 'paymentRequestId'],
  refund: ['paymentId', 'paymentRequestId'], inquiryRefund: ['refundId', 'refundRequestId'],
};
const ids = ['paymentRequestId', 'refundRequestId', 'captureRequestId', 'voidRequestId'];
const amounts = ['paymentAmount', 'refundAmount', 'captureAmount', 'order.orderAmount'];

/** Refuses a request body that breaks a rule of the profile. sentAt is its Request-Time. */
export function check(profile, config, operation, body, sentAt) {
  const names = [...(needed[profile.dialect][operation] ?? []), ...(neededByAll[operation] ?? [])];
  for (const name of names) if (at(body, name) === undefined) throw illegal(`${name} is missing`);
  if (oneOf[operation] && !oneOf[operation].some((name) => body[name])) throw illegal(`${oneOf[operation].join(' or ')} is missing`);
  for (const [name, limit] of Object.entries(limits)) checkLength(body, name, limit);
  for (const id of ids) if (id in body && !/^[A-Za-z0-9_-]{1,64}$/.test(body[id])) throw illegal(`${id} is no id`);
  for (const name of amounts) if (at(body, name) !== undefined) checkAmount(profile, name, at(body, name));
  if (profile.textOnly && oddScalars(body).length > 0) throw illegal(oddScalars(body).join('; '));
  checkPartner(config, body);
  if (operation === 'pay') checkPay(profile, config, body, sentAt);
}

function checkLength(body, name, limit) {
  const value = at(body, name);
  if (value === undefined || value === null) return;
  if (!isText(value) || [...value].length > limit) throw illegal(`${name} is not text of at most ${limit} characters`);
}

function checkAmount(profile, name, amount) {
  if (!/^[A-Z]{3}$/.test(amount.currency)) throw illegal(`${name}.currency is no currency`);
  if (!isText(amount.value) || !/^[1-9][0-9]{0,15}$/.test(amount.value)) throw illegal(`${name}.value is not a string of digits`);
  if (amount.currency !== profile.currency) throw new Refusal('CURRENCY_NOT_SUPPORT', `${name} is not in ${profile.currency}`);
}

function checkPartner({ partnerId, appId }, body) {
  if (partnerId && body.partnerId !== undefined && body.partnerId !== partnerId) throw new Refusal('PARTNER_NOT_EXIST', 'no such partner');
  if (appId && body.appId !== undefined && body.appId !== appId) throw illegal('appId is not the one that was registered');
}

function checkPay(profile, { appId }, body, sentAt) {
  // Not every wallet of this dialect knows the mini program by an appId.
  if (profile.dialect === 'v2' && appId && !body.appId) throw illegal('appId is missing');
  if (profile.dialect === 'v1') checkV1(body);
  for (const name of ['paymentNotifyUrl', profile.returnUrl]) if (body[name] !== undefined) checkUrl(name, body[name]);
  const stranger = profile.returnUrl === 'paymentReturnUrl' ? 'paymentRedirectUrl' : 'paymentReturnUrl';
  if (stranger in body) throw illegal(`this wallet has no ${stranger}`);
  if (body.paymentExpiryTime !== undefined) checkExpiry(profile, body.paymentExpiryTime, sentAt);
}

// Version 1 knows the order as text within text, and its mini programs only pay at the cashier.
function checkV1({ paymentFactor, extraParams }) {
  if (paymentFactor?.isCashierPayment !== true) throw illegal('paymentFactor.isCashierPayment is not true');
  if (extraParams?.ORDER === undefined) return;
  const order = parse('extraParams.ORDER', extraParams.ORDER);
  if (order.orderAmount !== undefined) parse('orderAmount in extraParams.ORDER', order.orderAmount);
}

function parse(name, text) {
  try {
    if (isText(text)) return JSON.parse(text);
  } catch { /* said below */ }
  throw illegal(`${name} is not JSON text`);
}

function checkUrl(name, text) {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw illegal(`${name} is not an address`);
}

function checkExpiry(profile, text, sentAt) {
  let expiry;
  try { expiry = parseTime(text); } catch { throw illegal('paymentExpiryTime is not a time'); }
  if (expiry <= sentAt) throw illegal('paymentExpiryTime is over');
  const tenMinutes = 600_000;
  // AMS says that a time of one's own lies within ten minutes of the request.
  if (profile.notifyCarrier === 'notifyType' && expiry > sentAt + tenMinutes) throw illegal('paymentExpiryTime is more than ten minutes away');
}
