// Package ottpay is the adapter of OTT Pay, a Canadian acquirer of WeChat Pay, Alipay,
// UnionPay and cards. It speaks both generations of the provider's protocol, which have
// the callbacks in common.
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
// is the middle of MD5(md5 + sign key). So the digest is computed again over whatever was
// decrypted. What a callback says outside of data is protected by nothing: a callback is
// a hint, and a query decides.
//
// # Capabilities
//
//	            query refund refund query void hold  notifies
//	web         yes   yes    yes          –    cards yes
//	REST        yes   yes    by sums      yes  –     yes
//
// Neither documents a cancel or a capture. A hold of the Web API ends at the provider's
// console; REST voids authorizations of cards, which it does not open itself, since card
// numbers would pass through us. An open payment ends by query after its expiry.
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
//   - The link of a checkout is told once. When that answer was lost, the payment is found
//     by our id and has no action; the payer pays by another payment after its expiry.
//   - A sum may contain the tip and the surcharge or not: it is told as charged, beside them.
//     No query of the Web API names the surcharge: a larger sum pays the order, and a person
//     decides about the rest unless a callback names it.
//   - An order has up to four ids. Ours decides; a checkout is refunded by the provider's.
//   - Which code means "no such order" is not published. [Config.NotFoundCodes] may say.
//   - Ids of cards have 20 characters: they are made of the request id by a digest.
//   - REST knows no request id. A payment whose answer was lost is found by reference, which
//     only cards have for sure, and a refund by the payment's refunded sum, compared with
//     the books, and by the payment's state: the sum may contain refunds that are under way.
//     What these cannot tell stays open and asks for attention.
//   - A refund of the Web API is asked about by its id, unless [Config.RefundsEndBySum] says
//     that this is not answered: then the payment's refunded sum decides.
//   - REST's queries tell what the payer bore on top as one sum, the surcharge; a callback
//     names its parts.
//   - REST's state code decides. "success" is also the word of a refund and of a void.
//   - finish_time is Beijing's without a zone, and is not read with one: its words are those
//     of several places.
//   - How callbacks are acknowledged and repeated is not published: [Config.Acknowledge].
//
// Sources, read 2026-11-28: docs.ottpay.com "Common rules", "Appendix A", "API for Checkout
// Payment", "Query transaction", "Refund transaction and query", "Payment request" of each
// method; apidocs.ottpay.com "Integration", "Callback", "Auth API", "CMP", "Local card"; and
// public integrations for what those leave open.
package ottpay
