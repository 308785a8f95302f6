package payprotocol

import (
	"context"
	"strconv"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// existing returns the result of a create that was refused: an order of that number may exist,
// from an earlier call whose answer was lost or from another node.
func (w *Wallet) existing(ctx context.Context, op string, req wallet.PaymentRequest, chosen method, refusal error) (wallet.Payment, error) {
	order, err := w.find(ctx, op, req)
	switch {
	case err == nil:
		return w.found(ctx, op, req, chosen, &order)
	case fault.KindOf(err) == fault.NotFound && (req.LastSentAt.IsZero() || w.now().Sub(req.LastSentAt) > w.lag):
		return wallet.Payment{}, refusal
	}
	return wallet.Payment{}, wire.Unknown(op, err)
}

// find searches the order of a request: by its number, and where that finds none though one may
// have been opened, among those opened since.
func (w *Wallet) find(ctx context.Context, op string, req wallet.PaymentRequest) (orderJSON, error) {
	order, err := w.order(ctx, op, wallet.Ref{RequestID: req.RequestID})
	if err == nil || fault.KindOf(err) != fault.NotFound || req.LastSentAt.IsZero() {
		return order, err
	}
	is := func(o *orderJSON) bool { return o.OutTradeNo == req.RequestID }
	all, listErr := listed(ctx, w, op, pathList, search{since: req.LastSentAt.Add(-skew)}, is)
	switch {
	case listErr != nil:
		return order, listErr
	case len(all) == 1:
		return all[0], nil
	}
	return order, err
}

// found returns an existing payment. An open one gets its action again: where the settings say
// address, as a new one does; otherwise its current address.
func (w *Wallet) found(ctx context.Context, op string, req wallet.PaymentRequest, chosen method, order *orderJSON) (wallet.Payment, error) {
	payment, err := w.payment(ctx, order)
	if err != nil {
		return wallet.Payment{}, wire.Unknown(op, err)
	}
	if quote, _ := order.quote(); quote != req.Amount {
		return wallet.Payment{}, fault.New(fault.Conflict, op, "The wallet has this order with another price.")
	}
	if payment.Status != wallet.Pending {
		return payment, nil
	}
	chain, ok := order.ChainID.Int()
	if !ok {
		return wallet.Payment{}, wire.Unknown(op, wire.ErrMalformed)
	}
	if w.byAddress && isToken(req.Amount.Currency) {
		payment, err = w.withAddress(ctx, op, payment, req.Amount.Currency, chosen)
	}
	if err == nil && payment.Action == nil {
		payment, err = w.withInfo(ctx, op, payment, chain)
	}
	if err != nil {
		return wallet.Payment{}, wire.Unknown(op, err) // the order exists, whatever the result of the other calls
	}
	return payment, nil
}

// The provider's clock and ours differ by at most skew, or it would not accept our calls.
const skew = time.Minute

// Limits of a search.
const (
	pageSize  = 500
	mostPages = 40
)

// search has the parameters of a list.
type search struct {
	since  time.Time // of creation; zero: all
	status string    // empty: all
}

// listed returns the wanted entries of a list.
//
// Faults: Unknown also when there are too many to read.
func listed[T any](ctx context.Context, w *Wallet, op, path string, s search, wanted func(*T) bool) ([]T, error) {
	var found []T
	var since string
	if !s.since.IsZero() {
		since = strconv.FormatInt(s.since.Unix(), 10)
	}
	seen := int64(0)
	for page := 1; page <= mostPages; page++ {
		var out pageJSON[T]
		query := wire.Query("page", strconv.Itoa(page), "size", strconv.Itoa(pageSize), "orderStatus", s.status, "startTime", since)
		if err := w.get(ctx, op, path, query, &out); err != nil {
			return nil, unlisted(err)
		}
		for i := range out.List {
			if wanted(&out.List[i]) {
				found = append(found, out.List[i])
			}
		}
		seen += int64(len(out.List))
		count, ok := out.Count.Int()
		switch {
		case !ok:
			return nil, wire.Unknown(op, wire.ErrMalformed)
		case len(out.List) == 0 || seen >= count:
			return found, nil
		}
	}
	return nil, fault.New(fault.Unknown, op, "The wallet's list is too long to be searched.")
}
