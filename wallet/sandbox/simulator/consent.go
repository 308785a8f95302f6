package simulator

import (
	"cmp"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider/page"
)

// What a payer may answer on the page of an agreement.
const (
	consentAgree  = "agree"
	consentRefuse = "refuse"
	consentEnd    = "end"
)

// consentMessage is the type of the message to opener and parent.
const consentMessage = "minitill:authorize"

// visitor is the user of the page when its address names none.
const visitor = "visitor"

// consent shows an agreement's page or takes the payer's decision.
func (p *Provider) consent(v *page.Visit, place string) (page.View, error) {
	chosen, user := v.Form("outcome"), cmp.Or(v.Query("user"), visitor)
	switch {
	case v.Posted() && chosen != consentAgree && chosen != consentRefuse && chosen != consentEnd:
		return nil, page.ErrForm
	case len(user) > maxUser:
		return nil, page.ErrNotFound
	}
	t, err := p.decideAgreement(place, chosen, user)
	switch {
	case err != nil:
		return nil, err
	case t == nil:
		return nil, page.ErrNotFound
	case t.Status == agreementEnded:
		return t.ended(v), nil
	case !v.Posted():
		return t.prompt(v), nil
	case t.code != "":
		return t.agreed(v), nil
	}
	return t.refused(v), nil
}

// decideAgreement applies the payer's decision, when there is one, to the agreement of a sign
// URL, and returns what its page shows; nil when there is no such agreement.
func (p *Provider) decideAgreement(place, chosen, user string) (*treaty, error) {
	return locked(p, func(now time.Time) (*treaty, []change) {
		a, _ := p.agreementOf(signingPlace, place)
		if a == nil {
			return nil, nil
		}
		var code string
		var c change
		switch chosen {
		case consentAgree:
			code, c = p.signedBy(a, user, now)
		case consentEnd:
			c = p.ended(a, now)
		}
		return &treaty{*a, code}, []change{c}
	})
}

// treaty is a copy of an agreement for its page, used without the lock.
type treaty struct {
	agreement
	code string // issued by the payer's decision
}

// prompt is the page of an agreement that can be signed, or signed again.
func (t *treaty) prompt(v *page.Visit) page.Ask {
	out := page.Ask{
		Status: string(t.Status), After: v.Say("asksAgreement"), Facts: t.facts(v),
		Forms: []page.Form{{Buttons: []page.Button{
			{Value: consentAgree, Label: v.Say("sign")}, {Value: consentRefuse, Label: v.Say("refuse")},
		}}},
	}
	if t.Status == agreementSigned {
		out.After = v.Say("mayCharge")
		out.Forms = []page.Form{
			{Buttons: []page.Button{{Value: consentEnd, Label: v.Say("endAgreement")}}},
			{Test: true, Buttons: []page.Button{{Value: consentAgree, Label: v.Say("signAgain"), Icon: "check"}}},
		}
	}
	return out
}

func (t *treaty) facts(v *page.Visit) []page.Fact {
	facts := []page.Fact{{Label: v.Say("for"), Value: cmp.Or(t.Title, t.Reference)}}
	if t.Description != "" {
		facts = append(facts, page.Fact{Label: v.Say("terms"), Value: t.Description})
	}
	if t.Limit.Positive() {
		limit := page.Amount{Decimal: t.Limit.Decimal(), Currency: string(t.Limit.Currency)}
		facts = append(facts, page.Fact{Label: v.Say("limit"), Amount: limit})
	}
	return facts
}

// agreed passes the code to the client.
func (t *treaty) agreed(v *page.Visit) page.Result {
	return page.Result{
		Status: string(t.Status), Tone: "good", Icon: "check", Heading: v.Say("signed.heading"), Body: v.Say("signed.body"),
		Facts:   append(t.facts(v), page.Fact{Label: v.Say("code"), Value: t.code, Code: true}),
		Message: page.Message{Type: consentMessage, Outcome: consentAgree, AuthCode: t.code},
	}
}

func (t *treaty) refused(v *page.Visit) page.Result {
	return page.Result{
		Status: string(t.Status), Tone: "calm", Icon: "stop", Heading: v.Say("refused.heading"), Body: v.Say("refused.body"),
		Message: page.Message{Type: consentMessage, Outcome: consentRefuse, ResultCode: resultCodes[outcomeLeave]},
	}
}

func (t *treaty) ended(v *page.Visit) page.Result {
	return page.Result{
		Status: string(t.Status), Tone: "calm", Icon: "stop", Heading: v.Say("ended.heading"), Body: v.Say("ended.body"),
		Facts:   t.facts(v),
		Message: page.Message{Type: consentMessage, Outcome: consentEnd},
	}
}
