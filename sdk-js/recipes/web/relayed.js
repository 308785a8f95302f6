import { createTill } from 'minitill';

/** `my.tradePay` for a page in a web-view, which has none: the mini program's page around it opens the cashier. */
const relay = {
  tradePay({ paymentUrl, complete }) {
    window.my.onMessage = (message) => { // a property, so there is one listener
      if (message.type === 'tradePay' && message.paymentUrl === paymentUrl) complete(message.result);
    };
    window.my.postMessage({ type: 'tradePay', paymentUrl });
  },
};

/** Requests go through fetch, as in any browser: the page's origin is in the till's CORS list. */
export const till = createTill({ baseUrl: 'https://till.example.com', wallet: 'gcash-main', my: relay });
