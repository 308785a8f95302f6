// The wallets of the Mini Program Platform family and how they differ. Signature and flow are the
// same for all; names of fields, paths and currencies are not. Where no document decides, a
// configuration may: pathPrefix, version, userInfoPath, refundPath, currency, notifyCarrier.

const generic = {
  dialect: 'v2', // which request bodies it takes
  prefix: '/api/open',
  versions: ['v2'], // the first is the one that is called
  encoding: 'P', // of signatures in requests; answers are always P
  time: 'iso-ms', // of the Request-Time header
  separator: ', ', // between the members of the Signature header
  verifyResponse: 'required', // or ifPresent
  currency: 'USD',
  product: 'CASHIER_PAYMENT',
  redirect: ['redirectActionForm.redirectionUrl'], // where the cashier's address may be; the first is written
  inquiryCarrier: 'paymentStatus', // what tells how a payment stands
  closed: 'FAIL', // the word for a payment that was closed unpaid
  notifyCarrier: 'paymentResult',
  userInfo: 'users/inquiryUserInfo',
  refund: 'refund',
  returnUrl: 'paymentRedirectUrl',
  expiryMinutes: 15,
  cancelDocumented: true,
  repeatable: true, // whether pay may be sent again after its answer
  textOnly: false, // whether every scalar in a body is a string
};

const v1 = {
  ...generic,
  dialect: 'v1', versions: ['v1'], product: '51051000101000100001', returnUrl: 'paymentReturnUrl',
  redirect: ['actionForm.redirectionUrl'], closed: 'CANCELLED', cancelDocumented: false,
};

const bothSpellings = ['redirectActionForm.redirectUrl', 'redirectActionForm.redirectionUrl'];

export const profiles = {
  'generic-v1': { ...v1, notifyCarrier: 'paymentStatus' },
  'generic-v2': generic,
  gcash: { ...generic, prefix: '/api', currency: 'PHP' },
  tng: { ...v1, prefix: '/acl/api', currency: 'MYR', userInfo: 'customers/user/inquiryUserInfoByAccessToken' },
  superqi: {
    ...generic, dialect: 'qi', prefix: '', versions: ['v1'], encoding: 'B', time: 'iso-s', currency: 'IQD',
    product: '51051000101000000011', redirect: bothSpellings, verifyResponse: 'ifPresent', notifyCarrier: 'paymentStatus',
  },
  rebell: {
    ...generic, dialect: 'rebell', versions: ['v1', 'v2'], encoding: 'B', currency: 'EUR',
    notifyCarrier: 'paymentStatus', refund: 'refundApply',
  },
  vodapay: {
    ...generic, encoding: 'B', separator: ',', currency: 'ZAR', salesCode: '51051000101000000011',
    redirect: bothSpellings, verifyResponse: 'ifPresent', repeatable: false,
  },
  alipayplus: {
    ...generic, dialect: 'global', prefix: '/aps/api', versions: ['v1'], inquiryCarrier: 'paymentResult', textOnly: true,
    redirect: ['normalUrl', 'redirectActionForm.redirectionUrl', 'redirectActionForm.redirectUrl'],
  },
  ams: {
    ...generic, dialect: 'global', prefix: '/ams/api', versions: ['v1'], time: 'epoch-ms', separator: ',', closed: 'CANCELLED',
    redirect: ['normalUrl', ...bothSpellings], notifyCarrier: 'notifyType', expiryMinutes: 9, textOnly: true,
  },
};

/** The profile that config names, with what config says of its own. */
export function profileOf(config) {
  const profile = profiles[config.profile];
  if (!profile) throw new Error(`no profile ${config.profile}; there are ${Object.keys(profiles).join(', ')}`);
  const own = {
    prefix: config.pathPrefix, versions: config.version && [config.version], currency: config.currency,
    userInfo: config.userInfoPath, refund: config.refundPath, notifyCarrier: config.notifyCarrier,
  };
  const said = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined && value !== ''));
  if (config.pathPrefix === '') said.prefix = '';
  return sandboxed({ ...profile, ...said }, config.clientId);
}

// A Client-Id of AMS' sandbox is served under a path of its own.
function sandboxed(profile, clientId) {
  if (!clientId.startsWith('SANDBOX_')) return profile;
  return { ...profile, prefix: profile.prefix.replace(/^\/ams\/api/, '/ams/sandbox/api') };
}

const folders = { applyToken: 'authorizations', inquiryUserInfo: '' };

/** The calls of the family, by the name that the documents give them. */
export const operations = [
  'applyToken', 'inquiryUserInfo', 'pay', 'inquiryPayment', 'cancel', 'refund', 'inquiryRefund', 'capture', 'void',
];

/** The path of one call, which is also the path that is signed. */
export function pathOf(profile, operation, version = profile.versions[0]) {
  const names = { inquiryUserInfo: profile.userInfo, refund: `payments/${profile.refund}` };
  const name = names[operation] ?? `${folders[operation] ?? 'payments'}/${operation}`;
  return `${profile.prefix}/${version}/${name}`;
}
