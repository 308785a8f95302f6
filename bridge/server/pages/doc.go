// Package pages draws what payers see of the till: the hosted payment page and the
// page they come back to from a wallet.
//
// A page is drawn by the server, whole and true, in the payer's language; without
// scripts it refreshes itself while the order is open. The script only makes it live:
// it waits for news at the status URL and, when there is some, fetches the page again
// and puts its new content in place. So there is one place that decides what a payer
// reads, and it is here.
//
//	bridge/server ── View ──► Payment, Return ──► HTML ──► live.js
//	                                                        │ GET StatusURL?wait=25s
//	                                  news: GET the page ◄──┘
//
// Payers' browsers are as old as the WebViews of 2019 (Chrome 74): scripts keep to that
// language and those APIs, and refresh.js, which any browser can run, refreshes the page
// of an open order where live.js does not run.
//
// The package fetches nothing and changes nothing; it does not know where the order in
// a View comes from. Nobody reads "failed" while an outcome is open.
package pages
