package simulator

import (
	"cmp"
	"crypto/hmac"

	"github.com/minitill/minitill/internal/design"
	"github.com/minitill/minitill/wallet/internal/provider/page"
)

// accent is the wallet's own colour, to distinguish it from the shop.
const accent = "#c8102e"

func (p *Provider) newPages() (*page.Shell, error) {
	return page.New(page.Config{
		PublicURL: p.base, Merchant: p.cfg.Merchant, Accent: accent, FrameAncestors: p.cfg.FrameAncestors,
		Texts: page.Texts{design.English: english, design.SimplifiedChinese: simplifiedChinese, design.Arabic: arabic},
		Now:   p.cfg.Now, Log: p.cfg.Log,
	})
}

// resultCodes are what my.tradePay reports for an outcome.
var resultCodes = map[string]string{outcomePay: "9000", outcomeDecline: "4000", outcomeLeave: "6001", outcomeLater: "8000"}

// cashier shows an order's page or takes the payer's decision.
func (p *Provider) cashier(v *page.Visit, sn string) (page.View, error) {
	outcome := v.Form("outcome")
	if v.Posted() && resultCodes[outcome] == "" {
		return nil, page.ErrForm
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.orders.ByID(sn)
	if o == nil || !hmac.Equal([]byte(p.token(sn)), []byte(v.Query("t"))) {
		return nil, page.ErrNotFound
	}
	now := p.cfg.Now()
	p.pass(o, now)
	if v.Posted() && o.open() && o.completes.IsZero() {
		o.method = cmp.Or(v.Form("method"), o.method)
		if err := p.act(o, outcome, now); err != nil {
			return nil, err
		}
		return p.result(v, o, outcome), nil
	}
	if o.open() && o.completes.IsZero() {
		return p.prompt(v, o), nil
	}
	return p.result(v, o, ""), nil
}

// prompt returns the page of an open order: its methods, the QR code and the app's link of the
// chosen method, and what the payer can do.
func (p *Provider) prompt(v *page.Visit, o *order) page.Ask {
	prompt := page.Ask{
		Status: "WAITING", Amount: page.Amount{Decimal: o.amount.Decimal(), Currency: string(o.amount.Currency)},
		Expires: o.expires, ReturnURL: o.returnURL,
	}
	if o.desc != "" {
		prompt.Facts = append(prompt.Facts, page.Fact{Label: v.Say("for"), Value: o.desc})
	}
	prompt.Facts = append(prompt.Facts, page.Fact{Label: v.Say("order"), Value: o.sn, Code: true})
	if o.status == failed {
		prompt.Notes = []page.Fact{{Label: v.Say("tryAgain")}}
	}
	pay := page.Form{Buttons: []page.Button{{Value: outcomePay, Label: v.Say("pay")}}}
	if len(p.cfg.Methods) > 0 {
		p.offer(v, o, &prompt, &pay)
	}
	prompt.Forms = []page.Form{pay, {Test: true, Buttons: []page.Button{
		{Value: outcomeLater, Label: v.Say("later"), Icon: "clock"},
		{Value: outcomeDecline, Label: v.Say("decline"), Icon: "cross"},
		{Value: outcomeLeave, Label: v.Say("leave"), Icon: "stop"},
	}}}
	return prompt
}

// offer adds the methods, and the details of the one that the address names.
func (p *Provider) offer(v *page.Visit, o *order, prompt *page.Ask, pay *page.Form) {
	chosen := v.Query("method")
	choice := page.Field{Name: "method", Label: v.Say("method"), Value: cmp.Or(chosen, p.cfg.Methods[0].ID)}
	for _, m := range p.cfg.Methods {
		choice.Options = append(choice.Options, page.Option{Value: m.ID, Label: m.Name})
		if m.ID != chosen {
			continue
		}
		if m.QR && v.Query("k") != "qr" { // a phone that has scanned the code needs none
			prompt.QR = p.link(o, "qr", m.ID)
		}
		if m.App || m.QR {
			prompt.Links = append(prompt.Links, page.Link{Label: v.Say("openApp"), URL: appURL(o, m.ID)})
		}
	}
	pay.Fields = append(pay.Fields, choice)
}

// states are the pages' states of an order after the payer's decision.
func (o *order) state(outcome string) string {
	switch {
	case o.status == paid:
		return "paid"
	case o.status == closed:
		return "closed"
	case !o.completes.IsZero():
		return "processing"
	case outcome == outcomeDecline:
		return "failed"
	}
	return "pending"
}

func (p *Provider) result(v *page.Visit, o *order, outcome string) page.Result {
	state := o.state(outcome)
	if outcome == "" {
		outcome = map[string]string{"paid": outcomePay, "processing": outcomeLater}[state]
		outcome = cmp.Or(outcome, outcomeLeave)
	}
	out := v.Result(state)
	if state == "closed" {
		out.Tone, out.Icon = "calm", "stop"
	}
	out.Status, out.ReturnURL = state, o.returnURL
	out.Amount = page.Amount{Decimal: o.amount.Decimal(), Currency: string(o.amount.Currency)}
	out.Message = page.Message{Outcome: outcome, ResultCode: resultCodes[outcome]}
	return out
}
