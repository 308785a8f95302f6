// Package simulator is the server of RedotPay Connect, and of the direct dialect: providers
// that move no money, for tests, the demo and first steps. It was written from the
// protocol's description and shares no code with the adapters, so that the two can
// disagree. All state is in memory and bounded, and lost at a restart.
//
// # RedotPay Connect
//
// POST with a JSON body, below the base URL:
//
//	/openapi/v2/order/create          {outerOrderSn, outerUid, orderAmount, orderCurrency, env, orderDesc, goods, …}
//	/openapi/v2/order/payment-method  {orderSn, paymentMethodId}
//	/openapi/v2/order/detail          {outerOrderSn} or {orderSn}
//	/openapi/v2/order/close           {orderSn}
//	/openapi/v2/order/refund          {orderSn, outerRefundSn, refundAmount}       (a convention, see below)
//	/openapi/v2/order/refund/detail   {outerRefundSn}                              (the same)
//
// X-R-AK, X-R-TS (milliseconds, at most five minutes off), X-R-KEY-VERSION and X-R-Signature,
// Base64 of RSA with SHA-256 over METHOD, blank, path, LF, appKey, ".", timestamp, ".", body. The
// path that is signed is the whole public path. Amounts are JSON numbers in major units,
// without an exponent. Answers are {"code":"SUCCESS","msg":null,"requestId","data"} and are
// not signed.
//
// Webhooks are POSTed to Config.NotifyURL, signed over appKey, ".", X-R-Ts, ".", body with the
// platform's key: when a payment succeeds, and when a refund succeeds or fails. 200 with
// {"code":"SUCCESS"} ends the delivery; after any other answer there are three retries, 180 s apart.
//
// # The direct dialect
//
// With Config.Direct the same payments are served in it: Authorization: Bearer, integer amounts, and
//
//	POST /openapi/v2/order/create                   {merchant_code, amount, currency, ref_no, callback_url, manual}
//	GET  /openapi/v2/order/payment-method?order_sn=
//	GET  /openapi/v2/order/{order_sn or ref_no}
//	POST /v1/authorize, capture, refund, void, reversal
//
// Callbacks are POSTed to the order's callback_url with the HMAC in the body; 200 with the
// text SUCCESS ends the delivery. Card calls have webhooks without an id and a signature.
// Card numbers are refused, the test number too: only tokens that begin with tok_ are known.
// Those that contain "declined" are refused.
//
// # Conventions
//
// The codes of failures, the calls for refunds, their webhooks, and the answers of the direct
// dialect's queries and card calls are not documented; what is here is a convention of this
// project, as are ORDER_NOT_FOUND and the other codes. A repeat of create with the same
// number and amount is the same order; RefuseRepeat refuses it instead. A failed attempt to
// pay is status 3, and the order can still be paid.
//
// # Pages
//
// The links lead to {base}/pay/{orderSn}?t=…, whose forms post outcome=pay, decline, leave or
// later and work without scripts; method= names the payment method, and the QR content of a
// method is such a link too. After a decision the browser goes to redirectUrl.
//
// # Faults
//
// Of calls, beside those that all simulators have: unknown_outcome (executed, SYSTEM_ERROR),
// traffic_limit (HTTP 429), refused (PARAM_ERROR, or Code), no_data (executed, SUCCESS without
// data), wrong_amount and wrong_currency (one unit more, another currency), number_as_text
// (amounts and statuses as text), not_there_yet (ORDER_NOT_FOUND).
//
// Of webhooks: forge_notification, unsigned_notification, skewed_notification, wrong_amount,
// wrong_currency, number_as_text, percent_signature, other_names (outerOrderSn and orderSn for
// outerOrder and preSn), no_status (without orderStatus), unknown_action.
//
// Of reports by queries and webhooks: amount_missing, amount_huge, time_huge and
// unknown_status. Of actions: refuse_repeat, lag_query, refuse_close, change_id (another
// orderSn once it is paid), tell_failure (a webhook of status 3 when the payer declines).
package simulator
