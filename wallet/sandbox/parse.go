package sandbox

import (
	"errors"
	"fmt"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// The limits of what the provider may send.
const (
	maxURL     = 4096
	maxMethods = 64
	maxOthers  = 16 // other ids of one payment
)

var statuses = map[string]wallet.Status{
	"PENDING": wallet.Pending, "PROCESSING": wallet.Pending, "AUTHORIZED": wallet.Authorized,
	"PAID": wallet.Paid, "FAILED": wallet.Failed, "CANCELED": wallet.Canceled,
	"EXPIRED": wallet.Expired, "VOIDED": wallet.Voided,
}

var refundStatuses = map[string]wallet.RefundStatus{
	"PENDING": wallet.RefundPending, "WAITING": wallet.RefundWaiting,
	"SUCCEEDED": wallet.RefundSucceeded, "FAILED": wallet.RefundFailed,
}

// answered returns a payment of an answer, which names it by both of its ids.
func (p *paymentJSON) answered() (wallet.Payment, error) {
	if p.PaymentID == "" || p.RequestID == "" {
		return wallet.Payment{}, fmt.Errorf("%w: paymentId or requestId", wire.ErrMalformed)
	}
	return p.payment()
}

// payment converts a payment to ours. An unknown status stays empty and stands in the code, so
// that it changes nothing and can be seen. A time out of range is left out.
func (p *paymentJSON) payment() (wallet.Payment, error) {
	if err := p.names(); err != nil {
		return wallet.Payment{}, err
	}
	amount, err := p.Amount.money()
	if err != nil {
		return wallet.Payment{}, fmt.Errorf("%w: amount: %w", wire.ErrMalformed, err)
	}
	captured, err := p.Captured.money()
	if err != nil {
		return wallet.Payment{}, fmt.Errorf("%w: captured: %w", wire.ErrMalformed, err)
	}
	if amount.Minor < 0 || captured.Minor < 0 {
		return wallet.Payment{}, fmt.Errorf("%w: a negative amount", wire.ErrMalformed)
	}
	action, err := p.action()
	if err != nil {
		return wallet.Payment{}, err
	}
	out := wallet.Payment{
		Ref:    wallet.Ref{RequestID: p.RequestID, PaymentID: p.PaymentID},
		Status: statuses[p.Status], Amount: amount, Captured: captured, OtherIDs: p.OtherIDs, Action: action,
		ExpiresAt: p.ExpiresAt.time, OccurredAt: p.UpdatedAt.time, Method: wire.Clip(p.Method), Code: wire.Clip(p.Code),
	}
	if out.Status == "" {
		out.Code = wire.Clip(p.Status)
	}
	return out, nil
}

// names checks the ids: a notification may name the payment by one of the two only.
func (p *paymentJSON) names() error {
	switch {
	case p.PaymentID == "" && p.RequestID == "", !wire.ValidIDs(p.PaymentID, p.RequestID):
		return fmt.Errorf("%w: paymentId or requestId", wire.ErrMalformed)
	case len(p.OtherIDs) > maxOthers:
		return fmt.Errorf("%w: too many otherIds", wire.ErrMalformed)
	}
	for _, other := range p.OtherIDs {
		if !id(other) {
			return fmt.Errorf("%w: otherIds", wire.ErrMalformed)
		}
	}
	return nil
}

// unreadable returns why a payment of a notification cannot be represented; empty when it can.
func (p *paymentJSON) unreadable() string {
	switch {
	case p.Amount.beyond() || p.Captured.beyond():
		return amountBeyond
	case p.ExpiresAt.beyond || p.UpdatedAt.beyond:
		return timeBeyond
	}
	return ""
}

// Why an event is unreadable.
const (
	amountBeyond = "an amount is more than can be counted"
	timeBeyond   = "a time is outside the years 1 to 9999"
)

// beyond reports whether the amount is digits, more than an int64 holds.
func (a *amountJSON) beyond() bool {
	_, err := a.money()
	return errors.Is(err, wallet.ErrOverflow)
}

// action returns where the payer pays; nil when the wallet does not report it.
func (p *paymentJSON) action() (*wallet.Action, error) {
	switch {
	case p.PaymentURL != "":
		if !wire.WebURL(p.PaymentURL) || len(p.PaymentURL) > maxURL {
			return nil, fmt.Errorf("%w: paymentUrl", wire.ErrMalformed)
		}
		return &wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: p.PaymentURL}, nil
	case len(p.Methods) > maxMethods:
		return nil, fmt.Errorf("%w: too many methods", wire.ErrMalformed)
	case len(p.Methods) > 0:
		return &wallet.Action{Type: wallet.ActionChooseMethod, Methods: p.Methods}, nil
	}
	return nil, nil
}

// answered returns a refund of an answer, which names it and its payment by all their ids.
func (r *refundJSON) answered() (wallet.Refund, error) {
	if r.RefundID == "" || r.RefundRequestID == "" || r.PaymentID == "" || r.RequestID == "" {
		return wallet.Refund{}, fmt.Errorf("%w: an id", wire.ErrMalformed)
	}
	return r.refund()
}

// refund converts a refund to ours, by the rules of a payment.
func (r *refundJSON) refund() (wallet.Refund, error) {
	if err := r.names(); err != nil {
		return wallet.Refund{}, err
	}
	amount, err := r.Amount.money()
	switch {
	case err != nil:
		return wallet.Refund{}, fmt.Errorf("%w: amount: %w", wire.ErrMalformed, err)
	case amount.Minor < 0:
		return wallet.Refund{}, fmt.Errorf("%w: a negative amount", wire.ErrMalformed)
	}
	out := wallet.Refund{
		RefundRef: r.ref(), Status: refundStatuses[r.Status], Amount: amount, OccurredAt: r.UpdatedAt.time, Code: wire.Clip(r.Code),
	}
	if out.Status == "" {
		out.Code = wire.Clip(r.Status)
	}
	return out, nil
}

func (r *refundJSON) ref() wallet.RefundRef {
	return wallet.RefundRef{
		RequestID: r.RefundRequestID, RefundID: r.RefundID,
		Payment: wallet.Ref{RequestID: r.RequestID, PaymentID: r.PaymentID},
	}
}

// names checks the ids: a notification may name the refund by one of the two only.
func (r *refundJSON) names() error {
	if r.RefundID == "" && r.RefundRequestID == "" || !wire.ValidIDs(r.RefundID, r.RefundRequestID, r.PaymentID, r.RequestID) {
		return fmt.Errorf("%w: an id", wire.ErrMalformed)
	}
	return nil
}

func (r *refundJSON) unreadable() string {
	switch {
	case r.Amount.beyond():
		return amountBeyond
	case r.UpdatedAt.beyond:
		return timeBeyond
	}
	return ""
}

func id(s string) bool { return s != "" && wire.ValidIDs(s) }
