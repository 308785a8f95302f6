// Package wallet defines what the till requires of a payment provider: the types of a payment,
// the interface that an adapter implements, and money.
//
//	engine ── PaymentRequest ──► Wallet.CreatePayment ──► the provider's server
//	       ◄─ Payment, Action ──
//	engine ── Delivery ────────► Notifier.ParseNotification ──► []Event
//	       ◄─ Notification ─────
//	       ── commit ──► Notifier.Reply ──► the provider's server
//
// An adapter implements [Wallet], which has one method, and the capabilities that its
// provider's documents support: [Querier], [Notifier], [Refunder] and the other interfaces
// that [Capabilities] lists. Callers find them by [As], which also respects the settings
// ([Restricted]). A wallet needs Querier or Notifier. An adapter depends on no order, no store
// and no other wallet: what a payment's status means for an order is the engine's decision.
//
// # Outcomes
//
// The outcome of a call may be unknown, and every adapter distinguishes these three:
//
//	fault.Declined      the provider refused; nothing was executed and nothing will be
//	fault.Unavailable   the request was not executed; it may be sent again
//	fault.Unknown       no answer came, or none that can be relied on
//
// After Unknown the engine repeats the request under the same RequestID or sends a status query; it
// never treats the payment as failed. A repeat carries LastSentAt, so that an adapter can distinguish a
// refusal of the repeat from a refusal of the payment.
//
// # Money
//
// [Money] is an integer in the minor unit of one currency. No float takes part: amounts are
// read from text by [ParseMinor] and [ParseDecimal], which refuse digits that the currency does
// not have.
//
// docs/new-wallet.md shows how to write an adapter; packages wire, transport and wallettest
// below this one are for that.
package wallet
