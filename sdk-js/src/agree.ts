import type { Action } from './api';
import type { AgreeOptions, Consent } from './agree.api';
import { rejected } from './error';
import { callHost, findHost } from './host';
import { codeOf, hintOf, textOf } from './result';
import { systemTimers, within } from './timers';

const SILENCE = 300000;

export function agree(action: Extract<Action, { type: 'sign' }>, options: AgreeOptions = {}): Promise<Consent> {
  if (!action || action.type !== 'sign' || !action.url) return rejected('invalid', 'action.url: of a sign action is required.');
  const host: any = findHost(options.my);
  const timers = options.timers || systemTimers;
  const silence = options.silence || SILENCE;
  if (host.signContract) return callHost(timers, silence, host, 'signContract', { signStr: action.url }).then(consentOf);
  if (!host.call) return Promise.resolve<Consent>({ state: 'unsupported', authCode: '', code: '' });
  return within(timers, silence, function (done) {
    // Documents disagree on the parameter's name.
    host.call('signContract', { signStr: action.url, authUrl: action.url }, done);
  }).then(consentOf);
}

function consentOf(result: any): Consent {
  const authCode = textOf(result.authCode);
  const code = codeOf(result);
  return { state: authCode ? 'signed' : hintOf(code) === 'canceled' ? 'canceled' : 'unconfirmed', authCode: authCode, code: code };
}
