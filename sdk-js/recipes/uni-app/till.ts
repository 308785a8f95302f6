import { createTill } from 'minitill';
import { fromBrowser, fromUni } from 'minitill/hosts';
import { sheet } from 'minitill/sheet';

const browser = typeof document !== 'undefined'; // the H5 build

/** The one till of the app. A mini program also has the wallet's own `my`, which opens the cashier for a paymentUrl. */
export const till = createTill({
  baseUrl: 'https://till.example.com',
  wallet: 'gcash-main',
  my: browser ? fromBrowser() : fromUni(uni),
  onAction: browser ? sheet() : undefined,
});

/** For `onLaunch` in App.vue: an order that was left open when the app was closed at the cashier. */
export async function resume(): Promise<void> {
  const outcome = await till.resume();
  if (outcome?.state === 'paid') uni.showToast({ title: 'Thank you!' });
}

/** For a button's `@tap`. */
export async function buy(sku: string): Promise<void> {
  const { state } = await till.pay({ items: [{ sku, quantity: 1 }] });
  if (state === 'paid') uni.showToast({ title: 'Thank you!' });
  else if (state === 'failed') uni.showToast({ title: 'Not paid', icon: 'none' });
  else if (state !== 'canceled') uni.showToast({ title: 'We are still checking', icon: 'none' });
}
