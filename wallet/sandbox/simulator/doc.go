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
//	/v1/refunds/query     query      {refundRequestId, refundId?}
//	/v1/auth/exchange     exchange   {code}
//
// An amount is {"currency", "value"}, its value a string of minor units. Times are
// Unix milliseconds. A request id is an idempotency key: the same id and content
// yield the same payment and payment URL; other content is REQUEST_ID_REUSED.
// Cancel answers with the payment as it stands, which may be PAID.
//
// An authorization is captured once, wholly or in part; what is left is released.
// Refunds may be repeated until the captured sum is reached.
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
//	RISK_REJECTED CURRENCY_NOT_SUPPORTED                refused for good
//	NOT_FOUND INVALID_STATE REQUEST_ID_REUSED           the state forbids it
//	AUTH_CODE_INVALID AUTH_CODE_EXPIRED                 of an exchange
//	UNKNOWN_OUTCOME INTERNAL                            may have been executed
//
// TRAFFIC_LIMIT adds retryAfter in milliseconds.
//
// # Notifications
//
// POST to the payment's notifyUrl (a refund may have its own):
//
//	{"eventId", "sequence", "type": "payment", "payment": {…}}
//	{"eventId", "sequence", "type": "refund", "refund": {…}}
//
// The receiver answers 200 with {"code":"OK"}, or {"code":"KEPT"} when it knows no
// such payment but will not forget the news; both end the delivery. Anything else
// is tried again after 1 s, 3 s, 10 s, 30 s, 1 m, 5 m, 15 m, 1 h and 6 h, signed
// anew. Notifications of one payment arrive in order.
//
// # Cashier
//
// The payment URL is {base}/cashier/{paymentId}?token=…, often longer than 255
// characters, and must be passed on untouched. GET shows the page; its forms POST
// outcome=pay, decline, leave or later to the same URL and work without scripts.
// The answer is a redirect to the return URL, or a result page when there is none
// or when embed=1 was appended. The result page's root has data-outcome and
// data-result-code, and posts {type: "minitill:cashier", resultCode} to its opener
// and parent, with the codes of my.tradePay: pay 9000, decline 4000, leave 6001,
// later 8000. A payment paid "later" completes by itself and does not expire.
//
// # Codes, faults
//
// GET or POST /authcode?user=… mints a code as my.getAuthCode would. With
// Config.Control, /control/faults lists, sets and clears fault switches, and
// /control/refunds/{refundRequestId} approves or rejects a waiting refund.
package simulator
