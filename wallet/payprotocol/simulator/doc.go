// Package simulator is a server of Pay Protocol that moves no money: its API, its payment
// page with chains and tokens, refunds that a person approves, callbacks, and a switch for
// each way in which it can go wrong. It is written from the provider's documents and knows
// nothing of the adapter.
//
//	/api/mer/…            the signed API
//	/payment?apiSign=…    the payment page: choose a token, send it, send too little or too much
//	/console/refunds?id=… the operator's page of a refund, of the oldest that waits without
//	an id: approve, change the sum, reject
//	/control/…            what happens by hand, in tests and on a developer's machine
//
// What the documents leave open is decided here, and can be switched where it matters: a
// repeated order number is refused (Config.RepeatsAgree returns the order instead); a
// wrong signature is HTTP 401 (Config.RefuseInBody answers 200 with code 401); attempts of
// a callback are signed anew (the fault old_timestamp sends the first one's); a partial
// refund leaves the payment paid (the fault partial_is_refunded makes it refunded); a
// payment that is not paid in time fails, and is paid after all when money comes later.
//
// Addresses are few and are used again by other orders, also at the same time.
package simulator
