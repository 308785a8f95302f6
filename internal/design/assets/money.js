// Writes amounts the way the reader does: <data class="money" value="12.34"
// data-currency="USD">12.34 USD</data>. What the reader's browser cannot write exactly
// (tokens, which are no ISO currencies; old browsers and long numbers) stays as the
// server wrote it.

/** The amount as the reader writes it, or null. `decimal` is text, so no digit is lost. */
export function formatMoney(decimal, currency, language) {
  const digits = (decimal.split('.')[1] || '').length;
  try {
    const format = new Intl.NumberFormat(language, {
      style: 'currency', currency,
      minimumFractionDigits: digits, maximumFractionDigits: digits,
    });
    if (decimal.replace(/\D/g, '').length <= 15) return format.format(Number(decimal));
    const exact = format.format(decimal);
    return sameDigits(exact, decimal) ? exact : null;
  } catch {
    return null;
  }
}

function sameDigits(text, decimal) {
  return text.replace(/[^0-9]/g, '') === decimal.replace(/[^0-9]/g, '');
}

/** Formats every amount below root. */
export function formatAmounts(root) {
  const language = document.documentElement.lang;
  for (const element of root.querySelectorAll('data.money')) {
    const text = formatMoney(element.value, element.dataset.currency, language);
    if (text) element.textContent = text;
  }
}
