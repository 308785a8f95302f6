package payprotocol

import (
	"context"
	"math/big"
	"slices"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// The statuses of a refund.
var refundStatuses = map[number]wallet.RefundStatus{
	"0": wallet.RefundSucceeded, "1": wallet.RefundWaiting, "2": wallet.RefundWaiting,
	"3": wallet.RefundPending, "4": wallet.RefundFailed, "5": wallet.RefundFailed,
}

// openStatuses are those of a refund that has not ended.
var openStatuses = []number{"1", "2", "3"}

// RefundGap returns the least time between two refunds of a payment: a refund whose answer was
// lost is found by the time of its request, and the two clocks may differ by a minute in either
// direction.
func (w *Wallet) RefundGap() time.Duration { return 2*skew + 30*time.Second }

// Refund requests a refund. An operator approves it in the provider's console, and may send
// another sum. The provider knows no request ID, so an open refund of the order is queried
// first: one of the same sum is this one.
//
// Faults: Declined; Conflict when the order is not paid or has another open refund; Unsupported
// for a part of a price in fiat whose rate is absent; Unknown.
//
// Source: the sheet's §3.7, §6, U11 and U18.
func (w *Wallet) Refund(ctx context.Context, req wallet.RefundRequest) (wallet.Refund, error) {
	const op = "payprotocol.Refund"
	if err := wire.CheckAmount(op, req.Amount); err != nil {
		return wallet.Refund{}, err
	}
	ref := wallet.RefundRef{RequestID: req.RequestID, Payment: req.Payment}
	order, err := w.order(ctx, op, req.Payment)
	if err != nil {
		return wallet.Refund{}, err
	}
	amount, text, err := w.refundAmount(ctx, op, &order, req)
	if err != nil {
		return wallet.Refund{}, err
	}
	open, err := w.openRefund(ctx, op, &order, amount)
	if err != nil || open != "" {
		ref.RefundID = open
		return wallet.Refund{RefundRef: ref, Status: wallet.RefundWaiting, Amount: req.Amount}, err
	}
	if ref.RefundID, err = w.sendRefund(ctx, op, req, &order, text); err != nil {
		return wire.Resolve(wire.RefusedRepeat{Refusal: err, LastSentAt: req.LastSentAt, Now: w.now(), Lag: w.lag}, func() (wallet.Refund, error) {
			ref.LastSentAt = req.LastSentAt
			return w.QueryRefund(ctx, ref)
		})
	}
	return wallet.Refund{RefundRef: ref, Status: wallet.RefundWaiting, Amount: req.Amount}, nil
}

func (w *Wallet) sendRefund(ctx context.Context, op string, req wallet.RefundRequest, order *orderJSON, amount string) (string, error) {
	body := wire.NewObject().Text("amount", amount).Text("notifyUrl", req.NotifyURL).
		Text("outPaymentNo", order.OutPaymentNo).Text("outTradeNo", order.OutTradeNo).End()
	var out refundJSON
	if err := w.post(ctx, op, pathRefund, body, &out); err != nil {
		return "", err
	}
	if id, ok := out.id(); ok {
		return id, nil
	}
	return "", wire.Unknown(op, wire.ErrMalformed)
}

// refundAmount returns the sum to refund, in the smallest units of the token that was received
// and as text. A price in fiat is converted to the token at the order's own rate; where that is
// absent, only the whole payment can be refunded, for which the text is empty.
//
// Faults: Conflict when nothing was received; Unsupported.
func (w *Wallet) refundAmount(ctx context.Context, op string, order *orderJSON, req wallet.RefundRequest) (units *big.Int, text string, err error) {
	switch order.PaymentStatus {
	case statusPaid, statusPartly, statusRefunded:
	default:
		return nil, "", fault.New(fault.Conflict, op, "The payment is not paid.")
	}
	t, err := w.settledIn(ctx, order)
	if err != nil {
		return nil, "", unlisted(err)
	}
	got, err := order.received()
	quote, quoteErr := order.quote()
	r := rate{quote, got.expected}
	switch {
	case err != nil || quoteErr != nil:
		return nil, "", wire.Unknown(op, wire.ErrMalformed)
	case t.Symbol == string(req.Amount.Currency):
		units, err = t.units(op, req.Amount)
	case t.Symbol != "" && r.known() && quote.Currency == req.Amount.Currency:
		units, err = r.exact(op, req.Amount)
	case req.Amount == req.Paid:
		return got.settled, "", nil
	default:
		return nil, "", fault.New(fault.Unsupported, op, "This payment can only be refunded as a whole: its rate is not known.")
	}
	if err != nil {
		return nil, "", err
	}
	return units, t.decimal(units), nil
}

// openRefund returns the id of an open refund of an order and a sum; empty when the order has
// no open refund.
//
// Faults: Conflict when it has another one; Unknown.
func (w *Wallet) openRefund(ctx context.Context, op string, order *orderJSON, amount *big.Int) (string, error) {
	for _, status := range openStatuses {
		ofOrder := func(r *refundJSON) bool {
			return r.OutTradeNo == order.OutTradeNo && slices.Contains(openStatuses, r.RefundStatus)
		}
		open, err := listed(ctx, w, op, pathRefundList, search{status: string(status)}, ofOrder)
		if err != nil {
			return "", err
		}
		for i := range open {
			id, ok := open[i].id()
			sum, err := integer(open[i].RefundAmount)
			if !ok || err != nil || sum == nil || amount == nil || sum.Cmp(amount) != 0 {
				return "", fault.New(fault.Conflict, op, "The order has another open refund at the wallet.")
			}
			return id, nil
		}
	}
	return "", nil
}

// QueryRefund sends a status query. A refund whose id is not known is the only one of its order
// that was made since its request; several are ambiguous.
//
// Faults: NotFound; Unavailable and Unknown as for every call.
//
// Source: the sheet's §3.8 and §3.9.
func (w *Wallet) QueryRefund(ctx context.Context, ref wallet.RefundRef) (wallet.Refund, error) {
	const op = "payprotocol.QueryRefund"
	out, err := w.refund(ctx, op, ref)
	if err != nil {
		return wallet.Refund{}, err
	}
	refund := wallet.Refund{RefundRef: out.ref(), Status: refundStatuses[out.RefundStatus], Code: out.code()}
	refund.RefundRef.RequestID = ref.RequestID
	if refund.Amount, refund.Fee, err = w.refundSums(ctx, op, &out); err != nil {
		return wallet.Refund{}, err
	}
	if refund.Status == wallet.RefundSucceeded && !refund.Amount.Positive() {
		return wallet.Refund{}, fault.New(fault.Unknown, op, "The wallet does not tell which part of the price was refunded.")
	}
	return refund, nil
}

// refund queries a refund by its id, or searches it.
func (w *Wallet) refund(ctx context.Context, op string, ref wallet.RefundRef) (refundJSON, error) {
	if ref.RefundID == "" {
		return w.lostRefund(ctx, op, ref)
	}
	var out refundJSON
	query := wire.Query("outTradeNo", ref.Payment.RequestID, "refundId", ref.RefundID)
	if err := w.get(ctx, op, pathRefundDetail, query, &out); err != nil {
		return out, err
	}
	id, ok := out.id()
	if !ok || id != ref.RefundID || ref.Payment.RequestID != "" && out.OutTradeNo != ref.Payment.RequestID {
		return out, wire.Unknown(op, wire.ErrMalformed) // an answer about another refund
	}
	return out, nil
}

// lostRefund searches a refund whose answer was lost.
func (w *Wallet) lostRefund(ctx context.Context, op string, ref wallet.RefundRef) (refundJSON, error) {
	var s search
	if !ref.LastSentAt.IsZero() {
		s.since = ref.LastSentAt.Add(-skew)
	}
	ofOrder := func(r *refundJSON) bool {
		_, ok := r.id()
		another := r.OutPaymentNo != "" && ref.Payment.PaymentID != "" && r.OutPaymentNo != ref.Payment.PaymentID
		return ok && r.OutTradeNo == ref.Payment.RequestID && !another
	}
	all, err := w.refunds(ctx, op, s, ofOrder)
	switch {
	case err != nil:
		return refundJSON{}, err
	case len(all) == 0:
		return refundJSON{}, fault.New(fault.NotFound, op, "The wallet knows no such refund.")
	case len(all) > 1:
		return refundJSON{}, fault.New(fault.Unknown, op, "The wallet has several refunds of this order, and none has our request ID.")
	}
	return all[0], nil
}

// refunds returns the wanted refunds of a list, each once: an entry moves to the next page when
// another is inserted before it while the list is read.
func (w *Wallet) refunds(ctx context.Context, op string, s search, wanted func(*refundJSON) bool) ([]refundJSON, error) {
	all, err := listed(ctx, w, op, pathRefundList, s, wanted)
	seen := make(map[wire.Literal]bool, len(all))
	return slices.DeleteFunc(all, func(r refundJSON) bool {
		again := r.RefundID != "" && seen[r.RefundID]
		seen[r.RefundID] = true
		return again
	}), err
}

// refundSums returns what a refund returns, in the order's currency, and its network fee in the
// token's. A sum that is absent or cannot be converted is zero.
func (w *Wallet) refundSums(ctx context.Context, op string, r *refundJSON) (amount, fee wallet.Money, err error) {
	chain, okChain := r.ChainID.Int()
	currency, okCurrency := r.CurrencyID.Int()
	units, errUnits := integer(r.RefundAmount)
	if !okChain || !okCurrency || errUnits != nil {
		return amount, fee, wire.Unknown(op, wire.ErrMalformed)
	}
	t, err := w.byMethod(ctx, method{chain, currency})
	if err != nil {
		return amount, fee, unlisted(err)
	}
	if cost, err := integer(r.RefundFee); err == nil {
		fee = t.money(cost)
	}
	order, err := w.order(ctx, op, wallet.Ref{RequestID: r.OutTradeNo})
	if err != nil {
		return amount, fee, unlisted(err)
	}
	return order.worth(t, units), fee, nil
}

// worth returns the part of the order's price for units of a token.
func (o *orderJSON) worth(t token, units *big.Int) wallet.Money {
	quote, errQuote := o.quote()
	got, err := o.received()
	r := rate{quote, got.expected}
	switch {
	case units == nil || err != nil || errQuote != nil:
	case t.Symbol == o.QuoteCurrencySymbol:
		return t.money(units)
	case t.Symbol == o.SettlementCurrencySymbol && r.known():
		if m, ok := r.money(units); ok {
			return m
		}
	}
	return wallet.Money{}
}

// refundedUnits returns the sum of an order's successful refunds, in the smallest units of the
// token that was received.
//
// Faults: Unknown, also where one was sent in another token, whose units differ.
func (w *Wallet) refundedUnits(ctx context.Context, o *orderJSON) (*big.Int, error) {
	const op = "payprotocol.QueryPayment"
	var s search
	if at := o.arrived(); !at.IsZero() {
		s.since = at.Add(-skew)
	}
	done := func(r *refundJSON) bool {
		return r.OutTradeNo == o.OutTradeNo && refundStatuses[r.RefundStatus] == wallet.RefundSucceeded
	}
	all, err := w.refunds(ctx, op, s, done)
	if err != nil || len(all) == 0 {
		return new(big.Int), err
	}
	t, err := w.settledIn(ctx, o)
	if err != nil {
		return nil, unlisted(err)
	}
	sum := new(big.Int)
	for i := range all {
		n, err := integer(all[i].RefundAmount)
		if err != nil || n == nil || !all[i].sentIn(t) {
			return nil, wire.Unknown(op, wire.ErrMalformed)
		}
		sum.Add(sum, n)
	}
	return sum, nil
}

// sentIn reports whether a refund was sent in a token.
func (r *refundJSON) sentIn(t token) bool {
	chain, okChain := r.ChainID.Int()
	currency, okCurrency := r.CurrencyID.Int()
	return okChain && okCurrency && chain == t.Chain && currency == t.ID
}

// id returns the refund's id, a positive integer.
func (r *refundJSON) id() (string, bool) {
	n, ok := r.RefundID.Int()
	return string(r.RefundID), ok && n > 0 && wire.ValidIDs(string(r.RefundID), r.OutTradeNo, r.OutPaymentNo)
}

func (r *refundJSON) ref() wallet.RefundRef {
	id, _ := r.id()
	return wallet.RefundRef{RefundID: id, Payment: wallet.Ref{RequestID: r.OutTradeNo, PaymentID: r.OutPaymentNo}}
}

// code returns the status for people, where it says more than ours.
func (r *refundJSON) code() string {
	switch refundStatuses[r.RefundStatus] {
	case wallet.RefundSucceeded, wallet.RefundPending:
		return ""
	}
	return wire.Clip(string(r.RefundStatus))
}

// RenotifyRefund requests a refund's callback once more.
//
// Source: the sheet's §3.10.
func (w *Wallet) RenotifyRefund(ctx context.Context, ref wallet.RefundRef) error {
	query := wire.Query("outTradeNo", ref.Payment.RequestID, "refundId", ref.RefundID)
	return w.get(ctx, "payprotocol.RenotifyRefund", pathRefundNotify, query, nil)
}
