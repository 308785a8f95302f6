// Package provider is what simulators of wallets share: delivering notifications, fault
// switches, filing what was opened, the control door, small HTTP. It knows no wallet, no
// money and no adapter, and asks for no wallet's name: what differs between wallets is data
// or a function that the wallet gives. Package page beside it is the payer's pages.
//
// # How a simulator sits on it
//
// A simulator is one type, Provider, that is an http.Handler and has Run, RunOnce, Inject,
// Clear, Rules, Attempts, Settle, DecideRefund. One lock of its own guards its state:
//
//	type Provider struct {
//		faults  *provider.Faults
//		news    *provider.Dispatcher[news] // news: what this wallet tells
//		mu      sync.Mutex
//		books   *provider.Books[*payment]
//		refunds *provider.Books[*refund]
//	}
//
//	ServeHTTP ── Below ──► faults.Serve(w, r, endpoint, execute) ──► mu ──► books
//	                │                                                  │
//	                └─ /control/ ──► Control ──► its methods       news.Send, news.Remind
//	                                                                   │
//	Run, RunOnce ──► Dispatcher ──► Delivery.Settle, Request ──► HTTP ──► Delivery.Acknowledged
//
// Faults. [Declared] lists which faults there are and at which endpoints, [NewFaults] makes
// the switches. [Faults.Serve] wraps one call and executes what looks alike everywhere (cut,
// slow, 502, garbage); the rule is handed to the wallet for all else: a refusal with a code,
// a missing signature. Faults of what is told or done are drawn where they can happen, by
// Happens (ChangeID, CancelReverses), Lags (LagQuery) and Draw.
//
// News. Send a [Notice] when something happened, with the wallet's lock held; the dispatcher
// delivers it: in order in its box, by the [Ladder], at most Workers at once for a receiver, lost,
// doubled, delayed or reordered as switched on. [Delivery] says how: Request builds each
// attempt (sign anew at try.At, or send try.First again; bend it by try.Rule), Acknowledged
// judges the answer. News that must come before the answer to a call: Reserve its box, Send,
// then Deliver without the wallet's lock. A re-notification on request is a Notice with Once and no Box. Time that
// changes a payment by itself (expiry) is announced by Remind and comes back by Settle, in
// Run and RunOnce; look at the clock in each call as well, since nothing may be running.
//
// Order of locks: the wallet's, then the dispatcher's. Send, Reserve, Remind and Waiting may
// be called with the wallet's lock held, Run, RunOnce and Deliver never. No function of Delivery is called
// with the dispatcher's lock held.
//
// Books. [Books] file payments and refunds by request id and by ids; a repeat is the same
// [Digest] under the same request id. They are guarded by the wallet's lock.
//
// RunOnce is deterministic: what is due by Delivery.Now, one after the other, first due first.
package provider
