package simulator

import (
	"cmp"
	"strconv"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// checkoutWords are the words of PREPAY_QUERY.
func checkoutWord(s status) string {
	switch s {
	case open, processing:
		return "PROCESSING"
	case paid, authorized:
		return "SUCCESS"
	}
	return "ORDERCLOSE"
}

// checkoutStatus answers PREPAY_QUERY. It has the provider's id once a method is chosen.
func (p *Provider) checkoutStatus(id string, now time.Time) answer {
	pay := p.books.Newest(id)
	if pay == nil || pay.action != prepayInit {
		return refuse("FAIL", "there is no such order")
	}
	p.settle(pay, now)
	pay = p.lagging(pay, prepayQuery, now)
	word := checkoutWord(pay.status)
	if p.faults.Happens(provider.UnknownStatus, prepayQuery) {
		word = "WEATHER"
	}
	m := message{}.with("rspCode", text("SUCCESS")).with("rspMsg", text("success")).with("merchant_id", text(p.cfg.MerchantID)).
		with("merchant_name", text(p.cfg.Merchant)).with("amount", p.amount(prepayQuery, p.requested(pay)).asText()).with("tip", number(pay.tip).asText()).
		with("shop_id", text(p.cfg.ShopID)).with("operator_id", text(p.cfg.OperatorID)).with("status", text(word)).
		with("biz_type", text("PREPAY")).with("prepay_order_id", text(pay.request)).with("sale_num", text(pay.saleNumber)).
		with("currency_type", text(p.cfg.Currency)).with("duration", text(pay.duration)).with("call_back_url", text(pay.callback)).
		with("redirect_url", text(pay.returnURL)).with("remarks", text(pay.remarks)).
		with("create_time", text(pay.created.In(beijing).Format("20060102150405"))).
		with("expire_time", text(pay.expires.In(beijing).Format("20060102150405")))
	if pay.method != "" {
		m = m.with("order_id", text(pay.id))
	}
	return success(m)
}

// requested returns the amount of a query.
func (p *Provider) requested(pay *payment) int64 {
	if p.cfg.QueryWithFee {
		return pay.charged()
	}
	return pay.amount
}

// orderWord returns a word of STATUS_QUERY.
func orderWord(s status) string {
	switch s {
	case open:
		return "notpay"
	case processing:
		return "processing"
	case paid, authorized:
		return "success"
	}
	return "orderclosed"
}

// orderStatus answers STATUS_QUERY, about an order or a refund. It writes numbers.
func (p *Provider) orderStatus(id string, now time.Time) answer {
	if r := p.refunds.Newest(id); r != nil {
		word := map[status]string{open: "init", paid: "success", failed: "orderclosed"}[r.status]
		return success(message{}.with("order_id", text(r.request)).with("total_amount", number(r.payment.amount)).
			with("refund_fee", number(r.amount)).with("order_status", text(word)).with("bizpay_order_id", text(r.id)))
	}
	pay := p.books.ByID(id)
	if pay == nil {
		return refuse("FAIL", "there is no such order")
	}
	p.settle(pay, now)
	pay = p.lagging(pay, statusQuery, now)
	word := orderWord(pay.status)
	if p.faults.Happens(provider.UnknownStatus, statusQuery) {
		word = "weather"
	}
	return success(message{}.with("bizpay_order_id", text(pay.acquirer)).with("order_id", text(pay.id)).
		with("total_amount", p.amount(statusQuery, p.requested(pay))).with("refund_fee", value{digits: strconv.FormatInt(p.refundedReported(pay), 10)}).
		with("order_status", text(word)).with("trade_time", text(pay.changed.Format("Jan 2, 2006 3:04:05 PM"))).
		with("tip", number(pay.tip)).with("exchange_rate", value{digits: "5.2474"}).with("return_code", text("SUCCESS")))
}

// cardStatus answers CC_QUERYPAY.
func (p *Provider) cardStatus(id string, now time.Time) answer {
	pay := p.books.Newest(id)
	if pay == nil || pay.method != "CARD" {
		return refuse("FAIL", "there is no such order")
	}
	p.settle(pay, now)
	pay = p.lagging(pay, cardQuery, now)
	word := orderWord(pay.status)
	if p.faults.Happens(provider.UnknownStatus, cardQuery) {
		word = "weather"
	}
	return success(message{}.with("rspCode", text("SUCCESS")).with("rspMsg", text("success")).with("order_status", text(word)).
		with("orderId", text(pay.id)).with("bizpay_order_id", text(pay.acquirer)).with("amount", p.amount(cardQuery, pay.amount).asText()).
		with("tip", number(pay.tip).asText()).with("refund_amount", number(p.refundedReported(pay)).asText()))
}

// refund answers REFUND. An id that was used before is ORDER_USED.
func (p *Provider) refund(data map[string]string, now time.Time) answer {
	amount, ok := cents(data["refund_amt"])
	pay := p.books.ByID(data["ori_order_id"])
	id := data["order_id"]
	switch {
	case !ok || len(id) > 32:
		return refuse("PARAM_INVALID", "refund_amt is not cents, or order_id is too long")
	case id != "" && p.refunds.Newest(id) != nil:
		if p.faults.Happens(provider.RefuseRepeat, refundAction) {
			return refuse("FAIL", "refused")
		}
		return refuse("ORDER_USED", "order number duplicated")
	case pay == nil:
		return refuse("PARAM_INVALID", "there is no such order")
	}
	p.settle(pay, now)
	switch {
	case pay.hold:
		return refuse("ORDER_TYPE_ERROR", "a pre-authorised order")
	case pay.status != paid || amount > pay.left():
		return refuse("FAIL", "the order has no such sum")
	}
	r := p.give(pay, cmp.Or(id, newID(now, p.serial+1)), amount, now)
	return success(message{}.with("order_id", text(r.request)).with("refund_amt", number(amount).asText()))
}
