package redotpay_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay"
	"github.com/minitill/minitill/wallet/redotpay/direct"
)

var update = flag.Bool("update", false, "write the guide's table of capabilities")

// guide is the page for operators.
var guide = filepath.Join("..", "..", "docs", "wallets", "redotpay.md")

// TestTheGuideListsTheCapabilitiesOfAccounts holds the guide's table to the code; -update writes it
// anew.
func TestTheGuideListsTheCapabilitiesOfAccounts(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	const open, end = "<!-- capabilities -->\n", "<!-- /capabilities -->"
	head, rest, found := strings.Cut(string(text), open)
	_, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("the guide has no place for the table of capabilities")
	}
	want := head + open + capabilities() + end + tail
	if *update {
		if err := os.WriteFile(guide, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Error("the guide's table is stale: go test -run Guide ./wallet/redotpay -update")
	}
}

func capabilities() string {
	var b strings.Builder
	b.WriteString("| account | notifies | query | cancel | hold, capture, void | refund | methods | card tokens |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, account := range []struct {
		name   string
		wallet wallet.Wallet
	}{
		{"`redotpay`", (*redotpay.Wallet)(nil)}, {"`redotpay`, refunds configured", redotpay.Refunding{}},
		{"`redotpay_direct`, orders", (*direct.Orders)(nil)}, {"`redotpay_direct`, cards", (*direct.Cards)(nil)},
	} {
		w := account.wallet
		b.WriteString("| " + account.name + " |")
		for _, can := range []bool{
			is[wallet.Notifier](w), is[wallet.Querier](w), is[wallet.Canceler](w), is[wallet.Capturer](w) && is[wallet.Voider](w),
			is[wallet.Refunder](w), is[wallet.Chooser](w), is[wallet.MethodTokenCharger](w),
		} {
			b.WriteString(map[bool]string{true: " yes |", false: " – |"}[can])
		}
		b.WriteString("\n")
	}
	return b.String()
}

func is[T any](w wallet.Wallet) bool {
	_, ok := w.(T)
	return ok
}

func TestTheGuideDescribesEverySetting(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	for prefix, settings := range map[string]reflect.Type{
		"": reflect.TypeFor[redotpay.Config](), "refund.": reflect.TypeFor[redotpay.RefundConfig](), " ": reflect.TypeFor[direct.Config](),
	} {
		for field := range settings.Fields() {
			name := strings.TrimSpace(prefix) + field.Tag.Get("json")
			if !strings.Contains(string(text), "`"+name) {
				t.Errorf("the guide does not describe %s", name)
			}
		}
	}
}
