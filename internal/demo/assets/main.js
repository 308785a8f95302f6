// Puts the shop together: a my object, the helper, the menu, the checkout, the panel.
import { createMy } from './browser-my.js';
import { openCashier } from './cashier.js';
import { record } from './journal.js';
import { openPanel } from './panel.js';
import { showMenu, showNoMenu } from './menu.js';
import { openCheckout, openCart, resume } from './checkout.js';
import { byId } from './dom.js';

const { app, wallet, baseUrl, authCodeUrl } = document.body.dataset;

function createTill() {
  const my = createMy({ authCodeUrl, openCashier, record });
  // The demo moves no money, and a phone on the same network opens it by plain http.
  return window.Minitill.createTill({ baseUrl: baseUrl || location.origin, allowHttp: true, my, wallet, ...(app ? { app } : {}) });
}

async function openShop(till) {
  try {
    showMenu((await till.catalog()).items, openCart);
  } catch (error) {
    console.warn(error);
    showNoMenu(() => openShop(till));
  }
}

/** On the phone the shop and the panel share the screen. */
function openTabs() {
  for (const tab of document.querySelectorAll('.tab')) {
    tab.addEventListener('click', () => {
      document.body.dataset.view = tab.dataset.show;
      for (const each of document.querySelectorAll('.tab')) each.setAttribute('aria-pressed', String(each === tab));
      if (tab.dataset.show === 'panel') {
        byId('news').hidden = true;
        byId('news').textContent = '';
      }
    });
  }
}

openTabs();
openPanel();
const till = createTill();
openCheckout(till);
openShop(till);
resume();
