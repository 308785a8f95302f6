package browsertest

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/minitill/minitill/wallet"
)

// agreements are the pages on which a payer agrees to be charged later.
func (b *bank) agreements() []exhibit {
	show := func(name string, reads []string, decisions ...string) exhibit {
		return exhibit{Name: "agreement-" + name, Path: strings.TrimPrefix(b.agreement(name, decisions...), b.public), Reads: reads}
	}
	return []exhibit{
		show("ready", []string{shop, "Morning coffee", "$10.00", "Agree and sign"}),
		show("signed", []string{"may charge this wallet", "End the agreement"}, "agree"),
		show("ended", []string{"The agreement has ended"}, "agree", "end"),
	}
}

// agreement prepares an agreement, about which the payer then decides, and returns its URL.
func (b *bank) agreement(reference string, decisions ...string) string {
	b.t.Helper()
	action, err := b.wallet.(wallet.Agreer).PrepareAgreement(b.t.Context(), wallet.AgreementRequest{
		Reference: reference, Title: "Morning coffee", Description: "Every working day, at the counter, until you end it.", Limit: usd(1000),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, decision := range decisions {
		answer, err := http.PostForm(action.URL, url.Values{"outcome": {decision}})
		if err != nil {
			b.t.Fatal(err)
		}
		_ = answer.Body.Close()
	}
	return action.URL
}
