// Package payprotocol speaks Pay Protocol: payments in tokens to an address that the
// provider makes for each order, refunds that a person approves in the provider's console.
//
//	CreatePayment ── POST payment/createPaymentOrder ──► pageHost + paymentUrl
//	ChoosePayment ── POST payment/payInfo/update ──────► address, QR code   (action: address)
//	QueryPayment  ── GET payment/detail ───────────────► paymentStatus, amounts
//	Refund        ── POST refund/createRefundOrder ────► refundId, waits for approval
//	QueryRefund   ── GET refund/detail, refund/list
//	Renotify      ── GET payment/notify, refund/notify
//	ParseNotification ◄── POST of a payment or a refund; Reply "success"
//
// Every request and every callback is signed by HMAC-SHA256 over time, method, path with
// query, and body, each exactly as it is sent. Answers are not signed.
//
// Capabilities: Querier, Paced, Chooser, Refunder, RefundQuerier, SerialRefunder, Notifier,
// Renotifier. The provider has no cancel.
//
// # Quirks
//
//   - Success is the number 0. A status counts only as a JSON number that is written like one
//     of the table; absent, null, text and any other number change nothing.
//   - A payment is paid when its status is 0, its quote is the order's, and no less was
//     received than expected. Less, a partial payment, and money in a payment that failed are
//     Short: the bridge credits nothing and raises amount_mismatch with what was received.
//     More is paid, and Overpaid.
//   - Callbacks are hints (Confirm): the path that they sign is not documented. A payment's
//     callback names the quote, which the bridge compares before it asks.
//   - chainId is an id of the platform's. Decimals are those of the token on its chain, from
//     conf/list/currency, which is cached; amounts are compared as integers of any length.
//   - An address is used again by other orders: nothing is ever found by it.
//   - There is no request id for refunds. Before one is sent, the provider is asked for an
//     open one of the same order, and one whose answer was lost is found in the list by its
//     order and the time of asking; hence SerialRefunder.
//   - After a create whose answer was lost, no call tells the page's URL again. The repeat asks
//     for it; when it is refused, the action is the address of payment/payInfo.
//
// Source: the project's sheet of the protocol, from doc.payprotocol.network, read
// 2026-11-28. docs/wallets/payprotocol.md lists what is unknown and how it is set.
package payprotocol
