// The panel beside the shop: the order at the server, its events, the calls.
import { h, byId, icon } from './dom.js';
import { money } from './amount.js';
import { look } from './status.js';
import { onCall, contentOf } from './journal.js';
import { follow } from './events.js';
import { showCall } from './calls.js';
import * as sequence from './sequence.js';

const tokens = new Map(); // of orders
let shown = null;

export function openPanel() {
  onCall(showCall);
  onCall(learn);
}

/** Prefers an answer that has an order. */
function learn(call) {
  const orderOf = /\/orders\/(ord_[^/?]+)/.exec(call.path)?.[1];
  if (orderOf && call.token && !tokens.has(orderOf)) tokens.set(orderOf, call.token);
  if (call.path === 'my.tradePay') sequence.light('cashier');
  if (!call.done && call.method === 'POST' && /\/orders$/.test(call.path)) begin();
  const content = call.done && contentOf(call);
  if (!content?.order) return;
  if (content.orderToken) tokens.set(content.order.id, content.orderToken);
  if (content.action) sequence.again('payment');
  showOrder(content.order);
  if (content.order.status !== 'created' && content.order.status !== 'pending') sequence.finish(content.order.status);
}

function begin() {
  sequence.reset();
  sequence.light('order');
}

export function showOrder(order) {
  if (shown !== order.id) {
    shown = order.id;
    byId('events').replaceChildren();
  }
  byId('order').replaceChildren(
    h('div', { class: 'order' },
      h('p', { class: 'order__amount' }, money(order.amount)),
      badge(order.status),
      h('p', { class: 'order__id code tiny soft' }, order.id)),
    order.attention?.length ? h('p', { class: 'notice tone-care small' }, icon('flag'), h('span', {}, `Attention: ${order.attention.join(', ')}`)) : '');
  follow(order.id, tokens.get(order.id) || '', showEvent);
}

function badge(status) {
  const { icon: name, tone } = look(status);
  return h('span', { class: `badge tone-${tone}`, id: 'order-status' }, icon(name), status);
}

function showEvent(event) {
  if (event.order && event.order !== shown) return;
  const known = byId('events').querySelector(`[data-sequence="${event.sequence}"]`);
  if (known) return;
  const [, status] = event.type.split('.');
  byId('events').append(h('li', { class: `event tone-${look(status).tone}`, 'data-sequence': event.sequence },
    h('span', { class: 'event__type code' }, event.type),
    h('span', { class: 'event__source tiny' }, `by ${event.source}`),
    h('time', { class: 'event__time tiny soft', datetime: event.at }, new Date(event.at).toLocaleTimeString('en-GB'))));
  if (event.source === 'notification') sequence.light('news');
}
