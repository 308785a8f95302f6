package ottpay_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/ottpay"
)

func readGuide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "wallets", "ottpay.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func can[T any](w wallet.Wallet) bool {
	_, ok := w.(T)
	return ok
}

// TestTheGuideListsTheCapabilitiesOfEachGeneration holds the guide's table to the types.
func TestTheGuideListsTheCapabilitiesOfEachGeneration(t *testing.T) {
	var b strings.Builder
	b.WriteString("| generation | query | refund | refund query | void | capture | cancel | notifies |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, row := range []struct {
		name string
		w    wallet.Wallet
	}{{"web", (*ottpay.Web)(nil)}, {"rest", (*ottpay.REST)(nil)}} {
		b.WriteString("| `" + row.name + "` |")
		for _, has := range []bool{
			can[wallet.Querier](row.w), can[wallet.Refunder](row.w), can[wallet.RefundQuerier](row.w), can[wallet.Voider](row.w),
			can[wallet.Capturer](row.w), can[wallet.Canceler](row.w), can[wallet.Notifier](row.w),
		} {
			b.WriteString(map[bool]string{true: " yes |", false: " – |"}[has])
		}
		b.WriteString("\n")
	}
	if want := "<!-- capabilities -->\n" + b.String() + "<!-- /capabilities -->"; !strings.Contains(readGuide(t), want) {
		t.Errorf("the guide's table is not\n%s", want)
	}
}

func TestTheGuideDescribesEverySettingAndMethod(t *testing.T) {
	text := readGuide(t)
	for field := range reflect.TypeFor[ottpay.Config]().Fields() {
		if name := field.Tag.Get("json"); !strings.Contains(text, "`"+name+"`") {
			t.Errorf("the guide does not describe %s", name)
		}
	}
	for _, method := range ottpay.Methods() {
		if !strings.Contains(text, "`"+method+"`") {
			t.Errorf("the guide does not describe the method %s", method)
		}
	}
}
