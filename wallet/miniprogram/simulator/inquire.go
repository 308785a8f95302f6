package simulator

import "time"

// inquire says how a payment stands. The result speaks about the question, the payment
// about itself.
func (p *Provider) inquire(n node, now time.Time) *reply {
	pay, refused := p.named(n, now)
	if refused != nil {
		return refused.reply()
	}
	if pay = p.seen(pay, now); pay == nil {
		return noOrder().reply()
	}
	out := &reply{
		Result: success(), PaymentID: pay.id, PaymentRequestID: pay.request, PaymentAmount: amountOf(pay.amount),
		PaymentCreateTime: p.profile.stamp(pay.created), AuthExpiryTime: p.authExpiry(pay),
		Transactions: p.transactions(pay),
	}
	if pay.status == paid || pay.status == authorized {
		out.PaymentTime = p.profile.stamp(pay.decided)
	}
	if p.profile.inquiryByResult {
		out.PaymentResult = outcomeOf(pay)
		return out
	}
	out.PaymentStatus, out.PaymentFailReason = p.statusWord(pay), pay.reason
	if p.profile.notifyType {
		judged := outcomeOf(pay)
		out.PaymentResultCode, out.PaymentResultMessage = judged.Code, judged.Message
	}
	return out
}

// seen is the payment as an inquiry sees it: as it stands, or, where the switches say so,
// as it was before its last change. Before a second charge there was the first.
func (p *Provider) seen(pay *payment, now time.Time) *payment {
	if !p.faults.Lags(string(inquiryPayment), pay.changed, now) {
		return pay
	}
	if pay.was == 0 {
		return p.books.Before(pay, pay.request)
	}
	return pay.before()
}

// statusWord is a payment's status in the wallet's words.
func (p *Provider) statusWord(pay *payment) string {
	switch pay.status {
	case pending:
		return "PROCESSING"
	case processing:
		return p.profile.processing
	case authorized:
		return "AUTH_SUCCESS"
	case paid:
		return "SUCCESS"
	case canceled, voided:
		return p.profile.canceled
	}
	return "FAIL"
}

// outcomeOf is a payment's status as a result.
func outcomeOf(pay *payment) *result {
	switch pay.status {
	case paid, authorized:
		return success()
	case pending, processing:
		return unknownResult("PAYMENT_IN_PROCESS", "the payment is not finished")
	case canceled, voided:
		return wrongState(pay)
	}
	return refuse(pay.code, pay.reason)
}

// transactions are a payment's movements. Only superqi documents them; without them no
// answer would say how much of held money was captured.
func (p *Provider) transactions(pay *payment) []transaction {
	var all []transaction
	for _, m := range pay.movements {
		all = append(all, transaction{m.id, m.kind, "SUCCESS", amountOf(pay.in(m.amount)), p.profile.stamp(m.at)})
	}
	return all
}
