package bridge

import (
	"cmp"
	"time"

	"github.com/minitill/minitill/wallet"
)

// Order is what a payer is asked to pay, with every attempt to pay it and every
// refund of it. It changes by events only; see evolve.
//
// Its JSON is the form in which it is stored. What callers see is an OrderView.
type Order struct {
	ID          OrderID           `json:"id"`
	App         string            `json:"app"`
	Status      wallet.Status     `json:"status"`
	Amount      wallet.Money      `json:"amount"`
	Paid        int64             `json:"paid,omitzero"`          // minor units, as are the next two
	Refunded    int64             `json:"refunded,omitzero"`      // given back
	RefundOpen  int64             `json:"refundPending,omitzero"` // promised back, outcome open
	Reversed    int64             `json:"reversed,omitzero"`      // taken back by wallets after it was paid
	Description string            `json:"description,omitzero"`
	Reference   string            `json:"reference,omitzero"` // the merchant's own number
	Items       []wallet.Item     `json:"items,omitempty"`
	Payer       Payer             `json:"payer,omitzero"`
	Metadata    map[string]string `json:"metadata,omitempty"`
	Channel     wallet.Channel    `json:"channel,omitzero"`
	Hold        bool              `json:"hold,omitzero"` // authorize only; capture comes later
	ReturnURL   string            `json:"returnUrl,omitzero"`
	Agreement   AgreementID       `json:"agreement,omitzero"` // by which it is charged, and in no other way
	MethodToken *MethodToken      `json:"methodToken,omitempty"`
	CreatedAt   time.Time         `json:"createdAt"`
	ExpiresAt   time.Time         `json:"expiresAt"`
	// Closed is why no payment of the order may be opened any more: it was canceled, or
	// it expired. A payment that is open then may still bring money.
	Closed   wallet.Status `json:"closed,omitzero"`
	Payments []Payment     `json:"payments,omitempty"`
	Refunds  []Refund      `json:"refunds,omitempty"`
	Flags    []Flag        `json:"flags,omitempty"`
	// Sequence is the number of the last event, and so the order's version.
	Sequence int64 `json:"sequence"`
	// Operations counts captures and voids, so that none shares a request id.
	Operations int `json:"operations,omitzero"`

	Schedule `json:"-"`
}

// Schedule is when an order is looked at next. It is kept beside the order and is no
// part of its history: losing it would cost time and no money.
type Schedule struct {
	DueAt time.Time // zero when nothing is left to learn
	Looks int       // how many times in a row a look brought nothing new
	// BusyUntil is when a call that is under way for this order is given up. Until
	// then nobody repeats it.
	BusyUntil time.Time
}

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
	WalletPaymentID string        `json:"walletPaymentId,omitzero"` // the first that the wallet gave it
	OtherIDs        []string      `json:"otherIds,omitempty"`       // all others
	PaidID          string        `json:"paidId,omitzero"`          // under which it was paid
	SameIDs         []string      `json:"sameIds,omitempty"`        // those that the wallet says name one payment
	Method          string        `json:"method,omitzero"`
	Wanted          string        `json:"wanted,omitzero"`     // the method that it was asked for with
	Authorized      int64         `json:"authorized,omitzero"` // minor units, as are the next two
	Paid            int64         `json:"paid,omitzero"`
	Refunded        int64         `json:"refunded,omitzero"`
	// Reversed is what the wallet took back after it was paid: it canceled, voided or
	// failed what was captured.
	Reversed   int64     `json:"reversed,omitzero"`
	ReversedAt time.Time `json:"reversedAt,omitzero"`
	// LateHold says that the wallet holds money though the payment has ended.
	LateHold  bool           `json:"lateHold,omitzero"`
	Calls     Calls          `json:"calls,omitzero"`   // that asked for the payment
	Action    *wallet.Action `json:"action,omitzero"`  // while it is open
	Places    []wallet.Place `json:"places,omitempty"` // where methods lead, while it is open
	Code      string         `json:"code,omitzero"`    // the wallet's own, verbatim
	Operation *Operation     `json:"operation,omitempty"`
	Mark      string         `json:"mark,omitzero"` // of the key under which the last operation was asked for
	CreatedAt time.Time      `json:"createdAt"`
	ExpiresAt time.Time      `json:"expiresAt,omitzero"` // when the wallet says
	PaidAt    time.Time      `json:"paidAt,omitzero"`    // the wallet's clock
	// Settled and Fees are what the wallet tells about the money beside the amount. They
	// decide nothing.
	Settled wallet.Money `json:"settled,omitzero"`
	Fees    []wallet.Fee `json:"fees,omitempty"`
}

// Operation is a capture or void of held money whose outcome is open. It is kept
// until the wallet has said what became of it, and repeated as it is, never anew.
type Operation struct {
	Number    int       `json:"number"`
	RequestID string    `json:"requestId"`
	Void      bool      `json:"void,omitzero"`
	Amount    int64     `json:"amount,omitzero"` // of a capture, in minor units
	Calls     Calls     `json:"calls,omitzero"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
}

// Refund is money on its way back to the payer.
type Refund struct {
	Number         int                 `json:"number"` // from 1
	Payment        int                 `json:"payment"`
	Status         wallet.RefundStatus `json:"status"`
	RequestID      string              `json:"requestId,omitzero"` // empty for one made at the wallet's own console
	WalletRefundID string              `json:"walletRefundId,omitzero"`
	Amount         int64               `json:"amount"` // minor units of the order's currency
	Reason         string              `json:"reason,omitzero"`
	Code           string              `json:"code,omitzero"`
	Mark           string              `json:"mark,omitzero"` // of the key under which it was asked for
	Calls          Calls               `json:"calls,omitzero"`
	Taken          bool                `json:"taken,omitzero"` // the wallet has said that it has it
	Fee            wallet.Money        `json:"fee,omitzero"`   // what the wallet keeps for it; decides nothing
	CreatedAt      time.Time           `json:"createdAt"`
}

// Open says that a payment may still bring money by itself.
func (p *Payment) Open() bool { return p.Status == wallet.Created || p.Status == wallet.Pending }

// Held says that the wallet holds money for the payment.
func (p *Payment) Held() bool { return p.Status == wallet.Authorized || p.LateHold }

// Left is what may still be given back of a payment, in minor units.
func (o *Order) Left(p *Payment) int64 {
	left := p.Paid - p.Reversed
	for i := range o.Refunds {
		if r := &o.Refunds[i]; r.Payment == p.Number && r.Status != wallet.RefundFailed {
			left -= r.Amount
		}
	}
	return left
}

// Ref names the payment to its wallet.
func (p *Payment) Ref() wallet.Ref {
	return wallet.Ref{RequestID: p.RequestID, PaymentID: cmp.Or(p.PaidID, p.WalletPaymentID)}
}

// IDs are all ids that the wallet has given the payment.
func (p *Payment) IDs() []string {
	if p.WalletPaymentID == "" {
		return nil
	}
	return append([]string{p.WalletPaymentID}, p.OtherIDs...)
}

// Place is where a method of the payment leads, or nil when its wallet has not told.
func (p *Payment) Place(method string) *wallet.Action {
	for i := range p.Places {
		if p.Places[i].Method == method {
			return &p.Places[i].Action
		}
	}
	return nil
}

// Final says that the order has reached a state that only late money changes. A
// failed order is final in this sense, though its payer may try again.
func (o *Order) Final() bool {
	switch o.Status {
	case wallet.Created, wallet.Pending, wallet.Authorized:
		return false
	}
	return true
}

// OpenPayment is the payment that may still bring money, or nil.
func (o *Order) OpenPayment() *Payment {
	for i := len(o.Payments) - 1; i >= 0; i-- {
		if o.Payments[i].Open() {
			return &o.Payments[i]
		}
	}
	return nil
}

// RefundOf is the refund that was asked for under a request's key, or nil.
func (o *Order) RefundOf(once *Once[Order]) *Refund {
	mark := once.Mark()
	for i := range o.Refunds {
		if mark != "" && o.Refunds[i].Mark == mark {
			return &o.Refunds[i]
		}
	}
	return nil
}

// OperatedOn is the payment on which a capture or void was last asked for under a
// request's key, or nil.
func (o *Order) OperatedOn(once *Once[Order]) *Payment {
	mark := once.Mark()
	for i := range o.Payments {
		if mark != "" && o.Payments[i].Mark == mark {
			return &o.Payments[i]
		}
	}
	return nil
}

// LastPayment is the newest payment, or nil.
func (o *Order) LastPayment() *Payment {
	if len(o.Payments) == 0 {
		return nil
	}
	return &o.Payments[len(o.Payments)-1]
}

// Payment is the nth payment, or nil.
func (o *Order) Payment(n int) *Payment {
	if n < 1 || n > len(o.Payments) {
		return nil
	}
	return &o.Payments[n-1]
}

// Action is what the client does next, or nil when there is nothing to do.
func (o *Order) Action() *wallet.Action {
	if p := o.OpenPayment(); p != nil && !o.Final() {
		return p.Action
	}
	return nil
}

// Money is minor units in the order's currency.
func (o *Order) Money(minor int64) wallet.Money {
	return wallet.Money{Minor: minor, Currency: o.Amount.Currency}
}

// RequestedMethod is the method that the payment is asked for with. What news says of the payer's
// choice is no part of the request.
func (p *Payment) RequestedMethod() string {
	if p.Calls.AskedAt.IsZero() { // of an older version, which kept one for both
		return p.Method
	}
	return p.Wanted
}

// PayerAt is the payer's id as the wallet knows it; empty for guests and for the
// customers of another wallet.
func (o *Order) PayerAt(walletName string) string {
	if o.Payer.Guest || o.Payer.Wallet != walletName {
		return ""
	}
	return o.Payer.ID
}

// MethodToken is a provider's token of the payer's card or account, by which an order is
// charged at that wallet, and at no other. It is sealed for this order alone and shown to
// no caller.
type MethodToken struct {
	Wallet string `json:"wallet"`
	Sealed string `json:"sealed"`
}

// MethodContext is what a sealed token belongs to: it opens in no other place.
func (id OrderID) MethodContext(walletName string) string {
	return "order\x00" + string(id) + "\x00method\x00" + walletName
}

// ChargedAtOnceAt says that a payment of the order at this wallet is charged without the
// payer at a cashier, by an agreement or by a method token.
func (o *Order) ChargedAtOnceAt(walletName string) bool {
	return o.Agreement != "" || o.MethodToken != nil && o.MethodToken.Wallet == walletName
}
