package view

import (
	"cmp"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// Order is an order as the contract shows it. Clients and merchants see different parts; see
// NewOrder.
type Order struct {
	ID            bridge.OrderID     `json:"id"`
	App           string             `json:"app"`
	Status        wallet.Status      `json:"status"`
	Amount        wallet.Money       `json:"amount"`
	Paid          wallet.Money       `json:"paid"`
	Refunded      wallet.Money       `json:"refunded"`
	RefundPending wallet.Money       `json:"refundPending"`
	Attention     []bridge.Attention `json:"attention"`
	Description   string             `json:"description"`
	Reference     string             `json:"reference"`
	Items         []wallet.Item      `json:"items"`
	Payer         Payer              `json:"payer"`
	Metadata      map[string]string  `json:"metadata,omitempty"`
	Agreement     bridge.AgreementID `json:"agreement,omitempty"`
	CreatedAt     time.Time          `json:"createdAt"`
	ExpiresAt     time.Time          `json:"expiresAt"`
	Payments      []Payment          `json:"payments"`
	Refunds       []Refund           `json:"refunds"`
	Reversed      *Reversal          `json:"reversed,omitempty"`
}

// Reversal is money that wallets took back after it was paid.
type Reversal struct {
	Amount wallet.Money `json:"amount"`
	At     time.Time    `json:"at"` // of the last
}

// Payer is who pays, as the contract shows it.
type Payer struct {
	ID string `json:"id"`
}

// Payment is one attempt to pay, as the contract shows it.
type Payment struct {
	ID              string        `json:"id"`
	Wallet          string        `json:"wallet"`
	Status          wallet.Status `json:"status"`
	WalletPaymentID string        `json:"walletPaymentId"`
	// WalletPaymentIDs are all ids that the wallet has given the payment.
	WalletPaymentIDs []string     `json:"walletPaymentIds"`
	RequestID        string       `json:"requestId,omitempty"`
	Method           string       `json:"method"`
	Paid             wallet.Money `json:"paid"`
	// Refundable is what may still be refunded of it; in the feed it is left out.
	Refundable *wallet.Money `json:"refundable,omitempty"`
	// Settled is what the wallet says it received. It and Fees are for merchants.
	Settled   *wallet.Money `json:"settled,omitempty"`
	Fees      []wallet.Fee  `json:"fees,omitempty"`
	CreatedAt time.Time     `json:"createdAt"`
}

// Refund is a refund, as the contract shows it.
type Refund struct {
	ID       string              `json:"id"`
	Order    bridge.OrderID      `json:"order"`
	Payment  string              `json:"payment"`
	Amount   wallet.Money        `json:"amount"`
	Status   wallet.RefundStatus `json:"status"`
	Approval *string             `json:"approval"`
	// Approver is who decides about a refund that waits: the wallet, or a second operator.
	Approver *string `json:"approver"`
	// Version is that of the order, while the refund waits for a second operator, who may bind
	// the decision to it. It is zero in views of orders and events.
	Version int64 `json:"version,omitzero"`
	// Code says why a refund failed that was not approved.
	Code string `json:"code,omitempty"`
	// Fee is what the wallet charges for the refund, beside the amount.
	Fee       *wallet.Money `json:"fee,omitempty"`
	Reason    string        `json:"reason"`
	CreatedAt time.Time     `json:"createdAt"`
}

// Audience is who an order is shown to.
type Audience uint8

// The audiences. A client sees no request ids and no agreement, and not the merchant's
// metadata.
const (
	ForClient Audience = iota
	ForMerchant
)

// NewOrder returns the order as an audience sees it.
func NewOrder(o *bridge.Order, audience Audience) Order {
	v := Order{
		ID: o.ID, App: o.App, Status: o.Status, Amount: o.Amount,
		Paid: o.Money(o.Paid), Refunded: o.Money(o.Refunded), RefundPending: o.Money(o.RefundOpen),
		Description: o.Description, Reference: o.Reference,
		Items: o.Items, Payer: Payer{o.Payer.ID},
		CreatedAt: o.CreatedAt, ExpiresAt: o.ExpiresAt,
		Payments: make([]Payment, len(o.Payments)), Refunds: make([]Refund, len(o.Refunds)),
	}
	if v.Items == nil {
		v.Items = []wallet.Item{}
	}
	for i := range o.Payments {
		v.Payments[i] = viewPayment(&o.Payments[i], o, audience)
	}
	for i := range o.Refunds {
		v.Refunds[i] = viewRefund(&o.Refunds[i], o)
	}
	if v.Attention = o.Attention(); v.Attention == nil {
		v.Attention = []bridge.Attention{}
	}
	if o.Reversed > 0 {
		v.Reversed = &Reversal{Amount: o.Money(o.Reversed), At: reversedAt(o)}
	}
	if audience == ForMerchant {
		v.Metadata, v.Agreement = o.Metadata, o.Agreement
	}
	return v
}

func reversedAt(o *bridge.Order) (at time.Time) {
	for i := range o.Payments {
		if p := &o.Payments[i]; p.Reversed > 0 && p.ReversedAt.After(at) {
			at = p.ReversedAt
		}
	}
	return at
}

func viewPayment(p *bridge.Payment, o *bridge.Order, audience Audience) Payment {
	v := Payment{
		ID: o.ID.PaymentID(p.Number), Wallet: p.Wallet, Status: p.Status,
		WalletPaymentID: cmp.Or(p.PaidID, p.WalletPaymentID), WalletPaymentIDs: p.IDs(), Method: p.Method,
		Paid: o.Money(p.Paid), Refundable: new(o.Money(max(0, o.Left(p)))), CreatedAt: p.CreatedAt,
	}
	if v.WalletPaymentIDs == nil {
		v.WalletPaymentIDs = []string{}
	}
	if audience == ForMerchant {
		v.RequestID, v.Fees = p.RequestID, p.Fees
		if p.Settled.Positive() {
			v.Settled = &p.Settled
		}
	}
	return v
}

func viewRefund(r *bridge.Refund, o *bridge.Order) Refund {
	v := Refund{
		ID: o.ID.RefundID(r.Number), Order: o.ID, Payment: o.ID.PaymentID(r.Payment),
		Amount: o.Money(r.Amount), Status: r.Status, Reason: r.Reason, CreatedAt: r.CreatedAt,
	}
	switch {
	case r.Awaiting():
		v.Status, v.Approval, v.Approver = wallet.RefundPending, new("waiting"), new("operator")
	case r.Status == wallet.RefundWaiting:
		v.Status, v.Approval, v.Approver = wallet.RefundPending, new("waiting"), new("wallet")
	case !r.Sent():
		v.Code = r.Code
	}
	if r.Fee.Positive() {
		v.Fee = &r.Fee
	}
	return v
}
