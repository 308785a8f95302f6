import { OUTCOMES, PROGRESS, complaint } from '/texts';
import { last, till } from '/till';

/** States in which the server may still receive news of a payment. */
const OPEN = ['processing', 'unconfirmed', 'unsupported'];

/** The server's answer as an outcome. */
const answered = ({ order }) => ({ state: order.status === 'pending' ? 'unconfirmed' : order.status, order, source: 'server' });

Page({
  data: { title: '', amount: '', id: '', unpaid: false, open: false, busy: false, notice: '' },

  onLoad() { if (last.outcome) this.show(last.outcome); },

  show({ state, order, source }) {
    const left = state === 'canceled' && source === 'client'; // the payer came back; the order is open
    this.setData({
      title: left ? 'You left without paying' : OUTCOMES[state],
      amount: order ? `${order.amount.decimal} ${order.amount.currency}` : '',
      id: order ? order.id : '',
      unpaid: left || state === 'failed',
      open: left || OPEN.includes(state),
      busy: false,
      notice: '',
    });
  },

  /** Another payment of the same order. */
  again() {
    this.run(till.retry(this.data.id).then((checkout) => till.pay(checkout, {
      onState: (state) => this.setData({ notice: PROGRESS[state] || '' }),
    })));
  },

  /** Polls until the order is final, or queries once when it is known to be. */
  check() {
    this.run(till.resume().then((outcome) => outcome || till.status(this.data.id).then(answered)));
  },

  cancel() { this.run(till.cancel(this.data.id).then(answered)); },

  run(work) {
    if (this.data.busy) return;
    this.setData({ busy: true });
    work.then((outcome) => this.show(outcome), (error) => this.setData({ busy: false, notice: complaint(error) }));
  },
});
