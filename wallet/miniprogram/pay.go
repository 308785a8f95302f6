package miniprogram

import (
	"cmp"
	"strconv"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Limits of the family, in characters.
const (
	mostTitle   = 256
	mostGoodsID = 64
	mostReason  = 256
)

// names are the ids by which the wallet knows the merchant.
type names struct {
	clientID, appID, authClientID, partnerID, belongsTo string
}

// encodePay returns the body of pay. It depends on the request and the settings alone, and not
// on a clock, so that a repeat has the same bytes.
func (w *Wallet) encodePay(req wallet.PaymentRequest) []byte {
	p := &w.profile
	o := wire.NewObject()
	if p.PartnerID {
		o = o.Text("partnerId", w.names.partnerID)
	}
	if p.AppID == AppIDMember {
		o = o.Text("appId", w.names.appID)
	}
	o = o.Text("productCode", w.productCode(req)).Text("salesCode", p.SalesCode).
		Text("paymentRequestId", req.RequestID)
	if p.Title {
		o = o.Text("paymentOrderTitle", wire.Truncate(title(req), mostTitle))
	}
	o = o.Inner("paymentAmount", p.amount(req.Amount))
	o = o.Inner("paymentFactor", w.factor(req))
	if req.Agreement != "" {
		o = o.Text(p.AgreementToken, string(req.Agreement))
	}
	o = o.Inner("paymentMethod", wire.NewObject().Text("paymentMethodType", cmp.Or(req.Method, w.paymentMethod)))
	o = w.withOrder(o, req)
	o = o.Text("paymentExpiryTime", bodyTime(expiry(req.RequestID, req.ExpiresAt, p.ExpiryMost))).
		Text(p.ReturnField, req.ReturnURL).Text("paymentNotifyUrl", req.NotifyURL)
	if p.HoldProduct != "" && req.Hold {
		o = o.Text("voidNotifyUrl", req.NotifyURL)
	}
	if p.CashierNotify {
		o = o.Text("cashierNotifyUrl", req.NotifyURL)
	}
	if p.MCC {
		o = o.Text("mcc", w.mcc)
	}
	return w.withExtendInfo(o).End()
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

// factor returns the kind of payment, where that has no product of its own.
func (w *Wallet) factor(req wallet.PaymentRequest) wire.Object {
	p, o := &w.profile, wire.NewObject()
	if p.PaymentFactor {
		o = p.yes(o, "isCashierPayment", req.Agreement == "")
		o = p.yes(o, "isAgreementPay", req.Agreement != "")
	}
	return p.yes(o, "isAuthorizationPayment", req.Hold && p.HoldProduct == "")
}

// withOrder adds what is shown to the payer. The wallet does not charge by it.
func (w *Wallet) withOrder(o wire.Object, req wallet.PaymentRequest) wire.Object {
	env := wire.NewObject().Text("terminalType", terminals[req.Channel])
	order := w.order(req)
	if w.profile.Env == EnvInOrder {
		order = order.Inner("env", env)
	}
	if w.profile.OrderAsText {
		o = o.Inner("extraParams", wire.NewObject().InnerText("ORDER", order))
	} else {
		o = o.Inner("order", order)
	}
	if w.profile.Env == EnvInfo || w.profile.Env == EnvMember {
		o = o.Inner(string(w.profile.Env), env)
	}
	return o
}

var terminals = map[wallet.Channel]string{
	wallet.MiniProgram: "MINI_APP", wallet.H5: "WAP", wallet.Web: "WEB", wallet.App: "APP",
}

// order returns the order object. In an order that is text, amounts are text too.
func (w *Wallet) order(req wallet.PaymentRequest) wire.Object {
	p := &w.profile
	o := wire.NewObject().Text("referenceOrderId", wire.Truncate(req.Order, mostGoodsID)).
		Text("orderDescription", wire.Truncate(title(req), mostTitle))
	if p.OrderAsText {
		o = o.InnerText("orderAmount", textAmount(req.Amount))
	} else {
		o = o.Inner("orderAmount", p.amount(req.Amount))
	}
	o = p.withGoods(o, req.Items)
	if p.Buyer {
		o = o.Inner("buyer", wire.NewObject().Text("referenceBuyerId", req.Payer.ID))
	}
	return o
}

// withGoods adds the lines of the order. Where the wallet shows one object only, an order of
// several lines has none, since a part of them would be misleading.
func (p *Profile) withGoods(o wire.Object, items []wallet.Item) wire.Object {
	switch {
	case p.OrderAsText, len(items) == 0, len(items) > 1 && !p.GoodsAsList:
		return o
	case !p.GoodsAsList:
		return o.Inner("goods", p.goods(items[0]))
	}
	lines := make([]wire.Object, len(items))
	for i := range items {
		lines[i] = p.goods(items[i])
	}
	return o.List("goods", lines...)
}

// goods returns one line. The price of one is left out where the line's is not divisible.
func (p *Profile) goods(item wallet.Item) wire.Object {
	o := wire.NewObject().Text("referenceGoodsId", wire.Truncate(item.SKU, mostGoodsID)).Text("goodsName", wire.Truncate(item.Name, mostTitle))
	if item.Quantity > 0 && item.Amount.Minor%item.Quantity == 0 {
		unit := wallet.Money{Minor: item.Amount.Minor / item.Quantity, Currency: item.Amount.Currency}
		o = o.Inner("goodsUnitAmount", p.amount(unit))
	}
	return o.Text("goodsQuantity", strconv.FormatInt(item.Quantity, 10))
}

// withExtendInfo adds what has no member of its own.
func (w *Wallet) withExtendInfo(o wire.Object) wire.Object {
	info := wire.NewObject()
	if w.profile.AppID == AppIDInside {
		info = info.Text("miniAppId", w.names.appID)
	}
	if w.profile.BelongsTo == BelongsMember {
		o = o.Text("customerBelongsTo", w.names.belongsTo)
	} else {
		info = info.Text("customerBelongsTo", w.names.belongsTo)
	}
	return o.InnerText("extendInfo", info)
}

// title returns what the payer reads, which wallets require.
func title(req wallet.PaymentRequest) string {
	return cmp.Or(req.Description, req.Order, req.RequestID)
}
