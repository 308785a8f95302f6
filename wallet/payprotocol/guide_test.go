package payprotocol_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/payprotocol"
)

var update = flag.Bool("update", false, "write the tables of the guide anew")

// guide is the page for operators.
var guide = filepath.Join("..", "..", "docs", "wallets", "payprotocol.md")

// TestTheGuideListsTheWalletsCapabilities holds the guide's table to the code; -update writes it
// anew.
func TestTheGuideListsTheWalletsCapabilities(t *testing.T) {
	text := readGuide(t)
	const open, end = "<!-- abilities -->\n", "<!-- /abilities -->"
	head, rest, found := strings.Cut(text, open)
	_, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("the guide has no place for the table")
	}
	want := head + open + abilities() + end + tail
	if *update {
		if err := os.WriteFile(guide, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text != want {
		t.Error("the guide's table is stale: go test -run Guide ./wallet/payprotocol -update")
	}
}

func abilities() string {
	var w wallet.Wallet = new(payprotocol.Wallet)
	_, query := w.(wallet.Querier)
	_, cancel := w.(wallet.Canceler)
	_, hold := w.(wallet.Capturer)
	_, refund := w.(wallet.Refunder)
	_, refundQuery := w.(wallet.RefundQuerier)
	_, choose := w.(wallet.Chooser)
	_, signIn := w.(wallet.Authenticator)
	_, agree := w.(wallet.Agreer)
	_, notify := w.(wallet.Notifier)
	_, again := w.(wallet.Renotifier)
	_, serial := w.(wallet.SerialRefunder)
	var b strings.Builder
	b.WriteString("| | |\n| --- | --- |\n")
	for _, row := range []struct {
		what string
		can  bool
	}{
		{"queries payments", query}, {"cancel", cancel}, {"hold, capture, void", hold}, {"refund, in parts too", refund},
		{"queries refunds", refundQuery}, {"lets payers choose a token and a chain", choose}, {"sign-in", signIn},
		{"agreements", agree}, {"takes callbacks", notify}, {"requests a callback once more", again}, {"one refund of a payment at a time", serial},
	} {
		b.WriteString("| " + row.what + " | " + map[bool]string{true: "yes", false: "–"}[row.can] + " |\n")
	}
	return b.String()
}

func TestTheGuideDescribesEverySetting(t *testing.T) {
	text := readGuide(t)
	for _, settings := range []reflect.Type{reflect.TypeFor[payprotocol.Config](), reflect.TypeFor[payprotocol.Contract]()} {
		for field := range settings.Fields() {
			name := field.Tag.Get("json")
			if !strings.Contains(text, "`"+name) {
				t.Errorf("the guide does not describe %s.%s", settings.Name(), name)
			}
		}
	}
}

func readGuide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
