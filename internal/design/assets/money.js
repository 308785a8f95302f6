// Writes amounts the way the reader does: <data class="money" value="12.34"
// data-currency="USD">12.34 USD</data>. What the reader's browser cannot write exactly
// (tokens, which are no ISO currencies; old browsers and long numbers) stays as the
// server wrote it. In the language of a WebView of 2019.

const ISO_DIGITS = 4; // what has more decimals is a token
const SIZES = ['', 'money--13', 'money--16', 'money--20', 'money--26', 'money--36']; // of design.css; as in money.go

/** The amount as the reader writes it, or null. `decimal` is text, so no digit is lost. */
export function formatMoney(decimal, currency, language) {
  const text = withoutPadding(decimal);
  const digits = (text.split('.')[1] || '').length;
  try {
    const format = new Intl.NumberFormat(language, {
      style: 'currency', currency,
      minimumFractionDigits: digits, maximumFractionDigits: digits,
    });
    if (text.replace(/\D/g, '').length <= 15) return format.format(Number(text));
    const exact = format.format(text);
    return sameDigits(exact, text) ? exact : null;
  } catch {
    return null;
  }
}

/** A token's decimals without the zeros that fill them up: 100, 12.30, 0.015. */
export function withoutPadding(decimal) {
  const [whole, fraction = ''] = decimal.split('.');
  if (fraction.length <= ISO_DIGITS) return decimal;
  const kept = fraction.replace(/0+$/, '');
  return kept ? `${whole}.${kept.padEnd(2, '0')}` : whole;
}

function sameDigits(text, decimal) {
  return text.replace(/[^0-9]/g, '') === decimal.replace(/[^0-9]/g, '');
}

/** Formats every amount below root, and keeps it in its place when the screen turns. */
export function formatAmounts(root) {
  removeEventListener('resize', fitAll);
  addEventListener('resize', fitAll);
  const language = document.documentElement.lang;
  for (const element of root.querySelectorAll('data.money')) {
    const text = formatMoney(element.value, element.dataset.currency, language);
    if (text) element.textContent = text;
    fit(element);
  }
}

function fitAll() {
  for (const element of document.querySelectorAll('data.money')) fit(element);
}

/** Gives an amount the largest size of text with which it stays in its place. */
function fit(element) {
  for (const size of SIZES) {
    element.className = size ? `money ${size}` : 'money';
    if (!overflows(element)) return;
  }
}

/** Whether an amount is wider than the block that it stands in. */
function overflows(element) {
  let block = element.parentElement;
  while (getComputedStyle(block).display === 'inline') block = block.parentElement;
  return element.getBoundingClientRect().width > block.clientWidth + 1; // which is rounded
}
