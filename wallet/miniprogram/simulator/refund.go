package simulator

import (
	"fmt"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// ErrNoRefund says that no refund of this request id waits for a decision.
var ErrNoRefund = provider.ErrNoRefund

// refundWindow is how long a payment can be refunded.
const refundWindow = 365 * 24 * time.Hour

type refund struct {
	id, request string
	payment     *payment
	amount      int64
	status      string // PROCESSING, SUCCESS or FAIL
	was         string // before its last change; empty: it did not exist
	reason      string
	failReason  string
	notifyURL   string
	at          time.Time
}

// refund refunds captured money, in parts until nothing is left of it.
func (p *Provider) refund(n node, now time.Time) *reply {
	pay, refused := p.named(n, now)
	if refused != nil {
		return refused.reply()
	}
	request, wanted := n.str("refundRequestId"), n.moneyAt("refundAmount")
	if known := p.refunds.Newest(request); known != nil {
		if !known.payment.refersTo(n) || wanted != pay.in(known.amount) {
			return inconsistent().reply()
		}
		if refused := p.refuseRepeat(refundPayment, "REFUND_AMOUNT_EXCEED", "PARTNER_BALANCE_NOT_ENOUGH"); refused != nil {
			return refused.reply()
		}
		return p.refunded(known)
	}
	switch {
	case pay.status != paid:
		return wrongState(pay).reply()
	case now.Sub(pay.created) > refundWindow:
		return refuse("REFUND_WINDOW_EXCEED", "the payment is too old").reply()
	case wanted.Currency != pay.amount.Currency:
		return refuse("CURRENCY_NOT_SUPPORT", "refundAmount must be in the payment's currency").reply()
	case wanted.Minor > pay.refundable():
		return refuse("REFUND_AMOUNT_EXCEED", "refundAmount is more than is left").reply()
	}
	r := &refund{
		id: p.newID(now), request: request, payment: pay, amount: wanted.Minor, status: "PROCESSING",
		reason: n.str("refundReason"), notifyURL: n.str("refundNotifyUrl"), at: now,
	}
	p.refunds.Add(r, r.request, r.id)
	pay.refunds = append(pay.refunds, r)
	pay.refunding += r.amount
	if !p.cfg.AsyncRefunds {
		p.decide(r, true, now)
		r.was = "" // it did not exist
	}
	return p.refunded(r)
}

// decide ends a waiting refund.
func (p *Provider) decide(r *refund, approve bool, now time.Time) {
	r.payment.refunding -= r.amount
	r.was, r.status, r.at = r.status, "FAIL", now
	if approve {
		r.status = "SUCCESS"
		r.payment.returned += r.amount
		r.payment.move(movement{r.id, "REFUND", r.request, r.amount, now})
	} else {
		r.failReason = "the refund was rejected"
	}
	p.notifyRefund(r)
}

// refunded answers refund.
func (p *Provider) refunded(r *refund) *reply {
	out := &reply{RefundID: r.id, PaymentID: r.payment.id, RefundAmount: amountOf(r.payment.in(r.amount))}
	switch r.status {
	case "SUCCESS":
		out.Result, out.RefundTime = success(), p.profile.stamp(r.at)
	case "FAIL":
		return refuse("PROCESS_FAIL", r.failReason).reply()
	default:
		out.Result = unknownResult("REFUND_IN_PROCESS", "the refund is not finished")
	}
	return out
}

// refersTo reports whether a repeated call means this payment, though another charge may have
// become the newest under its request ID since.
func (p *payment) refersTo(n node) bool {
	if id := n.str("paymentId"); id != "" {
		return id == p.id || id == p.firstID
	}
	return n.str("paymentRequestId") == p.request
}

func (p *Provider) inquireRefund(n node, now time.Time) *reply {
	r := p.refundNamed(n)
	if r != nil && p.faults.Lags(string(inquiryRefund), r.at, now) {
		r = r.before()
	}
	if r == nil {
		return noOrder().reply()
	}
	out := &reply{
		Result: success(), RefundID: r.id, PaymentID: r.payment.id, RefundStatus: r.status,
		RefundAmount: amountOf(r.payment.in(r.amount)), RefundReason: r.reason, RefundFailReason: r.failReason,
	}
	if r.status == "SUCCESS" {
		out.RefundTime = p.profile.stamp(r.at)
	}
	return out
}

// before returns the refund as it was before its last change; nil when it did not exist.
func (r *refund) before() *refund {
	if r.was == "" {
		return nil
	}
	older := *r
	older.status, older.failReason = r.was, ""
	return &older
}

func (p *Provider) refundNamed(n node) *refund {
	if refundID := n.str("refundId"); refundID != "" {
		return p.refunds.ByID(refundID)
	}
	return p.refunds.Newest(n.str("refundRequestId"))
}

// DecideRefund ends a refund that waits because of Config.AsyncRefunds.
func (p *Provider) DecideRefund(refundRequestID string, approve bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.refunds.Newest(refundRequestID)
	if r == nil || r.status != "PROCESSING" {
		return fmt.Errorf("%w: %s", ErrNoRefund, refundRequestID)
	}
	p.decide(r, approve, p.cfg.Now())
	return nil
}
