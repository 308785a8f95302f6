package simulator

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// maxBody bounds what is read of a call.
const maxBody = 64 << 10

// answer is the answer to a call: data, or another code than 200.
type answer struct {
	status int
	code   int
	msg    string
	data   any
	none   bool // without data
}

func ok(data any) answer { return answer{status: http.StatusOK, code: 200, msg: "Success", data: data} }

func done() answer { return answer{status: http.StatusOK, code: 200, msg: "success", none: true} }

func refuse(code int, msg string) answer {
	return answer{status: http.StatusOK, code: code, msg: msg, none: true}
}

func absent() answer {
	return answer{status: http.StatusNotFound, code: 404, msg: "not found", none: true}
}

// request is an authenticated call.
type request struct {
	query url.Values
	body  []byte
	now   time.Time
	bend  Fault
}

// operations are the calls by method and endpoint. They are executed under the lock.
var operations = map[string]func(*Provider, request) answer{
	"POST " + createOrder: (*Provider).create, "GET " + detail: (*Provider).detail, "GET " + paymentList: (*Provider).list,
	"GET " + payInfo: (*Provider).info, "POST " + updateInfo: (*Provider).update, "GET " + notifyAgain: (*Provider).again,
	"POST " + createRefund: (*Provider).refund, "GET " + refundDetail: (*Provider).refundDetail, "GET " + refundList: (*Provider).refundList,
	"GET " + refundAgain: (*Provider).refundAgain, "GET " + chainList: (*Provider).chains, "GET " + currencyList: (*Provider).currencies,
}

// serveCall answers a call of the API.
func (p *Provider) serveCall(w http.ResponseWriter, r *http.Request, endpoint string) {
	p.faults.Serve(w, r, endpoint, func(rule Rule) func() {
		a := p.call(w, r, endpoint, rule)
		if rule.Fault == UnknownOutcome {
			a = refuse(500, "system busy")
		}
		return func() { write(w, a) }
	})
}

func (p *Provider) call(w http.ResponseWriter, r *http.Request, endpoint string, rule Rule) answer {
	body, err := provider.Body(w, r, maxBody)
	if err != nil {
		return refuse(400, "the body cannot be read")
	}
	if !p.authentic(r, body) {
		a := refuse(401, "Unauthorized")
		if !p.cfg.RefuseInBody {
			a.status = http.StatusUnauthorized
		}
		return a
	}
	execute := operations[r.Method+" "+endpoint]
	switch {
	case execute == nil:
		return absent()
	case rule.Fault == TrafficLimit:
		return answer{status: http.StatusTooManyRequests, code: 429, msg: "too many requests", none: true}
	case rule.Fault == Refused:
		return refuse(400, "refused")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return execute(p, request{query: r.URL.Query(), body: body, now: p.cfg.Now(), bend: rule.Fault})
}

func write(w http.ResponseWriter, a answer) {
	out := object{}.with("code", a.code).with("msg", a.msg)
	if !a.none {
		out = out.with("data", a.data)
	}
	provider.WriteJSON(w, a.status, out)
}

// createJSON is the body of createPaymentOrder. The chain may be text, as the provider's
// own sample sends it.
type createJSON struct {
	ChainID             json.Number `json:"chainId"`
	Description         string      `json:"description"`
	OutTradeNo          string      `json:"outTradeNo"`
	IsLegalTender       *int        `json:"isLegalTender"`
	QuoteCurrencySymbol string      `json:"quoteCurrencySymbol"`
	QuoteAmount         string      `json:"quoteAmount"`
	NotifyURL           string      `json:"notifyUrl"`
	RedirectionURL      string      `json:"redirectionUrl"`
	TagName             string      `json:"tagName"`
}

func (in *createJSON) mistake() string {
	amount, decimal := positive(in.QuoteAmount)
	chain, _ := strconv.Atoi(in.ChainID.String())
	switch {
	case in.OutTradeNo == "" || len(in.OutTradeNo) > 64 || strings.Trim(in.OutTradeNo, nameLetters) != "":
		return "outTradeNo"
	case in.Description == "" || len([]rune(in.Description)) > 128:
		return "description"
	case in.IsLegalTender == nil || *in.IsLegalTender != 0 && *in.IsLegalTender != 1:
		return "isLegalTender"
	case worth(in.QuoteCurrencySymbol, *in.IsLegalTender == 1) == 0:
		return "quoteCurrencySymbol"
	case !decimal || amount.Sign() <= 0:
		return "quoteAmount"
	case chainOf(chain) == nil:
		return "chainId"
	case !provider.WebURL(in.NotifyURL):
		return "notifyUrl"
	}
	return ""
}

const nameLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

func (p *Provider) create(r request) answer {
	var in createJSON
	if err := json.Unmarshal(r.body, &in); err != nil {
		return refuse(400, "not JSON")
	}
	if wrong := in.mistake(); wrong != "" {
		return refuse(400, "parameter error: "+wrong)
	}
	content := provider.DigestOf(in)
	if before := p.newest(in.OutTradeNo, r.now); before != nil {
		if p.cfg.RepeatsAgree && before.digest == content && !p.faults.Happens(RefuseRepeat, createOrder) {
			return ok(p.opened(before))
		}
		return refuse(400, "order already exists")
	}
	o := p.newOrder(&in, content, r.now)
	if amount, _ := positive(o.quote); !o.legal && usual(o.chain, o.symbol).symbol == o.symbol {
		if _, exact := o.token.exact(amount); !exact {
			return refuse(400, "parameter error: quoteAmount")
		}
	}
	o.expected = p.expects(o)
	p.assign(o)
	p.orders.Add(o, o.trade, o.number, o.page)
	p.news.Remind(o, o.expires)
	return ok(p.opened(o))
}

func (p *Provider) newOrder(in *createJSON, content provider.Digest, now time.Time) *order {
	chain, _ := strconv.Atoi(in.ChainID.String())
	return &order{
		number: now.UTC().Format("20060102150405") + fmt.Sprintf("%07d", p.orders.Len()+1), trade: in.OutTradeNo, page: randomPage(),
		description: in.Description, legal: *in.IsLegalTender == 1, symbol: in.QuoteCurrencySymbol, quote: in.QuoteAmount, tag: in.TagName,
		notifyURL: in.NotifyURL, returnURL: in.RedirectionURL, digest: content, chain: chain, token: usual(chain, in.QuoteCurrencySymbol),
		status: waiting, before: waiting, changed: now, created: now, expires: now.Add(p.cfg.Window),
	}
}

// opened returns the answer to create.
func (p *Provider) opened(o *order) object {
	page := "/payment?apiSign=" + url.QueryEscape(o.page)
	if p.faults.Happens(HostilePage, createOrder) {
		page = p.faults.Pick("//evil.example/payment", "https://evil.example/payment", "@evil.example/payment", ".evil.example/", "/pay\r\nment", "payment")
	}
	return p.place(object{}.with("outPaymentNo", o.number).with("paymentUrl", page), o, createOrder)
}

// place adds the address to which an order is paid.
func (p *Provider) place(out object, o *order, endpoint string) object {
	address := o.address
	if p.faults.Happens(OtherAddress, endpoint) {
		address = chainOf(o.chain).account
	}
	return out.with("userWalletAddress", address).with("saltHash", o.saltHash())
}

func (p *Provider) detail(r request) answer {
	o := p.newest(r.query.Get("outTradeNo"), r.now)
	if number := r.query.Get("outPaymentNo"); o == nil || number != "" && number != o.number {
		return absent()
	}
	status, there := p.shown(detail, o.status, o.before, o.changed, o.created, r.now)
	if !there {
		return absent()
	}
	return ok(o.json(p.cfg.OrgID, status, r.bend))
}

// shown returns the status that a query shows: the former one, or none yet, while the query
// lags.
func (p *Provider) shown(endpoint string, status, before int, changed, created, now time.Time) (int, bool) {
	if !p.faults.Lags(endpoint, changed, now) {
		return status, true
	}
	return before, !changed.Equal(created)
}

func (p *Provider) info(r request) answer {
	o := p.newest(r.query.Get("outTradeNo"), r.now)
	if o == nil {
		return absent()
	}
	left := max(0, int64(o.expires.Sub(r.now)/time.Second))
	return ok(p.place(object{}.with("countDown", left).with("orgName", p.cfg.Merchant), o, payInfo))
}

func (p *Provider) update(r request) answer {
	var in struct {
		ChainID, CurrencyID int
		OutTradeNo          string
	}
	if err := json.Unmarshal(r.body, &in); err != nil {
		return refuse(400, "not JSON")
	}
	o := p.newest(in.OutTradeNo, r.now)
	t := tokenOf(in.ChainID, in.CurrencyID)
	switch {
	case o == nil:
		return absent()
	case t == nil:
		return refuse(400, "parameter error: currencyId")
	case o.status != waiting:
		return refuse(400, "the order is not open")
	}
	p.choose(o, t)
	return ok(p.place(object{}.with("expectedAmount", o.expected.String()), o, updateInfo))
}

func (p *Provider) again(r request) answer {
	o := p.newest(r.query.Get("outTradeNo"), r.now)
	if o == nil {
		return absent()
	}
	p.notifyOnce(o)
	return done()
}

func (p *Provider) refund(r request) answer {
	var in struct{ OutTradeNo, OutPaymentNo, Amount, TransferAddress, NotifyURL string }
	if err := json.Unmarshal(r.body, &in); err != nil {
		return refuse(400, "not JSON")
	}
	o := p.newest(in.OutTradeNo, r.now)
	switch {
	case o == nil || in.OutPaymentNo != "" && in.OutPaymentNo != o.number:
		return absent()
	case o.status != paid && o.status != partly && o.status != refunded:
		return refuse(400, "the order is not paid")
	case in.NotifyURL != "" && !provider.WebURL(in.NotifyURL):
		return refuse(400, "parameter error: notifyUrl")
	}
	left := new(big.Int).Sub(o.settled, o.back(true))
	units := left
	if in.Amount != "" {
		amount, decimal := positive(in.Amount)
		exact := false
		if decimal {
			units, exact = o.paidIn.exact(amount)
		}
		if !exact {
			return refuse(400, "parameter error: amount")
		}
	}
	if units.Sign() <= 0 || units.Cmp(left) > 0 {
		return refuse(400, "the amount is more than is left")
	}
	if p.repeats(o, units) && p.faults.Happens(RefuseRepeat, createRefund) {
		return refuse(400, "a refund is being processed")
	}
	made := &refund{
		id: len(p.refunds) + 1, order: o, units: units, requested: units, address: chainOf(o.paidIn.chain).account, notify: in.NotifyURL,
		status: refundWaiting, before: refundWaiting, changed: r.now, created: r.now,
	}
	if in.TransferAddress != "" {
		made.address = in.TransferAddress
	}
	p.refunds, o.refunds = append(p.refunds, made), append(o.refunds, made)
	return ok(object{}.with("refundId", made.id))
}

// repeats reports whether an order has an open refund of a sum.
func (p *Provider) repeats(o *order, units *big.Int) bool {
	for _, r := range o.openRefunds() {
		if r.requested.Cmp(units) == 0 {
			return true
		}
	}
	return false
}

// requested returns the refund that a query names: by its id, or else the latest of an order.
func (p *Provider) requested(q url.Values, now time.Time) *refund {
	id, _ := strconv.Atoi(q.Get("refundId"))
	trade := q.Get("outTradeNo")
	o := p.newest(trade, now)
	switch r := p.refundBy(id); {
	case r != nil && (trade == "" || r.order.trade == trade):
		p.passRefund(r, now)
		return r
	case q.Get("refundId") == "" && o != nil && len(o.refunds) > 0:
		return o.refunds[len(o.refunds)-1]
	}
	return nil
}

func (p *Provider) refundDetail(r request) answer {
	found := p.requested(r.query, r.now)
	if found == nil {
		return absent()
	}
	status, there := p.shown(refundDetail, found.status, found.before, found.changed, found.created, r.now)
	if !there {
		return absent()
	}
	return ok(found.json(status, r.bend))
}

func (p *Provider) refundAgain(r request) answer {
	found := p.requested(r.query, r.now)
	if found == nil {
		return absent()
	}
	p.notifyRefundOnce(found)
	return done()
}

func (p *Provider) chains(request) answer {
	list := make([]object, len(chains))
	for i, c := range chains {
		list[i] = object{}.with("chainId", c.id).with("chainName", c.name)
	}
	return ok(list)
}

func (p *Provider) currencies(r request) answer {
	list := []object{}
	for i := range tokens {
		t := &tokens[i]
		if chain := r.query.Get("chainId"); chain != "" && chain != strconv.Itoa(t.chain) {
			continue
		}
		list = append(list, object{}.with("currencyId", t.id).with("chainId", t.chain).with("name", t.name).with("symbol", t.symbol).
			with("address", t.address).with("decimals", t.decimals).with("createTime", "2023-08-02 18:04:33").with("icon", icon).
			with("exchangeRate", new(big.Rat).SetFrac64(1_000_000, t.price).FloatString(8)))
	}
	return ok(list)
}

// icon is in place of the large images in the provider's list.
var icon = "data:image/png;base64," + base64.StdEncoding.EncodeToString(make([]byte, 3000))
