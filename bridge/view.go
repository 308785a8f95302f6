package bridge

import (
	"cmp"
	"time"

	"github.com/minitill/minitill/wallet"
)

// OrderView is an order as the contract shows it. Clients and merchants see
// different parts; View decides which.
type OrderView struct {
	ID            OrderID           `json:"id"`
	App           string            `json:"app"`
	Status        wallet.Status     `json:"status"`
	Amount        wallet.Money      `json:"amount"`
	Paid          wallet.Money      `json:"paid"`
	Refunded      wallet.Money      `json:"refunded"`
	RefundPending wallet.Money      `json:"refundPending"`
	Attention     []Attention       `json:"attention"`
	Description   string            `json:"description"`
	Reference     string            `json:"reference"`
	Items         []wallet.Item     `json:"items"`
	Payer         PayerView         `json:"payer"`
	Metadata      map[string]string `json:"metadata,omitempty"`
	Agreement     AgreementID       `json:"agreement,omitempty"`
	CreatedAt     time.Time         `json:"createdAt"`
	ExpiresAt     time.Time         `json:"expiresAt"`
	Payments      []PaymentView     `json:"payments"`
	Refunds       []RefundView      `json:"refunds"`
	Reversed      *ReversalView     `json:"reversed,omitempty"`
}

// ReversalView is money that wallets took back after it was paid.
type ReversalView struct {
	Amount wallet.Money `json:"amount"`
	At     time.Time    `json:"at"` // of the last
}

// PayerView is who pays, as the contract shows it.
type PayerView struct {
	ID string `json:"id"`
}

// PaymentView is one attempt to pay, as the contract shows it.
type PaymentView struct {
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

// RefundView is a refund, as the contract shows it.
type RefundView struct {
	ID       string              `json:"id"`
	Order    OrderID             `json:"order"`
	Payment  string              `json:"payment"`
	Amount   wallet.Money        `json:"amount"`
	Status   wallet.RefundStatus `json:"status"`
	Approval *string             `json:"approval"`
	// Approver is who decides about a refund that waits.
	Approver *string `json:"approver"`
	// Fee is what the wallet keeps for the refund, beside the amount.
	Fee       *wallet.Money `json:"fee,omitempty"`
	Reason    string        `json:"reason"`
	CreatedAt time.Time     `json:"createdAt"`
}

// Audience is who looks at an order.
type Audience uint8

// The audiences. A client sees no request ids and no agreement, and not the merchant's
// metadata.
const (
	ForClient Audience = iota
	ForMerchant
)

// View is the order as an audience sees it.
func (o *Order) View(audience Audience) OrderView {
	v := OrderView{
		ID: o.ID, App: o.App, Status: o.Status, Amount: o.Amount,
		Paid: o.Money(o.Paid), Refunded: o.Money(o.Refunded), RefundPending: o.Money(o.RefundOpen),
		Description: o.Description, Reference: o.Reference,
		Items: o.Items, Payer: PayerView{o.Payer.ID},
		CreatedAt: o.CreatedAt, ExpiresAt: o.ExpiresAt,
		Payments: make([]PaymentView, len(o.Payments)), Refunds: make([]RefundView, len(o.Refunds)),
	}
	if v.Items == nil {
		v.Items = []wallet.Item{}
	}
	for i := range o.Payments {
		v.Payments[i] = o.Payments[i].view(o, audience)
	}
	for i := range o.Refunds {
		v.Refunds[i] = o.Refunds[i].view(o)
	}
	if v.Attention = o.Attention(); v.Attention == nil {
		v.Attention = []Attention{}
	}
	if o.Reversed > 0 {
		v.Reversed = &ReversalView{Amount: o.Money(o.Reversed), At: o.reversedAt()}
	}
	if audience == ForMerchant {
		v.Metadata, v.Agreement = o.Metadata, o.Agreement
	}
	return v
}

func (o *Order) reversedAt() (at time.Time) {
	for i := range o.Payments {
		if p := &o.Payments[i]; p.Reversed > 0 && p.ReversedAt.After(at) {
			at = p.ReversedAt
		}
	}
	return at
}

func (p *Payment) view(o *Order, audience Audience) PaymentView {
	v := PaymentView{
		ID: o.ID.PaymentID(p.Number), Wallet: p.Wallet, Status: p.Status,
		WalletPaymentID: cmp.Or(p.PaidID, p.WalletPaymentID), WalletPaymentIDs: p.IDs(), Method: p.Method,
		Paid: o.Money(p.Paid), Refundable: new(o.Money(max(0, o.left(p)))), CreatedAt: p.CreatedAt,
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

func (r *Refund) view(o *Order) RefundView {
	v := RefundView{
		ID: o.ID.RefundID(r.Number), Order: o.ID, Payment: o.ID.PaymentID(r.Payment),
		Amount: o.Money(r.Amount), Status: r.Status, Reason: r.Reason, CreatedAt: r.CreatedAt,
	}
	if r.Status == wallet.RefundWaiting {
		v.Status, v.Approval, v.Approver = wallet.RefundPending, new("waiting"), new("wallet")
	}
	if r.Fee.Positive() {
		v.Fee = &r.Fee
	}
	return v
}
