package server_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/wallet"
)

// described is a schema of the document that is served.
func described(t *testing.T, w *world) (document struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Schemas map[string]struct {
			Description string
			Enum        []string
		}
	}
}) {
	t.Helper()
	if err := json.Unmarshal(w.send("GET", "/openapi.json", "").Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	return document
}

func words[T ~string](list []T) []string {
	found := make([]string, len(list))
	for i, word := range list {
		found[i] = string(word)
	}
	return found
}

func TestTheDocumentNamesEveryReasonForAttention(t *testing.T) {
	schemas := described(t, newWorld(t)).Components.Schemas
	for schema, want := range map[string][]string{
		"AttentionReason": words(bridge.Attentions), "AgreementAttention": words(agreement.Attentions),
	} {
		if got := schemas[schema].Enum; !slices.Equal(got, want) {
			t.Errorf("%s: the document has %q, the code %q", schema, got, want)
		}
		for _, reason := range want {
			if !strings.Contains(schemas[schema].Description, "`"+reason+"`:") {
				t.Errorf("%s: %s is not described", schema, reason)
			}
		}
	}
}

// TestTheDocumentHasTheTableOfOutcomes holds the pairs of a reason and its outcomes, as the
// document lists them, to those that the engine allows.
func TestTheDocumentHasTheTableOfOutcomes(t *testing.T) {
	var call struct{ Description string }
	if err := json.Unmarshal(described(t, newWorld(t)).Paths["/v1/orders/{id}/resolve"]["post"], &call); err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for _, m := range regexp.MustCompile("`([a-z_]+)` \\(([a-z, \\n]+)\\)").FindAllStringSubmatch(call.Description, -1) {
		documented[m[1]] = strings.Join(strings.Fields(m[2]), " ")
	}
	if len(documented) != len(bridge.Attentions) || len(documented) != len(resolution.Outcomes) {
		t.Errorf("the document has %d rows, the code %d reasons", len(documented), len(bridge.Attentions))
	}
	for reason, outcomes := range resolution.Outcomes {
		want := strings.Join(outcomes, ", ")
		if want == "" {
			want = "none"
		}
		if got := documented[string(reason)]; got != want {
			t.Errorf("%s: the document allows %q, the code %q", reason, got, want)
		}
	}
}

func TestTheClientHelpersTypesNameEveryReason(t *testing.T) {
	for _, file := range []string{"src/api.d.ts", "dist/index.d.ts"} {
		text, err := os.ReadFile("../../sdk-js/" + file)
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(`(?s)export type AttentionReason =(.*?);`).FindSubmatch(text)
		if m == nil {
			t.Fatalf("%s has no AttentionReason", file)
		}
		var got []string
		for _, word := range regexp.MustCompile(`'([a-z_]+)'`).FindAllSubmatch(m[1], -1) {
			got = append(got, string(word[1]))
		}
		if want := words(bridge.Attentions); !slices.Equal(got, want) {
			t.Errorf("%s has %q, the code %q", file, got, want)
		}
	}
}

// TestThePageOfAttentionHasEveryReason: docs/attention.md has a section for each reason,
// in the engine's order, with the outcomes that are allowed.
func TestThePageOfAttentionHasEveryReason(t *testing.T) {
	text, err := os.ReadFile("../../docs/attention.md")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	sections := map[string]string{}
	for _, section := range strings.Split(string(text), "\n### `")[1:] {
		name, body, _ := strings.Cut(section, "`\n")
		got, sections[name] = append(got, name), body
	}
	if want := append(words(bridge.Attentions), words(agreement.Attentions)...); !slices.Equal(got, want) {
		t.Errorf("the page has %q, the code %q", got, want)
	}
	check := func(reason string, outcomes []string) {
		for _, part := range []string{"**What happened.** ", "**How it is found.** ", "**What to do.**\n\n1. ", "**Outcomes:** ", "**Goes by itself:** "} {
			if !strings.Contains(sections[reason], part) {
				t.Errorf("%s lacks %q", reason, part)
			}
		}
		want := "none"
		if len(outcomes) > 0 {
			want = "`" + strings.Join(outcomes, "`, `") + "`"
		}
		_, rest, _ := strings.Cut(sections[reason], "**Outcomes:** ")
		if line, _, _ := strings.Cut(rest, "\n"); line != want && !strings.HasPrefix(line, want+";") {
			t.Errorf("%s: the page allows %q, the code %q", reason, line, want)
		}
	}
	for reason, outcomes := range resolution.Outcomes {
		check(string(reason), outcomes)
	}
	for reason, outcomes := range agreement.ResolveOutcomes {
		check(string(reason), outcomes)
	}
}

func TestAnOrderThatWasReversedTakesNoReceiptAlong(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder()
	w.engine.settle(o)
	o = w.engine.orders[o.ID]
	o.Reversed = o.Paid
	w.engine.orders[o.ID] = o
	var got struct {
		Order       struct{ Reversed struct{ Amount wallet.Money } }
		ContinueURL string
	}
	if err := json.Unmarshal(w.send("GET", "/return/"+string(o.ID)+"/status", "").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got.ContinueURL, "order="+string(o.ID)) || strings.Contains(got.ContinueURL, "receipt") {
		t.Errorf("continues to %q", got.ContinueURL)
	}
	if got.Order.Reversed.Amount.Minor != o.Paid {
		t.Errorf("reversed is %v", got.Order.Reversed.Amount)
	}
	if body := w.send("GET", "/return/"+string(o.ID), "").Body.String(); !strings.Contains(body, `data-state="reversed"`) {
		t.Errorf("the page is %s", body)
	}
}

func TestTheStatusNamesWhyAnOrderCanNoLongerBePaid(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder()
	o.Status, o.Closed = wallet.Pending, wallet.Canceled
	o.Flags = []bridge.Flag{{Why: bridge.PaymentUnresolved}, {Why: bridge.WalletMissing}, {Why: bridge.ForeignRefund, Cleared: true}}
	w.engine.orders[o.ID] = o
	var got struct {
		Order struct {
			Closed    string
			Attention []string
		}
	}
	if err := json.Unmarshal(w.send("GET", w.payPath(o)+"/status", "").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Order.Closed != "canceled" || !slices.Equal(got.Order.Attention, []string{"payment_unresolved", "wallet_missing"}) {
		t.Errorf("got %+v", got)
	}
}
