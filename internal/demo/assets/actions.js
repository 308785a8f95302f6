// What the shop does with an action that is not my.tradePay: it sends the visitor to the
// wallet's page, shows a QR code or a link to an app, or lets the visitor choose a method.
import { h } from './dom.js';
import { showSheet } from './sheet.js';

/** Executes an action; for methods, resolves to the chosen one. */
export function act(action, leave) {
  switch (action.type) {
    case 'redirect': return void location.assign(action.url);
    case 'qr': return void show('Scan to pay', 'Scan this code with your wallet. The result appears here by itself.', [code(action), ...link(action.url || action.content)], leave);
    case 'deeplink': return void show('Over to your wallet', 'Open your wallet’s app. The result appears here by itself.', link(action.url), leave);
    case 'chooseMethod': return choose(action.methods, leave);
    default: throw new Error(`the demo cannot show ${action.type}`);
  }
}

function show(title, text, content, onClose) {
  showSheet({ title, text, tone: 'calm', content: h('div', { class: 'action' }, content), onClose, announce: true });
}

const code = ({ image, content }) => h('img', { class: 'action__code', src: image, alt: 'QR code to pay with', width: 232, height: 232, 'data-content': content });

/** Refuses links that a browser would execute. */
function link(url) {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(url || '') || [];
  if (!scheme || /^(javascript|data|vbscript|blob|file|about|filesystem|view-source)$/i.test(scheme)) return [];
  const web = /^https?$/i.test(scheme);
  return [h('a', { class: 'button button--secondary button--wide', href: url, rel: 'noreferrer', target: web ? '_blank' : null }, web ? 'Open the wallet’s page' : 'Open the wallet’s app')];
}

function choose(methods, leave) {
  return new Promise((resolve) => {
    const rows = methods.map(({ id, name }) => h('li', {}, h('button', { type: 'button', class: 'action__method', onclick: () => resolve(id) }, name)));
    showSheet({ title: 'How would you like to pay?', content: h('ul', { class: 'action__methods' }, rows), onClose: () => { leave(); resolve(undefined); }, announce: true });
  });
}
