package simulator

import (
	"cmp"
	"embed"
	"strings"
	"time"

	"github.com/minitill/minitill/internal/design"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/internal/provider/page"
)

//go:embed assets
var files embed.FS

// accent is a colour of the sandbox wallet's own, to distinguish it from the shop.
const accent = "#5a46c8"

func (p *Provider) newPages() (*page.Shell, error) {
	return page.New(page.Config{
		PublicURL: p.base, Merchant: p.cfg.Merchant, Accent: accent, FrameAncestors: p.cfg.FrameAncestors,
		Texts: page.Texts{design.English: english, design.SimplifiedChinese: simplifiedChinese, design.Arabic: arabic},
		Files: files, Now: p.cfg.Now, Log: p.cfg.Log,
	})
}

// window is a copy of a payment for the cashier, used without the lock.
type window struct {
	*paymentJSON
	description string
	returnTo    string
}

func (p *payment) window() *window {
	w := &window{paymentJSON: p.json(), returnTo: p.returnTo}
	if p.more != nil {
		w.description = p.more.description
	}
	return w
}

// prompt returns the page of an open payment.
func (w *window) prompt(v *page.Visit) page.Ask {
	return page.Ask{
		Status: w.Status.String(), Amount: written(cmp.Or(w.PayerAmount, w.Amount)), Notes: w.notes(v), Facts: w.facts(v),
		Expires: w.expires(), ReturnURL: w.returnTo,
		Forms: []page.Form{
			{Buttons: []page.Button{{Value: outcomePay, Label: v.Say("pay")}}},
			{Test: true, Buttons: []page.Button{
				{Value: outcomeLater, Label: v.Say("later"), Icon: "clock"},
				{Value: outcomeDecline, Label: v.Say("decline"), Icon: "cross"},
				{Value: outcomeLeave, Label: v.Say("leave"), Icon: "stop"},
			}},
		},
	}
}

func (w *window) notes(v *page.Visit) []page.Fact {
	if w.Fee == nil {
		return nil
	}
	return []page.Fact{{Label: v.Say("feeIncluded"), Amount: written(w.Fee)}}
}

func (w *window) facts(v *page.Visit) []page.Fact {
	if w.description == "" {
		return nil
	}
	return []page.Fact{{Label: v.Say("for"), Value: w.description}}
}

func (w *window) expires() time.Time {
	if w.ExpiresAt == 0 {
		return time.Time{}
	}
	return time.UnixMilli(w.ExpiresAt)
}

// result returns the page with a payment's result.
func (w *window) result(v *page.Visit, outcome string) page.Result {
	out := v.Result(strings.ToLower(w.Status.String()))
	out.Status, out.Amount, out.ReturnURL = w.Status.String(), written(cmp.Or(w.PayerAmount, w.Amount)), w.returnTo
	out.Message = page.Message{Outcome: outcome, ResultCode: resultCodes[outcome]}
	return out
}

func written(a *amountJSON) page.Amount {
	money, _ := wallet.ParseMinor(a.Currency, a.Value)
	return page.Amount{Decimal: money.Decimal(), Currency: string(a.Currency)}
}
