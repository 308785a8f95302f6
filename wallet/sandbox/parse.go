package sandbox

import (
	"errors"
	"fmt"
	"strings"

	"github.com/minitill/minitill/wallet"
)

// The limits of what the provider may say.
const (
	maxID      = 128
	maxURL     = 4096
	maxMethods = 64
	maxOthers  = 16 // other ids of one payment
)

var errNonsense = errors.New("the provider's message makes no sense")

var statuses = map[string]wallet.Status{
	"PENDING": wallet.Pending, "PROCESSING": wallet.Pending, "AUTHORIZED": wallet.Authorized,
	"PAID": wallet.Paid, "FAILED": wallet.Failed, "CANCELED": wallet.Canceled,
	"EXPIRED": wallet.Expired, "VOIDED": wallet.Voided,
}

var refundStatuses = map[string]wallet.RefundStatus{
	"PENDING": wallet.RefundPending, "WAITING": wallet.RefundWaiting,
	"SUCCEEDED": wallet.RefundSucceeded, "FAILED": wallet.RefundFailed,
}

// answered is a payment in an answer, which names it by both of its ids.
func (p *paymentJSON) answered() (wallet.Payment, error) {
	if p.PaymentID == "" || p.RequestID == "" {
		return wallet.Payment{}, fmt.Errorf("%w: paymentId or requestId", errNonsense)
	}
	return p.payment()
}

// payment turns the wire's words into ours. A status we do not know stays empty and
// is shown as the code, so that it changes nothing and is still seen. A time that
// cannot be represented is as if it were not there.
func (p *paymentJSON) payment() (wallet.Payment, error) {
	if err := p.names(); err != nil {
		return wallet.Payment{}, err
	}
	amount, err := p.Amount.money()
	if err != nil {
		return wallet.Payment{}, fmt.Errorf("%w: amount: %w", errNonsense, err)
	}
	captured, err := p.Captured.money()
	if err != nil {
		return wallet.Payment{}, fmt.Errorf("%w: captured: %w", errNonsense, err)
	}
	if amount.Minor < 0 || captured.Minor < 0 {
		return wallet.Payment{}, fmt.Errorf("%w: a negative amount", errNonsense)
	}
	action, err := p.action()
	if err != nil {
		return wallet.Payment{}, err
	}
	out := wallet.Payment{
		Ref:    wallet.Ref{RequestID: p.RequestID, PaymentID: p.PaymentID},
		Status: statuses[p.Status], Amount: amount, Captured: captured, OtherIDs: p.OtherIDs, Action: action,
		ExpiresAt: p.ExpiresAt.time, OccurredAt: p.UpdatedAt.time, Method: clip(p.Method), Code: clip(p.Code),
	}
	if out.Status == "" {
		out.Code = clip(p.Status)
	}
	return out, nil
}

// names checks the ids: a notification may name the payment by one of the two only.
func (p *paymentJSON) names() error {
	switch {
	case p.PaymentID == "" && p.RequestID == "", len(p.PaymentID) > maxID, len(p.RequestID) > maxID:
		return fmt.Errorf("%w: paymentId or requestId", errNonsense)
	case len(p.OtherIDs) > maxOthers:
		return fmt.Errorf("%w: too many otherIds", errNonsense)
	}
	for _, other := range p.OtherIDs {
		if !id(other) {
			return fmt.Errorf("%w: otherIds", errNonsense)
		}
	}
	return nil
}

// unreadable says why news of a payment cannot be represented; empty when it can.
func (p *paymentJSON) unreadable() string {
	switch {
	case p.Amount.beyond() || p.Captured.beyond():
		return amountBeyond
	case p.ExpiresAt.beyond || p.UpdatedAt.beyond:
		return timeBeyond
	}
	return ""
}

// Why news is unreadable.
const (
	amountBeyond = "an amount is more than can be counted"
	timeBeyond   = "a time is outside the years 1 to 9999"
)

// beyond says that the amount is digits, more of them than an int64 holds.
func (a *amountJSON) beyond() bool {
	_, err := a.money()
	return errors.Is(err, wallet.ErrOverflow)
}

// action is where the payer goes; nil when the wallet says nothing about it.
func (p *paymentJSON) action() (*wallet.Action, error) {
	switch {
	case p.PaymentURL != "":
		if !webURL(p.PaymentURL) {
			return nil, fmt.Errorf("%w: paymentUrl", errNonsense)
		}
		return &wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: p.PaymentURL}, nil
	case len(p.Methods) > maxMethods:
		return nil, fmt.Errorf("%w: too many methods", errNonsense)
	case len(p.Methods) > 0:
		return &wallet.Action{Type: wallet.ActionChooseMethod, Methods: p.Methods}, nil
	}
	return nil, nil
}

// answered is a refund in an answer, which names it and its payment by all their ids.
func (r *refundJSON) answered() (wallet.Refund, error) {
	if r.RefundID == "" || r.RefundRequestID == "" || r.PaymentID == "" || r.RequestID == "" {
		return wallet.Refund{}, fmt.Errorf("%w: an id", errNonsense)
	}
	return r.refund()
}

// refund turns the wire's words into ours, by the same rules as a payment's.
func (r *refundJSON) refund() (wallet.Refund, error) {
	if err := r.names(); err != nil {
		return wallet.Refund{}, err
	}
	amount, err := r.Amount.money()
	if err != nil || amount.Minor < 0 {
		return wallet.Refund{}, fmt.Errorf("%w: amount: %w", errNonsense, err)
	}
	out := wallet.Refund{
		RefundRef: r.ref(), Status: refundStatuses[r.Status], Amount: amount, OccurredAt: r.UpdatedAt.time, Code: clip(r.Code),
	}
	if out.Status == "" {
		out.Code = clip(r.Status)
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
	if r.RefundID == "" && r.RefundRequestID == "" {
		return fmt.Errorf("%w: refundId or refundRequestId", errNonsense)
	}
	for _, s := range []string{r.RefundID, r.RefundRequestID, r.PaymentID, r.RequestID} {
		if len(s) > maxID {
			return fmt.Errorf("%w: an id", errNonsense)
		}
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

func id(s string) bool { return s != "" && len(s) <= maxID }

// webURL accepts what a browser can open. It does not parse, since nothing but the
// provider's own bytes may be passed on.
func webURL(s string) bool {
	rest, found := strings.CutPrefix(s, "https://")
	if !found {
		rest, found = strings.CutPrefix(s, "http://")
	}
	blank := func(r rune) bool { return r <= ' ' || r == 0x7f }
	return found && rest != "" && rest[0] != '/' && len(s) <= maxURL && strings.IndexFunc(s, blank) < 0
}

// clip bounds words that are kept for people.
func clip(s string) string {
	if len(s) > maxID {
		return strings.ToValidUTF8(s[:maxID], "")
	}
	return s
}
