package simulator

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Values that receivers cannot represent, or do not know.
const (
	hugeAmount  = "9223372036854775808" // one more than an int64 holds
	unknownWord = "UNDER_REVIEW"        // a status that is not documented
)

// hugeTime is the first noon that has no four digits for its year.
var hugeTime = time.Date(10000, 1, 1, 12, 0, 0, 0, time.UTC)

// distortReply returns an inquiry's answer, altered as the injected faults say.
func (p *Provider) distortReply(e endpoint, r *reply) *reply {
	if e != inquiryPayment && e != inquiryRefund || r.Result == nil || r.Result.Status != statusDone {
		return r
	}
	fault := p.distortion(string(e), r.PaymentStatus == "SUCCESS" || r.PaymentResult.done())
	if fault == "" {
		return r
	}
	out := *r
	out.PaymentAmount, out.RefundAmount = r.PaymentAmount.reported(fault), r.RefundAmount.reported(fault)
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

// distortNews returns a notification of a payment or refund, altered as the injected faults say.
func (p *Provider) distortNews(n news) news {
	ofRefund := n.RefundID != ""
	if !ofRefund && n.PaymentAmount == nil {
		return n
	}
	fault := p.distortion(Notify, !ofRefund && (n.PaymentStatus == "SUCCESS" || n.PaymentResult.done() || n.Result.done()))
	n.PaymentAmount, n.RefundAmount = n.PaymentAmount.reported(fault), n.RefundAmount.reported(fault)
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

// distortion returns the fault of a report, of a paid payment or of another one.
func (p *Provider) distortion(to string, paid bool) Fault {
	return p.faults.Draw(to, func(r Rule) bool { return paid || r.Fault != AmountMissing }, reportFaults...).Fault
}

// done reports whether a result is about a paid payment.
func (r *result) done() bool { return r != nil && r.Status == statusDone }

// unknown returns a result with a letter that is not documented.
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

// reported returns an amount as altered by a fault.
func (a *amount) reported(fault Fault) *amount {
	switch {
	case a == nil || fault == AmountMissing:
		return nil
	case fault == AmountHuge:
		return &amount{a.Currency, jsontext.Value(strconv.Quote(hugeAmount))}
	}
	return a
}
