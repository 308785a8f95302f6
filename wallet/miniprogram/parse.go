package miniprogram

import (
	"cmp"
	"fmt"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

var statuses = map[string]wallet.Status{
	"SUCCESS": wallet.Paid, "FAIL": wallet.Failed, "CANCELLED": wallet.Canceled,
	"PROCESSING": wallet.Pending, "PENDING": wallet.Pending, "AUTH_SUCCESS": wallet.Authorized,
}

// letters are the meanings of a result that is about the payment.
var letters = map[string]wallet.Status{
	success: wallet.Paid, failed: wallet.Failed, unclear: wallet.Pending, accepted: wallet.Pending,
}

var refundStatuses = map[string]wallet.RefundStatus{
	"PROCESSING": wallet.RefundPending, "SUCCESS": wallet.RefundSucceeded, "FAIL": wallet.RefundFailed,
}

var refundLetters = map[string]wallet.RefundStatus{
	success: wallet.RefundSucceeded, failed: wallet.RefundFailed,
	unclear: wallet.RefundPending, accepted: wallet.RefundPending,
}

// Why an event is unreadable.
const (
	amountBeyond = "an amount has more digits than are ever paid"
	timeBeyond   = "a time is outside the years 1 to 9999"
)

// ref returns the payment's ids.
func (p *paymentJSON) ref() (wallet.Ref, error) {
	if !wire.ValidIDs(p.PaymentID, p.PaymentRequestID) {
		return wallet.Ref{}, fmt.Errorf("%w: an id", wire.ErrMalformed)
	}
	return wallet.Ref{RequestID: p.PaymentRequestID, PaymentID: p.PaymentID}, nil
}

// unreadable returns why a payment of a notification cannot be represented; empty when it can.
func (p *paymentJSON) unreadable() string { return unreadable(p.PaymentAmount, p.PaymentTime) }

func unreadable(a *amountJSON, at string) string {
	switch {
	case a.beyond():
		return amountBeyond
	case beyondCalendar(at):
		return timeBeyond
	}
	return ""
}

// payment converts a payment to ours. It has no status yet.
func (p *paymentJSON) payment() (wallet.Payment, error) {
	ref, err := p.ref()
	if err != nil {
		return wallet.Payment{}, err
	}
	amount, err := p.PaymentAmount.money()
	if err != nil {
		return wallet.Payment{}, err
	}
	return wallet.Payment{Ref: ref, Amount: amount, OccurredAt: moment(p.PaymentTime), Code: p.code(), Unproven: p.unproven}, nil
}

// code returns the wallet's reason, for people.
func (p *paymentJSON) code() string {
	var code string
	if p.PaymentResult != nil {
		code = p.PaymentResult.Code
	}
	return wire.Clip(cmp.Or(code, p.PaymentResultCode, p.PaymentFailReason, p.FailureReason))
}

// status returns how the payment stands: what paymentResult and paymentStatus say, where they
// do not contradict each other. It is empty when nothing is certain; word is then what was
// said.
func (p *paymentJSON) status() (status wallet.Status, word string) {
	var byResult wallet.Status
	byStatus := statuses[p.PaymentStatus]
	if p.PaymentResult != nil {
		byResult, word = letters[p.PaymentResult.status()], p.PaymentResult.Status
	}
	switch {
	case p.PaymentStatus == "":
		return byResult, word
	case p.PaymentResult == nil || byResult == byStatus:
		return byStatus, p.PaymentStatus
	}
	return "", word + " and " + p.PaymentStatus
}

// captured returns the money captured, where the wallet lists the transactions.
func (p *paymentJSON) captured() (wallet.Money, error) {
	var sum wallet.Money
	for i := range p.Transactions {
		t := &p.Transactions[i]
		if t.Type != "CAPTURE" || t.Status != "SUCCESS" {
			continue
		}
		m, err := t.Amount.money()
		if err == nil && sum != (wallet.Money{}) {
			m, err = sum.Add(m)
		}
		if err != nil {
			return wallet.Money{}, fmt.Errorf("%w: a transaction", wire.ErrMalformed)
		}
		sum = m
	}
	return sum, nil
}

// ref returns the ids of the refund and its payment.
func (r *refundJSON) ref() (wallet.RefundRef, error) {
	if !wire.ValidIDs(r.RefundID, r.RefundRequestID, r.PaymentID, r.PaymentRequestID) {
		return wallet.RefundRef{}, fmt.Errorf("%w: an id", wire.ErrMalformed)
	}
	return wallet.RefundRef{
		RequestID: r.RefundRequestID, RefundID: r.RefundID,
		Payment: wallet.Ref{RequestID: r.PaymentRequestID, PaymentID: r.PaymentID},
	}, nil
}

// unreadable returns why a refund of a notification cannot be represented; empty when it can.
func (r *refundJSON) unreadable() string { return unreadable(r.RefundAmount, r.RefundTime) }

// refund converts a refund to ours. It has no status yet.
func (r *refundJSON) refund() (wallet.Refund, error) {
	ref, err := r.ref()
	if err != nil {
		return wallet.Refund{}, err
	}
	amount, err := r.RefundAmount.money()
	if err != nil {
		return wallet.Refund{}, err
	}
	return wallet.Refund{RefundRef: ref, Amount: amount, OccurredAt: moment(r.RefundTime), Code: wire.Clip(r.RefundFailReason)}, nil
}

// status returns how the refund stands, by the rule of a payment.
func (r *refundJSON) status() (status wallet.RefundStatus, word string) {
	var byResult wallet.RefundStatus
	byStatus := refundStatuses[r.RefundStatus]
	if r.RefundResult != nil {
		byResult, word = refundLetters[r.RefundResult.status()], r.RefundResult.Status
	}
	switch {
	case r.RefundStatus == "":
		return byResult, word
	case r.RefundResult == nil || byResult == byStatus:
		return byStatus, r.RefundStatus
	}
	return "", word + " and " + r.RefundStatus
}

// action returns where the payer goes.
func action(kind wallet.ActionType, url string) (*wallet.Action, error) {
	if !wire.WebURL(url) {
		return nil, fmt.Errorf("%w: the payment URL", wire.ErrMalformed)
	}
	if kind == wallet.ActionPaymentURL {
		return &wallet.Action{Type: kind, PaymentURL: url}, nil
	}
	return &wallet.Action{Type: kind, URL: url}, nil
}
