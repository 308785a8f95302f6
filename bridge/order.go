package bridge

import (
	"cmp"
	"slices"
	"time"

	"github.com/minitill/minitill/wallet"
)

// Order is what a merchant asks a payer to pay, with every attempt to pay it and every
// refund of it. It changes by events only; see Change.Record.
//
// Its JSON is the form in which it is stored. The APIs show a view.Order.
type Order struct {
	ID          OrderID           `json:"id"`
	App         string            `json:"app"`
	Status      wallet.Status     `json:"status"`
	Amount      wallet.Money      `json:"amount"`
	Paid        int64             `json:"paid,omitzero"`          // minor units, as are the next two
	Refunded    int64             `json:"refunded,omitzero"`      // by refunds that succeeded
	RefundOpen  int64             `json:"refundPending,omitzero"` // by refunds whose outcome is open
	Reversed    int64             `json:"reversed,omitzero"`      // minor units that wallets took back after capture
	Description string            `json:"description,omitzero"`
	Reference   string            `json:"reference,omitzero"` // the merchant's own number
	Items       []wallet.Item     `json:"items,omitempty"`
	Payer       Payer             `json:"payer,omitzero"`
	Metadata    map[string]string `json:"metadata,omitempty"`
	Channel     wallet.Channel    `json:"channel,omitzero"`
	Hold        bool              `json:"hold,omitzero"` // authorize only; capture comes later
	ReturnURL   string            `json:"returnUrl,omitzero"`
	Agreement   AgreementID       `json:"agreement,omitzero"` // the only way in which the order is charged, when set
	MethodToken *MethodToken      `json:"methodToken,omitempty"`
	CreatedAt   time.Time         `json:"createdAt"`
	ExpiresAt   time.Time         `json:"expiresAt"`
	// Closed is why no payment of the order may be opened any more: Canceled or Expired. A
	// payment that is open then may still be paid.
	Closed   wallet.Status `json:"closed,omitzero"`
	Payments []Payment     `json:"payments,omitempty"`
	Refunds  []Refund      `json:"refunds,omitempty"`
	Flags    []Flag        `json:"flags,omitempty"`
	// Sequence is the number of the last event, and so the order's version.
	Sequence int64 `json:"sequence"`
	// Operations counts captures and voids, so that no two share a request id.
	Operations int `json:"operations,omitzero"`

	Schedule `json:"-"`
}

// Schedule is when the engine sends the next status queries about an order. It is stored
// beside the order and is no part of its history: losing it would cost time and no money.
type Schedule struct {
	DueAt       time.Time // zero when no status query is planned
	IdleQueries int       // status queries in a row that brought nothing new; NeverQueried after a restore
	// BusyUntil is the deadline of the call that is under way for this order. Until then no
	// node repeats the call.
	BusyUntil time.Time
}

// NeverQueried is the Schedule.IdleQueries of an order that has not been queried at its
// wallet since the store was restored from a backup.
const NeverQueried = -1

// Payer is who pays: a customer of one wallet, or a guest.
type Payer struct {
	ID     string `json:"id,omitzero"`
	Wallet string `json:"wallet,omitzero"`
	Guest  bool   `json:"guest,omitzero"`
}

// Payment is one attempt to pay an order at one wallet.
type Payment struct {
	Number          int           `json:"number"` // from 1
	Wallet          string        `json:"wallet"`
	Status          wallet.Status `json:"status"`
	RequestID       string        `json:"requestId"`
	WalletPaymentID string        `json:"walletPaymentId,omitzero"` // the first id that the wallet gave it
	OtherIDs        []string      `json:"otherIds,omitempty"`       // all other ids
	PaidID          string        `json:"paidId,omitzero"`          // the id under which it was paid
	SameIDs         []string      `json:"sameIds,omitempty"`        // ids that the wallet says name one payment
	Method          string        `json:"method,omitzero"`
	Wanted          string        `json:"wanted,omitzero"`     // the method of the request; see RequestedMethod
	Authorized      int64         `json:"authorized,omitzero"` // minor units, as are the next two
	Paid            int64         `json:"paid,omitzero"`
	Refunded        int64         `json:"refunded,omitzero"`
	// Reversed is what the wallet took back after capture, by canceling, voiding or failing
	// the payment.
	Reversed   int64     `json:"reversed,omitzero"`
	ReversedAt time.Time `json:"reversedAt,omitzero"`
	// LateHold says that the wallet holds money though the payment has ended.
	LateHold  bool           `json:"lateHold,omitzero"`
	Calls     Calls          `json:"calls,omitzero"`   // of CreatePayment
	Action    *wallet.Action `json:"action,omitzero"`  // while it is open
	Places    []wallet.Place `json:"places,omitempty"` // the actions of single methods, while it is open
	Code      string         `json:"code,omitzero"`    // the wallet's own, verbatim
	Operation *Operation     `json:"operation,omitempty"`
	KeyDigest string         `json:"mark,omitzero"` // of the key under which the last operation was requested
	CreatedAt time.Time      `json:"createdAt"`
	ExpiresAt time.Time      `json:"expiresAt,omitzero"` // when the wallet says
	PaidAt    time.Time      `json:"paidAt,omitzero"`    // the wallet's clock
	// Settled and Fees are for information; they decide nothing.
	Settled wallet.Money `json:"settled,omitzero"`
	Fees    []wallet.Fee `json:"fees,omitempty"`
}

// Operation is a capture or void of held money whose outcome is open. It is stored until the
// outcome is known. A retry sends the same request id and amount.
type Operation struct {
	Number    int       `json:"number"`
	RequestID string    `json:"requestId"`
	Void      bool      `json:"void,omitzero"`
	Amount    int64     `json:"amount,omitzero"` // of a capture, in minor units
	Calls     Calls     `json:"calls,omitzero"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
}

// Refund is one refund of a payment to the payer.
type Refund struct {
	Number         int                 `json:"number"` // from 1
	Payment        int                 `json:"payment"`
	Status         wallet.RefundStatus `json:"status"`
	RequestID      string              `json:"requestId,omitzero"` // empty for a refund made at the provider's console
	WalletRefundID string              `json:"walletRefundId,omitzero"`
	Amount         int64               `json:"amount"` // minor units of the order's currency
	Reason         string              `json:"reason,omitzero"`
	Code           string              `json:"code,omitzero"`
	KeyDigest      string              `json:"mark,omitzero"` // of the key under which it was requested
	Calls          Calls               `json:"calls,omitzero"`
	Taken          bool                `json:"taken,omitzero"` // the wallet has confirmed that it received it
	Fee            wallet.Money        `json:"fee,omitzero"`   // the wallet's charge; it decides nothing
	Approval       Approval            `json:"approval,omitzero"`
	CreatedAt      time.Time           `json:"createdAt"`
}

// Open reports whether a payment may still be paid without another call.
func (p *Payment) Open() bool { return p.Status == wallet.Created || p.Status == wallet.Pending }

// Held reports whether the wallet holds money for the payment.
func (p *Payment) Held() bool { return p.Status == wallet.Authorized || p.LateHold }

// Left returns what may still be refunded of a payment, in minor units.
func (o *Order) Left(p *Payment) int64 {
	left := p.Paid - p.Reversed
	for i := range o.Refunds {
		if r := &o.Refunds[i]; r.Payment == p.Number && r.Status != wallet.RefundFailed {
			left -= r.Amount
		}
	}
	return left
}

// Ref returns the ids under which the wallet knows the payment.
func (p *Payment) Ref() wallet.Ref {
	return wallet.Ref{RequestID: p.RequestID, PaymentID: cmp.Or(p.PaidID, p.WalletPaymentID)}
}

// IDs returns all ids that the wallet has given the payment.
func (p *Payment) IDs() []string {
	if p.WalletPaymentID == "" {
		return nil
	}
	return append([]string{p.WalletPaymentID}, p.OtherIDs...)
}

// MethodAction returns the action of one method of the payment, or nil when the wallet has
// returned none.
func (p *Payment) MethodAction(method string) *wallet.Action {
	for i := range p.Places {
		if p.Places[i].Method == method {
			return &p.Places[i].Action
		}
	}
	return nil
}

// Final reports whether the order has reached a state that only late money changes. A failed
// order is final in this sense, though its payer may try again.
func (o *Order) Final() bool {
	switch o.Status {
	case wallet.Created, wallet.Pending, wallet.Authorized:
		return false
	}
	return true
}

// OpenPayment returns the newest payment that is open, or nil.
func (o *Order) OpenPayment() *Payment {
	for i := len(o.Payments) - 1; i >= 0; i-- {
		if o.Payments[i].Open() {
			return &o.Payments[i]
		}
	}
	return nil
}

// RefundOf returns the refund that was requested under a key, or nil. keyDigest is
// idempotency.Once.KeyDigest; it is empty for requests without a key.
func (o *Order) RefundOf(keyDigest string) *Refund {
	for i := range o.Refunds {
		if keyDigest != "" && o.Refunds[i].KeyDigest == keyDigest {
			return &o.Refunds[i]
		}
	}
	return nil
}

// OperatedOn returns the payment whose last capture or void was requested under a key, or
// nil; see RefundOf.
func (o *Order) OperatedOn(keyDigest string) *Payment {
	for i := range o.Payments {
		if keyDigest != "" && o.Payments[i].KeyDigest == keyDigest {
			return &o.Payments[i]
		}
	}
	return nil
}

// Unsettled reports whether a payment, hold or refund of the order is open at a wallet.
func (o *Order) Unsettled() bool {
	for i := range o.Payments {
		if p := &o.Payments[i]; p.Open() || p.Held() {
			return true
		}
	}
	return slices.ContainsFunc(o.Refunds, func(r Refund) bool { return r.Open() && r.Sent() })
}

// Superfluous returns a payment that is still open though another one has paid the order,
// or nil. The engine closes it at its wallet before the payer pays twice.
func (o *Order) Superfluous() *Payment {
	if o.Status != wallet.Paid && o.Status != wallet.Authorized {
		return nil
	}
	return o.OpenPayment()
}

// ExpiryGrace is added to the expiry of an order before the order counts as overdue.
const ExpiryGrace = 2 * time.Second

// Overdue reports whether the order has expired.
func (o *Order) Overdue(now time.Time) bool { return !now.Before(o.ExpiresAt.Add(ExpiryGrace)) }

// LastPayment returns the newest payment, or nil.
func (o *Order) LastPayment() *Payment {
	if len(o.Payments) == 0 {
		return nil
	}
	return &o.Payments[len(o.Payments)-1]
}

// Payment returns the nth payment, from 1, or nil.
func (o *Order) Payment(n int) *Payment {
	if n < 1 || n > len(o.Payments) {
		return nil
	}
	return &o.Payments[n-1]
}

// Action returns what the client does next, or nil when there is nothing to do.
func (o *Order) Action() *wallet.Action {
	if p := o.OpenPayment(); p != nil && !o.Final() {
		return p.Action
	}
	return nil
}

// Money returns minor units as money in the order's currency.
func (o *Order) Money(minor int64) wallet.Money {
	return wallet.Money{Minor: minor, Currency: o.Amount.Currency}
}

// RequestedMethod returns the method that CreatePayment was sent with. Method may differ: it
// follows the payer's choice, which is no part of the request.
func (p *Payment) RequestedMethod() string {
	if p.Calls.LastSentAt.IsZero() { // of an older version, which kept one for both
		return p.Method
	}
	return p.Wanted
}

// PayerAt returns the payer's id at a wallet; empty for guests and for customers of another
// wallet.
func (o *Order) PayerAt(walletName string) string {
	if o.Payer.Guest || o.Payer.Wallet != walletName {
		return ""
	}
	return o.Payer.ID
}

// MethodToken is a provider's token of the payer's card or account, with which an order is
// charged at that wallet and at no other. It is sealed for this order and shown to no
// caller.
type MethodToken struct {
	Wallet string `json:"wallet"`
	Sealed string `json:"sealed"`
}

// Sealer encrypts with a key of this installation. The context is authenticated: a sealed
// text opens under the context it was sealed with only.
type Sealer interface {
	Seal(plain []byte, context string) string
	Open(text, context string) ([]byte, error)
}

// MethodContext returns the context under which a method token of the order is sealed: the
// sealed token cannot be opened for another order or wallet.
func (id OrderID) MethodContext(walletName string) string {
	return "order\x00" + string(id) + "\x00method\x00" + walletName
}

// ChargedAtOnceAt reports whether a payment of the order at this wallet is charged without
// the cashier, by an agreement or by a method token.
func (o *Order) ChargedAtOnceAt(walletName string) bool {
	return o.Agreement != "" || o.MethodToken != nil && o.MethodToken.Wallet == walletName
}
