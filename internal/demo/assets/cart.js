// The visitor's cart, kept across reloads.

const KEY = 'minitill-demo:cart';
const listeners = [];
let quantities = load();

function load() {
  try { return new Map(Object.entries(JSON.parse(localStorage.getItem(KEY) || '{}'))); } catch { return new Map(); }
}

export function onCart(listener) { listeners.push(listener); }

export function quantityOf(sku) { return quantities.get(sku) || 0; }

export function change(sku, by) {
  const quantity = Math.max(0, Math.min(20, quantityOf(sku) + by));
  if (quantity) quantities.set(sku, quantity);
  else quantities.delete(sku);
  save();
}

export function empty() {
  quantities = new Map();
  save();
}

function save() {
  localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(quantities)));
  for (const listener of listeners) listener();
}

/** The cart's lines, of what the catalog has. */
export function lines(catalog) {
  return catalog.filter((item) => quantityOf(item.sku)).map((item) => ({ ...item, quantity: quantityOf(item.sku) }));
}
