package engine_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

// revealing is a request whose answer reports what must not be read in the store.
func revealing(key string) *idempotency.Once[bridge.Order] {
	o := once(key)
	o.Render = func(bridge.Order, error) bridge.Answer {
		return bridge.Answer{Status: 201, Body: []byte(`{"orderToken":"secret-token","payer":"2088"}`)}
	}
	return o
}

func TestKeptAnswersAreSealedInTheStoreAndGivenAgain(t *testing.T) {
	w, _ := newTokenWorld(t)
	unpaid := engine.OrderRequest{
		App: "shop", Source: bridge.FromMerchant, Unpaid: true, Price: &pricing.Price{Amount: wallet.Money{Minor: 450, Currency: "USD"}, Description: "Latte"},
	}
	for key, request := range map[string]engine.OrderRequest{"paid": oneLatte(), "unpaid": unpaid} {
		first, err := w.engine.CreateOrder(w.ctx, request, revealing(key))
		if err != nil || !strings.Contains(string(first.Answer.Body), "secret-token") {
			t.Fatalf("%s: got %+v, %v", key, first.Answer, err)
		}
		again, err := w.engine.CreateOrder(w.ctx, request, revealing(key))
		if err != nil || !again.Replayed || !bytes.Equal(again.Answer.Body, first.Answer.Body) || again.Answer.Status != 201 {
			t.Errorf("%s: got %+v, %v, want the first answer again", key, again.Answer, err)
		}
		held, err := w.store.HeldClaim(w.ctx, revealing(key).Scope, key)
		if err != nil || held.Answer == nil || bytes.Contains(held.Answer.Body, []byte("secret")) || bytes.Contains(held.Answer.Body, []byte("2088")) {
			t.Errorf("%s: the store reveals %+v, %v", key, held.Answer, err)
		}
	}
}

func TestAKeptAnswerOpensForItsOwnRequestOnly(t *testing.T) {
	sealer, err := signing.NewSealer(signing.GenerateSealingKey())
	if err != nil {
		t.Fatal(err)
	}
	answer := bridge.Answer{Status: 201, Body: []byte(`{"a":1}`)}
	kept := idempotency.SealAnswer(sealer, "scope", "key", answer)
	if got, err := idempotency.OpenAnswer(sealer, "scope", "key", kept); err != nil || got.Status != 201 || !bytes.Equal(got.Body, answer.Body) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, other := range [][2]string{{"scope", "other"}, {"other", "key"}, {"scope\x00key", ""}, {"", "scope\x00key"}} {
		if got, err := idempotency.OpenAnswer(sealer, other[0], other[1], kept); !errors.Is(err, fault.Internal) || len(got.Body) > 0 {
			t.Errorf("for %q: got %+v, %v, want Internal", other, got, err)
		}
	}
	if got, err := idempotency.OpenAnswer(sealer, "scope", "key", answer); err != nil || !bytes.Equal(got.Body, answer.Body) {
		t.Errorf("an answer that an earlier release kept in clear: got %+v, %v", got, err)
	}
	if got := idempotency.SealAnswer(nil, "scope", "key", answer); !bytes.Equal(got.Body, answer.Body) {
		t.Errorf("without a sealer: got %+v", got)
	}
}

// textSealer seals to text, as all releases before did.
type textSealer struct{ bridge.Sealer }

func TestAnswersThatAnEarlierReleaseSealedOpen(t *testing.T) {
	sealer, err := signing.NewSealer(signing.GenerateSealingKey())
	if err != nil {
		t.Fatal(err)
	}
	answer := bridge.Answer{Status: 201, Body: []byte(`{"orderToken":"secret-token"}`)}
	text, raw := idempotency.SealAnswer(textSealer{sealer}, "scope", "key", answer), idempotency.SealAnswer(sealer, "scope", "key", answer)
	for name, kept := range map[string]bridge.Answer{"text": text, "bytes": raw, "clear": answer} {
		got, err := idempotency.OpenAnswer(sealer, "scope", "key", kept)
		if err != nil || got.Status != 201 || !bytes.Equal(got.Body, answer.Body) {
			t.Errorf("%s: got %q, %v, want the answer", name, got.Body, err)
		}
	}
	if len(raw.Body) >= len(text.Body) {
		t.Errorf("an answer takes %d bytes, and as text %d", len(raw.Body), len(text.Body))
	}
}
