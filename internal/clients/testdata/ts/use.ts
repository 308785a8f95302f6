// Uses the generated types as a merchant's backend does: it compiles where they are typed.
import type { components } from './api';

type Schemas = components['schemas'];

export const order: Schemas['OrderRequest'] = { amount: { currency: 'USD', decimal: '4.50' }, description: 'Latte' }; // capture has a default
export const refund: Schemas['RefundRequest'] = { amount: { currency: 'USD', value: '100' } };
export const bought: Schemas['ClientOrderRequest'] = { items: [{ sku: 'tea', quantity: 1 }] }; // channel has a default
export const rotation: Schemas['RotationRequest'] = {};

export function total({ amount, refunded }: Schemas['Order']): string {
  const text: string = amount.decimal;
  return text + refunded.currency;
}

// @ts-expect-error an amount is text
export const number: Schemas['OrderRequest'] = { amount: { currency: 'USD', decimal: 4.5 }, description: 'Latte' };
// @ts-expect-error an amount has a currency
export const bare: Schemas['RefundRequest'] = { amount: { value: '100' } };
// @ts-expect-error an amount is no text by itself
export const written: Schemas['RefundRequest'] = { amount: '1.00 USD' };
