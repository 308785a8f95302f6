package simulator

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// What no receiver can represent, or knows.
const (
	hugeAmount  = "9223372036854775808" // one more than an int64 holds
	unknownWord = "UNDER_REVIEW"        // no status of any document
)

// hugeTime is the first noon that has no four digits for its year.
var hugeTime = time.Date(10000, 1, 1, 12, 0, 0, 0, time.UTC)

// toldBy is an inquiry's answer as the switches have it told.
func (p *Provider) toldBy(e endpoint, r *reply) *reply {
	if e != inquiryPayment && e != inquiryRefund || r.Result == nil || r.Result.Status != statusDone {
		return r
	}
	fault := p.distortion(string(e), r.PaymentStatus == "SUCCESS" || r.PaymentResult.done())
	if fault == "" {
		return r
	}
	out := *r
	out.PaymentAmount, out.RefundAmount = r.PaymentAmount.told(fault), r.RefundAmount.told(fault)
	switch {
	case fault == TimeHuge && e == inquiryRefund:
		out.RefundTime = p.profile.stamp(hugeTime)
	case fault == TimeHuge:
		out.PaymentTime = p.profile.stamp(hugeTime)
	case fault == UnknownStatus:
		out.PaymentStatus, out.RefundStatus = unknown(r.PaymentStatus), unknown(r.RefundStatus)
		out.PaymentResult = r.PaymentResult.unknown()
	}
	return &out
}

// toldIn is news of a payment or refund as the switches have it told.
func (p *Provider) toldIn(n news) news {
	ofRefund := n.RefundID != ""
	if !ofRefund && n.PaymentAmount == nil {
		return n
	}
	fault := p.distortion(Notify, !ofRefund && (n.PaymentStatus == "SUCCESS" || n.PaymentResult.done() || n.Result.done()))
	n.PaymentAmount, n.RefundAmount = n.PaymentAmount.told(fault), n.RefundAmount.told(fault)
	switch {
	case fault == TimeHuge && ofRefund:
		n.RefundTime = p.profile.stamp(hugeTime)
	case fault == TimeHuge:
		n.PaymentTime = p.profile.stamp(hugeTime)
	case fault == UnknownStatus:
		n.PaymentStatus, n.RefundStatus = unknown(n.PaymentStatus), unknown(n.RefundStatus)
		n.PaymentResult, n.Result = n.PaymentResult.unknown(), n.Result.unknown()
	}
	return n
}

// distortion is the fault of what is told, of a paid payment or of another thing.
func (p *Provider) distortion(to string, paid bool) Fault {
	return p.faults.Draw(to, func(r Rule) bool { return paid || r.Fault != AmountMissing }, toldFaults...).Fault
}

// done says that a result speaks of a payment that is paid.
func (r *result) done() bool { return r != nil && r.Status == statusDone }

// unknown is a result with a letter that no document has.
func (r *result) unknown() *result {
	if r == nil {
		return nil
	}
	return &result{"PAYMENT_" + unknownWord, "P", "the payment is under review"}
}

func unknown(word string) string {
	if word == "" {
		return ""
	}
	return unknownWord
}

// told is an amount as a fault of what is told has it.
func (a *amount) told(fault Fault) *amount {
	switch {
	case a == nil || fault == AmountMissing:
		return nil
	case fault == AmountHuge:
		return &amount{a.Currency, jsontext.Value(strconv.Quote(hugeAmount))}
	}
	return a
}
