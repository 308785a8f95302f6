package browsertest

import (
	"net/http"
	"strings"

	"github.com/minitill/minitill/bridge/server/pages"
	"github.com/minitill/minitill/wallet"
)

// amounts are payments of long and of unusual amounts on each page that shows them.
func (b *bank) amounts() []exhibit {
	var list []exhibit
	for _, c := range []struct {
		amount wallet.Money
		reads  string
	}{
		{wallet.Money{Minor: 1_234_567_125, Currency: "KWD"}, "KWD 1,234,567.125"},
		{wallet.Money{Minor: 1_234_567_890_123, Currency: "IDR"}, "IDR 12,345,678,901.23"},
		{wallet.Money{Minor: 9_223_372_036_854_775_807, Currency: "IQD"}, "IQD 9,223,372,036,854,775.807"},
		{wallet.Money{Minor: 123_456_789_012_345, Currency: "USDT"}, "123456789.012345 USDT"},
		{wallet.Money{Minor: 100_000_000, Currency: "USDC"}, "100 USDC"},
		{wallet.Money{Minor: 1_500_000, Currency: "BTC"}, "BTC 0.015"},
	} {
		name := "amount-" + strings.ToLower(string(c.amount.Currency))
		ready, paid := order(wallet.Pending), order(wallet.Paid)
		ready.Amount, paid.Amount, paid.Paid, paid.Refunded = c.amount, c.amount, c.amount, c.amount
		ready.Items = []wallet.Item{{Name: "Everything that the shop has", Quantity: 2, Amount: c.amount}}
		kept := viewed(paid, nil)
		kept.ContinueURL = "" // or it would lead away
		cashier := strings.TrimPrefix(b.paymentOf(c.amount, ""), b.public)
		list = append(list,
			exhibit{Name: name + "-payment", Reads: []string{c.reads}, Open: true, draw: payment(viewed(ready, payAction))},
			exhibit{Name: name + "-return", Reads: []string{c.reads}, draw: comeBack(kept)},
			exhibit{Name: name + "-cashier", Reads: []string{c.reads}, Open: true, Path: cashier})
	}
	return list
}

// notices are the pages about no order.
func notices() []exhibit {
	show := func(name string, notice pages.Notice, status int, reads ...string) exhibit {
		draw := func(w http.ResponseWriter, r *http.Request) { pages.Say(w, r, notice, status, pages.View{}) }
		return exhibit{Name: "notice-" + name, Reads: reads, draw: draw}
	}
	return []exhibit{
		show("nowhere-unknown", pages.Nowhere, http.StatusNotFound, "There is nothing here"),
		show("home", pages.Home, http.StatusOK, "Payments are made here", "API documentation"),
		show("trouble-unknown", pages.Trouble, http.StatusServiceUnavailable, "Your payment does not depend on this page"),
	}
}
