package simulator

import (
	"strings"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// state returns a payment's paymentStatus and stateCode.
func (pay *payment) state() (word, code string) {
	switch pay.status {
	case authorized:
		return "authorized", "P00002"
	case paid:
		switch {
		case pay.refunded >= pay.amount:
			return "fully_refunded", "P00004"
		case pay.refunded > 0:
			return "partial_refunded", "P00005"
		}
		return "success", "P00003"
	case failed:
		return "orderclosed", "P00008"
	case expired:
		return "orderclosed", "P00010"
	case voided:
		return "orderclosed", "P00007"
	}
	return "init", "P00001"
}

// byID answers a status query.
func (p *Provider) byID(id string, now time.Time) result {
	if strings.HasPrefix(id, "REF") {
		return p.refundState(id)
	}
	pay := p.books.ByID(id)
	if pay == nil || !pay.rest {
		return fails(20019)
	}
	return p.stands(pay, pathStatus, now)
}

// byReference finds cards, and wallet payments where the account's remarks are references: the
// paid one, else the newest.
func (p *Provider) byReference(reference string, now time.Time) result {
	var found *payment
	for _, pay := range p.books.Charges(reference) {
		if pay.rest && (pay.card || p.cfg.RemarkIsReference) && (found == nil || found.status != paid) {
			found = pay
		}
	}
	if found == nil {
		return fails(20019)
	}
	return p.stands(found, pathByReference, now)
}

func (p *Provider) stands(pay *payment, endpoint string, now time.Time) result {
	p.settle(pay, now)
	pay = p.lagging(pay, endpoint, now)
	word, code := pay.state()
	if p.faults.Happens(provider.UnknownStatus, endpoint) {
		word, code = "weather", "P00099"
	}
	m := message{}.with("paymentId", text(pay.id)).with("totalAmount", p.amount(endpoint, pay.amount).asText()).
		with("receiptAmount", number(pay.amount).asText()).with("payAmount", number(pay.charged()).asText()).
		with("refundAmount", number(p.refundedReported(pay)).asText()).with("paymentStatus", text(word)).with("stateCode", text(code)).
		with("tradeTime", text(pay.changed.Format("Jan 2, 2006 3:04:05 PM")))
	if pay.card {
		m = m.with("reference", text(pay.request))
	}
	return result{members: m}
}

// refundState answers a status query by the id of a refund.
func (p *Provider) refundState(id string) result {
	r := p.refunds.ByID(id)
	if r == nil || !p.cfg.RefundIDsAnswered {
		return fails(20019)
	}
	word, code := refundWord(r.status), map[status]string{open: "P00013", paid: "P00012", failed: "P00014"}[r.status]
	return result{members: message{}.with("paymentId", text(r.id)).with("totalAmount", number(r.payment.amount).asText()).
		with("refundAmount", number(r.amount).asText()).with("paymentStatus", text(word)).with("stateCode", text(code))}
}

func refundWord(s status) string {
	return map[status]string{open: "processing", paid: "success", failed: "failure"}[s]
}

// refundPart refunds, another time for each call. Each path has its own kind of payments.
func (p *Provider) refundPart(data map[string]any, card bool, now time.Time) result {
	pay := p.books.ByID(member(data, "oriPaymentId"))
	amount, ok := cents(member(data, "refundAmount"))
	if pay == nil || !pay.rest || pay.card != card {
		return fails(20019)
	}
	p.settle(pay, now)
	switch {
	case !ok:
		return fails(10005)
	case pay.status != paid:
		return fails(20009)
	case pay.left() == 0:
		return fails(20041)
	case amount > pay.left():
		return fails(20014)
	}
	r := p.give(pay, "", amount, now)
	m := message{}.with("refundId", text(r.id)).with("refundAmount", number(amount).asText()).with("refundStatus", text(refundWord(r.status))).
		with("tradeTime", text(now.Format("Jan 2, 2006 3:04:05 PM"))).with("exchangeRate", text("5.057030"))
	return result{members: m}
}

// reverse voids a card's authorization.
func (p *Provider) reverse(id string, now time.Time) result {
	pay := p.books.ByID(id)
	switch {
	case pay == nil || !pay.card:
		return fails(20019)
	case pay.status == paid:
		return fails(20020)
	case pay.status != authorized:
		return fails(20003)
	}
	pay.turn(voided, now)
	p.serial++
	return result{members: message{}.with("reverseId", text("VOID"+newID(now, p.serial))).with("paymentStatus", text("cancelled"))}
}
