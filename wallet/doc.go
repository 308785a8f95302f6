// Package wallet is the vocabulary in which payments are made: money, and what a
// wallet provider can be asked to do.
//
//	bridge ── PaymentRequest ──► Wallet.CreatePayment ──► the provider's server
//	       ◄─ Payment, Action ──
//	bridge ── Delivery ────────► Notifier.ParseNotification ──► []Event
//	       ◄─ Notification ─────
//	       ── commit ──► Notifier.Reply ──► the provider's server
//
// A provider is one folder below this one. It implements [Wallet], which has one
// method, and as many of the capabilities as its documents support; callers find
// them by [As]. A wallet knows no order, no store and no other wallet:
// deciding what news means for an order is the bridge's work.
//
// The one idea all adapters share is that an outcome may be unknown. An operation
// that got no answer, or none that can be believed, returns fault.Unknown, and the
// bridge asks later by [Querier]; fault.Declined is only for a refusal that is sure,
// fault.Unavailable only for a request that surely never arrived.
package wallet
