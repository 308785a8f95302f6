package redotpay

import (
	"cmp"
	"context"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Refund requests a refund. Its answer never ends the refund: a webhook or QueryRefund does. A
// repeat that is refused after a lost answer is resolved by QueryRefund.
//
// Faults: Declined only for a code that is configured as refused; Unknown for every other
// refusal, since it is not documented what they prove.
//
// Source: none is public; the calls are the account's own, as configured.
func (w Refunding) Refund(ctx context.Context, req wallet.RefundRequest) (wallet.Refund, error) {
	const op = "redotpay.Refund"
	if err := w.checkMoney(op, req.Amount); err != nil {
		return wallet.Refund{}, err
	}
	sn := req.Payment.PaymentID
	if sn == "" {
		payment, err := w.QueryPayment(ctx, req.Payment)
		if err != nil {
			// Nothing was sent yet that could have been executed.
			return wallet.Refund{}, wire.Reclassify(err, fault.Unavailable, fault.Unknown, fault.NotFound)
		}
		sn = payment.PaymentID
	}
	ref := wallet.RefundRef{RequestID: req.RequestID, Payment: req.Payment}
	body := wire.NewObject().Text(w.refund.OrderName, sn).Text(w.refund.NumberName, req.RequestID).
		Number(w.refund.AmountName, wire.Major(req.Amount)).End()
	var out refundJSON
	if err := w.call(ctx, op, w.refund.Path, body, &out); err != nil {
		return wire.Resolve(w.refusedRepeat(err, req.LastSentAt), func() (wallet.Refund, error) { return w.QueryRefund(ctx, ref) })
	}
	refund, err := w.reported(out, ref, req.Amount)
	if err != nil || refund.Amount != (wallet.Money{}) && refund.Amount != req.Amount {
		return wallet.Refund{}, wire.Unknown(op, wire.ErrMalformed)
	}
	refund.Status, refund.Amount = wallet.RefundPending, req.Amount
	return refund, nil
}

// QueryRefund sends a status query, by our number: it is not documented that the provider's
// alone is enough.
//
// Faults: NotFound where a code with that meaning is configured; Unsupported without our
// number; Unknown for every other refusal.
func (w Refunding) QueryRefund(ctx context.Context, ref wallet.RefundRef) (wallet.Refund, error) {
	const op = "redotpay.QueryRefund"
	if ref.RequestID == "" {
		return wallet.Refund{}, fault.New(fault.Unsupported, op, "This wallet's refunds cannot be queried by its own number.")
	}
	var out refundJSON
	body := wire.NewObject().Text(w.refund.NumberName, ref.RequestID).End()
	if err := w.call(ctx, op, w.refund.DetailPath, body, &out); err != nil {
		return wallet.Refund{}, wire.Reclassify(err, fault.Unknown, fault.Declined, fault.Conflict)
	}
	refund, err := w.reported(out, ref, wallet.Money{})
	if err != nil {
		return wallet.Refund{}, wire.Unknown(op, err)
	}
	return refund, nil
}

// refundJSON is a refund, whose member names are configured.
type refundJSON map[string]jsontext.Value

// text returns a member that is text or a number; empty when it is absent or neither.
func (r refundJSON) text(name string) wire.Literal {
	var l wire.Literal
	if len(r[name]) == 0 || wire.Decode(r[name], &l) != nil {
		return ""
	}
	return l
}

// reported returns the refund of an answer. Its amount is in the currency of its order where it has
// none.
func (w *Wallet) reported(r refundJSON, ref wallet.RefundRef, amount wallet.Money) (wallet.Refund, error) {
	id, number := string(r.text(w.refund.IDName)), string(r.text(w.refund.NumberName))
	if !wire.ValidIDs(id, number) || number != ref.RequestID {
		return wallet.Refund{}, wire.ErrMalformed
	}
	out := wallet.Refund{RefundRef: ref}
	out.RefundID = cmp.Or(id, ref.RefundID)
	var err error
	if out.Amount, err = w.refundAmount(r, amount.Currency); err != nil {
		return wallet.Refund{}, err
	}
	out.Status, out.Code = w.refundStatus(r)
	return out, nil
}

// refundAmount returns the amount; zero when it is absent, or in an absent currency.
func (w *Wallet) refundAmount(r refundJSON, currency wallet.Currency) (wallet.Money, error) {
	if currency == "" {
		currency = wallet.Currency(r.text("orderCurrency"))
	}
	if currency == "" && len(w.currencies) == 1 {
		currency = w.currencies[0]
	}
	amount := r.text(w.refund.AmountName)
	if amount == "" || currency == "" {
		return wallet.Money{}, nil
	}
	return money(amount, string(currency))
}

// refundStatus returns how a refund stands, and the provider's word for it.
func (w *Wallet) refundStatus(r refundJSON) (wallet.RefundStatus, string) {
	word := string(r.text(w.refund.StatusName))
	return map[string]wallet.RefundStatus{
		w.refund.Pending: wallet.RefundPending, w.refund.Succeeded: wallet.RefundSucceeded, w.refund.Failed: wallet.RefundFailed,
	}[word], wire.Clip(word)
}

// refundEvent returns an event about a refund. One without our number has no meaning.
func (w *Wallet) refundEvent(in *webhookJSON, body []byte) (*wallet.Event, error) {
	var r refundJSON
	if err := wire.Decode(body, &r); err != nil {
		return nil, err
	}
	number, sn := cmp.Or(in.OuterOrderSn, in.OuterOrder), cmp.Or(in.OrderSn, in.PreSn)
	ref := wallet.RefundRef{
		RequestID: string(r.text(w.refund.NumberName)), RefundID: string(r.text(w.refund.IDName)),
		Payment: wallet.Ref{RequestID: number, PaymentID: sn},
	}
	if ref.RequestID == "" && ref.RefundID == "" || !wire.ValidIDs(ref.RequestID, ref.RefundID, number, sn) {
		return nil, wire.ErrMalformed
	}
	status, word := w.refundStatus(r)
	event := &wallet.Event{
		ID: strings.Join([]string{"refund", ref.RequestID, ref.RefundID, word}, ":"), Kind: wallet.RefundEvent,
		Refund: wallet.Refund{RefundRef: ref, Status: status, Code: word},
	}
	amount, err := w.refundAmount(r, wallet.Currency(in.OrderCurrency))
	_, at := in.time()
	if event.Unreadable = unreadable(err, at); event.Unreadable != "" {
		event.Refund = wallet.Refund{RefundRef: ref}
		return event, nil
	}
	event.Refund.Amount = amount
	event.Refund.OccurredAt, _ = in.time()
	return event, nil
}
