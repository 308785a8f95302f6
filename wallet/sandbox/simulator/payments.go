package simulator

import (
	"time"
	"unique"
)

// create opens a payment, or returns the one that this request already opened.
func (p *Provider) create(req createRequest, now time.Time) (answer, []change) {
	money, refused := req.check()
	if refused != nil {
		return refused.answer(), nil
	}
	content := req.digest()
	if pay := p.books.Newest(req.RequestID); pay != nil {
		if pay.digest != content {
			return refuse("REQUEST_ID_REUSED", "the request id was used with other content").answer(), nil
		}
		if refused := p.refuseRepeat(createPath); refused != nil {
			return refused.answer(), nil
		}
		c := p.settle(pay, now)
		return p.opened(pay), []change{c}
	}
	if req.Method != "" && !p.offers(req.Method) {
		return refuse("UNKNOWN_METHOD", "the method is not offered").answer(), nil
	}
	if req.Agreement != "" {
		if refused := p.chargeable(req.Agreement, money, now); refused != nil {
			return refused.answer(), nil
		}
	}
	pay := &payment{
		number: uint32(p.books.Len()), status: pending, hold: req.Hold, digest: content,
		currency: money.Currency, amount: money.Minor, fee: money.Minor * p.cfg.FeePermille / 1000,
		created: now.UnixMilli(), updated: now.UnixMilli(), expires: req.ExpiresAt,
		request: req.RequestID, method: req.Method, returnTo: req.ReturnURL,
		notify: unique.Make(req.NotifyURL), more: &more{description: req.Description},
	}
	p.add(pay)
	if req.Agreement != "" {
		return p.charge(pay, now)
	}
	return p.opened(pay), []change{{payment: pay}}
}

// charge captures a new payment without prompting its payer.
func (p *Provider) charge(pay *payment, now time.Time) (answer, []change) {
	pay.pay(now)
	p.rename(pay)
	pay.charged, pay.was = true, 0
	return p.opened(pay), []change{{payment: pay, notice: p.noticePayment(pay, now)}}
}

// add files a payment under its number and request id.
func (p *Provider) add(pay *payment) {
	p.books.Add(pay, pay.request)
	p.remind(pay)
}

// remind schedules the payment's expiry and completion.
func (p *Provider) remind(pay *payment) {
	switch {
	case pay.status == processing:
		p.news.Remind(pay, time.UnixMilli(pay.completes))
	case pay.status == pending && pay.expires != 0:
		p.news.Remind(pay, time.UnixMilli(pay.expires))
	}
}

// opened returns the answer to create: the payment and where to pay, or what to choose.
func (p *Provider) opened(pay *payment) answer {
	out := pay.answer()
	switch {
	case pay.charged: // there is nothing for the payer to do
	case len(p.cfg.Methods) > 0 && pay.method == "":
		out.Methods = p.cfg.Methods
	default:
		out.PaymentURL = p.paymentURL(pay)
	}
	return ok(out)
}

func (p *Provider) offers(method string) bool {
	for _, m := range p.cfg.Methods {
		if m.ID == method {
			return true
		}
	}
	return len(p.cfg.Methods) == 0
}

// choose sets the payer's method while the payment is open.
func (p *Provider) choose(pay *payment, req chooseRequest, now time.Time) (answer, []change) {
	settled := p.settle(pay, now)
	switch {
	case req.Method == "" || !p.offers(req.Method):
		return refuse("UNKNOWN_METHOD", "the method is not offered").answer(), []change{settled}
	case !pay.status.open():
		return refuse("INVALID_STATE", "the payment is "+pay.status.String()).answer(), []change{settled}
	}
	pay.method = req.Method
	return p.opened(pay), []change{settled, {payment: pay}}
}

// query returns how a payment stands.
func (p *Provider) query(pay *payment, _ paymentRequest, now time.Time) (answer, []change) {
	settled := p.settle(pay, now)
	pay = p.seen(pay, now)
	if pay == nil {
		return refuse("NOT_FOUND", "there is no such payment").answer(), []change{settled}
	}
	return ok(pay.answer()), []change{settled}
}

// seen returns the payment as a query shows it: as it stands, or, where an injected fault says
// so, as it was before its last change. Before a second charge there was the first.
func (p *Provider) seen(pay *payment, now time.Time) *payment {
	if !p.faults.Lags(queryPath, time.UnixMilli(pay.updated), now) {
		return pay
	}
	if pay.was == 0 {
		return p.books.Before(pay, pay.request)
	}
	return pay.before()
}

// refuseRepeat returns the refusal of a request that was executed before; nil unless a fault is
// injected.
func (p *Provider) refuseRepeat(path string) *refusal {
	if !p.faults.Happens(RefuseRepeat, path) {
		return nil
	}
	return refuse(p.faults.Pick("AMOUNT_EXCEEDED", "INVALID_STATE", "BALANCE_NOT_ENOUGH", "RISK_REJECTED"), "the request was refused")
}

// cancel closes an unpaid payment and returns how it stands.
func (p *Provider) cancel(pay *payment, _ paymentRequest, now time.Time) (answer, []change) {
	changes := []change{p.settle(pay, now)}
	switch open := pay.status == pending || pay.status == processing; {
	case open && p.faults.Happens(RefuseCancel, cancelPath):
		return refuse("INVALID_STATE", "the payment cannot be canceled").answer(), changes
	case open:
		pay.set(canceled, "CANCELED_BY_MERCHANT", now)
		changes = append(changes, change{payment: pay, notice: p.noticePayment(pay, now)})
	case pay.reversible() > 0 && p.faults.Happens(CancelReverses, cancelPath):
		changes = append(changes, p.reverse(pay, "CANCELED_BY_MERCHANT", now))
	}
	return ok(pay.answer()), changes
}

// capture takes held money, once, wholly or in part.
func (p *Provider) capture(pay *payment, req captureRequest, now time.Time) (answer, []change) {
	money, refused := req.Amount.positive()
	if refused != nil {
		return refused.answer(), nil
	}
	if money.Currency != pay.currency || money.Minor > pay.amount {
		return refuse("AMOUNT_EXCEEDED", "more than was authorized").answer(), nil
	}
	return p.end(pay, capturePath, move{req.CaptureRequestID, money.Minor}, now)
}

// void releases held money.
func (p *Provider) void(pay *payment, req voidRequest, now time.Time) (answer, []change) {
	return p.end(pay, voidPath, move{Request: req.VoidRequestID}, now)
}

// end applies the one capture or void that ends an authorization; a repeat of it changes
// nothing.
func (p *Provider) end(pay *payment, path string, m move, now time.Time) (answer, []change) {
	if m.Request == "" {
		return refuse("INVALID_REQUEST", "the request id is missing").answer(), nil
	}
	if before := pay.ending(); before != nil && before.Request == m.Request {
		if *before != m {
			return refuse("REQUEST_ID_REUSED", "the request id was used with other content").answer(), nil
		}
		if refused := p.refuseRepeat(path); refused != nil {
			return refused.answer(), nil
		}
		return ok(pay.answer()), nil
	}
	settled := p.settle(pay, now)
	if pay.status != authorized {
		return refuse("INVALID_STATE", "the payment is "+pay.status.String()).answer(), []change{settled}
	}
	pay.extra().moved = &m
	if m.Amount > 0 {
		pay.set(paid, "", now)
	} else {
		pay.set(voided, "", now)
	}
	pay.captured = m.Amount
	return ok(pay.answer()), []change{settled, {payment: pay, notice: p.noticePayment(pay, now)}}
}

func (p *payment) ending() *move {
	if p.more == nil {
		return nil
	}
	return p.more.moved
}
