// Package payprotocol is the adapter of Pay Protocol: payments in tokens to an address that the
// provider creates for each order, refunds that an operator approves in the provider's console.
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
//     Short: the engine credits nothing and raises amount_mismatch with what was received.
//     More is paid, and Overpaid.
//   - Callbacks are hints (Confirm): the path that they sign is not documented. A payment's
//     callback has the quote, which the engine compares before it sends a query.
//   - chainId is an id of the platform's. Decimals are those of the token on its chain, from
//     conf/list/currency, which is cached; amounts are compared as integers of any length.
//   - An address is reused by other orders, so no order is searched by it.
//   - There is no request ID for refunds. Before one is sent, an open one of the same order is
//     queried, and one whose answer was lost is found in the list by its order and the time of
//     its request; hence SerialRefunder.
//   - After a create whose answer was lost, no other call returns the page's URL. The repeat
//     requests it; when it is refused, the action is the address of payment/payInfo.
//
// Source: the project's sheet of the protocol, from doc.payprotocol.network, read
// 2026-11-28. docs/wallets/payprotocol.md lists what is not documented and how it is configured.
package payprotocol
