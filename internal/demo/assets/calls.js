// The list of calls, newest first; each opens to what went out and what came back.
import { h, byId } from './dom.js';
import { pretty, shorten } from './journal.js';

const MOST = 60;

export function showCall(call) {
  const list = byId('calls');
  const known = list.querySelector(`[data-number="${call.number}"]`);
  const open = known?.querySelector('details').open || false;
  const item = draw(call, open);
  if (known) known.replaceWith(item);
  else list.prepend(item);
  while (list.children.length > MOST) list.lastElementChild.remove();
  countNews(known);
}

function draw(call, open) {
  return h('li', { class: `call ${call.done ? '' : 'call--open'}`, 'data-number': call.number },
    h('details', { open },
      h('summary', {},
        h('span', { class: 'call__method code' }, call.method),
        h('span', { class: 'call__path code' }, shortPath(call.path)),
        status(call),
        h('span', { class: 'call__time tiny soft' }, call.done ? `${call.milliseconds} ms` : '')),
      h('div', { class: 'call__body' }, part('Sent', sent(call)), part('Came back', call.error ? { error: call.error } : call.answer))));
}

function status(call) {
  if (!call.done) return h('span', { class: 'call__status' }, h('span', { class: 'spinner', 'aria-hidden': 'true' }), h('span', { class: 'visually-hidden' }, 'waiting'));
  const text = call.error ? 'lost' : String(call.status || call.answer?.resultCode || 'ok');
  return h('span', { class: `call__status badge tone-${toneOf(call, text)}` }, text);
}

/** The cashier's result is a hint: any other than success is not a failure yet. */
function toneOf(call, text) {
  if (call.error) return 'bad';
  if (call.method === 'my') return ['9000', 'ok'].includes(text) ? 'good' : 'care';
  return Number(text) >= 400 ? 'bad' : 'good';
}

/** Removes the prefix that all paths share. */
function shortPath(path) {
  return path.replace('/miniapp/v1', '').replace(/^my\./, '').replace(/(ord_\w{4})\w+(\w{3})/, '$1…$2');
}

function sent(call) {
  const headers = Object.fromEntries(Object.entries(call.headers).map(([name, value]) => [name, String(value).replace(/^Bearer (.+)$/, (_, token) => `Bearer ${shorten(token)}`)]));
  const out = { ...(Object.keys(headers).length ? { headers } : {}), ...(call.body === undefined ? {} : { body: call.body }) };
  return Object.keys(out).length ? out : undefined;
}

function part(title, value) {
  if (value === undefined) return null;
  return [h('p', { class: 'tiny soft' }, title), h('pre', { class: 'code', tabindex: '0' }, pretty(value))];
}

/** On the phone the panel is behind a tab, which counts what is new. */
function countNews(known) {
  const count = byId('news');
  if (known || document.body.dataset.view === 'panel') return;
  count.hidden = false;
  count.textContent = String(Math.min(99, Number(count.textContent || 0) + 1));
}
