// Pays: from the cart through the wallet to an outcome, and from a reload back to an
// order that was left open.
import { h, button, icon } from './dom.js';
import { money, total, write } from './amount.js';
import { showSheet, closeSheet } from './sheet.js';
import { act } from './actions.js';
import { outcomeSheet } from './outcome.js';
import { cartLines } from './menu.js';
import * as cart from './cart.js';

const WAIT = 12_000; // for one request; an open order is polled
const PATIENCE = 10 * 60_000; // while a code or link to another device is shown
const FIRST_LOOK = 5_000; // after a reload, before offering to go on
let till = null;
let checkout = null; // the last order and its action, while this page lives
let away = false; // the visitor went back to the menu while an order was open
let shown = false; // an action is, which news of the payment must not cover before its end
let turn = 0; // a newer payment ends the watch over an older one

export function openCheckout(theTill) { till = theTill; }

export function openCart() {
  const lines = cartLines();
  showSheet({
    title: 'Your order',
    content: h('ul', { class: 'list sheet__lines' }, lines.map(cartLine)),
    rows: [['Total', h('strong', {}, money(total(lines)))]],
    actions: [button(`Pay ${write(total(lines))}`, () => pay(lines), 'button--wide')],
    onClose: () => {},
  });
}

function cartLine(line) {
  const press = (by) => () => {
    cart.change(line.sku, by);
    if (!cartLines().length) {
      closeSheet();
      return;
    }
    openCart();
    document.querySelector(`#sheet [aria-label="${CSS.escape(by > 0 ? `One more ${line.name}` : `One less ${line.name}`)}"]`)?.focus();
  };
  const step = (by, name, label) => h('button', { type: 'button', class: 'step-button', 'aria-label': `${label} ${line.name}`, onclick: press(by) }, icon(name));
  return h('li', {}, h('span', { class: 'sheet__name' }, line.name),
    h('span', { class: 'sheet__stepper' }, step(-1, 'minus', 'One less'), h('span', { class: 'product__quantity' }, String(line.quantity)), step(1, 'plus', 'One more')),
    h('span', { class: 'sheet__amount' }, money(total([line]))));
}

function pay(lines) {
  const items = lines.map(({ sku, quantity }) => ({ sku, quantity }));
  checkout = null; // an order of before has nothing to do with this one
  return run(() => {
    show('creating');
    return till.createOrder({ items, channel: 'h5' });
  });
}

/** Opens a payment by begin, which gives a checkout, and sees it through. */
async function run(begin) {
  turn += 1;
  away = false;
  const mine = turn;
  try {
    checkout = await begin();
    show('paying', checkout.order);
    shown = false;
    const elsewhere = /^(qr|deeplink|chooseMethod)$/.test(checkout.action?.type);
    settle(await till.pay(checkout, { wait: elsewhere ? PATIENCE : WAIT, onState, onAction }), mine);
  } catch (error) {
    trouble(error);
  }
}

function onAction(action) {
  shown = true;
  return act(action, leave);
}

function onState(state, order) {
  if (shown) return;
  if (state === 'paying' || state === 'confirming') show(state, order);
}

/** Shows the outcome, and follows one that is still open. */
function settle(outcome, mine) {
  const state = outcome.state === 'canceled' && outcome.source === 'client' ? 'left' : outcome.state;
  if (state === 'paid') cart.empty();
  show(state, outcome.order, outcome.receipt);
  if (state === 'processing' || state === 'unconfirmed') watch(mine);
}

async function watch(mine) {
  while (mine === turn) {
    const outcome = await till.resume({ wait: WAIT }).catch(() => null);
    if (mine !== turn || !outcome) return;
    if (outcome.state !== 'processing' && outcome.state !== 'unconfirmed') {
      settle(outcome, mine);
      return;
    }
  }
}

/** After a reload: what became of the order that was open? Calls nothing when none was. */
export async function resume(nothing = () => {}) {
  const mine = turn;
  try {
    const outcome = await till.resume({ wait: FIRST_LOOK, onState: (state, order) => { if (mine === turn && state === 'confirming') show(state, order); } });
    if (mine !== turn) return;
    if (outcome) settle(outcome, mine);
    else nothing();
  } catch (error) {
    if (mine === turn) trouble(error);
  }
}

function trouble(error) {
  show('lost', checkout?.order);
  console.warn(error);
}

function show(state, order = null, receipt = null) {
  if (away && state !== 'paid' && state !== 'failed') return;
  const sheet = outcomeSheet(state, order, receipt);
  showSheet({ ...sheet, actions: actionsFor(state, order), onClose: closable(state) ? leave : undefined });
}

const closable = (state) => state !== 'creating' && state !== 'paying';

function leave() { away = true; }

function actionsFor(state, order) {
  const back = (label = 'Back to the menu') => button(label, closeSheet, 'button--secondary button--wide');
  switch (state) {
    case 'paid': return [button('Order something else', closeSheet, 'button--wide')];
    case 'failed': return [button('Try again', () => run(() => till.retry(order.id)), 'button--wide'), back()];
    case 'left':
    case 'unconfirmed': return [button('Go on paying', () => goOn(order), 'button--wide'), button('Cancel the order', () => cancel(order), 'button--secondary button--wide')];
    case 'lost': return [button('Try again', () => (order ? resume(closeSheet) : pay(cartLines())), 'button--wide'), back()];
    case 'creating':
    case 'paying': return [];
    case 'confirming':
    case 'processing': return [back()];
    default: return [button('Back to the menu', closeSheet, 'button--wide')];
  }
}

/** The same payment where we still hold its action, else a new one of the same order. */
function goOn(order) {
  return run(() => (checkout?.order.id === order.id ? Promise.resolve(checkout) : till.retry(order.id)));
}

async function cancel(order) {
  turn += 1;
  try {
    const { order: now } = await till.cancel(order.id);
    show(now.status === 'pending' ? 'left' : now.status, now);
  } catch (error) {
    trouble(error);
  }
}
