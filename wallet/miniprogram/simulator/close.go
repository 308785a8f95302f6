package simulator

import "time"

// cancelWindow is how long a paid payment can be canceled.
const cancelWindow = 24 * time.Hour

// cancel closes an open payment, voids an authorization, and refunds what was paid. A repeat
// answers the same. Nothing is notified, unless a fault reverses what was paid.
func (p *Provider) cancel(n node, now time.Time) *reply {
	pay, refused := p.named(n, now)
	if refused != nil {
		return refused.reply()
	}
	switch {
	case pay.status.unpaid() && p.faults.Happens(RefuseCancel, string(cancelPayment)):
		return wrongState(pay).reply()
	case pay.reversible() > 0 && p.faults.Happens(CancelReverses, string(cancelPayment)):
		p.reverse(pay, "CANCEL", now)
	case pay.status != canceled:
		if refused := p.cancelable(pay, now); refused != nil {
			return refused.reply()
		}
		if pay.captured > 0 {
			pay.returned = pay.captured
			pay.move(movement{p.newID(now), "CANCEL", "", pay.captured, now})
		}
		pay.turn(canceled, now)
		pay.closed = now
	}
	return &reply{
		Result: success(), PaymentID: pay.id, PaymentRequestID: pay.request, CancelTime: p.profile.stamp(pay.closed),
	}
}

func (p *Provider) cancelable(pay *payment, now time.Time) *result {
	switch {
	case pay.captured > 0 && now.Sub(pay.created) > cancelWindow:
		return refuse("CANCEL_WINDOW_EXCEED", "the payment is too old")
	case pay.status == failed, pay.status == expired, pay.status == voided:
		return wrongState(pay)
	case pay.captured > 0 && p.profile.keepsPaid, len(pay.refunds) > 0:
		return wrongState(pay)
	}
	return nil
}

// capture takes held money, in parts where the wallet allows it; the last capture releases the
// rest.
func (p *Provider) capture(n node, now time.Time) *reply {
	pay, refused := p.named(n, now)
	if refused != nil {
		return refused.reply()
	}
	request, wanted := n.str("captureRequestId"), n.moneyAt("captureAmount")
	left := pay.amount.Minor - pay.captured
	given := n.at("captureAmount").present()
	if done := pay.movementOf("CAPTURE", request); done != nil {
		if given && wanted != pay.in(done.amount) {
			return inconsistent().reply()
		}
		if refused := p.refuseRepeat(capturePayment, "PAYMENT_AMOUNT_EXCEED_LIMIT", "USER_BALANCE_NOT_ENOUGH"); refused != nil {
			return refused.reply()
		}
		return p.capturedReply(pay, done)
	}
	if !given {
		wanted = pay.in(left)
	}
	switch {
	case pay.status != authorized:
		return wrongState(pay).reply()
	case wanted.Currency != pay.amount.Currency:
		return illegal("captureAmount", "must be in the payment's currency").reply()
	case wanted.Minor > left:
		return refuse("PAYMENT_AMOUNT_EXCEED_LIMIT", "captureAmount is more than is held").reply()
	}
	pay.turn(authorized, now)
	pay.captured += wanted.Minor
	pay.move(movement{p.newID(now), "CAPTURE", request, wanted.Minor, now})
	if p.profile.oneCapture || pay.captured == pay.amount.Minor || lastCapture(n) {
		pay.status = paid
	}
	return p.capturedReply(pay, pay.movementOf("CAPTURE", request))
}

// lastCapture is true when the request does not say.
func lastCapture(n node) bool {
	return !n.at("isLastCapture").present() || n.boolean("isLastCapture")
}

func (p *Provider) capturedReply(pay *payment, m *movement) *reply {
	return &reply{
		Result: success(), PaymentID: pay.id, CaptureID: m.id,
		CaptureAmount: amountOf(pay.in(m.amount)), CaptureTime: p.profile.stamp(m.at),
	}
}

// void releases held money, or what captures have left of it.
func (p *Provider) void(n node, now time.Time) *reply {
	pay, refused := p.named(n, now)
	if refused != nil {
		return refused.reply()
	}
	request := n.str("voidRequestId")
	if pay.movementOf("VOID", request) != nil {
		if refused := p.refuseRepeat(voidPayment, "PAYMENT_AMOUNT_EXCEED_LIMIT", "PROCESS_FAIL"); refused != nil {
			return refused.reply()
		}
	} else {
		if pay.status != authorized {
			return wrongState(pay).reply()
		}
		p.release(pay, request, now)
		p.notifyVoid(pay, request)
	}
	done := pay.movementOf("VOID", request)
	return &reply{Result: success(), PaymentID: pay.id, VoidID: done.id, VoidTime: p.profile.stamp(done.at)}
}
