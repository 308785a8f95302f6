package tinypay

import (
	"cmp"
	"context"
	"net/http"
	"strconv"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// record is a payment or a refund, as the provider answers and notifies it.
type record struct {
	Kind     string          `json:"kind"`
	ID       string          `json:"id"`      // our request ID
	Payment  string          `json:"payment"` // of a refund: the request ID of its payment
	Amount   wire.Literal    `json:"amount"`
	Currency wallet.Currency `json:"currency"`
	State    string          `json:"state"`
	URL      string          `json:"url"`
}

const (
	kindPayment = "payment"
	kindRefund  = "refund"
)

var (
	paymentStates = map[string]wallet.Status{"open": wallet.Pending, "paid": wallet.Paid, "refused": wallet.Failed}
	refundStates  = map[string]wallet.RefundStatus{
		"pending": wallet.RefundPending, "done": wallet.RefundSucceeded, "refused": wallet.RefundFailed,
	}
)

// refusals are the provider's codes, which are HTTP statuses. What is not listed is Unknown.
var refusals = wire.Codes{
	"402": {Kind: fault.Declined, Detail: "The wallet refused the request."},
	"404": {Kind: fault.NotFound, Detail: "The wallet knows no such payment or refund."},
	"409": {Kind: fault.Conflict, Detail: "The payment's state does not allow this."},
}

// call posts body and returns the answer, which is about id.
//
// Faults: Unavailable when it was not executed; Unknown when it may have been and the answer
// cannot be relied on; otherwise those of refusals.
func (w *Wallet) call(ctx context.Context, op, path, id string, body []byte) (record, error) {
	path = w.base.Path + path
	answer, err := wire.Send(ctx, w.http, wire.Request{
		Op: op, Method: http.MethodPost, URL: w.base.Host + path, Body: body,
		Header: http.Header{"Content-Type": {"application/json"}, signatureHeader: {w.sign(ctx, http.MethodPost, path, body)}},
	})
	if err != nil {
		return record{}, err
	}
	status := strconv.Itoa(answer.Status)
	if err := w.verify(ctx, status, path, answer.Header, answer.Body); err != nil {
		return record{}, answer.Unknown(err)
	}
	if err := answer.StatusFault(); err != nil {
		return record{}, err
	}
	if !answer.OK() {
		return record{}, refusals.Fault(op, status)
	}
	r, err := decode(answer.Body)
	if err != nil || r.ID != id || r.URL != "" && !w.base.ValidLink(r.URL) {
		return record{}, answer.Unknown(cmp.Or(err, wire.ErrMalformed))
	}
	return r, nil
}

func decode(body []byte) (record, error) {
	var r record
	if err := wire.Decode(body, &r); err != nil || r.ID == "" || !wire.ValidIDs(r.ID, r.Payment) {
		return record{}, wire.ErrMalformed
	}
	return r, nil
}

// asPayment reads a payment. A state that is not documented leaves Status empty, which
// changes no order, and stands in Code. With an error the payment has its Ref alone.
func (r record) asPayment() (wallet.Payment, error) {
	ref := wallet.Ref{RequestID: r.ID, PaymentID: r.ID}
	amount, err := r.Amount.Minor(r.Currency)
	if err != nil || r.Kind != kindPayment {
		return wallet.Payment{Ref: ref}, cmp.Or(err, wire.ErrMalformed)
	}
	p := wallet.Payment{Ref: ref, Status: paymentStates[r.State], Amount: amount}
	if p.Status == "" {
		p.Code = wire.Clip(r.State)
	}
	if r.URL != "" {
		p.Action = &wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: r.URL}
	}
	return p, nil
}

// asRefund reads a refund in the same way.
func (r record) asRefund() (wallet.Refund, error) {
	ref := wallet.RefundRef{RequestID: r.ID, RefundID: r.ID, Payment: wallet.Ref{RequestID: r.Payment, PaymentID: r.Payment}}
	amount, err := r.Amount.Minor(r.Currency)
	if err != nil || r.Kind != kindRefund || r.Payment == "" {
		return wallet.Refund{RefundRef: ref}, cmp.Or(err, wire.ErrMalformed)
	}
	refund := wallet.Refund{RefundRef: ref, Status: refundStates[r.State], Amount: amount}
	if refund.Status == "" {
		refund.Code = wire.Clip(r.State)
	}
	return refund, nil
}
