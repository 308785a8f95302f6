package redotpay

import (
	"cmp"
	"errors"
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// statuses are the meanings of an order's statuses. A failed attempt leaves it open.
var statuses = map[int64]wallet.Status{
	statusWaiting: wallet.Pending, statusPaid: wallet.Paid, statusFailed: wallet.Pending, statusClosed: wallet.Canceled,
}

// payment converts a payment to ours, without its ids.
//
// Errors: wallet.ErrOverflow and the like for an amount that cannot be represented. A time out
// of range is left out.
func (t *reportJSON) payment() (wallet.Payment, error) {
	amount, err := money(t.OrderAmount, t.OrderCurrency)
	if err != nil {
		return wallet.Payment{}, err
	}
	out := wallet.Payment{Amount: amount, Settled: t.settled(), Code: wire.Clip(string(t.OrderStatus))}
	out.OccurredAt, _ = t.time()
	if n, ok := t.OrderStatus.Int(); ok {
		out.Status = statuses[n]
	}
	if id := string(t.TxID); id != "" && wire.ValidIDs(id) {
		out.OtherIDs = []string{id}
	}
	return out, nil
}

// time returns when the payment was made, or else when the order was.
func (t *reportJSON) time() (time.Time, error) {
	return wire.Unix(cmp.Or(t.PaymentTime, t.OrderTime), time.Millisecond)
}

// settled returns what the merchant is credited; zero when that is absent or not known.
func (t *reportJSON) settled() wallet.Money {
	m, err := money(t.BillAmount, cmp.Or(t.BillCoin, t.BillCurrency))
	if err != nil {
		return wallet.Money{}
	}
	return m
}

// money reads an amount in major units; zero when there is none.
func money(amount wire.Literal, currency string) (wallet.Money, error) {
	if amount == "" && currency == "" {
		return wallet.Money{}, nil
	}
	return amount.Major(wallet.Currency(currency))
}

// unreadable returns why a verified webhook cannot be represented; empty when it can.
func unreadable(amount error, at error) string {
	switch {
	case amount != nil:
		return "the amount cannot be represented: " + wire.Clip(amount.Error())
	case errors.Is(at, wire.ErrCalendar):
		return "a time is outside the years 1 to 9999"
	}
	return ""
}
