package simulator

import (
	"slices"
	"time"
)

// expirySlack is for an expiry that was valid when the merchant wrote it.
const expirySlack = 30 * time.Second

// pay opens a payment and returns where the payer goes, or charges an agreement at once. A
// repeat answers the same as long as the payment is open, and the result afterwards.
func (p *Provider) pay(n node, now time.Time) *reply {
	order, refused := p.read(n, now)
	if refused != nil {
		return refused.reply()
	}
	if known := p.books.Newest(order.request); known != nil {
		p.settle(known, now)
		if !known.same(order) {
			return inconsistent().reply()
		}
		if refused := p.refuseRepeat(payEndpoint, "PAYMENT_AMOUNT_EXCEED_LIMIT", "USER_BALANCE_NOT_ENOUGH"); refused != nil {
			return refused.reply()
		}
		return p.opened(known)
	}
	if refused := p.checkExpiry(n, order, now); refused != nil {
		return refused.reply()
	}
	token, wanted := p.agreementOf(n)
	if wanted {
		if refused := p.codes.chargeable(token, now); refused != nil {
			return refused.reply()
		}
		order.quiet = true
	}
	order.id = p.newID(now)
	order.firstID, order.changed = order.id, now
	if !p.books.Add(order, order.request, order.id) {
		return refuse("REQUEST_TRAFFIC_EXCEED_LIMIT", "too many payments are open").reply()
	}
	if wanted {
		p.take(order, now)
	} else {
		p.remind(order)
		p.notifyCashier(order, n.str("cashierNotifyUrl"))
	}
	return p.opened(order)
}

// refuseRepeat returns the refusal of a request that was executed before, with one of these
// codes or one about its state; nil unless a fault is injected.
func (p *Provider) refuseRepeat(e endpoint, codes ...string) *result {
	if !p.faults.Happens(RefuseRepeat, string(e)) {
		return nil
	}
	return refuse(p.faults.Pick(append(codes, "ORDER_STATUS_INVALID")...), "the request was refused")
}

// read returns the payment of a pay call, not filed yet.
func (p *Provider) read(n node, now time.Time) (*payment, *result) {
	order := &payment{
		status: pending, request: n.str("paymentRequestId"), amount: n.moneyAt("paymentAmount"),
		product: n.str("productCode"), partner: n.str("partnerId"), hold: p.holds(n), created: now,
		title: title(n), order: n.first("order.referenceOrderId", "paymentOrder.referenceOrderId"),
		returnURL: n.str(p.profile.returnURL), notifyURL: n.str("paymentNotifyUrl"), voidURL: n.str("voidNotifyUrl"),
		expires: now.Add(p.profile.expiry),
	}
	if at, err := parseTime(n.str("paymentExpiryTime")); err == nil {
		order.expires = at
	}
	return order, p.checkProduct(n, order)
}

func (p *Provider) checkProduct(n node, order *payment) *result {
	if p.profile.products != nil && !slices.Contains(p.profile.products, order.product) {
		return illegal("productCode", "is not a product of this wallet")
	}
	_, agreement := p.agreementOf(n)
	if p.profile.factorMust && !agreement && !order.hold && !n.boolean("paymentFactor.isCashierPayment") {
		return illegal("paymentFactor", "must say which kind of payment it is")
	}
	if given := n.str("partnerId"); p.cfg.PartnerID != "" && given != "" && given != p.cfg.PartnerID {
		return refuse("PARTNER_NOT_EXIST", "the partner is not known")
	}
	return p.checkApp(n)
}

// checkApp checks the mini program's id.
func (p *Provider) checkApp(n node) *result {
	switch {
	case p.cfg.AppID != "" && n.str("appId") != "" && n.str("appId") != p.cfg.AppID:
		return illegal("appId", "is not this client's")
	case p.cfg.AuthClientID != "" && n.str("authClientId") != "" && n.str("authClientId") != p.cfg.AuthClientID:
		return refuse("INVALID_AUTH_CLIENT", "the authorization client is not known")
	}
	return nil
}

// checkExpiry is called for new payments only: the expiry of a repeat has no meaning.
func (p *Provider) checkExpiry(n node, order *payment, now time.Time) *result {
	if !n.at("paymentExpiryTime").present() {
		return nil
	}
	switch most := p.profile.expiryMost; {
	case !order.expires.After(now):
		return illegal("paymentExpiryTime", "is in the past")
	case most > 0 && order.expires.After(now.Add(most+expirySlack)):
		return illegal("paymentExpiryTime", "must be within "+most.String()+" of the request")
	}
	return nil
}

// holds reports whether the payment is only to be authorized.
func (p *Provider) holds(n node) bool {
	return n.str("productCode") == productHold ||
		n.boolean("paymentFactor.isAuthorizationPayment") || n.boolean("paymentFactor.isAuthorization")
}

// agreementOf returns the token of a payment by agreement; wanted reports whether it is one.
func (p *Provider) agreementOf(n node) (token string, wanted bool) {
	code := n.str("productCode")
	wanted = code == productAgreement || code == productAgreementWords || n.boolean("paymentFactor.isAgreementPay")
	return n.first("paymentAuthCode", "accessToken", "paymentMethod.paymentMethodId"), wanted
}

// title returns what the payer reads, wherever the dialect has it.
func title(n node) string {
	if s := n.first("paymentOrderTitle", "order.orderDescription", "paymentOrder.orderDescription"); s != "" {
		return s
	}
	order, _ := parse([]byte(n.str("extraParams.ORDER")))
	return order.str("orderDescription")
}

// opened answers pay.
func (p *Provider) opened(pay *payment) *reply {
	out := reply{}
	switch pay.status {
	case pending, processing:
		out = p.profile.redirect(p.paymentURL(pay))
		out.Result = accepted()
	case paid, authorized:
		out.Result = success()
		out.PaymentTime = p.profile.stamp(pay.decided)
		out.AuthExpiryTime = p.authExpiry(pay)
	case failed:
		return refuse(pay.code, pay.reason).reply()
	default:
		return wrongState(pay).reply()
	}
	out.PaymentID, out.PaymentRequestID, out.PaymentAmount = pay.id, pay.request, amountOf(pay.amount)
	out.PaymentCreateTime = p.profile.stamp(pay.created)
	return &out
}

// authExpiry returns until when an authorization can be captured; empty for other payments.
func (p *Provider) authExpiry(pay *payment) string {
	if pay.status != authorized {
		return ""
	}
	return p.profile.stamp(pay.decided.Add(holdLife))
}
