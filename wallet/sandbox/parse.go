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

// payment turns the wire's words into ours. A status we do not know stays empty and
// is shown as the code, so that it changes nothing and is still seen.
func (p *paymentJSON) payment() (wallet.Payment, error) {
	if !id(p.PaymentID) || !id(p.RequestID) {
		return wallet.Payment{}, fmt.Errorf("%w: paymentId or requestId", errNonsense)
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
		Status: statuses[p.Status], Amount: amount, Captured: captured, Action: action,
		ExpiresAt: millis(p.ExpiresAt), OccurredAt: millis(p.UpdatedAt), Method: clip(p.Method), Code: clip(p.Code),
	}
	if out.Status == "" {
		out.Code = clip(p.Status)
	}
	return out, nil
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

func (r *refundJSON) refund() (wallet.Refund, error) {
	if !id(r.RefundID) || !id(r.RefundRequestID) || !id(r.PaymentID) || !id(r.RequestID) {
		return wallet.Refund{}, fmt.Errorf("%w: an id", errNonsense)
	}
	amount, err := r.Amount.money()
	if err != nil || amount.Minor < 0 {
		return wallet.Refund{}, fmt.Errorf("%w: amount: %w", errNonsense, err)
	}
	out := wallet.Refund{
		RefundRef: wallet.RefundRef{
			RequestID: r.RefundRequestID, RefundID: r.RefundID,
			Payment: wallet.Ref{RequestID: r.RequestID, PaymentID: r.PaymentID},
		},
		Status: refundStatuses[r.Status], Amount: amount, OccurredAt: millis(r.UpdatedAt), Code: clip(r.Code),
	}
	if out.Status == "" {
		out.Code = clip(r.Status)
	}
	return out, nil
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
