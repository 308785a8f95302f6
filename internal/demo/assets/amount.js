// Amounts as the reader writes them. The shop adds up minor units only to show
// the sum of the cart; the server decides the amount of the order.
import { h } from './dom.js';
import { formatMoney, withoutPadding } from './money.js';

export function write(amount) {
  return formatMoney(amount.decimal, amount.currency, document.documentElement.lang)
    || `${withoutPadding(amount.decimal)} ${amount.currency}`;
}

export function money(amount) {
  return h('span', { class: 'money' }, write(amount));
}

/** The sum of lines of {amount, quantity}, all in one currency. */
export function total(lines) {
  const { currency, decimal } = lines[0].amount;
  const digits = (decimal.split('.')[1] || '').length;
  const minor = lines.reduce((sum, line) => sum + BigInt(line.amount.value) * BigInt(line.quantity), 0n);
  const text = String(minor).padStart(digits + 1, '0');
  return { currency, value: String(minor), decimal: digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text };
}
