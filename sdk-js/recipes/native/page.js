import { createTill } from '/utils/minitill';

const till = createTill({ my, baseUrl: 'http://127.0.0.1:8080', wallet: 'sandbox' });

Page({
  onLoad() {
    // An order that was left open when the app was closed at the cashier.
    till.resume().then((outcome) => outcome && this.show(outcome));
  },
  buy() {
    till.pay({ items: [{ sku: 'flat-white', quantity: 1 }] }).then(
      (outcome) => this.show(outcome),
      (error) => my.showToast({ content: error.code === 'busy' ? 'One moment' : 'Please try again' }),
    );
  },
  show({ state, order }) {
    // 'paid' and 'failed' are the server's word, never a guess from my.tradePay's code.
    if (state === 'paid') my.alert({ content: 'Thank you! ' + order.id });
    else if (state === 'failed') my.showToast({ content: 'Not paid' });
    else if (state !== 'canceled') my.showToast({ content: 'We are still checking' });
  },
});
