// Package pages renders the pages of payers: the hosted payment page and the page to which
// a wallet redirects the payer.
//
// The server renders a whole page with the present state in the payer's language; without
// scripts the page reloads itself while the order is open. The script polls the status
// URL and, after a change, fetches the page again and replaces its content. So this
// package alone decides what a payer reads.
//
//	bridge/server ── View ──► Payment, Return ──► HTML ──► live.js
//	                                                        │ GET StatusURL?wait=25s
//	                                 change: GET the page ◄──┘
//
// The oldest supported browsers are the WebViews of 2019 (Chrome 74): live.js uses only
// their language and APIs. refresh.js runs in any browser, and reloads the page of an open
// order where live.js does not run.
//
// The package reads and changes nothing: an order comes in a View. No page says "failed"
// while an outcome is open.
package pages
