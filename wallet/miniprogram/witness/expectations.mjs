// What an answer must look like. Each expectation takes an answer's body and returns a list of
// complaints, empty when there are none.

/** Complains unless the call's result is status, with one of codes when any are given. */
export function result(status, ...codes) {
  return ({ result: got = {} }) => {
    const right = got.resultStatus === status && (codes.length === 0 || codes.includes(got.resultCode));
    const want = [status, codes.join(' or ')].filter(Boolean).join('/');
    return right ? [] : [`result: got ${got.resultStatus}/${got.resultCode}, want ${want}`];
  };
}

/** The call was done: S with SUCCESS. */
export const done = result('S', 'SUCCESS');

/** Complains unless one of the expectations is content. */
export function either(...expectations) {
  return (body) => {
    const complaints = expectations.map((expectation) => expectation(body));
    return complaints.some((list) => list.length === 0) ? [] : complaints.flat();
  };
}

/** Content when all of the expectations are. */
export const both = (...expectations) => (body) => expectations.flatMap((expectation) => expectation(body));

/** Complains about members that are no text; members are dotted paths. */
export function texts(...members) {
  return (body) => members.filter((path) => !isText(at(body, path))).map((path) => `${path}: got ${JSON.stringify(at(body, path))}, want text`);
}

export function equals(path, want) {
  return (body) => (at(body, path) === want ? [] : [`${path}: got ${JSON.stringify(at(body, path))}, want ${JSON.stringify(want)}`]);
}

/** Complains unless the amount at path is want, digit for digit. */
export const amount = (path, want) => both(equals(`${path}.currency`, want.currency), equals(`${path}.value`, want.value));

/** Complains unless a cashier's address is where the profile may have it. */
export function redirect(profile) {
  return (body) => (cashier(profile, body) ? [] : [`no http address at ${profile.redirect.join(' or ')}`]);
}

/** The cashier's address: the first that the profile's places hold. */
export function cashier(profile, body) {
  return profile.redirect.map((path) => at(body, path)).find((url) => isText(url) && /^https?:\/\//.test(url));
}

/** Complains unless the payment stands as one of words: paid, failed, cancelled, authorized, processing. */
export function stands(profile, ...words) {
  return (body) => {
    const got = standing(profile, body);
    return words.includes(got) ? [] : [`the payment is ${got}, want ${words.join(' or ')}`];
  };
}

const statuses = { SUCCESS: 'paid', FAIL: 'failed', CANCELLED: 'cancelled', AUTH_SUCCESS: 'authorized', PROCESSING: 'processing', PENDING: 'processing' };
const results = { S: 'paid', F: 'failed', U: 'processing', A: 'processing', R: 'processing' };

function standing(profile, body) {
  if (profile.inquiryCarrier === 'paymentResult') return results[body.paymentResult?.resultStatus] ?? 'untold';
  return statuses[body.paymentStatus] ?? 'untold';
}

/** Complains about scalars that are no text, and about empty text, where the profile knows text only. */
export function spelling(profile) {
  return (body) => (profile.textOnly ? oddScalars(body) : []);
}

/** The places below value that hold a number, a boolean or empty text. */
export function oddScalars(value, path = 'body') {
  if (value === null || value === undefined) return [];
  if (typeof value === 'object') return Object.entries(value).flatMap(([name, member]) => oddScalars(member, `${path}.${name}`));
  return isText(value) ? [] : [`${path}: got ${JSON.stringify(value)}, want text`];
}

/** The member of value at a dotted path, or undefined. */
export function at(value, path) {
  return path.split('.').reduce((inner, name) => inner?.[name], value);
}

export const isText = (value) => typeof value === 'string' && value !== '';
