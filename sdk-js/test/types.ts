// Checked by the compiler, never run: what the types promise, and what they refuse.
import type * as promised from '../dist/index';
import type * as promisedAgree from '../dist/agree';
import type * as promisedHosts from '../dist/hosts';
import type * as promisedSheet from '../dist/sheet';
import * as made from '../src/index';
import * as madeAgree from '../src/agree';
import * as madeHosts from '../src/hosts';
import * as madeSheet from '../src/sheet';

/** The sources keep what the declarations promise. */
export const kept: typeof promised = made;
export const keptAgree: typeof promisedAgree = madeAgree;
export const keptHosts: typeof promisedHosts = madeHosts;
export const keptSheet: typeof promisedSheet = madeSheet;

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Equal<A, B>) { /* types only */ }

const till = kept.createTill({ baseUrl: 'https://till.example', wallet: 'gcash-main', scopes: ['auth_base'] });

till.pay({ items: [{ sku: 'tea', quantity: 1 }], channel: 'h5' }, { wait: 1000 }).then(function (outcome) {
  same<typeof outcome, promised.Outcome>(true);
  same<typeof outcome.state, 'paid' | 'authorized' | 'failed' | 'canceled' | 'expired' | 'voided' | 'processing' | 'unconfirmed' | 'unsupported'>(true);
  same<typeof outcome.receipt, string | null>(true);
  same<typeof outcome.order, promised.Order | null>(true);
});
till.resume().then(function (outcome) { same<typeof outcome, promised.Outcome | null>(true); });
till.createOrder({ order: 'ord_1' }).then(function (checkout) { return till.pay(checkout); });
till.pay({ order: 'ord_1', orderToken: 'token' });
till.retry('ord_1').then(till.pay);
till.choose('ord_1', 'card');
till.status('ord_1').then(function (status) {
  same<typeof status.order.amount.value, string>(true);
  same<typeof status.order.attention, promised.AttentionReason[] | undefined>(true);
  same<typeof status.order.reversed, { amount: promised.Amount; at: string } | undefined>(true);
});
till.abort();
const end = till.onChange(function (state, order) { same<typeof state, promised.Progress | promised.OutcomeState>(true); return order; });
same<typeof end, () => void>(true);
till.catalog().then(function (catalog) { same<typeof catalog.items[0]['sku'], string>(true); });

kept.createTill({
  baseUrl: '',
  onState: function (state, order) {
    same<typeof state, promised.Progress | promised.OutcomeState>(true);
    return order && order.id;
  },
  onAction: function (action) {
    switch (action.type) {
      case 'chooseMethod': return action.methods[0].id;
      case 'qr': return void action.content;
      case 'redirect': case 'deeplink': case 'sign': return void action.url;
      case 'paymentUrl': return void action.paymentUrl;
      case 'tradeNO': return void action.tradeNO;
      case 'orderStr': return void action.orderStr;
      default: same<typeof action, never>(true);
    }
  }
});

/** What an app shows closes with the payment, and resolves to false when the payer closed it. */
kept.createTill({ baseUrl: '', onAction: keptSheet.sheet({ texts: { close: 'Schließen' } }) });
kept.createTill({
  baseUrl: 'http://192.168.1.5:8080', allowHttp: true, my: keptHosts.detect(),
  onAction: function (_action, order, outcome) {
    same<typeof outcome, Promise<promised.Outcome>>(true);
    return outcome.then(function () { return order.id !== ''; });
  }
});
keptAgree.agree({ type: 'sign', url: 'https://wallet.example/sign' }, { my: keptHosts.fromBridge() }).then(function (consent) {
  same<typeof consent.state, 'signed' | 'canceled' | 'unconfirmed' | 'unsupported'>(true);
  same<typeof consent.authCode, string>(true);
});

/** A storage may answer by promises. */
kept.createTill({ baseUrl: '', storage: { getItem: function (key) { return Promise.resolve(key); }, setItem: function () { return Promise.resolve(); }, removeItem: function () { /* forgotten */ } } });

/** Any container fits, however its own declarations are written. */
declare const container: {
  request(options: { url: string; success?: (answer: { data: string }) => void }): { abort(): void };
  getStorageSync(options: { key: string }): { data: unknown };
  tradePay(options: { tradeNO?: string }): Promise<{ resultCode: string }>;
};
kept.createTill({ baseUrl: '', my: container });

const error = new kept.TillError('busy', 'Later.');
same<typeof error.code, string>(true);
export const asError: Error = error;

// @ts-expect-error: a server is needed
kept.createTill({});
// @ts-expect-error: the client never names a price
till.pay({ items: [{ sku: 'tea', quantity: 1 }], amount: 5 });
// @ts-expect-error: items or an order, not both
till.createOrder({ items: [], order: 'ord_1' });
// @ts-expect-error: a token opens an order, and items need none
till.createOrder({ items: [{ sku: 'tea', quantity: 1 }], orderToken: 'token' });
// @ts-expect-error: neither
till.createOrder({ wallet: 'gcash-main' });
// @ts-expect-error: no such channel
till.createOrder({ order: 'ord_1', channel: 'fax' });
// @ts-expect-error: only a sign action is signed
keptAgree.agree({ type: 'redirect', url: 'https://wallet.example' });
// @ts-expect-error: no such text
keptSheet.sheet({ texts: { headline: 'Pay' } });
// @ts-expect-error: the function itself, not what it returns
till.onChange('paid');
// @ts-expect-error: a storage writes, too
kept.createTill({ baseUrl: '', storage: { getItem: function () { return null; } } });
