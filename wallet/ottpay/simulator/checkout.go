package simulator

import (
	"cmp"
	"crypto/subtle"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/minitill/minitill/wallet/internal/provider/page"
)

// checkoutURL is where a payment is paid. The merchant may append selected=.
func (p *Provider) checkoutURL(pay *payment) string {
	return p.cfg.PublicURL + "/checkout?" + url.Values{"order": {pay.id}, "sign": {p.checkoutSign(pay.id)}}.Encode()
}

func (p *Provider) checkoutSign(id string) string { return upperMD5("checkout" + id + p.key)[:16] }

// the outcomes of the page.
var outcomes = []string{outcomePay, outcomeDecline, outcomeLater, outcomeLeave}

// checkout shows a payment's page or takes the payer's decision.
func (p *Provider) checkout(v *page.Visit) (page.View, error) {
	chosen := v.Form("outcome")
	added, ok := tip(v.Form("tip"))
	if v.Posted() && (!slices.Contains(outcomes, chosen) || !ok) {
		return nil, page.ErrForm
	}
	pay, found := p.visited(v, chosen, added)
	switch {
	case !found:
		return nil, page.ErrNotFound
	case pay.status.open() && !v.Posted():
		return p.promptOf(v, &pay), nil
	case pay.status.open():
		return p.result(v, &pay, chosen), nil
	}
	return p.result(v, &pay, ""), nil
}

// tip reads dollars and cents, such as 1.5.
func tip(s string) (int64, bool) {
	dollars, rest, _ := strings.Cut(s, ".")
	if len(rest) > 2 || len(dollars) > 4 {
		return 0, false
	}
	digits := dollars + (rest + "00")[:2]
	n, err := strconv.ParseUint(digits, 10, 32)
	return int64(n), err == nil
}

// visited settles the payment that a link names, applies the decision where there is one, and
// returns a copy, used without the lock.
func (p *Provider) visited(v *page.Visit, chosen string, tip int64) (payment, bool) {
	id := v.Query("order")
	if subtle.ConstantTimeCompare([]byte(v.Query("sign")), []byte(p.checkoutSign(id))) == 0 {
		return payment{}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	pay := p.books.ByID(id)
	if pay == nil {
		return payment{}, false
	}
	now := p.cfg.Now()
	p.settle(pay, now)
	pay.methods = methodsOr(v.Query("selected"))
	if chosen != "" && pay.status.open() {
		if method := v.Form("method"); slices.Contains(pay.methods, method) && pay.action == prepayInit {
			pay.choose(method)
		}
		if chosen == outcomePay {
			pay.tip = tip
		}
		_ = p.decide(pay, chosen, now)
	}
	return *pay, true
}

// promptOf returns the page that asks the payer.
func (p *Provider) promptOf(v *page.Visit, pay *payment) page.Ask {
	form := page.Form{Buttons: []page.Button{{Value: outcomePay, Label: v.Say("pay")}}}
	if pay.action == prepayInit {
		form.Fields = []page.Field{p.methodField(v, pay), {Name: "tip", Label: v.Say("tip"), Value: "0.00", Unit: p.cfg.Currency}}
	}
	prompt := page.Ask{
		Status: string(pay.status), Amount: p.money(pay.amount), Expires: pay.expires, ReturnURL: pay.returnURL,
		Facts: []page.Fact{{Label: v.Say("order"), Value: pay.request, Code: true}},
		Forms: []page.Form{form, {Test: true, Title: v.Say("testOutcomes"), Buttons: []page.Button{
			{Value: outcomeDecline, Label: v.Say("decline"), Icon: "cross"}, {Value: outcomeLater, Label: v.Say("later"), Icon: "clock"},
			{Value: outcomeLeave, Label: v.Say("leave"), Icon: "stop"},
		}}},
	}
	if pay.fee > 0 {
		prompt.Notes = []page.Fact{{Label: v.Say("fee"), Amount: p.money(pay.fee)}}
	}
	if pay.hold {
		prompt.Notes = append(prompt.Notes, page.Fact{Value: v.Say("holdNote")})
	}
	if pay.remarks != "" {
		prompt.Facts = append([]page.Fact{{Label: v.Say("for"), Value: pay.remarks}}, prompt.Facts...)
	}
	return prompt
}

func (p *Provider) methodField(v *page.Visit, pay *payment) page.Field {
	field := page.Field{Name: "method", Label: v.Say("method"), Value: pay.methods[0]}
	for _, method := range pay.methods {
		field.Options = append(field.Options, page.Option{Value: method, Label: v.Say("method." + method)})
	}
	return field
}

func (p *Provider) money(cents int64) page.Amount {
	return page.Amount{Decimal: fmt.Sprintf("%d.%02d", cents/100, cents%100), Currency: p.cfg.Currency}
}

// result returns the page after a decision. The redirect has the amount and the ids, which
// prove nothing.
func (p *Provider) result(v *page.Visit, pay *payment, chosen string) page.Result {
	names := map[status]string{open: "pending", processing: "processing", authorized: "authorized", paid: "paid", failed: "failed", expired: "expired", voided: "voided"}
	codes := map[status]string{paid: "9000", authorized: "9000", failed: "4000", expired: "4000", processing: "8000", open: "6001"}
	result := v.Result(names[pay.status])
	result.Status, result.Amount, result.ReturnURL = string(pay.status), p.money(pay.amount), p.returnURL(pay)
	if pay.status == paid {
		result.Amount = p.money(pay.charged())
	}
	result.Facts = []page.Fact{{Label: v.Say("order"), Value: pay.request, Code: true}}
	result.Message = page.Message{Outcome: cmp.Or(chosen, string(pay.status)), ResultCode: codes[pay.status]}
	return result
}

// returnURL returns the merchant's URL with what the provider appends; the status has a blank.
func (p *Provider) returnURL(pay *payment) string {
	u, err := url.Parse(pay.returnURL)
	if err != nil || pay.returnURL == "" || pay.action != prepayInit {
		return pay.returnURL
	}
	word := map[status]string{paid: " Trade_Finished"}[pay.status]
	added := url.Values{
		"total_fee": {strconv.FormatInt(pay.amount, 10)}, "trade_no": {pay.id}, "out_trade_no": {pay.request}, "trade_status": {word},
	}.Encode()
	if u.RawQuery != "" {
		added = u.RawQuery + "&" + added
	}
	u.RawQuery = added
	return u.String()
}
