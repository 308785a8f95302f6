import { PROGRESS, complaint } from '/texts';
import { last, till } from '/till';

Page({
  data: {
    /** @type {import('/utils/minitill').Catalog['items']} */
    items: [],
    busy: false,
    notice: '',
  },

  /** Looks for an order that was left open when the app was closed at the cashier. */
  onLoad() {
    this.load();
    this.follow(till.resume());
  },

  load() {
    this.setData({ notice: 'One moment' });
    till.catalog().then(
      ({ items }) => this.setData({ items, notice: '' }),
      (error) => this.setData({ notice: complaint(error) }),
    );
  },

  buy({ currentTarget }) {
    if (this.data.busy) return;
    this.setData({ busy: true });
    this.follow(till.pay({ items: [{ sku: currentTarget.dataset.sku, quantity: 1 }] }, {
      onState: (state) => this.setData({ notice: PROGRESS[state] || '' }),
    }));
  },

  /** Shows what becomes of a payment; null when there is none. */
  follow(payment) {
    payment.then((outcome) => {
      this.setData({ busy: false });
      if (!outcome) return;
      this.setData({ notice: '' });
      last.outcome = outcome;
      my.navigateTo({ url: '/pages/order/order' });
    }, (error) => this.setData({ busy: false, notice: complaint(error) }));
  },
});
