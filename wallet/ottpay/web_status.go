package ottpay

import (
	"context"
	"fmt"
	"slices"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// question is one kind of status query: the calls that open payments have three different ones.
type question struct {
	action string
	order  string    // what the query names
	m      webMethod // of cards
	hold   bool
}

// questions are the status queries for a payment. Its id at the provider selects one; where
// that is not known, each is tried: those of the account's methods, and those of wallets in any
// case, since an order may be older than the settings.
func (w *Web) questions(ref wallet.Ref) (all []question) {
	for _, id := range append(slices.Clone(w.methods), "NONE", "QR_WECHATPAY") {
		all = w.addQuestions(all, webMethods[id], ref)
	}
	if len(all) == 0 { // an order of the provider's own
		all = append(all, question{action: actionStatus, order: ref.PaymentID})
	}
	return all
}

func (w *Web) addQuestions(all []question, m webMethod, ref wallet.Ref) []question {
	var more []question
	switch own := ref.PaymentID != "" && ref.PaymentID == ref.RequestID; {
	case m.channel != "":
		for _, hold := range []bool{false, true} {
			if id := m.cardID(ref.RequestID, hold); ref.RequestID != "" && (ref.PaymentID == "" || ref.PaymentID == id) {
				more = append(more, question{action: w.cardQuery, order: id, m: m, hold: hold})
			}
		}
	case ref.RequestID == "":
	case m.action == actionCheckout && !own && !isCard(ref):
		more = []question{{action: actionQuery, order: ref.RequestID}}
	case m.action != actionCheckout && (own || ref.PaymentID == ""):
		more = []question{{action: actionStatus, order: ref.RequestID}}
	}
	for _, q := range more {
		if !includes(all, q) {
			all = append(all, q)
		}
	}
	return all
}

func includes(all []question, q question) bool {
	for _, other := range all {
		if other.action == q.action && other.order == q.order {
			return true
		}
	}
	return false
}

// isCard reports whether a payment's id at the provider has the form of card payments.
func isCard(ref wallet.Ref) bool {
	for _, m := range webMethods {
		if m.channel != "" && (ref.PaymentID == m.cardID(ref.RequestID, false) || ref.PaymentID == m.cardID(ref.RequestID, true)) {
			return true
		}
	}
	return false
}

// QueryPayment sends a status query. A payment that is not found is NotFound, unless the
// provider has given it an id before: then the query has failed.
//
// Faults: NotFound; Unavailable; Unknown.
func (w *Web) QueryPayment(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	const op = "ottpay.QueryPayment"
	var last error
	for _, q := range w.questions(ref) {
		payment, err := w.standingOf(ctx, op, q, ref)
		if err == nil {
			return w.ofThatID(ctx, op, payment, ref)
		}
		if last = err; !notFound(err) {
			break
		}
	}
	if ref.PaymentID != "" {
		last = wire.Reclassify(last, fault.Unknown, fault.NotFound)
	}
	return wallet.Payment{}, last
}

// ofThatID queries again where a checkout now has another of the provider's ids than the one
// that was queried, and is paid: a payer may have paid twice.
func (w *Web) ofThatID(ctx context.Context, op string, got wallet.Payment, ref wallet.Ref) (wallet.Payment, error) {
	if ref.PaymentID == "" || got.PaymentID == "" || got.PaymentID == ref.PaymentID || got.Status != wallet.Paid {
		return got, nil
	}
	other, err := w.standingOf(ctx, op, question{action: actionStatus, order: ref.PaymentID}, ref)
	switch {
	case err != nil && !notFound(err):
		return wallet.Payment{}, err
	case err == nil && other.Status == wallet.Paid:
		return other, nil
	}
	return got, nil
}

// standingOf sends one query.
func (w *Web) standingOf(ctx context.Context, op string, q question, ref wallet.Ref) (wallet.Payment, error) {
	data, err := w.sendAction(ctx, op, q.action, w.query(q))
	if err != nil {
		return wallet.Payment{}, err
	}
	var payment wallet.Payment
	if q.action == actionQuery {
		payment, err = w.checkoutOf(data, ref)
	} else {
		payment, err = w.statusOf(data, q, ref)
	}
	if err != nil {
		return wallet.Payment{}, wire.Unknown(op, err)
	}
	return payment, nil
}

func (w *Web) query(q question) fields {
	switch q.action {
	case actionQuery:
		return fields{}.with("prepay_order_id", q.order).with("merchant_id", w.merchantID)
	case actionCardQuery:
		return fields{}.with("orderId", q.order).with("termId", w.cardTerminal).with("channelType", q.m.channel).with("bizType", q.m.biz)
	}
	return fields{}.with("order_id", q.order)
}

// checkoutOf reads PREPAY_QUERY.
func (w *Web) checkoutOf(data object, ref wallet.Ref) (wallet.Payment, error) {
	for name, want := range map[string]string{
		"shop_id": w.shopID, "currency_type": string(w.currency), "prepay_order_id": ref.RequestID, "preypay_order_id": ref.RequestID,
	} {
		if got := data.text(name); got != "" && got != want {
			return wallet.Payment{}, fmt.Errorf("%w: %s", wire.ErrMalformed, name)
		}
	}
	id := data.text("order_id")
	payment := wallet.Payment{
		Ref: wallet.Ref{RequestID: ref.RequestID, PaymentID: id}, OtherIDs: others(data.text("bizpay_order_id"), id),
	}
	word := data.text("status")
	payment.Status = checkoutStatuses[normal(word)]
	switch {
	case payment.Status == "":
		payment.Code = wire.Clip(word)
	case payment.Status == wallet.Failed && id == "":
		payment.Status = wallet.Expired // no payer has tried: it was closed because it expired
	}
	if !wire.ValidIDs(id) {
		return wallet.Payment{}, wire.ErrMalformed
	}
	payment.FeesUnnamed = true // no query itemizes the convenience fee that its sum may contain
	return payment, w.addCharge(&payment, data, "amount")
}

// checkoutStatuses are the words of PREPAY_QUERY, and those that clients have observed.
var checkoutStatuses = map[string]wallet.Status{
	"SUCCESS": wallet.Paid, "TRADEFINISHED": wallet.Paid, "PROCESSING": wallet.Pending,
	"ORDERCLOSE": wallet.Failed, "ORDERCLOSED": wallet.Failed, "CLOSED": wallet.Failed,
}

// statusOf reads STATUS_QUERY and CC_QUERYPAY. A pre-authorization that succeeded holds money
// and has not captured it.
func (w *Web) statusOf(data object, q question, ref wallet.Ref) (wallet.Payment, error) {
	if id := data.text("order_id", "orderId"); id != "" && id != q.order {
		return wallet.Payment{}, fmt.Errorf("%w: order_id", wire.ErrMalformed)
	}
	payment := wallet.Payment{
		Ref: wallet.Ref{RequestID: ref.RequestID, PaymentID: q.order}, OtherIDs: others(data.text("bizpay_order_id"), q.order),
		FeesUnnamed: q.m.channel == "", // as in checkoutOf; cards have no such fee
	}
	word := data.text("order_status")
	payment.Status = orderStatuses[normal(word)]
	switch {
	case payment.Status == "":
		payment.Code = wire.Clip(word)
	case q.hold && normal(word) == "SUCCESS":
		payment.Status = wallet.Authorized
	}
	return payment, w.addCharge(&payment, data, "total_amount", "amount")
}

// orderStatuses are the words of STATUS_QUERY. A code that was not paid in time is open until
// it expires.
var orderStatuses = map[string]wallet.Status{
	"INIT": wallet.Pending, "PROCESSING": wallet.Pending, "NOTPAY": wallet.Pending,
	"SUCCESS": wallet.Paid, "CAPTURED": wallet.Paid, "AUTHORIZED": wallet.Authorized, "AUTHORISED": wallet.Authorized,
	"ORDERCLOSE": wallet.Failed, "ORDERCLOSED": wallet.Failed,
}
