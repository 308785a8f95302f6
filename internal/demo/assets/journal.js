// Remembers the calls of this visit for the panel, with tokens shortened, and learns
// from them which order is open and what opens its events.

const listeners = [];
let count = 0;

export function onCall(listener) { listeners.push(listener); }

/** Notes that a call begins; the function returned notes its answer. */
export function record({ method, url, headers = {}, body }) {
  const started = performance.now();
  const call = { number: count += 1, method, path: pathOf(url), token: bearer(headers), headers, body, done: false };
  notify(call);
  return (answer) => {
    call.done = true;
    call.milliseconds = Math.round(performance.now() - started);
    call.error = answer.error;
    call.status = answer.data?.status && headers['Minitill-Envelope'] ? answer.data.status : answer.status;
    call.answer = answer.data;
    notify(call);
  };
}

function notify(call) {
  for (const listener of listeners) listener(call);
}

function pathOf(url) {
  if (url.startsWith('my.')) return url;
  const full = new URL(url, location.href);
  return full.pathname + full.search;
}

function bearer(headers) {
  return /^Bearer (.+)$/.exec(headers.Authorization || headers.authorization || '')?.[1] || '';
}

/** What came out of the envelope. */
export function contentOf(call) {
  const { answer } = call;
  return answer && typeof answer.status === 'number' ? answer.data || answer.problem : answer;
}

/** JSON for people: indented, with everything long and secret shortened. */
export function pretty(value) {
  return JSON.stringify(value, (_, part) => (typeof part === 'string' ? shorten(part) : part), 2);
}

export function shorten(text) {
  const most = 64;
  return text.length > most ? `${text.slice(0, 20)}…${text.slice(-6)} (${text.length} characters)` : text;
}
