package simulator

import (
	"fmt"
	"time"
	"unique"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// ErrNoRefund says that no refund of this request ID waits for a decision.
var ErrNoRefund = provider.ErrNoRefund

// refund returns captured money, or finds the refund that this request already made.
func (p *Provider) refund(req refundRequest, now time.Time) (answer, []change) {
	if req.RefundRequestID == "" || len(req.RefundRequestID) > maxRequestID {
		return refuse("INVALID_REQUEST", "refundRequestId must have 1 to 64 characters").answer(), nil
	}
	if req.NotifyURL != "" && !usableURL(req.NotifyURL) {
		return refuse("INVALID_REQUEST", "notifyUrl must be an http or https URL").answer(), nil
	}
	money, refused := req.Amount.positive()
	if refused != nil {
		return refused.answer(), nil
	}
	pay, refused := p.paymentOf(req.paymentRequest)
	if refused != nil {
		return refused.answer(), nil
	}
	if r := p.refunds.Newest(req.RefundRequestID); r != nil {
		if !r.payment.refersTo(req.paymentRequest) || r.amount != money.Minor || pay.currency != money.Currency {
			return refuse("REQUEST_ID_REUSED", "the request id was used with other content").answer(), nil
		}
		if refused := p.refuseRepeat(refundPath); refused != nil {
			return refused.answer(), nil
		}
		return ok(r.json()), nil
	}
	if pay.status != paid {
		return refuse("INVALID_STATE", "the payment is "+pay.status.String()).answer(), nil
	}
	if money.Currency != pay.currency || money.Minor > pay.refundable() {
		return refuse("AMOUNT_EXCEEDED", "more than is left of what was captured").answer(), nil
	}
	return p.openRefund(pay, req, money.Minor, now)
}

// refersTo reports whether a repeated request means this payment, though another charge may have
// become the newest under its request ID since.
func (p *payment) refersTo(req paymentRequest) bool {
	return (req.RequestID == "" || req.RequestID == p.request) &&
		(req.PaymentID == "" || req.PaymentID == p.id() || req.PaymentID == p.firstID())
}

func (p *Provider) openRefund(pay *payment, req refundRequest, amount int64, now time.Time) (answer, []change) {
	r := &refund{
		number: uint32(p.refunds.Len()), status: refundWaiting, payment: pay,
		request: req.RefundRequestID, amount: amount, updated: now.UnixMilli(), notify: pay.notify,
	}
	if req.NotifyURL != "" {
		r.notify = unique.Make(req.NotifyURL)
	}
	p.refunds.Add(r, r.request)
	pay.refunding += amount
	if p.cfg.ManualRefunds {
		return ok(r.json()), []change{{payment: pay, refund: r}}
	}
	c := p.decide(r, true, now)
	r.was = 0 // it did not exist
	return ok(r.json()), []change{c}
}

// decide ends a waiting refund.
func (p *Provider) decide(r *refund, approve bool, now time.Time) change {
	r.payment.refunding -= r.amount
	r.was = r.status
	r.status, r.code, r.updated = refundFailed, "REJECTED", now.UnixMilli()
	if approve {
		r.payment.refunded += r.amount
		r.status, r.code = refundSucceeded, ""
	}
	return change{payment: r.payment, refund: r, notice: p.noticeRefund(r, now)}
}

// queryRefund returns how a refund stands that is named by either of its ids, or by both.
func (p *Provider) queryRefund(req refundQuery, now time.Time) (answer, []change) {
	r := p.refunds.Newest(req.RefundRequestID)
	if req.RefundRequestID == "" {
		r = p.refundNamed(req.RefundID)
	}
	if r != nil && p.faults.Lags(queryRefundPath, time.UnixMilli(r.updated), now) {
		r = r.before()
	}
	if r == nil || req.RefundID != "" && req.RefundID != r.id() {
		return refuse("NOT_FOUND", "there is no such refund").answer(), nil
	}
	return ok(r.json()), nil
}

func (p *Provider) refundNamed(id string) *refund {
	n, ok := numberOf(refundPrefix, id)
	if !ok || int(n) >= p.refunds.Len() {
		return nil
	}
	return p.refunds.At(int(n))
}

// before returns the refund as it was before its last change; nil when it did not exist.
func (r *refund) before() *refund {
	if r.was == 0 {
		return nil
	}
	older := *r
	older.status, older.code = r.was, ""
	return &older
}

// DecideRefund ends a refund that waits because of Config.ManualRefunds: its money is returned
// to the payer, or no money moves.
func (p *Provider) DecideRefund(requestID string, approve bool) error {
	found, err := locked(p, func(now time.Time) (bool, []change) {
		r := p.refunds.Newest(requestID)
		if r == nil || r.status != refundWaiting {
			return false, nil
		}
		return true, []change{p.decide(r, approve, now)}
	})
	if err == nil && !found {
		return fmt.Errorf("%w: %s", ErrNoRefund, requestID)
	}
	return err
}
