package simulator

import (
	"embed"
	"strings"

	"github.com/minitill/minitill/internal/design"
	"github.com/minitill/minitill/wallet/internal/provider/page"
)

//go:embed pages assets
var files embed.FS

// accent is this simulator's own colour, to distinguish it from the shop and the sandbox.
const accent = "#0b7285"

func (p *Provider) newPages() (*page.Shell, error) {
	return page.New(page.Config{
		PublicURL: p.base, Merchant: p.cfg.Merchant, Accent: accent, FrameAncestors: p.cfg.FrameAncestors,
		Texts: page.Texts{design.English: english, design.SimplifiedChinese: simplifiedChinese, design.Arabic: arabic},
		Files: files, Now: p.cfg.Now, Log: p.cfg.Log,
	})
}

// prompt returns the page of an open payment.
func (p *payment) prompt(v *page.Visit) page.Ask {
	out := page.Ask{
		Status: p.status.String(), Amount: p.written(), Expires: p.expires, ReturnURL: p.returnURL,
		Facts: p.facts(v), Forms: []page.Form{
			{Buttons: []page.Button{{Value: outcomePay, Label: v.Say("pay")}}},
			{Test: true, Buttons: []page.Button{
				{Value: outcomeDecline, Label: v.Say("decline"), Icon: "cross"},
				{Value: outcomeLater, Label: v.Say("later"), Icon: "clock"},
				{Value: outcomeCancel, Label: v.Say("cancel"), Icon: "stop"},
				{Value: outcomeLeave, Label: v.Say("leave"), Icon: "help"},
			}},
		},
	}
	if p.hold {
		out.Notes = []page.Fact{{Label: v.Say("holdNote")}}
		out.Forms[0].Buttons[0].Label = v.Say("authorize")
	}
	return out
}

func (p *payment) facts(v *page.Visit) []page.Fact {
	var facts []page.Fact
	if p.title != "" {
		facts = append(facts, page.Fact{Label: v.Say("for"), Value: p.title})
	}
	if p.order != "" {
		facts = append(facts, page.Fact{Label: v.Say("order"), Value: p.order, Code: true})
	}
	return facts
}

// result returns the page of a payment's result.
func (p *payment) result(v *page.Visit, outcome string) page.Result {
	out := v.Result(strings.ToLower(p.status.String()))
	out.Status, out.Amount, out.ReturnURL = p.status.String(), p.written(), p.returnURL
	out.Message = page.Message{Outcome: outcome, ResultCode: resultCodes[outcome]}
	return out
}

func (p *payment) written() page.Amount {
	return page.Amount{Decimal: p.amount.Decimal(), Currency: string(p.amount.Currency)}
}

// prompt returns the page of what a mini program requests.
func (c consent) prompt(v *page.Visit) page.Ask {
	agree, about := v.Say("agree"), page.Section{Template: "scopes", Data: c.scopes}
	if c.contract != nil {
		agree, about = v.Say("sign"), page.Section{Template: "contract", Data: contractText{c.contract.title, c.contract.text}}
	}
	return page.Ask{After: v.Say("asks"), Sections: []page.Section{about}, Forms: []page.Form{{Buttons: []page.Button{
		{Name: "consent", Value: consentAgree, Label: agree},
		{Name: "consent", Value: consentRefuse, Label: v.Say("refuse")},
	}}}}
}

type contractText struct{ Title, Text string }

// agreedPage passes on the code of an agreement.
func agreedPage(v *page.Visit, code string) page.Result {
	return page.Result{
		Tone: "good", Icon: "check", Heading: v.Say("agreed.heading"), Body: v.Say("agreed.body"),
		Facts:   []page.Fact{{Label: v.Say("code"), Value: code, Code: true}},
		Message: page.Message{Type: authorizeMessage, Outcome: consentAgree, AuthCode: code},
	}
}

func refusedPage(v *page.Visit) page.Result {
	return page.Result{
		Tone: "calm", Icon: "stop", Heading: v.Say("refused.heading"), Body: v.Say("refused.body"),
		Message: page.Message{Type: authorizeMessage, Outcome: consentRefuse, ResultCode: resultCodes[outcomeCancel]},
	}
}

// authorizeMessage is the type of the messages of the consent page.
const authorizeMessage = "minitill:authorize"
