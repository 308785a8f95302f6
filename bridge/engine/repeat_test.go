package engine_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/fault"
)

func TestARepeatThatWouldBeRefusedNowGetsTheFirstAnswer(t *testing.T) {
	w := newWorld(t)
	first, err := w.engine.CreateOrder(w.ctx, oneLatte(), once("k"))
	if err != nil {
		t.Fatal(err)
	}
	for name, refuse := range map[string]func(*engine.OrderRequest){
		"the item is no longer sold":     func(r *engine.OrderRequest) { r.Items[0].SKU = "gone" },
		"the app is no longer served":    func(r *engine.OrderRequest) { r.App = "gone" },
		"the wallet is no longer served": func(r *engine.OrderRequest) { r.Wallet = "gone" },
		"the origin is no longer the app's": func(r *engine.OrderRequest) {
			r.ReturnURL = "https://elsewhere.example"
		},
	} {
		t.Run(name, func(t *testing.T) {
			request := oneLatte()
			refuse(&request)
			again, err := w.engine.CreateOrder(w.ctx, request, once("k"))
			if err != nil || !again.Replayed || !bytes.Equal(again.Answer.Body, first.Answer.Body) {
				t.Errorf("the same key: got %+v, %v, want the first answer again", again, err)
			}
			if _, err := w.engine.CreateOrder(w.ctx, request, once(name)); err == nil {
				t.Error("another key: got an order, want a refusal")
			}
			other := once("k")
			other.Digest[0]++
			if _, err := w.engine.CreateOrder(w.ctx, request, other); !errors.Is(err, fault.KeyReused) {
				t.Errorf("the same key with another body: got %v, want KeyReused", err)
			}
		})
	}
	if n := len(w.provider.Payments()); n != 1 {
		t.Errorf("the wallet has %d payments, want 1", n)
	}
}
