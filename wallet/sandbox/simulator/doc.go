// Package simulator is the server of the sandbox wallet: a provider that moves no
// money, for tests, the demo and first steps. It was written from the protocol
// below and shares no code with the adapter, so that the two can disagree.
//
// # Calls
//
// POST with a JSON body of at most 64 KiB, below the base URL:
//
//	/v1/payments          create     {requestId, order, amount, description, hold?, …}
//	/v1/payments/choose   choose     {requestId, paymentId?, method}
//	/v1/payments/query    query      {requestId, paymentId?}
//	/v1/payments/cancel   cancel     {requestId, paymentId?}
//	/v1/payments/capture  capture    {captureRequestId, requestId, paymentId?, amount}
//	/v1/payments/void     void       {voidRequestId, requestId, paymentId?}
//	/v1/refunds           refund     {refundRequestId, requestId, paymentId?, amount, reason?, notifyUrl?}
//	/v1/refunds/query     query      {refundRequestId?, refundId?}
//	/v1/auth/exchange     exchange   {code}
//	/v1/agreements        prepare    {reference, title?, description?, limit?, language?, notifyUrl?}
//	/v1/agreements/sign   sign       {code}
//	/v1/agreements/renew  renew      {refreshToken}
//	/v1/agreements/end    end        {token}
//
// An amount is {"currency", "value"}, its value a string of minor units. Times are
// Unix milliseconds. A request id is an idempotency key: the same id and content
// yield the same payment and payment URL; other content is REQUEST_ID_REUSED.
// Cancel answers with the payment as it stands, which may be PAID. Where a call names a
// payment, paymentId alone is enough, and so is either id of a refund.
//
// A payment may get another paymentId when the payer pays; notifications then name the
// new one, answers add the former one in otherIds, and both still find the payment. A
// payer may pay twice under one requestId: requestId alone then means the newest payment.
//
// An authorization is captured once, wholly or in part; what is left is released.
// Refunds may be repeated until the captured sum is reached.
//
// # Agreements
//
// Prepare answers {agreementId, reference, status: "PREPARED", signUrl}; a reference is an
// idempotency key like a request id. The payer agrees at the sign URL, which gives the
// payer's client a code. Sign exchanges it, once, for {customerId, name, token, expiresAt,
// refreshToken, refreshExpiresAt}, and renew exchanges the refresh token for another pair;
// from then on the former pair is not valid. A payer who signs again gets another code, and
// only the newest code is valid. End answers with the agreement, ENDED, each time it is
// called, and takes any token that the agreement ever had.
//
// Create with "agreement": token charges the payer at once: the payment is PAID and has no
// payment URL. A payment above the agreement's limit, or in another currency, is
// LIMIT_EXCEEDED; a token that is not the newest, is too old or of an agreement that has
// ended is AGREEMENT_INVALID. Money cannot be held this way. A repeat may come with a newer
// token.
//
// # Signatures
//
// Requests and answers carry Sandbox-Key (the key's id), Sandbox-Timestamp (Unix
// milliseconds, at most five minutes off) and Sandbox-Signature, the standard
// base64 of HMAC-SHA256 with the shared key over
//
//	request       timestamp LF METHOD LF path LF body
//	answer        timestamp LF METHOD LF path LF status LF body
//	notification  timestamp LF POST LF path-and-query LF body
//
// where path is the part below the base URL, so that a proxy may add a prefix, and
// path-and-query is that of the notify URL, exactly as it was given.
//
// # Errors
//
// {"code", "message"}, signed like any answer, with HTTP 4xx:
//
//	BAD_SIGNATURE STALE_TIMESTAMP TRAFFIC_LIMIT         not executed, may be repeated
//	INVALID_REQUEST UNKNOWN_METHOD AMOUNT_EXCEEDED      the request breaks a rule
//	RISK_REJECTED CURRENCY_NOT_SUPPORTED                refused permanently
//	BALANCE_NOT_ENOUGH                                  the same
//	NOT_FOUND INVALID_STATE REQUEST_ID_REUSED           the state forbids it
//	AUTH_CODE_INVALID AUTH_CODE_EXPIRED                 of an exchange or a signature
//	REFRESH_INVALID                                     of a renewal
//	AGREEMENT_INVALID LIMIT_EXCEEDED                    of a charge: refused permanently
//	UNKNOWN_OUTCOME INTERNAL                            may have been executed
//
// TRAFFIC_LIMIT adds retryAfter in milliseconds.
//
// # Notifications
//
// POST to the payment's or agreement's notifyUrl (a refund may have its own):
//
//	{"eventId", "sequence", "type": "payment", "payment": {…}}
//	{"eventId", "sequence", "type": "refund", "refund": {…}}
//	{"eventId", "sequence", "type": "agreement", "agreement": {…}}
//	{"eventId", "events": [{…}, {…}]}
//
// The last form holds several of the others, of any payments; each has its own eventId.
// A notification may name a payment or refund by paymentId and refundId alone. That of a SIGNED
// agreement has the code, authCode; an agreement is ENDED by the payer or the merchant.
//
// The receiver answers 200 with {"code":"OK"}, or {"code":"KEPT"} when it knows no such payment
// and has stored the notification; both end the delivery. After any other answer the
// notification is sent again after 1 s, 3 s, 10 s, 30 s, 1 m, 5 m, 15 m, 1 h and 6 h, newly
// signed. Notifications of one payment, or of one agreement, arrive in order.
//
// # Cashier
//
// The payment URL is {base}/cashier/{paymentId}?token=…, often longer than 255
// characters, and must be passed on untouched. GET shows the page; its forms POST
// outcome=pay, decline, leave or later to the same URL and work without scripts.
// The answer is a redirect to the return URL, or a result page when there is none
// or when embed=1 was appended. The result page's root has data-outcome and
// data-result-code, and posts {type: "minitill:cashier", outcome, resultCode} to its
// opener and parent, with the codes of my.tradePay: pay 9000, decline 4000, leave 6001,
// later 8000. A payment paid "later" completes after Config.Later and does not expire.
//
// The sign URL is {base}/agreements/{secret}, for the user named by ?user=…. Its forms POST
// outcome=agree, refuse or, once it is signed, end. The result page posts {type:
// "minitill:authorize", outcome, authCode}.
//
// # Codes
//
// GET or POST /authcode?user=… issues a code as my.getAuthCode would. With Config.AnyCode a
// code that a real container issued signs in one fixed user.
//
// # Faults
//
// [Provider.Inject] injects faults, each for the next Times that it can happen, at a rate drawn
// from Config.Seed, or until [Provider.Clear]. Of calls:
//
//	slow_answer server_error garbage_answer unsigned_answer forged_answer cut_before
//	cut_after unknown_outcome traffic_limit refused
//
// Of notifications:
//
//	lose_notification double_notification delay_notification reorder_notification
//	forge_notification lie_amount lie_currency
//	batch_events     kept for Delay (2 s), then sent with all kept for the same URL
//	payment_id_only  without the merchant's own ids
//
// Of what queries and notifications report; a rule of endpoint "notify" is about the latter:
//
//	amount_missing   a paid payment without its amount
//	amount_huge      an amount beyond int64
//	time_huge        a time beyond the year 9999
//	unknown_status   a status that is not documented
//
// Of what is done:
//
//	refuse_repeat    a repeat of an executed create, capture, void or refund is refused
//	                 with AMOUNT_EXCEEDED, INVALID_STATE, BALANCE_NOT_ENOUGH or RISK_REJECTED
//	lag_query        a query answers as before the last change, for Delay (20 s) after it
//	cancel_reverses  cancel of a paid payment gives the money back: CANCELED, nothing captured
//	refuse_cancel    cancel of an open payment is refused with INVALID_STATE
//	change_id        a payment gets another paymentId when the payer pays
//
// [Provider.Reverse] takes a paid payment back later, and [Provider.SecondCharge] lets the
// payer pay it twice.
//
// With Config.Control the same is there over HTTP: /control/faults lists, sets and clears
// rules (GET, POST, DELETE; {"fault", "endpoint", "times", "rate", "delay": "2s"}, where "path"
// and "next" are read for "endpoint" and "times"); /control/refunds/{refundRequestId} approves or rejects a waiting refund, and
// /control/payments/{requestId} takes {"action": "reverse"} or {"action": "second_charge"}.
package simulator
