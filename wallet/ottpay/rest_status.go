package ottpay

import (
	"context"
	"errors"
	"fmt"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

const (
	pathStatus      = "/api/v1/payment/status-query"
	pathByReference = "/api/v1/payment/status-query-by-reference"
	pathReverse     = "/api/v1/payment/local-card/reverse"
)

// standing is a payment in the answer to a status query.
type standing struct {
	wallet.Payment
	refunded wallet.Money
	all      bool // its state says that all of it was refunded
	part     bool // its state says that a part of it was
	card     bool // it was found by a reference, which only cards have
}

// refundedAll reports whether a payment's state proves that a refund in the refunded sum was made,
// and is not only in progress: all was refunded, or some was, and no other refund can be meant.
func (s *standing) refundedAll(books wallet.RefundBooks) bool {
	return s.all || s.part && books.Refunded.Minor == 0 && books.Open.Minor == 0
}

// QueryPayment sends a status query, by the provider's id or else by our reference. That
// nothing is found by reference proves nothing, unless the account finds wallet payments so.
//
// Faults: NotFound; Unavailable; Unknown.
func (r *REST) QueryPayment(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	got, err := r.status(ctx, "ottpay.QueryPayment", ref)
	return got.Payment, err
}

func (r *REST) status(ctx context.Context, op string, ref wallet.Ref) (standing, error) {
	path, body := pathStatus, wire.NewObject().Text("paymentId", ref.PaymentID)
	if ref.PaymentID == "" {
		path, body = pathByReference, wire.NewObject().Text("reference", ref.RequestID)
	}
	result, err := r.call(ctx, op, path, body.End())
	if err != nil {
		return standing{}, r.unanswered(op, ref, err)
	}
	got, err := r.standingOf(result, ref)
	if err != nil {
		return standing{}, wire.Unknown(op, err)
	}
	return got, nil
}

// unanswered returns the meaning of a refused query.
func (r *REST) unanswered(op string, ref wallet.Ref, err error) error {
	switch {
	case errors.Is(err, fault.NotFound) && ref.PaymentID == "" && r.remarkIsReference:
		return err
	case errors.Is(err, fault.NotFound) && ref.PaymentID == "":
		return unknown(op, "The wallet finds nothing by reference, which does not say that there is nothing.")
	}
	return wire.Reclassify(err, fault.Unknown, fault.NotFound, fault.Declined, fault.Invalid, fault.Conflict)
}

// standingOf reads the result of a status query.
func (r *REST) standingOf(result object, ref wallet.Ref) (got standing, err error) {
	id, reference := result.text("paymentId"), result.text("reference")
	switch {
	case id == "" || isOperationID(id) || !wire.ValidIDs(id):
		return got, fmt.Errorf("%w: paymentId", wire.ErrMalformed)
	case ref.PaymentID != "" && id != ref.PaymentID:
		return got, fmt.Errorf("%w: paymentId", wire.ErrMalformed)
	case reference != "" && ref.RequestID != "" && reference != ref.RequestID:
		return got, fmt.Errorf("%w: reference", wire.ErrMalformed)
	}
	got.Payment = wallet.Payment{Ref: wallet.Ref{RequestID: ref.RequestID, PaymentID: id}}
	got.card = reference != "" && reference == ref.RequestID
	got.Status, got.Code = restStatus(result)
	got.all, got.part = restRefunded(result)
	if got.refunded, err = r.cents(result, "refundAmount"); err != nil {
		return got, err
	}
	if got.Settled, err = r.cents(result, "receiptAmount"); err != nil {
		return got, err
	}
	if got.Amount, err = r.cents(result, "totalAmount"); err != nil {
		return got, err
	}
	payed, err := r.cents(result, "payAmount")
	if more := payed.Minor - got.Amount.Minor; more > 0 && got.Amount.Positive() {
		got.Fees = []wallet.Fee{{Type: "surcharge", Amount: wallet.Money{Minor: more, Currency: r.currency}}}
	}
	return got, err
}

// restStatus reads the state code. Without one the word counts, which is ambiguous: the queried
// id is a payment's, so the word is about the payment.
func restStatus(result object) (wallet.Status, string) {
	code, word := result.text("stateCode"), result.text("paymentStatus")
	if code == "" {
		return stateWords[normal(word)], wire.Clip(word)
	}
	return stateCodes[code], wire.Clip(code)
}

// restRefunded returns how much of a payment its state says was refunded.
func restRefunded(result object) (all, part bool) {
	switch word := normal(result.text("paymentStatus")); result.text("stateCode") {
	case "P00004":
		return true, false
	case "P00005":
		return false, true
	case "":
		return word == "FULLYREFUNDED", word == "PARTIALREFUNDED" || word == "PARTIALREFUND"
	}
	return false, false
}

// stateCodes are those of payments. P00012 to P00014 are of refunds, P00015 to P00017 of voids:
// they say nothing about a payment.
var stateCodes = map[string]wallet.Status{
	"P00001": wallet.Pending, "P00002": wallet.Authorized, "P00003": wallet.Paid, "P00004": wallet.Paid, "P00005": wallet.Paid,
	"P00006": wallet.Failed, "P00007": wallet.Voided, "P00008": wallet.Failed, "P00009": wallet.Voided, "P00010": wallet.Expired,
	"P00011": wallet.Failed,
}

var stateWords = map[string]wallet.Status{
	"INIT": wallet.Pending, "AUTHORIZED": wallet.Authorized, "AUTHORISED": wallet.Authorized, "SUCCESS": wallet.Paid,
	"CAPTURED": wallet.Paid, "FULLYREFUNDED": wallet.Paid, "PARTIALREFUNDED": wallet.Paid, "PARTIALREFUND": wallet.Paid,
	"ORDERCLOSED": wallet.Failed, "FULLYREVERSAL": wallet.Voided,
}

// Void releases the authorization of a card. The documented answers contradict each other, so
// the query after it decides.
//
// Faults: Conflict when nothing is held; Unavailable; Unknown.
func (r *REST) Void(ctx context.Context, req wallet.VoidRequest) (wallet.Payment, error) {
	const op = "ottpay.Void"
	before, err := r.status(ctx, op, req.Payment)
	switch {
	case err != nil:
		return wallet.Payment{}, wire.Reclassify(err, fault.Unavailable, fault.Unknown, fault.NotFound) // no refund was requested
	case before.Status == wallet.Voided || before.Status == wallet.Paid:
		return before.Payment, nil
	case before.Status != wallet.Authorized:
		return wallet.Payment{}, fault.New(fault.Conflict, op, "The payment holds no money.")
	}
	_, err = r.call(ctx, op, pathReverse, wire.NewObject().Text("paymentId", before.PaymentID).End())
	if err != nil && !errors.Is(err, fault.Conflict) {
		return wallet.Payment{}, wire.Reclassify(err, fault.Declined, fault.NotFound)
	}
	after, err := r.status(ctx, op, before.Ref)
	return after.Payment, wire.Reclassify(err, fault.Unknown, fault.Unavailable)
}
