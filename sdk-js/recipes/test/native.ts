// Checked by the compiler, never run: the helper beside the declarations of Alipay's mini programs.
import { createTill } from '/utils/minitill';

const till = createTill({ baseUrl: 'https://till.example.com', my });
till.pay({ items: [{ sku: 'tea', quantity: 1 }] }).then(({ state, order }) => {
  if (state === 'paid') my.alert({ content: order ? order.id : '' });
});

// @ts-expect-error: the declarations of `my` are in force
my.alert({ contents: '' });
// @ts-expect-error: and the helper's
till.pay({ items: [{ sku: 'tea' }] });
