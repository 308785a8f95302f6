package simulator

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/internal/provider"
)

const (
	below   = "/openapi/v2/order/"
	maxCall = 64 << 10
)

// refusal is a failure's HTTP status, code and text. The codes are a convention.
type refusal struct {
	status    int
	code, msg string
}

func refuse(code, msg string) *refusal { return &refusal{http.StatusOK, code, msg} }

// reply is the answer to a call.
type reply struct {
	data any
	no   *refusal
}

// connectCalls are the calls of Connect by their paths.
var connectCalls = map[string]func(*Provider, json.RawMessage, time.Time) reply{
	endCreate: (*Provider).create, endMethod: (*Provider).chooseMethod, endDetail: (*Provider).detail,
	endClose: (*Provider).closeOrder, endRefund: (*Provider).refund, endRefundDetail: (*Provider).refundDetail,
}

// serveConnect answers a call of Connect.
func (p *Provider) serveConnect(w http.ResponseWriter, r *http.Request, path string) {
	endpoint, found := strings.CutPrefix(path, below)
	run := connectCalls[endpoint]
	if !found || run == nil || r.Method != http.MethodPost {
		p.answer(w, reply{no: &refusal{http.StatusNotFound, "NOT_FOUND", "there is no such call"}})
		return
	}
	body, err := provider.Body(w, r, maxCall)
	if err != nil {
		p.answer(w, reply{no: refuse("PARAM_ERROR", "the body cannot be read")})
		return
	}
	if no := p.authenticate(r, p.base.Path+path, body); no != nil {
		p.answer(w, reply{no: no})
		return
	}
	p.cfg.OnRequest(endpoint, body)
	p.faults.Serve(w, r, endpoint, func(rule Rule) func() {
		out := p.execute(endpoint, rule, func(now time.Time) reply { return run(p, body, now) })
		return func() { p.answer(w, out) }
	})
}

// execute runs a call, or applies the wallet's own fault instead.
func (p *Provider) execute(endpoint string, rule Rule, run func(now time.Time) reply) reply {
	switch rule.Fault {
	case provider.CutBefore:
		return reply{}
	case provider.TrafficLimit:
		return reply{no: &refusal{http.StatusTooManyRequests, "RATE_LIMIT", "too many requests"}}
	case provider.Refused:
		return reply{no: refuse(cmp.Or(rule.Code, "PARAM_ERROR"), "the request was refused")}
	case NotThereYet:
		return reply{no: refuse("ORDER_NOT_FOUND", "there is no such order")}
	}
	out := locked(p, run)
	switch {
	case rule.Fault == provider.UnknownOutcome:
		return reply{no: refuse("SYSTEM_ERROR", "the outcome is not known")}
	case out.no != nil:
	case rule.Fault == NoData:
		out.data = nil
	default:
		if t, is := out.data.(report); is {
			out.data = p.distorted(endpoint, t, string(t.OrderStatus) == "2").bend(rule.Fault)
		}
	}
	return out
}

// answer writes an answer of Connect.
func (p *Provider) answer(w http.ResponseWriter, out reply) {
	p.mu.Lock()
	p.made++
	id := "req-" + strconv.Itoa(p.made)
	p.mu.Unlock()
	if out.no == nil {
		provider.WriteJSON(w, http.StatusOK, struct {
			Code      string  `json:"code"`
			Msg       *string `json:"msg"`
			RequestID string  `json:"requestId"`
			Data      any     `json:"data"`
		}{"SUCCESS", nil, id, out.data})
		return
	}
	if out.no.status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	provider.WriteJSON(w, out.no.status, map[string]string{"code": out.no.code, "msg": out.no.msg, "requestId": id})
}

// authenticate checks the headers and the signature of a request.
func (p *Provider) authenticate(r *http.Request, path string, body []byte) *refusal {
	no := func(msg string) *refusal { return &refusal{http.StatusUnauthorized, "SIGN_ERROR", msg} }
	stamp, version := r.Header.Get("X-R-Ts"), r.Header.Get("X-R-Key-Version")
	millis, err := strconv.ParseInt(stamp, 10, 64)
	switch {
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		return refuse("PARAM_ERROR", "the content type is not JSON")
	case r.Header.Get("X-R-Ak") != p.cfg.AppKey:
		return no("the appKey is not known")
	case err != nil || len(stamp) != 13 || p.cfg.Now().Sub(time.UnixMilli(millis)).Abs() > p.cfg.Tolerance:
		return no("the timestamp is off")
	}
	text := r.Header.Get("X-R-Signature")
	if strings.Contains(text, "%") {
		text, _ = url.PathUnescape(text)
	}
	signature, err := base64.StdEncoding.DecodeString(text)
	message := r.Method + " " + path + "\n" + p.cfg.AppKey + "." + stamp + "." + string(body)
	if err != nil || version == "" || p.verifier.Verify(context.Background(), version, []byte(message), signature) != nil {
		return no("the signature does not match")
	}
	return nil
}

// decode reads a body whose members must be of their types; unknown members are ignored.
func decode(body []byte, into any) *refusal {
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(into); err != nil || d.More() {
		return refuse("PARAM_ERROR", "the body is not an object of the documented members")
	}
	if _, err := d.Token(); err != io.EOF {
		return refuse("PARAM_ERROR", "something follows the body")
	}
	return nil
}

type createRequest struct {
	OuterOrderSn string          `json:"outerOrderSn"`
	OuterUID     string          `json:"outerUid"`
	Amount       json.RawMessage `json:"orderAmount"`
	Currency     wallet.Currency `json:"orderCurrency"`
	Env          string          `json:"env"`
	Desc         string          `json:"orderDesc"`
	TimeExpire   *int64          `json:"timeExpire"`
	RedirectURL  string          `json:"redirectUrl"`
	Goods        []struct {
		Type     string          `json:"goodsType"`
		Category string          `json:"goodsCategory"`
		Code     string          `json:"goodsCode"`
		Name     string          `json:"goodsName"`
		Count    int             `json:"goodsCount"`
		Amount   json.RawMessage `json:"goodsAmount"`
		Coin     wallet.Currency `json:"goodsCoin"`
	} `json:"goods"`
}

// check returns what is wrong with a request, and reads its amount.
func (c *createRequest) check(currencies []wallet.Currency, now time.Time) (wallet.Money, string) {
	amount, ok := parseMajor(c.Amount, c.Currency)
	switch {
	case len(c.OuterOrderSn) < 6 || len(c.OuterOrderSn) > 32 || strings.Trim(c.OuterOrderSn, numberRunes) != "":
		return amount, "outerOrderSn"
	case c.OuterUID == "" || len(c.OuterUID) > 32:
		return amount, "outerUid"
	case !ok:
		return amount, "orderAmount"
	case !contains(currencies, c.Currency):
		return amount, "orderCurrency"
	case c.Env != "WEB" && c.Env != "H5" && c.Env != "APP":
		return amount, "env"
	case c.Desc == "" || utf8.RuneCountInString(c.Desc) > 126:
		return amount, "orderDesc"
	case c.TimeExpire != nil && !time.UnixMilli(*c.TimeExpire).After(now):
		return amount, "timeExpire"
	case c.RedirectURL != "" && !provider.WebURL(c.RedirectURL):
		return amount, "redirectUrl"
	case len(c.Goods) != 1:
		return amount, "goods"
	}
	g := &c.Goods[0]
	line, ok := parseMajor(g.Amount, g.Coin)
	if !ok || line != amount || g.Count != 1 || g.Type != "01" && g.Type != "02" || len(g.Category) != 4 || g.Name == "" || g.Code == "" ||
		utf8.RuneCountInString(g.Code) > 19 {
		return amount, "goods"
	}
	return amount, ""
}

const numberRunes = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-|*"

func contains(list []wallet.Currency, c wallet.Currency) bool {
	for _, known := range list {
		if known == c {
			return true
		}
	}
	return false
}

func (p *Provider) create(body json.RawMessage, now time.Time) reply {
	var req createRequest
	if no := decode(body, &req); no != nil {
		return reply{no: no}
	}
	amount, wrong := req.check(p.cfg.Currencies, now)
	if wrong != "" {
		return reply{no: refuse("PARAM_ERROR", wrong)}
	}
	o := &order{outer: req.OuterOrderSn, uid: req.OuterUID, amount: amount, desc: req.Desc, returnURL: req.RedirectURL}
	if req.TimeExpire != nil {
		o.expires = time.UnixMilli(*req.TimeExpire)
	}
	o, no := p.file(o, now)
	if no != nil {
		return reply{no: no}
	}
	return reply{data: p.shown(o)}
}

// file opens an order, or returns the one with the same number, amount and currency.
func (p *Provider) file(o *order, now time.Time) (*order, *refusal) {
	o.digest = provider.DigestOf(o.amount)
	if before := p.orders.Newest(o.outer); before != nil {
		switch {
		case before.digest != o.digest:
			return nil, refuse("PARAM_ERROR", "the number was used for another amount")
		case p.faults.Happens(provider.RefuseRepeat, endCreate):
			return nil, refuse(p.faults.Pick("PARAM_ERROR", "ORDER_STATUS_ERROR", "ORDER_EXIST"), "the number was used before")
		}
		p.pass(before, now)
		return before, nil
	}
	o.sn, o.status, o.created, o.changed = p.serial("RAP", now), waiting, now, now
	o.firstSn = o.sn
	if !p.orders.Add(o, o.outer, o.sn) {
		return nil, refuse("SYSTEM_ERROR", "too many orders are open")
	}
	if !o.expires.IsZero() {
		p.dispatch.Remind(o, o.expires)
	}
	return o, nil
}

// opened returns the answer to create.
type opened struct {
	OrderSn      string   `json:"orderSn"`
	OuterOrderSn string   `json:"outerOrderSn"`
	Methods      []method `json:"paymentMethods,omitempty"`
	place
}

// method is a payment method in the answer to create.
type method struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Manual bool   `json:"manual"`
	place
}

// place is where a payer pays.
type place struct {
	WebURL string `json:"webUrl,omitempty"`
	H5URL  string `json:"h5Url,omitempty"`
	AppURL string `json:"appUrl,omitempty"`
	QRCode string `json:"qrCode,omitempty"`
}

func (p *Provider) shown(o *order) opened {
	out := opened{OrderSn: o.sn, OuterOrderSn: o.outer}
	if len(p.cfg.Methods) == 0 || p.cfg.BothWays {
		out.place = place{WebURL: p.link(o, "web", ""), H5URL: p.link(o, "h5", ""), AppURL: appURL(o, "")}
	}
	for _, m := range p.cfg.Methods {
		shown := method{ID: m.ID, Name: m.Name, Manual: m.Manual}
		if !m.Manual {
			shown.place = p.placeOf(o, m)
		}
		out.Methods = append(out.Methods, shown)
	}
	return out
}

func appURL(o *order, method string) string {
	query := url.Values{"sn": {o.firstSn}}
	if method != "" {
		query.Set("method", method)
	}
	return "redotpay://pay?" + query.Encode()
}

// placeOf returns the address of a method.
func (p *Provider) placeOf(o *order, m Method) (out place) {
	if m.Link {
		out.WebURL = p.link(o, "web", m.ID)
	}
	if m.QR {
		out.QRCode = p.link(o, "qr", m.ID)
	}
	if m.App {
		out.AppURL = appURL(o, m.ID)
	}
	return out
}

func (p *Provider) chooseMethod(body json.RawMessage, now time.Time) reply {
	var req struct {
		OrderSn         string `json:"orderSn"`
		PaymentMethodID string `json:"paymentMethodId"`
	}
	if no := decode(body, &req); no != nil {
		return reply{no: no}
	}
	o := p.orders.ByID(req.OrderSn)
	if o == nil {
		return reply{no: refuse("ORDER_NOT_FOUND", "there is no such order")}
	}
	if p.pass(o, now); !o.open() {
		return reply{no: refuse("ORDER_STATUS_ERROR", "the order cannot be paid")}
	}
	for _, m := range p.cfg.Methods {
		if m.ID == req.PaymentMethodID {
			o.method = m.ID
			return reply{data: p.placeOf(o, m)}
		}
	}
	return reply{no: refuse("PARAM_ERROR", "there is no such method")}
}

// named returns the order that a request names by exactly one number.
func (p *Provider) named(body json.RawMessage, now time.Time) (*order, *refusal) {
	var req struct {
		OuterOrderSn string `json:"outerOrderSn"`
		OrderSn      string `json:"orderSn"`
	}
	if no := decode(body, &req); no != nil {
		return nil, no
	}
	if (req.OuterOrderSn == "") == (req.OrderSn == "") {
		return nil, refuse("PARAM_ERROR", "exactly one of outerOrderSn and orderSn")
	}
	o := p.orders.Newest(req.OuterOrderSn)
	if req.OrderSn != "" {
		o = p.orders.ByID(req.OrderSn)
	}
	if o == nil {
		return nil, refuse("ORDER_NOT_FOUND", "there is no such order")
	}
	p.pass(o, now)
	return o, nil
}

func (p *Provider) detail(body json.RawMessage, now time.Time) reply {
	o, no := p.named(body, now)
	if no != nil {
		return reply{no: no}
	}
	return reply{data: o.detail(p.faults.Lags(endDetail, o.changed, now))}
}

// closeOrder closes an order; one that is closed already is closed again, with no data.
func (p *Provider) closeOrder(body json.RawMessage, now time.Time) reply {
	o, no := p.named(body, now)
	switch {
	case no != nil:
		return reply{no: no}
	case o.status == paid || !o.completes.IsZero():
		return reply{no: refuse("ORDER_STATUS_ERROR", "the order is paid")}
	case o.open() && p.faults.Happens(RefuseClose, endClose):
		return reply{no: refuse("ORDER_STATUS_ERROR", "the order cannot be closed")}
	case o.open():
		o.set(closed, now)
	}
	return reply{}
}

func (p *Provider) refund(body json.RawMessage, now time.Time) reply {
	var req struct {
		OrderSn       string          `json:"orderSn"`
		OuterRefundSn string          `json:"outerRefundSn"`
		Amount        json.RawMessage `json:"refundAmount"`
	}
	if no := decode(body, &req); no != nil {
		return reply{no: no}
	}
	o := p.orders.ByID(req.OrderSn)
	if o == nil {
		return reply{no: refuse("ORDER_NOT_FOUND", "there is no such order")}
	}
	amount, ok := parseMajor(req.Amount, o.amount.Currency)
	before := p.refunds[req.OuterRefundSn]
	switch {
	case !ok || len(req.OuterRefundSn) < 6 || len(req.OuterRefundSn) > 32:
		return reply{no: refuse("PARAM_ERROR", "outerRefundSn or refundAmount")}
	case before != nil && (before.order != o || before.amount != amount.Minor):
		return reply{no: refuse("PARAM_ERROR", "the number was used for another refund")}
	case before != nil && p.faults.Happens(provider.RefuseRepeat, endRefund):
		return reply{no: refuse(p.faults.Pick("PARAM_ERROR", "ORDER_STATUS_ERROR"), "the number was used before")}
	case before != nil:
		return reply{data: before.detail(false)}
	}
	if p.pass(o, now); amount.Minor > o.left() {
		return reply{no: refuse("ORDER_STATUS_ERROR", "more than is left of the order")}
	}
	r := &refund{order: o, id: p.serial("RAR", now), outer: req.OuterRefundSn, amount: amount.Minor, status: refundPending, changed: now}
	o.refunds, o.pending = append(o.refunds, r), o.pending+r.amount
	p.refunds[r.outer] = r
	if !p.cfg.ManualRefunds {
		p.dispatch.Remind(r, now.Add(p.cfg.RefundAfter))
	}
	return reply{data: r.detail(false)}
}

func (p *Provider) refundDetail(body json.RawMessage, now time.Time) reply {
	var req struct {
		OuterRefundSn string `json:"outerRefundSn"`
	}
	if no := decode(body, &req); no != nil {
		return reply{no: no}
	}
	r := p.refunds[req.OuterRefundSn]
	if r == nil {
		return reply{no: refuse("ORDER_NOT_FOUND", "there is no such refund")}
	}
	if !p.cfg.ManualRefunds && !now.Before(r.changed.Add(p.cfg.RefundAfter)) {
		p.decide(r, true, now)
	}
	return reply{data: r.detail(p.faults.Lags(endRefundDetail, r.changed, now))}
}
