package simulator

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/internal/provider"
)

// directStatus are the words of the dialect; only paid is documented.
var directStatus = map[int]string{waiting: "pending", paid: "paid", failed: "failed", closed: "closed"}

// directCodes are the numbers of the codes, a convention.
var directCodes = map[string]int{
	"PARAM_ERROR": 1001, "ORDER_NOT_FOUND": 1002, "ORDER_STATUS_ERROR": 1003, "ORDER_EXIST": 1003, "NOT_FOUND": 1004,
	"DECLINED": 2001, "RATE_LIMIT": 429, "SYSTEM_ERROR": 5000,
}

// unit writes an amount in the dialect's unit.
func (p *Provider) unit(m wallet.Money) json.RawMessage {
	if p.cfg.Direct.Major {
		return major(m)
	}
	return integer(m.Minor)
}

// serveDirect answers a call of the direct dialect.
func (p *Provider) serveDirect(w http.ResponseWriter, r *http.Request, path string) {
	endpoint, run := p.directCall(r, path)
	body, err := provider.Body(w, r, maxCall)
	switch {
	case r.Header.Get("Authorization") != "Bearer "+string(p.cfg.Direct.MerchantKey.Reveal()):
		p.answerDirect(w, reply{no: &refusal{http.StatusUnauthorized, "NOT_FOUND", "the key is not known"}})
		return
	case run == nil || err != nil:
		p.answerDirect(w, reply{no: &refusal{http.StatusNotFound, "NOT_FOUND", "there is no such call"}})
		return
	}
	p.cfg.OnRequest(endpoint, body)
	p.faults.Serve(w, r, endpoint, func(rule Rule) func() {
		out := p.execute(endpoint, rule, func(now time.Time) reply { return run(body, now) })
		if s, is := out.data.(standing); is {
			out.data = p.distortedStanding(s, rule.Fault)
		}
		return func() { p.answerDirect(w, out) }
	})
}

// directCall returns the call of a request.
func (p *Provider) directCall(r *http.Request, path string) (endpoint string, run func(body json.RawMessage, now time.Time) reply) {
	rest, ofOrder := strings.CutPrefix(path, below)
	verb, ofCard := strings.CutPrefix(path, "/v1/")
	switch {
	case ofOrder && r.Method == http.MethodPost && rest == endCreate:
		return endCreate, p.createDirect
	case ofOrder && r.Method == http.MethodGet && rest == endMethod:
		sn := r.URL.Query().Get("order_sn")
		return endMethod, func(_ json.RawMessage, now time.Time) reply { return p.methodDirect(sn, now) }
	case ofOrder && r.Method == http.MethodGet && rest != "":
		name, _ := url.PathUnescape(rest)
		return endDetail, func(_ json.RawMessage, now time.Time) reply { return p.status(name, now) }
	case ofCard && r.Method == http.MethodPost && cardCalls[verb] != nil:
		call := cardCalls[verb]
		return endCard + "/" + verb, func(body json.RawMessage, now time.Time) reply { return call(p, body, now) }
	}
	return "", nil
}

func (p *Provider) answerDirect(w http.ResponseWriter, out reply) {
	if out.no == nil {
		provider.WriteJSON(w, http.StatusOK, map[string]any{"code": 0, "data": out.data})
		return
	}
	if out.no.status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	code, known := directCodes[out.no.code]
	if !known {
		code, _ = strconv.Atoi(out.no.code)
	}
	provider.WriteJSON(w, out.no.status, map[string]any{"code": cmp.Or(code, 5000), "msg": out.no.msg})
}

func (p *Provider) createDirect(body json.RawMessage, now time.Time) reply {
	var req struct {
		MerchantCode string          `json:"merchant_code"`
		Amount       json.RawMessage `json:"amount"`
		Currency     wallet.Currency `json:"currency"`
		RefNo        string          `json:"ref_no"`
		CallbackURL  string          `json:"callback_url"`
		Manual       bool            `json:"manual"`
	}
	if no := decode(body, &req); no != nil {
		return reply{no: no}
	}
	amount, ok := parseInteger(req.Amount, req.Currency, p.cfg.Direct.Major)
	if !ok || req.MerchantCode != p.cfg.Direct.MerchantCode || !contains(p.cfg.Currencies, req.Currency) || req.RefNo == "" ||
		req.CallbackURL != "" && !provider.WebURL(req.CallbackURL) {
		return reply{no: refuse("PARAM_ERROR", "a parameter is wrong")}
	}
	o, no := p.file(&order{
		outer: req.RefNo, amount: amount, notifyURL: req.CallbackURL, manual: req.Manual, expires: now.Add(directExpiry),
	}, now)
	if no != nil {
		return reply{no: no}
	}
	out := map[string]any{"order_sn": o.sn, "manual": req.Manual, "expire_time": int(directExpiry / time.Second)}
	if !req.Manual {
		out["payment_url"] = p.link(o, "web", "")
	}
	return reply{data: out}
}

// directExpiry is how long an order of the dialect can be paid.
const directExpiry = time.Hour

func (p *Provider) methodDirect(sn string, now time.Time) reply {
	o := p.orders.ByID(sn)
	if o == nil {
		return reply{no: refuse("ORDER_NOT_FOUND", "there is no such order")}
	}
	if p.pass(o, now); !o.open() {
		return reply{no: refuse("ORDER_STATUS_ERROR", "the order cannot be paid")}
	}
	return reply{data: map[string]string{"order_sn": o.sn, "payment_url": p.link(o, "web", ""), "qr_code": p.link(o, "qr", "")}}
}

// standing returns how an order of the dialect stands.
type standing struct {
	OrderSn  string          `json:"order_sn"`
	RefNo    string          `json:"ref_no"`
	Status   string          `json:"status"`
	Amount   json.RawMessage `json:"amount,omitempty"`
	Currency string          `json:"currency,omitempty"`
}

func (p *Provider) status(name string, now time.Time) reply {
	o, found := p.orders.Find(name)
	if !found {
		return reply{no: refuse("ORDER_NOT_FOUND", "there is no such order")}
	}
	p.pass(o, now)
	status := o.status
	if o.was != 0 && p.faults.Lags(endDetail, o.changed, now) {
		status = o.was
	}
	sn := o.sn
	if name == o.firstSn {
		sn = name
	}
	return reply{data: standing{OrderSn: sn, RefNo: o.outer, Status: directStatus[status], Amount: p.unit(o.amount), Currency: string(o.amount.Currency)}}
}

// distortedStanding returns an answer, altered as the injected faults say.
func (p *Provider) distortedStanding(s standing, fault Fault) standing {
	rule := p.faults.Draw(endDetail, func(r Rule) bool { return s.Status == "paid" || r.Fault != provider.AmountMissing }, reportFaults...)
	c := callback{Status: s.Status, Amount: s.Amount, Currency: s.Currency}
	c = c.bend(rule.Fault).bend(fault)
	s.Status, s.Amount, s.Currency = c.Status, c.Amount, c.Currency
	return s
}
