// Package direct is the adapter of a dialect that uses RedotPay's paths with a Bearer key, and
// adds card calls. It is not RedotPay Connect, which is package redotpay, and it is not
// confirmed by RedotPay: there is no default host, and nothing calls it unless it is
// configured.
//
//	we ── POST /openapi/v2/order/create, Authorization: Bearer … ──► server
//	   ◄─ {"code":0,"data":{order_sn, payment_url, manual}} ─────────
//	   ── GET /openapi/v2/order/payment-method?order_sn=… ──────────►   when manual
//	   ◄─ POST callback_url {…, "status":"paid", "signature"} ───────
//	   ── GET /openapi/v2/order/{order_sn} ─────────────────────────►   which decides
//	   ── SUCCESS ──────────────────────────────────────────────────►
//
// An account has one of two modes. In orders, [Orders] does the above. In cards, [Cards]
// authorizes, captures, voids and refunds by a token of the payer's card:
//
//	POST /v1/authorize {"amount":"100.00","card_number":<token>}
//	POST /v1/capture   {"transaction_id","amount","currency"}
//	POST /v1/refund    {"transaction_id","amount"}
//	POST /v1/void      {"transaction_id"}
//	POST /v1/reversal  {"transaction_id"}     a whole refund, where configured
//
// # What decides
//
// The callback's signature is HMAC-SHA256 over the secret, merchant code, order_sn, ref_no,
// amount, currency and status without separators, so that bytes can move between neighbouring
// members undetected, and without a time, so that it verifies for ever. It never decides: a
// status query does, and its answer must have both numbers. Webhooks of the form
// {"event":"payment.success","amount":…} have neither an id nor a signature: they are
// acknowledged, logged, and change nothing.
//
// paid is the only documented status. Every other one is pending.
//
// # Cards
//
// Only a provider's token is accepted; what looks like a card number is refused before it is
// sent. Card calls have no idempotency key and no query. So none is repeated after a lost
// answer, and an operator must find out the outcome. There is no currency in authorize and
// refund: an account has one.
//
// # What is not documented
//
// The amount's unit, the encoding of the signature, the codes of failures, whether an
// order is found by our number, and the answers of card calls. The first five are settings;
// answers of card calls are {"code":0,"data":{"transaction_id","status","amount"}}, and one
// of another form is Unknown. See docs/wallets/redotpay.md.
package direct
