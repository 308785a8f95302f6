package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

// tokenWallet is the sandbox wallet as one that charges method tokens.
type tokenWallet struct {
	*hooked
	requests []wallet.PaymentRequest
}

func (w *tokenWallet) ChargesMethodTokens() {}

func (w *tokenWallet) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	w.requests = append(w.requests, req)
	return w.hooked.CreatePayment(ctx, req)
}

func newTokenWorld(t *testing.T) (*world, *tokenWallet) {
	t.Helper()
	sealer, err := signing.NewSealer(signing.GenerateSealingKey())
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.config.Sealer = sealer
	charging := &tokenWallet{hooked: w.hook("sandbox")}
	w.config.Wallets["sandbox"] = charging
	w.restart()
	return w, charging
}

func tokenRequest(token wallet.Token) engine.OrderRequest {
	return engine.OrderRequest{
		App: "shop", Wallet: "sandbox", Source: bridge.FromMerchant, MethodToken: token,
		Price: &pricing.Price{Amount: wallet.Money{Minor: 450, Currency: "USD"}, Description: "Latte"},
	}
}

func TestAMethodTokenReachesItsWalletAndIsKeptSealed(t *testing.T) {
	w, charging := newTokenWorld(t)
	outcome, err := w.engine.CreateOrder(w.ctx, tokenRequest("tok_secret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := charging.requests[0].MethodToken; got != "tok_secret" {
		t.Errorf("the wallet was given %q", string(got))
	}
	events, err := w.engine.Events(w.ctx, outcome.Subject.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{
		"the stored order": asJSON(t, w.order(outcome.Subject.ID)), "its events": asJSON(t, events),
		"the merchant's view": asJSON(t, view.NewOrder(&outcome.Subject, view.ForMerchant)),
	} {
		if strings.Contains(text, "tok_secret") {
			t.Errorf("%s shows the token: %s", what, text)
		}
	}
}

func TestAMethodTokenIsForItsWalletOnly(t *testing.T) {
	w, charging := newTokenWorld(t)
	second := &tokenWallet{hooked: w.hook("second")}
	w.config.Wallets["second"] = second
	w.restart()
	outcome, err := w.engine.CreateOrder(w.ctx, tokenRequest("tok_secret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.Pay(w.ctx, outcome.Subject.ID, bridge.PayRequest{Wallet: "second", Source: bridge.FromClient}, nil); err != nil {
		t.Fatal(err)
	}
	if len(charging.requests) != 1 || len(second.requests) != 1 || second.requests[0].MethodToken != "" {
		t.Errorf("the other wallet was called with %+v", second.requests)
	}
}

func TestAChargeByAMethodTokenWhoseAnswerWasLostIsNotRepeatedBeforeTheWalletIsSure(t *testing.T) {
	w, charging := newTokenWorld(t)
	charging.onCreate = func(_ wallet.PaymentRequest, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		_, _ = next()
		return wallet.Payment{}, fault.New(fault.Unknown, "test", "No answer came.")
	}
	charging.onQuery = func(wallet.Ref, func() (wallet.Payment, error)) (wallet.Payment, error) {
		return wallet.Payment{}, fault.New(fault.NotFound, "test", "There is no such payment.")
	}
	key := once("charge")
	if _, err := w.engine.CreateOrder(w.ctx, tokenRequest("tok_secret"), key); fault.KindOf(err) != fault.Unknown {
		t.Fatalf("got %v, want an unknown outcome", err)
	}
	w.clock.Advance(15 * time.Second)
	if _, err := w.engine.CreateOrder(w.ctx, tokenRequest("tok_secret"), key); err == nil {
		t.Error("the repeat was answered, want it to wait until the wallet's queries have caught up")
	}
	if len(charging.requests) != 1 {
		t.Errorf("the wallet was called %d times, want once", len(charging.requests))
	}
}

func TestAnInvalidMethodTokenIsRefusedAndNothingIsStored(t *testing.T) {
	w, charging := newTokenWorld(t)
	for name, test := range map[string]struct {
		change func(*engine.OrderRequest)
		kind   fault.Kind
	}{
		"a card number":                       {func(r *engine.OrderRequest) { r.MethodToken = "4111 1111 1111 1111" }, fault.Invalid},
		"a wallet that charges no such token": {func(r *engine.OrderRequest) { r.Wallet = "second" }, fault.Unsupported},
	} {
		req := tokenRequest("tok_secret")
		test.change(&req)
		_, err := w.engine.CreateOrder(w.ctx, req, nil)
		if fault.KindOf(err) != test.kind || strings.Contains(err.Error(), "4111") {
			t.Errorf("%s: got %v, want %v", name, err, test.kind)
		}
	}
	w.config.Sealer = nil
	w.restart()
	if _, err := w.engine.CreateOrder(w.ctx, tokenRequest("tok_secret"), nil); fault.KindOf(err) != fault.Unsupported {
		t.Errorf("without a sealer: got %v, want unsupported", err)
	}
	if len(charging.requests) != 0 {
		t.Errorf("the wallet was called %d times", len(charging.requests))
	}
}
