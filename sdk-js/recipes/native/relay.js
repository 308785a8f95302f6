/** A page with <web-view id="shop" src="{{url}}" onMessage="onMessage" />: it opens the cashier for the page inside. */
Page({
  data: { url: 'https://shop.example.com/' },

  onMessage({ detail }) {
    const { type, paymentUrl } = detail;
    if (type !== 'tradePay' || typeof paymentUrl !== 'string') return;
    my.tradePay({
      paymentUrl,
      complete: (result) => my.createWebViewContext('shop').postMessage({ type, paymentUrl, result }),
    });
  },
});
