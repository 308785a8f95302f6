package console

import (
	"net/http"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// attentionPage is the orders that need a person, with what each reason means.
type attentionPage struct {
	Found
	Reason  string
	Reasons []bridge.Attention
	More    string
}

// Meaning explains a reason.
func (attentionPage) Meaning(why bridge.Attention) meaning { return meanings[why] }

func showAttention(p *page) error {
	v := attentionPage{Reason: p.r.FormValue("reason"), Reasons: bridge.Attentions}
	s := Search{App: p.app.Name, Attention: store.AnyAttention, After: p.r.FormValue("after"), Limit: pageSize}
	if v.Reason != "" {
		s.Attention = v.Reason
	}
	var err error
	if v.Found, err = p.finder.Find(p.r.Context(), s); err != nil {
		if fault.KindOf(err) == fault.Invalid {
			return p.refused(err, "attention", "Attention", v)
		}
		return err
	}
	if v.Next != "" {
		v.More = p.url("attention", "reason", v.Reason, "after", v.Next)
	}
	return p.show(http.StatusOK, "attention", "Attention", v)
}
