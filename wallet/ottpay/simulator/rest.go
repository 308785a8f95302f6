package simulator

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// REST's calls.
const (
	pathToken        = "/api/v1/auth/token"
	pathWeixinQR     = "/api/v1/pay/weixin/active-pay"
	pathWeixinPublic = "/api/v1/pay/weixin/public-pay"
	pathWeixinH5     = "/api/v1/pay/weixin/h5-pay"
	pathAlipayWAP    = "/api/v1/pay/alipay/wap-pay"
	pathAlipayWeb    = "/api/v1/pay/alipay/web-pay"
	pathAlipayApp    = "/api/v1/pay/alipay/inapp-pay"
	pathRefund       = "/api/v1/pay/refund"
	pathCardRefund   = "/api/v1/payment/local-card/refund"
	pathReverse      = "/api/v1/payment/local-card/reverse"
	pathStatus       = "/api/v1/payment/status-query"
	pathByReference  = "/api/v1/payment/status-query-by-reference"
)

// result is the answer to a call of REST: members, or a code.
type result struct {
	code    int
	members message
}

func fails(code int) result { return result{code: code} }

// serveREST answers a call of REST.
func (p *Provider) serveREST(w http.ResponseWriter, r *http.Request, path string) {
	body, err := provider.Body(w, r, 64<<10)
	var data map[string]any
	switch {
	case err != nil || r.Method != http.MethodPost || json.Unmarshal(body, &data) != nil:
		writeREST(w, fails(10005))
		return
	case path != pathToken && !p.tokenGood(r.Header.Get("Authorization")):
		writeREST(w, fails(90000))
		return
	}
	p.faults.Serve(w, r, path, func(rule Rule) func() {
		got := p.perform(path, data, rule)
		return func() { writeREST(w, got) }
	})
}

func (p *Provider) perform(path string, data map[string]any, rule Rule) result {
	switch rule.Fault {
	case provider.Refused:
		code, err := strconv.Atoi(cmp.Or(rule.Code, "50001"))
		if err != nil {
			code = 50001
		}
		return fails(code)
	case TokenRefused:
		return fails(90000)
	}
	got := p.run(path, data)
	switch {
	case rule.Fault == provider.UnknownOutcome:
		return fails(10200)
	case rule.Fault == FewerMembers:
		got.members = got.members.without("merchantId", "amount", "reference", "receiptAmount", "payAmount", "stateCode", "timeZoneId", "saleNumber", "refundAmount")
	}
	return got
}

// member returns a member of a request as text. Numbers are those of cards.
func member(data map[string]any, name string) string {
	switch v := data[name].(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

func (p *Provider) run(path string, data map[string]any) result {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now()
	switch path {
	case pathToken:
		return p.token(data, now)
	case pathStatus:
		return p.byID(member(data, "paymentId"), now)
	case pathByReference:
		return p.byReference(member(data, "reference"), now)
	case pathRefund, pathCardRefund:
		return p.refundPart(data, path == pathCardRefund, now)
	case pathReverse:
		return p.reverse(member(data, "paymentId"), now)
	}
	return p.pay(path, data, now)
}

// token issues a token that is valid for a while.
func (p *Provider) token(data map[string]any, now time.Time) result {
	if p.cfg.AppID == "" || member(data, "appId") != p.cfg.AppID || member(data, "appKey") != string(p.cfg.AppKey.Reveal()) {
		return fails(10003)
	}
	p.serial++
	token := "t." + upperMD5(p.key+strconv.FormatInt(p.serial, 10)) + "." + strconv.FormatInt(p.serial, 10)
	ends := now.Add(p.cfg.TokenLife)
	p.tokens[token] = ends
	for old, until := range p.tokens {
		if now.After(until) {
			delete(p.tokens, old)
		}
	}
	return result{members: message{}.with("token", text(token)).with("expired", number(ends.UnixMilli()))}
}

func (p *Provider) tokenGood(header string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	ends, known := p.tokens[strings.TrimPrefix(header, "Bearer ")]
	return known && p.cfg.Now().Before(ends)
}

// channels are the wallets of REST's calls.
var channels = map[string]string{
	pathWeixinQR: "WECHATPAY", pathWeixinPublic: "WECHATPAY", pathWeixinH5: "WECHATPAY",
	pathAlipayWAP: "ALIPAY", pathAlipayWeb: "ALIPAY", pathAlipayApp: "ALIPAY",
}

// pay opens a payment, another one for each call.
func (p *Provider) pay(path string, data map[string]any, now time.Time) result {
	amount, ok := cents(member(data, "amount"))
	pay := &payment{
		action: path, request: member(data, "remark"), amount: amount, callback: member(data, "callbackURL"), returnURL: member(data, "returnURL"),
		remarks: member(data, "remark"), method: channels[path], rest: true,
	}
	switch {
	case channels[path] == "":
		return fails(20008)
	case !ok, !provider.WebURL(pay.callback), len(pay.callback) > 255, len(pay.returnURL) > 255, len(pay.remarks) > 128,
		path == pathWeixinQR && pay.remarks == "", path == pathAlipayApp && member(data, "userId") == "":
		return fails(10005)
	case !p.file(pay, now):
		return fails(20034)
	}
	return result{members: p.payable(pay)}
}

// payable returns the answer to a create. One call answers in dollars.
func (p *Provider) payable(pay *payment) message {
	m := message{}.with("paymentId", text(pay.id))
	link := p.checkoutURL(pay)
	switch pay.action {
	case pathWeixinQR:
		return m.with("payInfo", text(link))
	case pathAlipayApp:
		dollars := strconv.FormatInt(pay.amount/100, 10) + "." + strconv.FormatInt(100+pay.amount%100, 10)[1:]
		sign := message{}.with("orderInfo", text(link)).with("sign", text(upperMD5(link)))
		return m.with("paySign", text(sign.json())).with("amount", text(dollars))
	case pathAlipayWeb:
		m = m.with("bizPayOrderId", text(pay.acquirer))
	}
	return m.with("payInfo", text(link)).with("merchantId", text(p.cfg.MerchantID)).with("amount", number(pay.amount).asText())
}

// writeREST writes an answer. Errors of the request have their own HTTP status.
func writeREST(w http.ResponseWriter, got result) {
	if got.code == 0 {
		provider.WriteRaw(w, http.StatusOK, "application/json", `{"status":"SUCCESS","result":`+got.members.json()+`}`)
		return
	}
	status := http.StatusOK
	switch got.code {
	case 10003, 10005, 20004:
		status = http.StatusBadRequest
	}
	body := message{}.with("code", number(int64(got.code))).with("message", text("error "+strconv.Itoa(got.code))).json()
	provider.WriteRaw(w, status, "application/json", `{"status":"ERROR","result":`+body+`}`)
}
