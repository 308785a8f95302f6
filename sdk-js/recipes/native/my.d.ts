// @mini-types/alipay describes Alipay's own app, whose tradePay takes no paymentUrl; that of other wallets does.
declare namespace my {
  function tradePay(options: { paymentUrl: string; complete?: (result: object) => void }): void;
}
