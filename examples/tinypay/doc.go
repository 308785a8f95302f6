// Package tinypay is an example of a wallet that is written outside the till: it imports
// public packages alone. docs/new-wallet.md explains it file by file.
//
// The provider, Tiny Pay, is fictitious. Its documents fit here:
//
//	POST /pay           {"id","amount","currency","title","notify"}   opens a payment, or finds that of the id
//	POST /query         {"id"}                                        answers the payment
//	POST /refund        {"id","payment","amount","currency"}          refunds, or finds the refund of the id
//	POST /refund/query  {"id"}                                        answers the refund
//
// A payment is {"kind":"payment","id","amount","currency","state","url"}, whose state is open,
// paid or refused. A refund is {"kind":"refund","id","payment","amount","currency","state"},
// whose state is pending, done or refused. Amounts are text in minor units. An answer that is
// no success has no body: HTTP 402 for a refusal, 404 for an unknown id, 409 for an id that
// was used with other content and for a payment whose state forbids the request.
//
// When a payment or refund changes, it is posted to notify until it is answered with the text
// ok. Every message has the header Tiny-Signature: hex HMAC-SHA256 over METHOD SP path LF body,
// and in answers over STATUS SP path LF body.
//
// It can notify, query, refund and query refunds. It cannot cancel: an unpaid payment stays
// open at the provider.
package tinypay
