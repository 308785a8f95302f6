// Package simulator is a server of Pay Protocol that moves no money: its API, its payment
// page with chains and tokens, refunds that an operator approves, callbacks, and fault
// injection. It is written from the provider's documents and shares no code with the adapter.
//
//	/api/mer/…            the signed API
//	/payment?apiSign=…    the payment page: choose a token, send it, send too little or too much
//	/console/refunds?id=… the operator's page of a refund, of the oldest that waits without
//	an id: approve, change the sum, reject
//	/control/…            manual changes, in tests and on a developer's machine
//
// What is not documented is decided here, and is configurable where it matters: a
// repeated order number is refused (Config.RepeatsAgree returns the order instead); a
// wrong signature is HTTP 401 (Config.RefuseInBody answers 200 with code 401); attempts of
// a callback are newly signed (the fault old_timestamp sends the first one's); a partial
// refund leaves the payment paid (the fault partial_is_refunded makes it refunded); a
// payment that is not paid in time fails, and becomes paid when money comes later.
//
// Addresses are few and are reused by other orders, also at the same time.
package simulator
