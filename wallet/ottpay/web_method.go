package ottpay

import (
	"crypto/sha256"
	"encoding/base32"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// The actions of the Web API.
const (
	actionCheckout  = "PREPAY_INIT"
	actionQuery     = "PREPAY_QUERY"
	actionStatus    = "STATUS_QUERY"
	actionRefund    = "REFUND"
	actionQR        = "ACTIVEPAY"
	actionH5        = "H5PAY"
	actionMini      = "MAPPPAY"
	actionCard      = "CC_PURCHASE"
	actionHold      = "CC_PREAUTH"
	actionCardQuery = "CC_QUERYPAY"
)

// actionVersions are the versions in the documents' examples.
var actionVersions = map[string]string{
	actionCheckout: "2.0", actionQuery: "2.0", actionStatus: "1.0", actionRefund: "1.0", actionQR: "1.0",
	actionH5: "2.0", actionMini: "1.0", actionCard: "2.0", actionHold: "2.0", actionCardQuery: "2.0",
}

// webMethod describes one way to pay at the Web API.
type webMethod struct {
	action   string
	biz      string // bizType or biz_type
	channel  string // of cards
	purchase byte   // the first letter of a card payment's id
	hold     byte   // and of an authorization's
}

// checkoutMethods open the provider's checkout: with NONE the payer chooses there, the others
// choose for the payer.
var checkoutMethods = []string{"NONE", "WECHATPAY", "ALIPAY", "UNIONPAY", "GP"}

var webMethods = map[string]webMethod{
	"NONE":           {action: actionCheckout},
	"WECHATPAY":      {action: actionCheckout},
	"ALIPAY":         {action: actionCheckout},
	"UNIONPAY":       {action: actionCheckout},
	"GP":             {action: actionCheckout},
	"QR_WECHATPAY":   {action: actionQR, biz: "WECHATPAY"},
	"QR_ALIPAY":      {action: actionQR, biz: "ALIPAY"},
	"QR_UNIONPAY":    {action: actionQR, biz: "UNIONPAY"},
	"H5_WECHATPAY":   {action: actionH5, biz: "WECHATPAY"},
	"MINI_WECHATPAY": {action: actionMini, biz: "WECHATPAY"},
	"CARD_UNIONPAY":  {action: actionCard, biz: "securePay", channel: "UPAYONLINE", purchase: 'U', hold: 'V'},
	"CARD_CONVERGE":  {action: actionCard, biz: "converge_hosted", channel: "ELAVONECOM", purchase: 'E', hold: 'F'},
}

// mostCardID is the length of a card payment's id at the provider, which is less than that of
// our request IDs.
const mostCardID = 20

// cardID returns a card payment's id at the provider. It depends on the request ID alone, so
// that a payment is found again whose answer was lost.
func (m webMethod) cardID(requestID string, hold bool) string {
	letter := m.purchase
	if hold {
		letter = m.hold
	}
	sum := sha256.Sum256([]byte(requestID))
	return string(rune(letter)) + base32.StdEncoding.EncodeToString(sum[:])[:mostCardID-1]
}

// method returns the order's method with its row.
func (w *Web) method(op string, req wallet.PaymentRequest) (string, webMethod, error) {
	id, ok := w.methods.find(req.Method)
	m := webMethods[id]
	switch {
	case !ok:
		return "", m, fault.InvalidField(op, "method", "is not a method of this account")
	case req.Hold && m.channel == "":
		return "", m, fault.New(fault.Unsupported, op, "OTT Pay holds money on cards only.")
	case m.action == actionMini && req.Payer.ID == "":
		return "", m, fault.InvalidField(op, "payer", "must be signed in at WeChat to pay in its mini program")
	case req.Hold:
		m.action = actionHold
	}
	return id, m, nil
}

// create returns the data of the call that opens a payment.
func (w *Web) create(m webMethod, req wallet.PaymentRequest) fields {
	amount := strconv.FormatInt(req.Amount.Minor, 10)
	switch m.action {
	case actionCheckout:
		return w.checkout(amount, req)
	case actionQR, actionMini:
		f := fields{}.with("order_id", req.RequestID).with("operator_id", w.operatorID).with("amount", amount).
			with("biz_type", m.biz).with("call_back_url", req.NotifyURL)
		if m.action == actionMini {
			f = f.with("app_id", w.miniAppID).with("open_id", req.Payer.ID)
		}
		return f
	case actionH5:
		return fields{}.with("amount", amount).with("currency_type", string(w.currency)).with("biz_type", m.biz).
			with("operator_id", w.operatorID).with("submit_type", "form").with("call_back_url", req.NotifyURL).
			with("merchant_id", w.merchantID).with("shop_id", w.shopID).with("order_id", req.RequestID)
	}
	return fields{}.with("orderId", m.cardID(req.RequestID, req.Hold)).with("merchant_id", w.merchantID).with("operator_id", w.operatorID).
		with("txnTime", w.now().In(w.zone).Format("20060102150405")).with("txnAmt", amount).with("frontUrl", req.ReturnURL).
		with("backUrl", req.NotifyURL).with("channelType", m.channel).with("bizType", m.biz).with("cc_channelType", cardChannel(req.Channel))
}

func (w *Web) checkout(amount string, req wallet.PaymentRequest) fields {
	return fields{}.with("amount", amount).with("sale_num", req.RequestID).with("operator_id", w.operatorID).
		with("prepay_order_id", req.RequestID).with("biz_type", "PREPAY").with("merchant_id", w.merchantID).
		with("duration", strconv.Itoa(int(w.duration(req.ExpiresAt)/time.Second))).with("shop_id", w.shopID).
		with("currency_type", string(w.currency)).with("remarks", remark(req)).
		with("redirect_url", req.ReturnURL).with("call_back_url", req.NotifyURL)
}

// duration returns how long the request has the provider keep a checkout open, counted from when
// the provider opens it.
func (w *Web) duration(expires time.Time) time.Duration {
	if expires.IsZero() {
		return w.most
	}
	return min(max(expires.Sub(w.now()), w.least), w.most)
}

func cardChannel(c wallet.Channel) string {
	if c == wallet.Web {
		return "web"
	}
	return "mobile"
}

// withParameter appends a parameter to a link whose other bytes are unchanged. One of that name
// is replaced.
func withParameter(link, name, value string) string {
	if name == "" || value == "" {
		return link
	}
	rest, fragment, anchored := strings.Cut(link, "#")
	path, query, _ := strings.Cut(rest, "?")
	var kept []string
	for _, pair := range strings.Split(query, "&") {
		if key, _, _ := strings.Cut(pair, "="); pair != "" && key != name {
			kept = append(kept, pair)
		}
	}
	kept = append(kept, url.QueryEscape(name)+"="+url.QueryEscape(value))
	link = path + "?" + strings.Join(kept, "&")
	if anchored {
		link += "#" + fragment
	}
	return link
}
