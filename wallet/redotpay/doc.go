// Package redotpay is the adapter of RedotPay Connect, Open API v2: the merchant creates an
// order, the payer pays it in stablecoins, and a signed webhook reports it.
//
//	we ── POST /openapi/v2/order/create ──────────► RedotPay
//	   ◄─ orderSn, links, payment methods ────────        the payer goes there
//	      … the payer pays …
//	   ◄─ POST our notify URL, actionType ACQUIRER_PAY ──
//	   ── POST /openapi/v2/order/detail ──────────►       which decides
//	   ── {"code":"SUCCESS","requestId":…} ───────►
//
// # Two flows
//
// Paylink: create answers with links, of which the order's channel selects one. Open-API:
// create answers with payment methods. A method whose manual is false has its URL or QR content
// in that answer, which is stored with the payment; for one whose manual is true they are
// fetched by /order/payment-method once the payer has chosen. An answer with both is read as the
// flow setting says, unless the order names a method.
//
// # Signatures
//
// RSA with SHA-256 (PKCS #1 v1.5), standard Base64, in X-R-Signature, over
//
//	request   POST /openapi/v2/order/create LF appKey . X-R-TS . body
//	webhook   appKey . X-R-Ts . body
//
// X-R-KEY-VERSION names the merchant's key in requests and the platform's in webhooks; a
// version that is not configured is refused. Answers are not signed; TLS authenticates
// them. The platform's two published keys, version 1, are built in for each environment.
//
// # What decides
//
//   - A webhook is a hint: order/detail decides, and the reply to the webhook waits for it. So
//     a webhook that is too old, or never comes, costs time and no money. With the setting
//     trustNotifications a verified webhook decides.
//   - Status 2 is paid, 4 is closed. 3, a failed attempt, ends nothing: the order can still
//     be paid until it is closed or expires.
//   - billAmount is what the merchant is credited, and never the amount of the order.
//   - close proves nothing: status queries are sent before and after it.
//   - Refunds are pending until a webhook or a query says otherwise.
//   - A webhook of an unknown action type is acknowledged, logged, and changes nothing.
//
// # What is not documented
//
// The codes of failures, the calls for refunds, the names inside a refund's webhook, the
// bounds of amounts and of expiry, and how long queries lag are settings with safe values;
// docs/wallets/redotpay.md lists them. A code that is not configured proves nothing, in any
// call.
//
// Sources: RedotPay's "Getting started", "API request signature and verification guide",
// "Webhook" and API reference, read 2025-11-20 as far as they are public; public merchant
// integrations for what they leave open. None publishes a whole signature vector: those in
// testdata/vectors are self-made.
package redotpay
