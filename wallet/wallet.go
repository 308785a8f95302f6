package wallet

import (
	"context"
	"time"
)

// Wallet opens payments at one account of a provider. Everything else that a provider can do
// is a capability, one of the interfaces below, which callers find by As. Its methods may be
// called concurrently; they make one attempt and do not retry.
type Wallet interface {
	// CreatePayment requests a payment and returns the Action by which the payer pays it.
	// The same RequestID always yields the same payment, so a request whose answer was
	// lost may be sent again; an adapter whose provider does not promise this sends a
	// status query first.
	//
	// Faults: Invalid, before the provider is called, for an amount that is not positive;
	// Declined when the provider refused and will not execute the request; Unavailable when
	// it was not executed; Unknown when no answer came that can be relied on.
	CreatePayment(ctx context.Context, req PaymentRequest) (Payment, error)
}

// Querier is a wallet that answers status queries.
type Querier interface {
	// QueryPayment returns how a payment stands.
	//
	// Faults: NotFound when the provider knows no such payment, which the engine takes as
	// final only after the payment's expiry; after Unavailable and Unknown it queries again
	// later.
	QueryPayment(ctx context.Context, ref Ref) (Payment, error)
}

// Chooser is a wallet whose CreatePayment may return an Action with methods to choose from.
type Chooser interface {
	// ChoosePayment returns the action for the method that the payer chose. The payer may
	// choose again, the same or another method, while the payment is open.
	//
	// Faults: Invalid, NotFound, Declined or Conflict for a method that was not offered.
	ChoosePayment(ctx context.Context, req ChooseRequest) (Payment, error)
}

// Paced is a Querier whose documents or limits demand another schedule of status queries than
// the default.
type Paced interface {
	// Pace returns the schedule, which is constant.
	Pace() Pace
}

// Pace is the schedule of status queries of one payment.
type Pace struct {
	// First is the delay of the first query after the payment was opened, and Slowest the
	// longest interval between two queries; each interval is twice the one before. Zero means
	// the defaults of 5 s and 5 min.
	First, Slowest time.Duration
	// Lag is how long after a call the provider's queries may not show its effect yet, so
	// that NotFound and an older status prove nothing. Zero means one minute.
	Lag time.Duration
}

// Capturer is a wallet that can capture authorized payments.
type Capturer interface {
	// Capture takes money that a payment holds. The same RequestID captures once.
	//
	// Faults: Conflict, Declined or Invalid for more than is held, and for a payment that
	// holds nothing; Unknown when no answer came.
	Capture(ctx context.Context, req CaptureRequest) (Payment, error)
}

// Denominated is a wallet whose account takes some currencies only. For other wallets the
// provider decides.
type Denominated interface {
	// Takes reports whether the account accepts payments in c.
	Takes(c Currency) bool
}

// MethodTokenCharger is a wallet that charges a card or an account by the token that its
// provider issued for it, PaymentRequest.MethodToken, without a cashier. Other wallets are
// never given such a token.
type MethodTokenCharger interface {
	ChargesMethodTokens() // marks the type; it is not called
}

// PaymentIDNotifier is a Notifier whose notifications may name a payment by the
// provider's own id alone, so that the engine keeps an index of those ids.
type PaymentIDNotifier interface {
	Notifier
	// NotifiesByPaymentID reports whether the settings leave notifications of that kind.
	NotifiesByPaymentID() bool
}

// Voider is a wallet that can void authorized payments.
type Voider interface {
	// Void releases money that a payment holds. The same RequestID voids once; the payment
	// that it returns is Voided or Canceled.
	//
	// Faults: Conflict or Declined for a payment that cannot be voided; Unknown when no
	// answer came.
	Void(ctx context.Context, req VoidRequest) (Payment, error)
}

// Canceler is a wallet that can close unpaid payments.
type Canceler interface {
	// Cancel closes a payment and returns it as it then stands. That is Paid where the payer
	// paid first. Canceling a canceled payment changes nothing.
	Cancel(ctx context.Context, ref Ref) (Payment, error)
}

// Refunder is a wallet that can refund captured payments.
type Refunder interface {
	// Refund returns captured money to the payer, wholly or in part. The same RequestID always
	// yields the same refund.
	//
	// Faults: Declined when the provider refused and will not execute the request; Unknown
	// when no answer came; Unsupported when this payment cannot be refunded by API.
	Refund(ctx context.Context, req RefundRequest) (Refund, error)
}

// SerialRefunder is a Refunder whose provider knows no request IDs of refunds: a refund whose
// answer was lost is found by its payment and its time alone. So the engine requests one
// refund of a payment at a time, and the next one at least RefundGap later.
type SerialRefunder interface {
	Refunder
	// RefundGap returns the least time between two refunds of a payment; it is constant.
	RefundGap() time.Duration
}

// RefundQuerier is a wallet that answers status queries about refunds.
type RefundQuerier interface {
	// QueryRefund returns how a refund stands.
	//
	// Faults: as of QueryPayment.
	QueryRefund(ctx context.Context, ref RefundRef) (Refund, error)
}

// Authenticator is a wallet that identifies payers.
type Authenticator interface {
	// ExchangeAuthCode returns the payer of a code that my.getAuthCode gave the client. A
	// code works once.
	//
	// Faults: Unauthenticated, Declined or Invalid for a code that is used, expired or
	// malformed.
	ExchangeAuthCode(ctx context.Context, code string) (Payer, error)
}

// Notifier is a wallet whose provider reports changes by HTTP requests to the till.
type Notifier interface {
	// ParseNotification verifies that d is from the provider, then returns what it says.
	// Events of unknown kinds are left out; they are not errors. The same delivery always
	// yields the same events, with the same IDs.
	//
	// Faults: TooLarge for a body beyond the adapter's limit; Unauthenticated when d does not
	// verify; Invalid when it verifies and is malformed.
	ParseNotification(ctx context.Context, d Delivery) (Notification, error)
	// Reply returns the answer that the provider expects to d. err is nil once the events
	// are stored, so that the provider stops; NotFound when they are stored and match no
	// order; a fault of ParseNotification; and otherwise that of the store, so that the
	// provider must deliver again.
	Reply(d Delivery, err error) Reply
}

// Renotifier is a Notifier whose provider repeats a notification on request. The engine
// requests the notifications of what it learned by a status query, so that their delivery is
// known to work.
type Renotifier interface {
	Notifier
	// Renotify requests the notification of a payment once more.
	Renotify(ctx context.Context, ref Ref) error
	// RenotifyRefund requests the notification of a refund once more.
	RenotifyRefund(ctx context.Context, ref RefundRef) error
}

// Channel is where the payer uses the merchant's shop.
type Channel string

// The channels.
const (
	MiniProgram Channel = "mini_program"
	H5          Channel = "h5"
	Web         Channel = "web"
	App         Channel = "app"
)

// OnPhone reports whether the payer's device is a phone, which can open a link and cannot
// scan a code that it shows itself.
func (c Channel) OnPhone() bool { return c == MiniProgram || c == H5 || c == App }

// PaymentRequest requests one payment of a wallet.
type PaymentRequest struct {
	// RequestID is the idempotency key: 27 to 32 characters of [0-9A-Z], never used for
	// another payment. The 27th is P; in the request IDs of captures, voids and refunds it is
	// C, V and R.
	RequestID   string
	Order       string // the order's id, for people and for the wallet's own records
	Amount      Money
	Description string
	Items       []Item
	Payer       Payer
	Method      string // a wallet's method id, when the client has chosen one
	Channel     Channel
	Agreement   Token     // charge by this agreement, without the cashier
	MethodToken Token     // the provider's token of the payer's card or account, where one is charged by it
	Hold        bool      // authorize only, to be captured later
	ExpiresAt   time.Time // after this the provider should accept no payment
	ReturnURL   string    // where the payer's browser goes afterwards; it proves nothing
	NotifyURL   string    // where the wallet sends its notifications
	// LastSentAt is the time of the last attempt of this request whose outcome is unknown; zero
	// for the first attempt. It is for the adapter and never sent: while it is set, the payment
	// may exist, so that a refusal of the repeat proves nothing.
	LastSentAt time.Time
}

// ChooseRequest requests the action of one method of an open payment.
type ChooseRequest struct {
	Payment Ref
	Method  string  // the wallet's method id, as the client sent it
	Channel Channel // as in PaymentRequest
}

// Item is one line of an order, for display at the wallet.
type Item struct {
	SKU      string `json:"sku"`
	Name     string `json:"name"`
	Quantity int64  `json:"quantity"`
	Amount   Money  `json:"amount"` // of the whole line
}

// Payer identifies who pays, as far as the provider reports.
type Payer struct {
	ID   string `json:"id"` // the wallet's customer id, opaque
	Name string `json:"name,omitempty"`
}

// Ref names a payment. One of its members may be empty.
type Ref struct {
	RequestID string // ours; empty where a provider names the payment by its own id alone
	PaymentID string // the provider's; empty as long as it is not known
}

// Status is how a payment stands at the wallet.
type Status string

// The statuses. The zero value is an unknown status, and changes no order.
const (
	Created    Status = "created" // requested; the wallet has not answered yet
	Pending    Status = "pending"
	Authorized Status = "authorized"
	Paid       Status = "paid"
	Failed     Status = "failed"
	Canceled   Status = "canceled"
	Expired    Status = "expired"
	Voided     Status = "voided"
)

// Payment is how a payment stands at the provider.
type Payment struct {
	Ref
	Status Status
	// Amount is the order's amount at the provider, without fees and conversion; zero when
	// the provider does not report it. Without it, a payment is not taken for paid.
	Amount Money
	// Charged is what the payer was charged, where the provider does not report whether Fees are
	// part of it: Amount is zero then, and Charged must be the order's amount with any of the
	// fees, or with none. FeesUnnamed is set where the answer does not itemize the fees that
	// Charged may contain: a larger sum pays the order, and an operator decides about the rest
	// unless another answer itemizes them.
	Charged     Money
	FeesUnnamed bool
	// Captured is the money taken of an authorization; zero means all of Amount
	// once the status is Paid.
	Captured Money
	// OtherIDs are further ids of the same payment at the provider, for search.
	OtherIDs   []string
	Action     *Action   // what the client does next; nil when nothing or unchanged
	Places     []Place   // of the methods that can be chosen without a call; empty when none or unchanged
	ExpiresAt  time.Time // zero when the provider does not report it
	OccurredAt time.Time // the provider's clock, in UTC; zero when it does not report it
	Method     string
	Code       string // the provider's own code, verbatim, for people
	// Overpaid is set on a paid payment for which more was received than Amount: Amount counts
	// as captured, and an operator decides about the rest. Short is set where what was
	// received does not settle Amount, such as less of it: nothing counts as captured, and an
	// operator decides. Settled is then what was received, and zero where that is not known.
	Overpaid, Short bool
	// Unproven is set on an unsigned answer of a wallet whose notifications are signed: that
	// the payment is paid or authorized is a hint, and a notification decides.
	Unproven bool `json:"-"`
	// Settled and Fees are for the record: what the provider received, perhaps in another
	// currency, and what was deducted from or added to Amount. Settled is zero when the
	// provider does not report it. Neither is compared with the order, except Fees with Charged.
	Settled Money
	Fees    []Fee
}

// Fee is a sum beside a payment's amount, such as a surcharge that the payer bore, a tip,
// or what the provider keeps.
type Fee struct {
	Type   string `json:"type"` // at most 32 characters of [a-z_]
	Amount Money  `json:"amount"`
}

// CaptureRequest requests the capture of an authorized payment. Amount may be less than what
// is held.
type CaptureRequest struct {
	RequestID string // of this capture
	Payment   Ref
	Amount    Money
}

// VoidRequest requests the release of what an authorized payment holds.
type VoidRequest struct {
	RequestID string // of this void
	Payment   Ref
}

// RefundRequest requests a refund of a captured payment. Amount may be a part of it.
type RefundRequest struct {
	RequestID  string // of this refund
	Payment    Ref
	Amount     Money
	Paid       Money // what was captured, for providers where a full refund is another call
	Reason     string
	NotifyURL  string
	LastSentAt time.Time // as in PaymentRequest
	Books      RefundBooks
}

// RefundBooks are the till's own sums for a refund's payment. They are for adapters whose
// provider knows no refund by our request ID and reports only how much of a payment was
// refunded: that sum is compared with them. They are never sent.
type RefundBooks struct {
	Amount   Money // of this refund
	Refunded Money // of the payment's refunds that have succeeded
	Open     Money // of its other refunds whose outcome is open
}

// RefundRef names a refund. RefundID is the provider's, and empty as long as it is not known.
// LastSentAt and Books do not take part in the name.
type RefundRef struct {
	RequestID string
	RefundID  string
	Payment   Ref
	// LastSentAt is the time of the last request for the refund, for adapters whose provider
	// shows new refunds late; zero when not known, and in answers.
	LastSentAt time.Time
	Books      RefundBooks // zero when not known, and in answers
}

// RefundStatus is how a refund stands at the wallet.
type RefundStatus string

// The refund statuses. A waiting refund must be approved by an operator in the provider's
// console before money moves; it counts as pending.
const (
	RefundPending   RefundStatus = "pending"
	RefundWaiting   RefundStatus = "waiting"
	RefundSucceeded RefundStatus = "succeeded"
	RefundFailed    RefundStatus = "failed"
)

// Refund is how a refund stands at the provider.
type Refund struct {
	RefundRef
	Status     RefundStatus
	Amount     Money // zero when the provider does not report it
	Fee        Money // what the provider keeps for it; for the record, and no part of Amount
	OccurredAt time.Time
	Code       string
}
