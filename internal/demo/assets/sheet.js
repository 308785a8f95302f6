// The sheet over the counter, which shows one thing at a time.
import { h, byId, icon } from './dom.js';

let closing = null;

/** Shows content under a heading. onClose is what closing does; without it the sheet stays. */
export function showSheet({ title, tone, emblem, busy, text, rows, content, actions = [], onClose, announce }) {
  const sheet = byId('sheet');
  closing = onClose;
  sheet.className = `sheet${tone ? ` sheet--result tone-${tone}` : ''}`;
  sheet.replaceChildren(...[
    onClose && h('button', { type: 'button', class: 'sheet__close', 'aria-label': 'Back to the menu', onclick: closeSheet }, icon('cross')),
    emblem && h('span', { class: `emblem${busy ? ' emblem--busy' : ''}` }, icon(emblem)),
    h('h2', { id: 'sheet-title', class: 'sheet__title' }, title),
    text && h('p', { class: 'sheet__text soft' }, text),
    content,
    rows && h('dl', { class: 'list sheet__rows' }, rows.map(([label, value]) => h('div', {}, h('dt', {}, label), h('dd', {}, value)))),
    actions.length && h('div', { class: 'sheet__actions' }, actions),
  ].filter(Boolean));
  byId('sheet-place').hidden = false;
  byId('counter').inert = true;
  byId('cartbar').inert = true;
  if (!sheet.contains(document.activeElement) && !document.querySelector('.cashier')) sheet.focus({ preventScroll: true });
  if (announce) byId('announcement').textContent = `${title}. ${text || ''}`;
}

export function closeSheet() {
  byId('sheet-place').hidden = true;
  byId('counter').inert = false;
  byId('cartbar').inert = false;
  (document.querySelector('#cartbar:not([hidden]) button') || document.querySelector('#products button'))?.focus({ preventScroll: true });
  const then = closing;
  closing = null;
  then?.();
}

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && closing && !document.querySelector('.cashier')) closeSheet();
});
