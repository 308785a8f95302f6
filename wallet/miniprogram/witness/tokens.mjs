// Who a payer is: authorization codes against tokens, and tokens against a payer. Codes and
// refresh tokens work once.
import { randomUUID } from 'node:crypto';
import { Refusal } from './rules.mjs';
import { bodyTime } from './time.mjs';

const hour = 3_600_000; // milliseconds

export class Tokens {
  codes = new Map();
  refreshers = new Map();
  payers = new Map();

  constructor({ profile, config, now }) {
    Object.assign(this, { profile, config, now });
    for (const code of config.authCodes ?? []) this.mint(code);
  }

  /** Makes code good for one applyToken. */
  mint(code, customerId = this.config.customerId ?? 'customer-1') { this.codes.set(code, { customerId, used: false }); }

  applyToken({ grantType, authCode, refreshToken, authClientId }) {
    if (this.profile.dialect === 'v2' && authClientId !== this.config.authClientId) throw new Refusal('INVALID_AUTH_CLIENT', 'no such auth client');
    if (grantType === 'AUTHORIZATION_CODE') return this.issue(spend(this.codes, authCode, 'CODE'));
    if (grantType === 'REFRESH_TOKEN') return this.issue(spend(this.refreshers, refreshToken, 'REFRESH_TOKEN'));
    throw new Refusal('AUTH_CLIENT_UNSUPPORTED_GRANT_TYPE', 'no such grantType');
  }

  issue(customerId) {
    const accessToken = `access-${randomUUID()}`;
    const refreshToken = `refresh-${randomUUID()}`;
    this.payers.set(accessToken, customerId);
    this.refreshers.set(refreshToken, { customerId, used: false });
    const accessTokenExpiryTime = bodyTime(this.now() + hour);
    return { accessToken, accessTokenExpiryTime, refreshToken, refreshTokenExpiryTime: bodyTime(this.now() + 24 * hour), customerId };
  }

  inquiryUserInfo({ accessToken }) {
    const userId = this.payers.get(accessToken);
    if (!userId) throw new Refusal('INVALID_ACCESS_TOKEN', 'no such access token');
    return { userInfo: { userId, status: 'ACTIVE', nickName: 'Zoë', nationality: 'PH' } };
  }
}

function spend(entries, key, kind) {
  const entry = entries.get(key);
  if (!entry) throw new Refusal(`INVALID_${kind}`, 'never issued');
  if (entry.used) throw new Refusal(`USED_${kind}`, 'used before');
  entry.used = true;
  return entry.customerId;
}
