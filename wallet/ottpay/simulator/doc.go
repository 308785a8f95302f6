// Package simulator is OTT Pay's server: both generations of its protocol, a checkout page,
// encrypted callbacks, and fault injection. It is written from the provider's documents and
// shares no code with the adapter. No money moves.
//
//	merchant ── POST /processV2 {action, data, md5} ──► Provider      the Web API
//	         ── POST /api/v1/…, Bearer ───────────────► Provider      REST
//	payer    ── GET, POST /checkout?order=…&sign=… ───► Provider
//	merchant ◄─ POST call_back_url, {rsp_code, data, md5} ──          until 2xx
//
// It follows the documents where they decide, and otherwise the guide of the project's protocol
// sheet: an order number that was used is ORDER_USED or ORDER_PAID, a query of an unknown order
// is FAIL, callbacks are sent of success only. What is not documented is in [Config], whose
// zero value is the most demanding choice for a merchant.
//
// # Faults
//
// All of package provider's that fit, and
//
//	lower_md5        the digest in lower case, and the cipher's key derived from that
//	plain_layout     data without the blanks that the provider's encoder writes
//	wrapped_body     the whole envelope as Base64
//	form_body        a callback as a form
//	spliced          two blocks of data swapped, or one removed from a short one
//	forged_code      the envelope's rsp_code contradicts the data
//	smaller_amount   one cent less is reported
//	fewer_members    optional members left out
//	token_refused    REST: the token is refused, nothing is executed
//
// # Control
//
// POST /control/settle {requestId, outcome}, outcome pay, decline, later, expire or, of a
// card, authorize, capture; POST /control/refunds {refundRequestId, approve}, by the
// provider's id or, of the Web API, the merchant's; POST /control/cards {reference, amount,
// callBackURL}; POST /control/secondcharge {requestId}; POST /control/deliver; GET /control/books, /control/deliveries ?requestId=;
// /control/faults.
package simulator
