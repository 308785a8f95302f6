package wallet

import (
	"context"
	"time"
)

// Wallet opens payments at one provider account. It has one method; whatever else a
// provider can do is a capability below, found by As.
type Wallet interface {
	// CreatePayment asks for a payment and returns where the payer goes to make it.
	// The same RequestID always yields the same payment, so a request whose answer
	// was lost may be sent again; an adapter whose provider does not promise this
	// asks the provider first.
	//
	// Faults: Declined when refused for sure; Unavailable when surely not executed;
	// Unknown when no answer that can be believed came.
	CreatePayment(ctx context.Context, req PaymentRequest) (Payment, error)
}

// Querier is a wallet that can be asked how a payment stands.
//
// Faults: NotFound when the wallet knows no such payment, which is final only after
// the payment's expiry; Unavailable and Unknown both mean "ask again later".
type Querier interface {
	QueryPayment(ctx context.Context, ref Ref) (Payment, error)
}

// Chooser is a wallet whose CreatePayment may answer with methods instead of a place
// to go: the payer chooses, and ChoosePayment returns the action for that method.
// Choosing again, the same or another method, is allowed while the payment is open.
type Chooser interface {
	ChoosePayment(ctx context.Context, req ChooseRequest) (Payment, error)
}

// Paced is a Querier that wants to be asked at a pace of its own, as its documents or
// its limits demand.
type Paced interface {
	Pace() Pace
}

// Pace is when a wallet is asked, and from when on its answers are to be believed.
type Pace struct {
	// First is how long a payment waits for its first query, and Slowest how long at
	// most for the next; each pause is twice the one before. Zero means the usual: 5 s
	// and 5 min.
	First, Slowest time.Duration
	// Lag is how long after a call the wallet's queries may still answer as if it had
	// not been made; zero means one minute.
	Lag time.Duration
}

// Capturer is a wallet that can take money it holds. The same RequestID captures once.
type Capturer interface {
	Capture(ctx context.Context, req CaptureRequest) (Payment, error)
}

// Denominated is a wallet whose account takes some currencies only. One that is not takes
// what its provider takes.
type Denominated interface {
	Takes(c Currency) bool
}

// MethodTokenCharger is a wallet that charges a card or an account by a token that its
// provider made of it, PaymentRequest.MethodToken, without a cashier. A wallet that is
// none is never given such a token.
type MethodTokenCharger interface {
	ChargesMethodTokens() // marks the type; it is not called
}

// PaymentIDNotifier is a Notifier whose notifications may name a payment by the
// wallet's own id alone, so that the bridge keeps an index of those ids.
type PaymentIDNotifier interface {
	Notifier
	NotifiesByPaymentID() bool
}

// Voider is a wallet that can let held money go again. The same RequestID voids once.
type Voider interface {
	Void(ctx context.Context, req VoidRequest) (Payment, error)
}

// Canceler is a wallet that can close a payment nobody paid. The answer is the
// payment as it then stands: a payer may have been quicker, so it can say paid.
// Canceling a canceled payment changes nothing.
type Canceler interface {
	Cancel(ctx context.Context, ref Ref) (Payment, error)
}

// Refunder is a wallet that can give captured money back, wholly or in part. The
// same RequestID always yields the same refund.
//
// Faults: Declined when refused for sure; Unknown when no answer came (ask
// QueryRefund); Unsupported when this payment cannot be refunded by API.
type Refunder interface {
	Refund(ctx context.Context, req RefundRequest) (Refund, error)
}

// SerialRefunder is a Refunder whose provider knows no request ids of refunds: one whose
// answer was lost is found by its payment and the time of asking alone. So the bridge asks
// for one refund of a payment at a time, and for the next one not before RefundGap after it
// asked for the one before.
type SerialRefunder interface {
	Refunder
	RefundGap() time.Duration
}

// RefundQuerier is a wallet that can be asked how a refund stands.
type RefundQuerier interface {
	QueryRefund(ctx context.Context, ref RefundRef) (Refund, error)
}

// Authenticator is a wallet that tells who the payer is from the code that
// my.getAuthCode gave the client. A code works once.
type Authenticator interface {
	ExchangeAuthCode(ctx context.Context, code string) (Payer, error)
}

// Notifier is a wallet that reports changes by calling us.
type Notifier interface {
	// ParseNotification proves that d came from the wallet, then says what it means.
	// Events of kinds we do not know are left out; they are not errors.
	//
	// Faults: Unauthenticated when d cannot be proven; Invalid when it is proven but
	// makes no sense.
	ParseNotification(ctx context.Context, d Delivery) (Notification, error)
	// Reply is the answer the wallet expects to d. A nil err means "stored, stop
	// sending". NotFound means that no order matches; it has been kept all the same.
	Reply(d Delivery, err error) Reply
}

// Renotifier is a Notifier whose provider sends a notification once more when it is asked
// to. The bridge asks for those of what it has found out by a query, so that they are seen
// to arrive.
type Renotifier interface {
	Notifier
	Renotify(ctx context.Context, ref Ref) error
	RenotifyRefund(ctx context.Context, ref RefundRef) error
}

// Channel is where the payer is when the payment is made.
type Channel string

// The channels.
const (
	MiniProgram Channel = "mini_program"
	H5          Channel = "h5"
	Web         Channel = "web"
	App         Channel = "app"
)

// OnPhone says that the payer's device is a phone, which can open a link and cannot scan
// the code that it shows.
func (c Channel) OnPhone() bool { return c == MiniProgram || c == H5 || c == App }

// PaymentRequest asks a wallet for one payment.
type PaymentRequest struct {
	// RequestID is our idempotency key: 27 to 32 characters of [0-9A-Z], one per
	// payment for ever. The 27th is P; in the request ids of captures, voids and refunds
	// it is C, V and R.
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
	Hold        bool      // only authorize; capture comes later
	ExpiresAt   time.Time // after this the wallet should take no payment
	ReturnURL   string    // where the payer's browser goes afterwards; it proves nothing
	NotifyURL   string    // where the wallet sends its notifications
	// AskedAt is when this request was last sent without an answer that counts; zero the
	// first time. It is for the adapter and never sent: while it is set, the payment may
	// exist, so that a refusal of the repeat proves nothing.
	AskedAt time.Time
}

// ChooseRequest asks for the action of one method of an open payment.
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

// Payer is who pays, as far as the wallet tells.
type Payer struct {
	ID   string `json:"id"` // the wallet's customer id, opaque
	Name string `json:"name,omitempty"`
}

// Ref names a payment. RequestID is set but where only the wallet's own id is known;
// PaymentID when it is known.
type Ref struct {
	RequestID string
	PaymentID string
}

// Status is how a payment stands at the wallet.
type Status string

// The statuses. The zero value says nothing: an answer without a status that we
// understand changes no order.
const (
	Created    Status = "created" // asked for; the wallet has not answered yet
	Pending    Status = "pending"
	Authorized Status = "authorized"
	Paid       Status = "paid"
	Failed     Status = "failed"
	Canceled   Status = "canceled"
	Expired    Status = "expired"
	Voided     Status = "voided"
)

// Payment is what a wallet says about a payment.
type Payment struct {
	Ref
	Status Status
	// Amount is what the payer was asked for, fees and conversion left out; zero
	// when the wallet does not say. Money news without it is not believed.
	Amount Money
	// Charged is what the payer was charged, where the wallet does not say whether Fees are
	// part of it: Amount is zero then, and Charged is judged as the order's amount with any
	// of the fees, or with none. FeesUnnamed says that the answer does not name the fees that
	// Charged may contain: a larger sum pays the order, and a person decides about the rest
	// unless other news names them.
	Charged     Money
	FeesUnnamed bool
	// Captured is the money taken of an authorization; zero means all of Amount
	// once the status is Paid.
	Captured Money
	// OtherIDs are other names that the wallet has for the same payment, for search.
	OtherIDs   []string
	Action     *Action   // what the client does next; nil when nothing or unchanged
	Places     []Place   // of the methods that can be chosen without a call; empty when none or unchanged
	ExpiresAt  time.Time // zero when the wallet does not say
	OccurredAt time.Time // the wallet's clock, in UTC; zero when it does not say
	Method     string
	Code       string // the wallet's own code, verbatim, for people
	// Overpaid says of a paid payment that more was received than Amount is worth: Amount is
	// captured, and a person decides about the rest. Short says that money was received that
	// does not settle Amount: nothing is captured, and a person decides. Settled is then what
	// was received, and zero where that cannot be told.
	Overpaid, Short bool
	// Unproven says that this is an answer that the wallet has not signed, of a wallet whose
	// notifications are signed: that it is paid or held is a hint, and a notification decides.
	Unproven bool `json:"-"`
	// Settled and Fees are for the record: what the provider says it received, perhaps in
	// another currency, and what was taken or added beside Amount. Settled is zero when the
	// provider does not say. Neither is judged, but for Charged, which may contain Fees.
	Settled Money
	Fees    []Fee
}

// Fee is a sum beside a payment's amount, such as a surcharge that the payer bore, a tip,
// or what the provider keeps.
type Fee struct {
	Type   string `json:"type"` // at most 32 characters of [a-z_]
	Amount Money  `json:"amount"`
}

// CaptureRequest takes held money. Amount is in minor units of the payment's
// currency and may be less than what is held.
type CaptureRequest struct {
	RequestID string // of this capture
	Payment   Ref
	Amount    Money
}

// VoidRequest lets held money go.
type VoidRequest struct {
	RequestID string // of this void
	Payment   Ref
}

// RefundRequest gives captured money back. Amount may be partial.
type RefundRequest struct {
	RequestID string // of this refund
	Payment   Ref
	Amount    Money
	Paid      Money // what was captured, for wallets whose full refunds differ
	Reason    string
	NotifyURL string
	AskedAt   time.Time // as in PaymentRequest
	Books     RefundBooks
}

// RefundBooks are what our books say of a refund's payment. They are for adapters whose
// provider knows no refund by a name of ours and tells only how much of a payment was
// refunded: that sum is compared with them. They are never sent.
type RefundBooks struct {
	Amount   Money // of this refund
	Refunded Money // of the payment's refunds that have succeeded
	Open     Money // of its other refunds whose outcome is open
}

// RefundRef names a refund. RefundID is the wallet's; empty when not known. Two of them
// name one refund when their ids do: AskedAt is no part of the name.
type RefundRef struct {
	RequestID string
	RefundID  string
	Payment   Ref
	// AskedAt is when the refund was last asked for, so that an adapter whose provider
	// says nothing about fresh refunds can tell; zero when not known, and in answers.
	AskedAt time.Time
	Books   RefundBooks // no part of the name either; zero when not known, and in answers
}

// RefundStatus is how a refund stands at the wallet.
type RefundStatus string

// The refund statuses. Waiting is a refund that a person at the wallet's console
// must approve before money moves; it counts as pending.
const (
	RefundPending   RefundStatus = "pending"
	RefundWaiting   RefundStatus = "waiting"
	RefundSucceeded RefundStatus = "succeeded"
	RefundFailed    RefundStatus = "failed"
)

// Refund is what a wallet says about a refund.
type Refund struct {
	RefundRef
	Status     RefundStatus
	Amount     Money // zero when the wallet does not say
	Fee        Money // what the provider keeps for it; for the record, and no part of Amount
	OccurredAt time.Time
	Code       string
}
