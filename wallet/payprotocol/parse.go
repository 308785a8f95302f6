package payprotocol

import (
	"context"
	"errors"
	"math/big"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// The statuses of a payment. No other number and no text is one.
const (
	statusPaid     number = "0"
	statusPending  number = "1"
	statusOnChain  number = "2"
	statusPartly   number = "3"
	statusFailed   number = "4"
	statusRefunded number = "5"
)

func (o *orderJSON) ref() wallet.Ref {
	return wallet.Ref{RequestID: o.OutTradeNo, PaymentID: o.OutPaymentNo}
}

// about reports whether an order is the one that was queried.
func (o *orderJSON) about(ref wallet.Ref) bool {
	same := ref.PaymentID == "" || o.OutPaymentNo == ref.PaymentID
	return o.OutTradeNo == ref.RequestID && o.OutPaymentNo != "" && wire.ValidIDs(o.OutPaymentNo, o.OutTradeNo) && same
}

// quote returns the order's price. It is zero when it is incomplete: the symbol, the amount,
// and whether it is a token's or fiat; or when we cannot have requested it.
//
// Errors: wallet.ErrOverflow; wire.ErrMalformed.
func (o *orderJSON) quote() (wallet.Money, error) {
	currency := wallet.Currency(o.QuoteCurrencySymbol)
	legal := wire.Literal("1")
	if isToken(currency) {
		legal = "0"
	}
	if o.QuoteAmount == "" || currency.Valid() != nil || o.IsLegalTender != legal {
		return wallet.Money{}, nil
	}
	m, err := o.QuoteAmount.Major(currency)
	switch {
	case errors.Is(err, wallet.ErrOverflow):
		return wallet.Money{}, wallet.ErrOverflow
	case errors.Is(err, wallet.ErrDigits):
		return wallet.Money{}, nil
	case err != nil:
		return wallet.Money{}, wire.ErrMalformed
	}
	return m, nil
}

// arrived returns the chain's time; zero when it cannot be represented.
func (o *orderJSON) arrived() time.Time {
	at, err := wire.Unix(o.BlockTime, time.Second)
	if err != nil {
		return time.Time{}
	}
	return at
}

// payment returns the payment of an answer. Its errors without a kind are those of malformed
// answers.
func (w *Wallet) payment(ctx context.Context, o *orderJSON) (wallet.Payment, error) {
	quote, err := o.quote()
	if err != nil {
		return wallet.Payment{}, err
	}
	got, err := o.received()
	if err != nil {
		return wallet.Payment{}, err
	}
	p := wallet.Payment{Ref: o.ref(), Amount: quote, OccurredAt: o.arrived(), Code: o.code()}
	switch o.PaymentStatus {
	case statusPaid:
		return w.paid(ctx, o, p, got)
	case statusPending, statusOnChain:
		p.Status = wallet.Pending
	case statusPartly:
		return w.short(ctx, o, p, got)
	case statusFailed:
		if got.settled != nil && got.settled.Sign() > 0 {
			return w.short(ctx, o, p, got)
		}
		p.Status = wallet.Failed
	case statusRefunded:
		return w.refunded(ctx, o, p, got)
	}
	return p, nil
}

// code returns the status for people, where it is not a documented one.
func (o *orderJSON) code() string {
	switch o.PaymentStatus {
	case statusPaid, statusPending, statusOnChain:
		return ""
	}
	return wire.Clip(string(o.PaymentStatus))
}

// receipt is what was expected and what was received, in a token's smallest units; nil where it
// is absent.
type receipt struct{ expected, settled *big.Int }

func (o *orderJSON) received() (receipt, error) {
	expected, err := integer(o.ExpectedAmount)
	if err != nil {
		return receipt{}, wire.ErrMalformed
	}
	settled, err := integer(o.SettlementAmount)
	if err != nil {
		return receipt{}, wire.ErrMalformed
	}
	return receipt{expected, settled}, nil
}

// compare returns whether less (-1) or more (1) was received than expected; 0 also where one of
// the two is absent. Nothing received is less than any price.
func (r receipt) compare() int {
	switch {
	case r.settled == nil:
		return 0
	case r.settled.Sign() == 0:
		return -1
	case r.expected == nil:
		return 0
	}
	return r.settled.Cmp(r.expected)
}

// paid judges a payment with the provider's status paid. A token's price is also compared by
// the token's decimals on its chain; while their list cannot be read, the outcome is unknown.
//
// Faults: Unavailable and Unknown, as of the list.
func (w *Wallet) paid(ctx context.Context, o *orderJSON, p wallet.Payment, got receipt) (wallet.Payment, error) {
	t, err := w.settledIn(ctx, o)
	inToken := isToken(p.Amount.Currency)
	if err != nil && inToken && fault.KindOf(err) != fault.NotFound {
		return wallet.Payment{}, err
	}
	p.Status, p.Settled = wallet.Paid, t.money(got.settled)
	difference := got.compare()
	if err == nil && inToken && t.Symbol == o.QuoteCurrencySymbol && got.settled != nil {
		exponent, _ := p.Amount.Currency.Exponent()
		difference = got.settled.Cmp(rescale(big.NewInt(p.Amount.Minor), exponent, t.Decimals))
		if got.compare() < 0 {
			difference = -1
		}
	}
	other := inToken && o.SettlementCurrencySymbol != "" && o.SettlementCurrencySymbol != o.QuoteCurrencySymbol && !w.otherTokens
	switch {
	case difference < 0 || other:
		return w.short(ctx, o, p, got)
	case difference > 0:
		p.Overpaid = true
	}
	return p, nil
}

// short returns a payment with money that does not settle the order's price: Settled is what
// was received, where that is known, and nothing is credited until an operator decides.
func (w *Wallet) short(ctx context.Context, o *orderJSON, p wallet.Payment, got receipt) (wallet.Payment, error) {
	t, err := w.settledIn(ctx, o)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return wallet.Payment{}, err
	}
	p.Status, p.Settled, p.Short = wallet.Paid, t.money(got.settled), true
	return p, nil
}

// settledIn returns the token that was received; a zero one when that is absent.
//
// Faults: those of bySymbol.
func (w *Wallet) settledIn(ctx context.Context, o *orderJSON) (token, error) {
	chain, ok := o.ChainID.Int()
	if o.SettlementCurrencySymbol == "" || o.SettlementAmount == "" || !ok {
		return token{}, nil
	}
	return w.bySymbol(ctx, chain, o.SettlementCurrencySymbol)
}

// refunded judges a payment with the provider's status refunded, which may also mean a part of
// it. Its refunds decide: when all is refunded, nothing is left of it; when part is, it is
// paid; when no refund is found, the outcome is unknown.
func (w *Wallet) refunded(ctx context.Context, o *orderJSON, p wallet.Payment, got receipt) (wallet.Payment, error) {
	if got.settled == nil {
		return p, nil
	}
	back, err := w.refundedUnits(ctx, o)
	switch {
	case err != nil:
		return wallet.Payment{}, err
	case back.Sign() == 0:
		return p, nil
	case back.Cmp(got.settled) >= 0:
		p.Status = wallet.Canceled
		return p, nil
	}
	return w.paid(ctx, o, p, got)
}
