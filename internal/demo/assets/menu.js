// The counter: the products, and the bar with what is in the cart.
import { h, byId, icon, button } from './dom.js';
import { money, total, write } from './amount.js';
import * as cart from './cart.js';

let catalog = [];

export function showMenu(items, openCart) {
  catalog = items;
  byId('products').setAttribute('aria-busy', 'false');
  byId('products').replaceChildren(...items.map(product));
  byId('shop-status').textContent = `${items.length} things on the menu`;
  cart.onCart(() => refresh(openCart));
  refresh(openCart);
}

export function showNoMenu(retry) {
  byId('products').setAttribute('aria-busy', 'false');
  byId('products').replaceChildren(h('li', { class: 'products__none' },
    h('p', {}, 'The menu could not be loaded.'), button('Try again', retry, 'button--secondary')));
}

export const cartLines = () => cart.lines(catalog);

function product(item) {
  return h('li', { class: 'product', 'data-sku': item.sku },
    h('div', { class: 'product__text' },
      h('h2', { class: 'product__name' }, item.name),
      h('p', { class: 'product__about tiny soft' }, item.description || ''),
      h('p', { class: 'product__price' }, money(item.amount))),
    h('div', { class: 'product__top' },
      h('img', { class: 'product__art', src: item.image, alt: '', width: 240, height: 180 }),
      h('span', { class: 'product__buy' })));
}

function refresh(openCart) {
  for (const item of catalog) {
    document.querySelector(`.product[data-sku="${CSS.escape(item.sku)}"] .product__buy`).replaceChildren(...buy(item));
  }
  drawBar(openCart);
}

/** A plus, which becomes a stepper. Pressing keeps the focus where it was. */
function buy(item) {
  const quantity = cart.quantityOf(item.sku);
  const press = (by) => () => {
    cart.change(item.sku, by);
    document.querySelector(`.product[data-sku="${CSS.escape(item.sku)}"] [data-by="${by}"], .product[data-sku="${CSS.escape(item.sku)}"] [data-by="1"]`)?.focus();
  };
  const step = (by, name, label) => h('button', { type: 'button', class: `step-button${by > 0 ? ' step-button--add' : ''}`, 'data-by': by, 'aria-label': `${label} ${item.name}`, onclick: press(by) }, icon(name));
  if (!quantity) return [step(1, 'plus', 'Add')];
  return [step(-1, 'minus', 'One less'), h('span', { class: 'product__quantity', 'aria-live': 'polite' }, String(quantity)), step(1, 'plus', 'One more')];
}

function drawBar(openCart) {
  const lines = cartLines();
  const bar = byId('cartbar');
  bar.hidden = lines.length === 0;
  if (bar.hidden) return;
  const pieces = lines.reduce((sum, line) => sum + line.quantity, 0);
  bar.replaceChildren(h('button', { type: 'button', class: 'button button--wide cartbar__button', onclick: openCart },
    icon('bag'), h('span', { class: 'cartbar__label' }, `View order · ${pieces} ${pieces === 1 ? 'item' : 'items'}`), h('span', { class: 'money' }, write(total(lines)))));
}
