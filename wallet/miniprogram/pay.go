package miniprogram

import (
	"strconv"

	"github.com/minitill/minitill/wallet"
)

// Limits of the family, in characters.
const (
	mostTitle   = 256
	mostGoodsID = 64
	mostReason  = 256
)

// names are the ids under which the wallet knows the merchant.
type names struct {
	clientID, appID, authClientID, partnerID, belongsTo string
}

// encodePay is the body of pay. It is made of the request and the settings alone,
// without a clock, so that a repeat is the same bytes.
func (w *Wallet) encodePay(req wallet.PaymentRequest) []byte {
	p := &w.profile
	o := newObject()
	if p.PartnerID {
		o = o.text("partnerId", w.names.partnerID)
	}
	if p.AppID == AppIDMember {
		o = o.text("appId", w.names.appID)
	}
	o = o.text("productCode", w.productCode(req)).text("salesCode", p.SalesCode).
		text("paymentRequestId", req.RequestID)
	if p.Title {
		o = o.words("paymentOrderTitle", title(req), mostTitle)
	}
	o = o.money("paymentAmount", req.Amount, p.AmountAsNumber)
	o = o.inner("paymentFactor", w.factor(req))
	if req.Agreement != "" {
		o = o.text(p.AgreementToken, string(req.Agreement))
	}
	o = o.inner("paymentMethod", newObject().text("paymentMethodType", first(req.Method, w.paymentMethod)))
	o = w.withOrder(o, req)
	o = o.time("paymentExpiryTime", expiry(req.RequestID, req.ExpiresAt, p.ExpiryMost)).
		text(p.ReturnField, req.ReturnURL).text("paymentNotifyUrl", req.NotifyURL)
	if p.HoldProduct != "" && req.Hold {
		o = o.text("voidNotifyUrl", req.NotifyURL)
	}
	if p.CashierNotify {
		o = o.text("cashierNotifyUrl", req.NotifyURL)
	}
	if p.MCC {
		o = o.text("mcc", w.mcc)
	}
	return w.withExtendInfo(o).end()
}

func (w *Wallet) productCode(req wallet.PaymentRequest) string {
	switch {
	case req.Agreement != "":
		return w.profile.AgreementCode
	case req.Hold && w.profile.HoldProduct != "":
		return w.profile.HoldProduct
	}
	return w.profile.ProductCode
}

// factor says what kind of payment it is, where that is no product of its own.
func (w *Wallet) factor(req wallet.PaymentRequest) object {
	o, text := newObject(), w.profile.TextOnly
	if w.profile.PaymentFactor {
		o = o.yes("isCashierPayment", req.Agreement == "", text).yes("isAgreementPay", req.Agreement != "", text)
	}
	return o.yes("isAuthorizationPayment", req.Hold && w.profile.HoldProduct == "", text)
}

// withOrder adds what is shown to the payer. The wallet charges none of it.
func (w *Wallet) withOrder(o object, req wallet.PaymentRequest) object {
	env := newObject().text("terminalType", terminals[req.Channel])
	order := w.order(req)
	if w.profile.Env == EnvInOrder {
		order = order.inner("env", env)
	}
	if w.profile.OrderAsText {
		o = o.inner("extraParams", newObject().innerText("ORDER", order))
	} else {
		o = o.inner("order", order)
	}
	if w.profile.Env == EnvInfo || w.profile.Env == EnvMember {
		o = o.inner(string(w.profile.Env), env)
	}
	return o
}

var terminals = map[wallet.Channel]string{
	wallet.MiniProgram: "MINI_APP", wallet.H5: "WAP", wallet.Web: "WEB", wallet.App: "APP",
}

// order is the order object. Inside text, amounts are text once more.
func (w *Wallet) order(req wallet.PaymentRequest) object {
	p := &w.profile
	o := newObject().words("referenceOrderId", req.Order, mostGoodsID).
		words("orderDescription", title(req), mostTitle)
	if p.OrderAsText {
		o = o.text("orderAmount", string(encodeMoney(req.Amount, false)))
	} else {
		o = o.money("orderAmount", req.Amount, p.AmountAsNumber)
	}
	o = p.withGoods(o, req.Items)
	if p.Buyer {
		o = o.inner("buyer", newObject().text("referenceBuyerId", req.Payer.ID))
	}
	return o
}

// withGoods adds the lines of the order. Where the wallet shows one object only, an
// order of several lines has none: half of them would be worse.
func (p *Profile) withGoods(o object, items []wallet.Item) object {
	switch {
	case p.OrderAsText, len(items) == 0, len(items) > 1 && !p.GoodsAsList:
		return o
	case !p.GoodsAsList:
		return o.inner("goods", p.goods(items[0]))
	}
	o = append(o.key("goods"), '[')
	for i := range items {
		if i > 0 {
			o = append(o, ',')
		}
		o = append(o, p.goods(items[i]).end()...)
	}
	return append(o, ']')
}

// goods is one line. A price of one that is not the line's divided without a rest is
// left out.
func (p *Profile) goods(item wallet.Item) object {
	o := newObject().words("referenceGoodsId", item.SKU, mostGoodsID).words("goodsName", item.Name, mostTitle)
	if item.Quantity > 0 && item.Amount.Minor%item.Quantity == 0 {
		unit := wallet.Money{Minor: item.Amount.Minor / item.Quantity, Currency: item.Amount.Currency}
		o = o.money("goodsUnitAmount", unit, p.AmountAsNumber)
	}
	return o.text("goodsQuantity", strconv.FormatInt(item.Quantity, 10))
}

// withExtendInfo adds what has no member of its own.
func (w *Wallet) withExtendInfo(o object) object {
	info := newObject()
	if w.profile.AppID == AppIDInside {
		info = info.text("miniAppId", w.names.appID)
	}
	if w.profile.BelongsTo == BelongsMember {
		o = o.text("customerBelongsTo", w.names.belongsTo)
	} else {
		info = info.text("customerBelongsTo", w.names.belongsTo)
	}
	return o.innerText("extendInfo", info)
}

// title is what the payer reads; wallets demand one.
func title(req wallet.PaymentRequest) string { return first(req.Description, req.Order, req.RequestID) }

// first is the first text that is not empty.
func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
