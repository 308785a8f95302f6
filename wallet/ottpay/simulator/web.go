package simulator

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// The actions.
const (
	prepayInit   = "PREPAY_INIT"
	prepayQuery  = "PREPAY_QUERY"
	statusQuery  = "STATUS_QUERY"
	refundAction = "REFUND"
	activePay    = "ACTIVEPAY"
	h5Pay        = "H5PAY"
	miniPay      = "MAPPPAY"
	cardPurchase = "CC_PURCHASE"
	cardPreauth  = "CC_PREAUTH"
	cardQuery    = "CC_QUERYPAY"
)

// versions are those of the documents' examples; others are refused.
var versions = map[string]string{
	prepayInit: "2.0", prepayQuery: "2.0", statusQuery: "1.0", refundAction: "1.0", activePay: "1.0", h5Pay: "2.0", miniPay: "1.0",
	cardPurchase: "2.0", cardPreauth: "2.0", cardQuery: "2.0",
}

// required are the members of data without which an action is refused.
var required = map[string]string{
	prepayInit:   "amount merchant_id shop_id operator_id prepay_order_id sale_num currency_type biz_type redirect_url call_back_url duration",
	prepayQuery:  "prepay_order_id merchant_id",
	statusQuery:  "order_id",
	refundAction: "ori_order_id refund_amt",
	activePay:    "operator_id amount biz_type call_back_url",
	h5Pay:        "amount currency_type biz_type operator_id submit_type call_back_url",
	miniPay:      "operator_id amount biz_type app_id open_id call_back_url",
	cardPurchase: "orderId merchant_id operator_id txnTime txnAmt frontUrl backUrl channelType bizType cc_channelType",
	cardPreauth:  "orderId merchant_id operator_id txnTime txnAmt frontUrl backUrl channelType bizType cc_channelType",
	cardQuery:    "orderId channelType bizType",
}

// answer is the answer to a call of the Web API.
type answer struct {
	code, message string
	data          message
}

func refuse(code, message string) answer { return answer{code: code, message: message} }

func success(data message) answer { return answer{code: "SUCCESS", message: "success", data: data} }

// serveWeb answers a call of the Web API.
func (p *Provider) serveWeb(w http.ResponseWriter, r *http.Request) {
	body, err := provider.Body(w, r, 64<<10)
	var outer struct {
		Action, Version, Data, MD5 string
		MerchantID                 string `json:"merchant_id"`
	}
	if err != nil || r.Method != http.MethodPost || json.Unmarshal(body, &outer) != nil {
		p.writeWeb(w, refuse("PARAM_ERROR", "the body is not JSON"), Rule{})
		return
	}
	data, err := unseal(outer.Data, outer.MD5, p.key)
	switch {
	case outer.MerchantID != p.cfg.MerchantID || err != nil:
		p.writeWeb(w, refuse("PARAM_ERROR", "the merchant, the digest or the data is wrong"), Rule{})
	case versions[outer.Action] != outer.Version:
		p.writeWeb(w, refuse("PARAM_INVALID", "there is no such action of that version"), Rule{})
	default:
		p.faults.Serve(w, r, outer.Action, func(rule Rule) func() {
			got := p.act(outer.Action, data, rule)
			return func() { p.writeWeb(w, got, rule) }
		})
	}
}

// act executes a call, unless a fault refuses it.
func (p *Provider) act(action string, data map[string]string, rule Rule) answer {
	if rule.Fault == provider.Refused {
		return refuse(cmp.Or(rule.Code, "FAIL"), "refused")
	}
	got := p.execute(action, data)
	switch {
	case rule.Fault == provider.UnknownOutcome:
		return refuse(cmp.Or(rule.Code, "TIMEOUT"), "timeout")
	case rule.Fault == FewerMembers:
		got.data = got.data.without("tip", "remarks", "rspCode", "rspMsg", "bizpay_order_id", "expire_time", "exchange_rate", "email", "refund_fee", "refund_amount")
	}
	return got
}

func (p *Provider) execute(action string, data map[string]string) answer {
	for _, name := range strings.Fields(required[action]) {
		if data[name] == "" {
			return refuse("PARAM_INVALID", name+" is missing")
		}
	}
	if id := data["merchant_id"]; id != "" && id != p.cfg.MerchantID {
		return refuse("PARAM_INVALID", "merchant_id is wrong")
	}
	if p.cfg.OperatorID != "" && data["operator_id"] != "" && data["operator_id"] != p.cfg.OperatorID {
		return refuse("PWD_INCORRECT", "operator_id is wrong")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now()
	switch action {
	case prepayQuery:
		return p.checkoutStatus(data["prepay_order_id"], now)
	case statusQuery:
		return p.orderStatus(data["order_id"], now)
	case cardQuery:
		return p.cardStatus(data["orderId"], now)
	case refundAction:
		return p.refund(data, now)
	}
	return p.create(action, data, now)
}

// create opens a payment under an id that was not used before.
func (p *Provider) create(action string, data map[string]string, now time.Time) answer {
	pay, wrong := p.prompt(action, data, now)
	if wrong != "" {
		return refuse("PARAM_INVALID", wrong)
	}
	if before := p.books.Newest(pay.request); before != nil {
		p.settle(before, now)
		switch {
		case p.faults.Happens(provider.RefuseRepeat, prepayInit):
			return refuse("FAIL", "refused")
		case before.status == paid:
			return refuse("ORDER_PAID", "the order is paid")
		}
		return refuse("ORDER_USED", "order number duplicated")
	}
	if !p.file(pay, now) {
		return refuse("SYSTEM_ERROR", "too many orders are open")
	}
	return success(p.opened(pay))
}

// prompt reads the data of a create.
func (p *Provider) prompt(action string, data map[string]string, now time.Time) (*payment, string) {
	pay := &payment{
		action: action, request: cmp.Or(data["order_id"], cmp.Or(data["prepay_order_id"], data["orderId"])), callback: cmp.Or(data["call_back_url"], data["backUrl"]),
		returnURL: cmp.Or(data["redirect_url"], data["frontUrl"]), remarks: data["remarks"], email: data["email"], saleNumber: data["sale_num"],
		own: action != prepayInit, hold: action == cardPreauth, duration: data["duration"],
	}
	var ok bool
	if pay.amount, ok = cents(cmp.Or(data["amount"], data["txnAmt"])); !ok {
		return nil, "amount is not cents"
	}
	seconds, err := strconv.Atoi(cmp.Or(data["duration"], "900"))
	if err != nil || seconds <= 0 {
		return nil, "duration is not seconds"
	}
	pay.expires = now.Add(time.Duration(seconds) * time.Second)
	if pay.request == "" {
		pay.request = newID(now, p.serial+1)
	}
	return pay, p.wrong(pay, data)
}

// wrong returns why the provider refuses a create.
func (p *Provider) wrong(pay *payment, data map[string]string) string {
	biz := data["biz_type"]
	switch {
	case !provider.WebURL(pay.callback) || len(pay.callback) > 255 || len(pay.returnURL) > 255 || len(pay.remarks) > 4*128:
		return "a URL or the remarks"
	case data["currency_type"] != "" && data["currency_type"] != p.cfg.Currency:
		return "currency_type is not the account's"
	case p.cfg.ShopID != "" && data["shop_id"] != "" && data["shop_id"] != p.cfg.ShopID:
		return "shop_id is wrong"
	case pay.action == prepayInit && biz != "PREPAY":
		return "biz_type"
	case pay.action == activePay && !slices.Contains([]string{"WECHATPAY", "ALIPAY", "UNIONPAY"}, biz):
		return "biz_type"
	case (pay.action == h5Pay || pay.action == miniPay) && biz != "WECHATPAY":
		return "biz_type"
	case data["channelType"] != "" && cardBiz[data["channelType"]] != data["bizType"]:
		return "bizType"
	case len(pay.request) > 32 || strings.HasPrefix(pay.action, "CC_") && len(pay.request) > 20:
		return "the order number is too long"
	}
	if pay.method = biz; pay.action == prepayInit {
		pay.method = ""
	}
	if strings.HasPrefix(pay.action, "CC_") {
		pay.method = "CARD"
	}
	return ""
}

var cardBiz = map[string]string{"UPAYONLINE": "securePay", "ELAVONECOM": "converge_hosted"}

// opened returns the answer to create.
func (p *Provider) opened(pay *payment) message {
	link := p.checkoutURL(pay)
	switch pay.action {
	case prepayInit:
		return message{}.with("preypay_order_id", text(pay.request)).with("payinfo", text(link)).
			with("expire_time", text(pay.expires.In(beijing).Format("20060102150405")))
	case activePay:
		return message{}.with("code_url", text(link)).with("order_id", text(pay.id)).with("bizpay_order_id", text(pay.acquirer))
	case h5Pay:
		return message{}.with("order_id", text(pay.id)).with("merchant_id", text(p.cfg.MerchantID)).
			with("amount", number(pay.charged()).asText()).with("payinfo", text(link)).with("time_zone_id", text("America/Toronto"))
	case miniPay:
		info := message{}.with("appId", text("wx0")).with("timeStamp", text(strconv.FormatInt(pay.created.Unix(), 10))).with("nonceStr", text(pay.acquirer)).
			with("packageStr", text("prepay_id="+pay.acquirer)).with("signType", text("MD5")).with("paySign", text(upperMD5(link)))
		return message{}.with("payInfo", text(info.json())).with("merchant_id", text(p.cfg.MerchantID)).with("order_id", text(pay.id)).
			with("amount", number(pay.amount)).with("sale_num", text(pay.request))
	}
	return message{}.with("rspCode", text("PROCESSING")).with("rspMsg", text("processing")).with("codeUrl", text(link)).
		with("amount", number(pay.amount).asText()).with("orderId", text(pay.id))
}

// writeWeb writes an answer in an envelope, altered as a fault says. A refusal has no data.
func (p *Provider) writeWeb(w http.ResponseWriter, got answer, rule Rule) {
	outer := message{{"rsp_code", text(got.code)}, {"rsp_msg", text(got.message)}}
	if got.data != nil && rule.Fault != provider.UnsignedAnswer {
		data, digest := seal(got.data, p.key, rule)
		outer = append(outer, pair{"data", text(data)}, pair{"md5", text(digest)})
	}
	body := outer.json()
	if rule.Fault == WrappedBody {
		body = base64.StdEncoding.EncodeToString([]byte(body))
	}
	provider.WriteRaw(w, http.StatusOK, "application/json", body)
}
