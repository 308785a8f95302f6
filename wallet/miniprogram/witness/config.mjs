// The configuration files of both programs: one JSON object each, unknown members refused, since a
// misspelled one would quietly mean its default. Files are named as seen from the working folder.
import { readFileSync } from 'node:fs';
import { parseObject } from './json.mjs';
import { profiles } from './profiles.mjs';

const account = {
  needed: ['profile', 'clientId', 'privateKeyFile'],
  optional: [
    'keyVersion', 'walletKeyVersion', // numbers; unset, any of the other side's is taken and 1 is sent
    'appId', 'authClientId', 'partnerId', 'customerId',
    'pathPrefix', 'version', 'userInfoPath', 'refundPath', 'currency', // instead of the profile's
    'now', // epoch milliseconds at which the clock stands still
  ],
};

export const clientMembers = {
  needed: [...account.needed, 'walletPublicKeyFile', 'notifyUrl'],
  optional: [
    ...account.optional,
    'authCode', // without it no payer is known
    'returnUrl', 'productCode', 'salesCode', 'paymentMethodType', 'customerBelongsTo',
    'skip', // names of steps to leave out
  ],
};

export const serverMembers = {
  needed: [...account.needed, 'clientPublicKeyFile'],
  optional: [
    ...account.optional,
    'port', // 0 or unset: any free one
    'authCodes', // codes that are good for one applyToken each
    'notifyCarrier', // paymentStatus, paymentResult, eventType or notifyType
  ],
};

/** Reads a configuration and reports all of its mistakes at once. */
export function readConfig(file, { needed, optional }) {
  const config = parseObject(readFileSync(file));
  const mistakes = needed.filter((name) => !config[name]).map((name) => `${name} is missing`);
  const strangers = Object.keys(config).filter((name) => !needed.includes(name) && !optional.includes(name));
  mistakes.push(...strangers.map((name) => `${name} is not known`));
  if (!(config.profile in profiles)) mistakes.push(`profile is none of ${Object.keys(profiles).join(', ')}`);
  if (mistakes.length > 0) throw new Error(`${file}: ${mistakes.join('; ')}`);
  return config;
}
