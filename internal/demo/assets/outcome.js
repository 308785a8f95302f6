// What the shop says about each outcome of a payment. The words promise nothing that
// only the server can know.
import { h } from './dom.js';
import { money } from './amount.js';

const SAYS = {
  creating: { emblem: 'dots', tone: 'busy', busy: true, title: 'Placing your order', text: 'One moment.' },
  paying: { emblem: 'dots', tone: 'busy', busy: true, title: 'Over to your wallet', text: 'Confirm the payment there.' },
  confirming: { emblem: 'clock', tone: 'busy', busy: true, title: 'Waiting for your wallet', text: 'We ask the wallet how it went. Most answer within seconds. You can leave: the result will be here when you come back.' },
  processing: { emblem: 'clock', tone: 'busy', busy: true, title: 'Your wallet is still at it', text: 'It has not told us the result yet. You can leave: it will be here when you come back. Please do not pay again.' },
  unconfirmed: { emblem: 'clock', tone: 'busy', busy: true, title: 'Not paid yet', text: 'We have heard of no payment so far, and keep listening. You can go on paying, or leave and come back.' },
  paid: { emblem: 'check', tone: 'good', title: 'Paid. Thank you!', text: 'We are making it now. Show this number at the counter.' },
  authorized: { emblem: 'hold', tone: 'good', title: 'Approved', text: 'The amount is set aside at your wallet, and taken once your order is ready.' },
  failed: { emblem: 'cross', tone: 'bad', title: 'The payment failed', text: 'Your wallet did not make it. Your order is still here, so you can try again.' },
  left: { emblem: 'stop', tone: 'calm', title: 'Not paid yet', text: 'You left the wallet before paying. Your order stays open for a while.' },
  canceled: { emblem: 'stop', tone: 'calm', title: 'Order canceled', text: 'There is nothing to pay.' },
  expired: { emblem: 'clock', tone: 'calm', title: 'The time is up', text: 'This order was not paid in time. If you still want it, order again.' },
  voided: { emblem: 'release', tone: 'calm', title: 'Amount released', text: 'The amount that was set aside is yours again.' },
  unsupported: { emblem: 'help', tone: 'care', title: 'Not in this browser', text: 'This wallet wants something the demo cannot show.' },
  lost: { emblem: 'help', tone: 'care', title: 'No answer', text: 'We could not reach the till. Your order was not lost: trying again continues it.' },
};

/** The sheet's content for a state, without its buttons. */
export function outcomeSheet(state, order, receipt) {
  const said = SAYS[state] || SAYS.unconfirmed;
  return {
    ...said, announce: true,
    content: state === 'paid' && order ? h('p', { class: 'pickup', 'aria-label': `Number ${pickup(order)}` }, pickup(order)) : null,
    rows: order ? rowsOf(order, (state === 'paid' || state === 'authorized') && receipt) : null,
  };
}

function rowsOf(order, receipt) {
  return [
    [order.description || 'Amount', money(order.amount)],
    ['Order', h('span', { class: 'code' }, shortId(order.id))],
    ...(receipt ? [['Receipt', 'signed by the till']] : []),
  ];
}

/** Four characters a barista can call out. */
const pickup = (order) => order.id.slice(-4).toUpperCase();

const shortId = (id) => `${id.slice(0, 8)}…${id.slice(-4)}`;
