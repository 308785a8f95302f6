package ottpay

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// account is what the wallets of both generations have in common: the merchant and the
// callbacks.
type account struct {
	base       wire.Base
	http       *http.Client
	now        func() time.Time
	log        *slog.Logger
	seal       seal
	merchantID string
	currency   wallet.Currency
	lag        time.Duration
	stored     wire.Reply // the acknowledgement
	exposed    bool       // calls go over http beyond this machine, where answers can be altered
}

// Pace returns how long the provider's queries may lag; the schedule is the default.
func (a *account) Pace() wallet.Pace { return wallet.Pace{Lag: a.lag} }

// Takes reports whether a currency is the account's.
func (a *account) Takes(c wallet.Currency) bool { return c == a.currency }

// checkAmount refuses an amount that the account cannot take.
func (a *account) checkAmount(op string, m wallet.Money) error {
	if err := wire.CheckAmount(op, m); err != nil {
		return err
	}
	if !a.Takes(m.Currency) {
		return fault.InvalidField(op, "amount.currency", "is not the account's currency")
	}
	return nil
}

// The limits of what is sent. The REST pages publish them; the Web API's do not.
const (
	mostURL    = 255
	mostRemark = 128
)

// checkPayment refuses what no method of the provider can do.
func (a *account) checkPayment(op string, req wallet.PaymentRequest) error {
	switch {
	case req.Agreement != "" || req.MethodToken != "":
		return fault.New(fault.Unsupported, op, "OTT Pay charges no payer without a checkout.")
	case len(req.NotifyURL) > mostURL:
		return fault.InvalidField(op, "notifyUrl", "is longer than OTT Pay takes, 255 characters")
	case len(req.ReturnURL) > mostURL:
		return fault.InvalidField(op, "returnUrl", "is longer than OTT Pay takes, 255 characters")
	}
	return a.checkAmount(op, req.Amount)
}

// cents reads an amount in minor units, as text or as a number; an absent one is zero Money.
func (a *account) cents(o object, names ...string) (wallet.Money, error) {
	text := o.text(names...)
	if text == "" {
		return wallet.Money{}, nil
	}
	m, err := wire.Literal(text).Minor(a.currency)
	if err != nil {
		return wallet.Money{}, fmt.Errorf("%s: %w", names[0], err)
	}
	return m, nil
}

// addCharge reads what the payer was charged, and the tip and the surcharge, which may be part
// of it.
func (a *account) addCharge(p *wallet.Payment, o object, names ...string) (err error) {
	if p.Charged, err = a.cents(o, names...); err != nil {
		return err
	}
	for _, fee := range []struct {
		kind  string
		names []string
	}{{"tip", []string{"tip", "Tip"}}, {"convenience_fee", []string{"convenience_fee"}}} {
		sum, err := a.cents(o, fee.names...)
		if err != nil {
			return err
		}
		if sum.Positive() {
			p.Fees = append(p.Fees, wallet.Fee{Type: fee.kind, Amount: sum})
		}
	}
	return nil
}

// ours reports whether a message names this merchant, or none.
func (a *account) ours(o object) bool {
	id := o.text("merchant_id", "merchantId", "merchant_")
	return id == "" || id == a.merchantID
}

// action returns where a payer goes. A provider that is called by HTTPS may send payers to
// HTTPS links only.
func (a *account) action(kind wallet.ActionType, url string) (*wallet.Action, error) {
	if !wire.WebURL(url) || strings.HasPrefix(a.base.Host, "https:") && !strings.HasPrefix(url, "https:") {
		return nil, fmt.Errorf("%w: the payer's link", wire.ErrMalformed)
	}
	return &wallet.Action{Type: kind, URL: url}, nil
}

// isRequestID reports whether an id may be one of ours. A callback names an order in up to four
// ways, and which of them is ours depends on the method.
func isRequestID(s string) bool {
	return len(s) >= 27 && len(s) <= 32 && strings.Trim(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// isRefundID reports whether an id of ours names a refund, by the letter after the 26
// characters of its order.
func isRefundID(s string) bool { return isRequestID(s) && s[26] == 'R' }

// isOperationID reports whether an id of REST is a refund's or a void's, which is never taken
// for a payment's.
func isOperationID(s string) bool {
	return strings.HasPrefix(s, "REF") || strings.HasPrefix(s, "VOID")
}

// normal returns a status word in the one form in which it is looked up.
func normal(word string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(word))
}

// refundState is what a payment's refunded sum proves of a refund that has no id.
type refundState int

const (
	refundUnclear refundState = iota
	refundAbsent
	refundDone
)

// compare judges a payment's refunded sum by our books: a sum of what is booked proves that the
// refund was not made; the sum of all that may have been made proves that it was. A sum that
// the provider does not report proves nothing, and is not zero.
func compare(refunded wallet.Money, books wallet.RefundBooks) refundState {
	if refunded == (wallet.Money{}) {
		return refundUnclear
	}
	switch refunded.Minor {
	case books.Refunded.Minor:
		return refundAbsent
	case books.Refunded.Minor + books.Amount.Minor + books.Open.Minor:
		return refundDone
	}
	return refundUnclear
}

// notRefundable is the fault of a refund whose payment is not paid at the provider. Nothing was
// sent. An unknown state proves nothing about the refund.
func notRefundable(op string, status wallet.Status) error {
	if status == "" {
		return fault.New(fault.Unavailable, op, "The wallet does not report the payment as paid.")
	}
	return fault.New(fault.Conflict, op, "The payment is not paid.")
}

// notQueried is the fault of a refund that was not sent: an earlier request may have been
// executed.
func notQueried(err error, lastSentAt time.Time) error {
	if lastSentAt.IsZero() {
		return wire.Reclassify(err, fault.Unavailable, fault.Unknown, fault.NotFound)
	}
	return wire.Reclassify(err, fault.Unknown, fault.NotFound, fault.Conflict, fault.Unavailable)
}

// unknown is the fault of a query whose answer does not decide.
func unknown(op, detail string) error { return fault.New(fault.Unknown, op, detail) }

// notFound reports whether err proves that there is no such payment or refund.
func notFound(err error) bool { return err != nil && errors.Is(err, fault.NotFound) }
