// Package miniprogram is the adapter of the wallets that are built on the Mini Program
// Platform and its relatives: one protocol in several dialects. A [Profile] describes one
// wallet's dialect; [Config] names a profile and may override each of its members.
//
//	we ── POST {prefix}/{version}/payments/pay ─────────────► wallet
//	   ◄─ A/ACCEPT, paymentId, redirect form ────────────────        the payment URL
//	      my.tradePay({paymentUrl}) … the payer pays …
//	   ◄─ POST our notify URL, paymentResult S or F ─────────
//	   ── S/SUCCESS, signed ─────────────────────────────────►
//	   ── …/payments/inquiryPayment ─────────────────────────►        whenever in doubt
//
// # Signatures
//
// RSA with SHA-256 over two lines, with no line feed at the end:
//
//	POST /api/open/v2/payments/pay
//	<Client-Id>.<Request-Time>.<body>
//
// An answer is signed over the method and path of its request with its own Client-Id
// and Response-Time; a notification over the path of our notify URL; our
// acknowledgement like an answer to it. The header is
//
//	Signature: algorithm=RSA256, keyVersion=1, signature=…
//
// whose value is percent-encoded base64, plain base64 or base64url: one is written, as
// the profile says, and all three are read, as are all spellings of times. An answer
// that must be signed and is not, or wrongly, proves nothing: it is Unknown.
//
// # Profiles
//
//	profile     prefix     ver  signs    answers    cancel hold agree currency  ids
//	generic-v1  /api/open  v1   percent  required   –      –    yes   any       partnerId
//	generic-v2  /api/open  v2   percent  required   yes    yes  yes   any       appId
//	gcash       /api       v2   percent  required   yes    –    –     PHP       appId
//	tng         /acl/api   v1   percent  required   –      –    yes   MYR       partnerId
//	superqi     –          v1   base64   ifPresent  yes    yes  yes   IQD       –
//	rebell      /api/open  v1   base64   required   yes    –    yes   EUR       productCode
//	vodapay     /api/open  v2   base64   ifPresent  yes    –    –     ZAR       –
//	alipayplus  /aps/api   v1   percent  required   yes    –    –     any       –
//	ams         /ams/api   v1   percent  required   yes    –    –     any       –
//
// All pay, query, refund, query refunds, exchange auth codes and notify. What the table has
// a dash for returns Unsupported, and [Wallet.Lacks] says so. Assumed, because not documented:
// the prefix of vodapay and the live one of gcash, the bodies of notifications of vodapay
// and superqi (both carriers of the status are read), the product codes of generic-v1,
// and what alipayplus and ams have beside the members that all share.
//
// # Quirks
//
//   - A (also spelled R) is the normal answer to pay. U is never final, and a traffic
//     limit comes as F and as U.
//   - Payment URLs are up to 4096 characters, stand in one of six places and hold %2B;
//     decoding and encoding them again breaks them.
//   - cancel refunds what was paid. See Cancel for how that is prevented.
//   - Success of an authorization is notified like the success of a payment. Where a
//     profile can hold, notified success is confirmed by a query; an account that never
//     holds avoids it by the override canHold: false.
//   - Only one id may be sent with an inquiry: where both are, ours is ignored.
//   - vodapay does not promise that a repeated pay is one payment, so a status query is sent
//     first; a payment whose answer was lost has no payment URL then.
//   - ams takes an expiry of at most 10 minutes. It is counted from the creation of the
//     order, so that repeats have one body: let the app's orders expire within that.
//   - A partial capture is part of the wallet's list of transactions, where it has one.
//   - ams calls client ids that begin with SANDBOX_ below /ams/sandbox/api, and signs
//     that path.
//   - It is not documented how long queries lag: [Config.Lag]. A payment that was queried
//     first is not requested again before that time has passed.
//   - F is the final failure of a call, but a repeat of a request whose answer was lost may
//     get it although the first was executed: a status query is sent before such a refusal
//     counts.
//   - A wallet may change a payment's id. Our request ID decides whose money it is.
//   - A signed path has no query: do not put one into the public URL.
//
// Sources, read 2025-11-20: the Mini Program Platform's "OpenAPI overview", "pay",
// "inquiryPayment", "cancel", "refund", "inquiryRefund", "capture", "notifyPayment",
// "notifyVoid", "applyToken", "inquiryUserInfo" and "prepare", v1 and v2; the same of
// GCash, TNG eWallet, M-Pesa, Super Qi and Rebell; VodaPay's "Once-off payment guide";
// Alipay+'s "ACQP API"; Antom's "AMS API", "Digital signature" and "Idempotency". None
// of them publishes a whole signature vector: those under testdata are self-made.
package miniprogram
