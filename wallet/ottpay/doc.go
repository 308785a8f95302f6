// Package ottpay is the adapter of OTT Pay, a Canadian acquirer of WeChat Pay, Alipay,
// UnionPay and cards. It has both generations of the provider's protocol, which have the
// callbacks in common.
//
//	we ── POST {baseUrl}, {action, data, md5} ──────► OTT Pay         the Web API
//	   ◄─ {rsp_code, data, md5}: a checkout link ────
//	we ── POST {baseUrl}/api/v1/pay/…, Bearer ──────► OTT Pay         REST
//	   ◄─ {status, result}: a link or a code ────────
//	      … the payer pays …
//	   ◄─ POST our notify URL, {rsp_code, data, md5}                  both
//	   ── the query that decides ───────────────────►
//
// # The envelope
//
// data is AES-128-ECB of a JSON object, in Base64 that the provider breaks by blanks. md5
// is the digest of the object's values in the order of their names, and the cipher's key
// is the middle of MD5(md5 + sign key). So the digest is computed again over what was
// decrypted. The members of a callback outside of data are not authenticated: a callback is
// a hint, and a query decides.
//
// The code of an answer is outside of data too, and a refusal may have no data at all: TLS
// proves that the provider sent it. Where [Config.Insecure] allows http beyond this machine,
// a refusal of the Web API proves nothing and is Unknown.
//
// # Capabilities
//
//	            query refund refund query void hold  notifies
//	web         yes   yes    yes          –    cards yes
//	REST        yes   yes    by sums      yes  –     yes
//
// Neither documents a cancel or a capture. A hold of the Web API ends at the provider's
// console; REST voids authorizations of cards, and opens none, since card numbers would pass
// through the till. An open payment ends by a query after its expiry.
//
// # Methods of the Web API
//
//	NONE WECHATPAY ALIPAY UNIONPAY GP       PREPAY_INIT: the checkout, with the payer's choice or ours
//	QR_WECHATPAY QR_ALIPAY QR_UNIONPAY      ACTIVEPAY: a code to scan
//	H5_WECHATPAY                            H5PAY: a link for mobile browsers
//	MINI_WECHATPAY                          MAPPPAY: parameters for WeChat's mini program
//	CARD_UNIONPAY CARD_CONVERGE             CC_PURCHASE, and CC_PREAUTH for orders that hold
//
// # Methods of REST
//
//	WECHATPAY_QR WECHATPAY_JSAPI WECHATPAY_H5 ALIPAY_WAP ALIPAY_WEB ALIPAY_INAPP
//
// # Quirks
//
//   - Only the first answer has the link of a checkout. When it was lost, the payment is found
//     by our id and has no action; the payer pays by another payment after its expiry.
//   - A sum may contain the tip and the surcharge or not: it is returned as Charged, beside
//     them. No query of the Web API itemizes the surcharge: a larger sum pays the order, and an
//     operator decides about the rest unless a callback itemizes it.
//   - An order has up to four ids. Ours decides; a checkout is refunded by the provider's.
//   - Which code means "no such order" is not published. [Config.NotFoundCodes] may say.
//   - Ids of cards have 20 characters: they are a digest of the request ID.
//   - REST knows no request ID. A payment whose answer was lost is found by reference, which
//     only cards are certain to have, and a refund by the payment's refunded sum, compared with
//     the books, and by the payment's state: the sum may contain refunds that are in progress.
//     A payment or refund about which these do not decide stays open and raises attention.
//   - A refund of the Web API is queried by its id, unless [Config.RefundsEndBySum] says that
//     this is not answered: then the payment's refunded sum decides.
//   - REST's queries have the payer's additional costs as one sum, the surcharge; a callback
//     has the parts.
//   - REST's state code decides. "success" is also the word of a refund and of a void.
//   - finish_time is Beijing's without a zone, and is not read with one: the names of zones
//     are ambiguous.
//   - How callbacks are acknowledged and repeated is not published: [Config.Acknowledge].
//
// Sources, read 2026-11-28: docs.ottpay.com "Common rules", "Appendix A", "API for Checkout
// Payment", "Query transaction", "Refund transaction and query", "Payment request" of each
// method; apidocs.ottpay.com "Integration", "Callback", "Auth API", "CMP", "Local card"; and
// public integrations for what those leave open.
package ottpay
