// Package provider has what the simulators of wallets share: the delivery of notifications,
// fault injection, the books of what was opened, the control API, HTTP helpers. It depends on
// no wallet, no money and no adapter: what differs between wallets is data or a function that
// the wallet supplies. Package page beside it has the payer's pages.
//
// # How a simulator uses it
//
// A simulator is one type, Provider, that is an http.Handler and has Run, RunOnce, Inject,
// Clear, Rules, Attempts, Settle, DecideRefund. One lock of its own guards its state:
//
//	type Provider struct {
//		faults  *provider.Faults
//		news    *provider.Dispatcher[news] // news: the content of a notification
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
// Faults. [Declared] lists which faults there are and at which endpoints; [NewFaults] injects
// them. [Faults.Serve] wraps one call and executes the faults that are the same everywhere
// (cut, slow, 502, garbage); the rules of all others are passed to the wallet: a refusal with
// a code, a missing signature. Faults of reports and actions are injected where they can happen,
// by Happens (ChangeID, CancelReverses), Lags (LagQuery) and Draw.
//
// Notifications. A wallet sends a [Notice] when something happened, with its lock held. The
// dispatcher delivers it: in order in its box, by the retry schedule of the [Ladder], at most
// Workers at once for a receiver; lost, doubled, delayed or reordered as injected. [Delivery]
// says how: Request builds each attempt (signed anew at try.At, or try.First again; altered by
// try.Rule), Acknowledged judges the answer. For a notification that must come before the
// answer to a call, Reserve its box, Send, then Deliver without the wallet's lock. A
// re-notification on request is a Notice with Once and no Box. A change by the passing of time,
// such as expiry, is scheduled by Remind and executed by Settle, in Run and RunOnce; check the
// clock in each call as well, since neither may be running.
//
// Order of locks: the wallet's, then the dispatcher's. Send, Reserve, Remind and Waiting may be
// called with the wallet's lock held, Run, RunOnce and Deliver never. No function of Delivery is
// called with the dispatcher's lock held.
//
// Books. [Books] file payments and refunds by request ID and by ids; a repeat has the same
// [Digest] under the same request ID. They are guarded by the wallet's lock.
//
// RunOnce is deterministic: it does what is due by Delivery.Now, sequentially, in the order of
// due times.
package provider
