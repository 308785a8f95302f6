package engine_test

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// The calls of the sandbox's protocol that these tests fail and count.
const (
	sandboxCharge = "/v1/payments"
	sandboxSign   = "/v1/agreements/sign"
	sandboxRenew  = "/v1/agreements/renew"
	sandboxEnd    = "/v1/agreements/end"
)

// agreeable is a world whose engine keeps agreements.
func agreeable(t *testing.T) *world {
	t.Helper()
	sealer, err := signing.NewSealer(signing.GenerateSealingKey())
	if err != nil {
		t.Fatal(err)
	}
	return newWorld(t, func(_ *simulator.Config, c *engine.Config) { c.Sealer = sealer })
}

// prepared is an agreement at the sandbox that its payer has not signed, for at most
// 20.00 USD each time.
func (w *world) prepared() agreement.Agreement {
	w.Helper()
	outcome, err := w.engine.CreateAgreement(w.ctx, agreement.Request{
		App: "shop", Title: "Coffee", Description: "A coffee a day", Limit: wallet.Money{Minor: 2000, Currency: "USD"},
	}, nil)
	if err != nil || outcome.Subject.Wallet != "sandbox" || outcome.Subject.Action == nil {
		w.Fatalf("got %+v and %v, want an agreement to sign at the sandbox", outcome.Subject, err)
	}
	return outcome.Subject
}

// code is what alice's client gets for signing.
func (w *world) code(a agreement.Agreement) string {
	w.Helper()
	code, err := w.provider.SignAgreement(a.Action.URL, "alice")
	if err != nil {
		w.Fatal(err)
	}
	return code
}

func (w *world) signed() agreement.Agreement {
	w.Helper()
	a := w.prepared()
	outcome, err := w.engine.SignAgreement(w.ctx, "shop", a.ID, w.code(a), nil)
	if err != nil || outcome.Subject.Status != agreement.Active {
		w.Fatalf("got %s and %v, want an active agreement", outcome.Subject.Status, err)
	}
	return outcome.Subject
}

// charges requests a payment by an agreement under a key.
func (w *world) charges(a agreement.Agreement, key string, minor int64) (idempotency.Outcome[bridge.Order], error) {
	return w.engine.CreateOrder(w.ctx, engine.OrderRequest{
		App: "shop", Agreement: a.ID, Source: bridge.FromMerchant,
		Price: &pricing.Price{Amount: wallet.Money{Minor: minor, Currency: "USD"}, Description: "A coffee"},
	}, rideKey(key))
}

func (w *world) wantAgreement(a agreement.Agreement, want agreement.Status) agreement.Agreement {
	w.Helper()
	got, err := w.engine.Agreement(w.ctx, "shop", a.ID)
	if err != nil || got.Status != want {
		w.Errorf("the agreement is %s, %v; want %s", got.Status, err, want)
	}
	return got
}

// wantCaptured checks what the provider has taken in all.
func (w *world) wantCaptured(minor int64) {
	w.Helper()
	if got := w.provider.Ledger()["USD"].Captured.Minor; got != minor {
		w.Errorf("the provider captured %d, want %d", got, minor)
	}
}

func TestASandboxAgreementIsSignedByItsNewsAndCharged(t *testing.T) {
	w := agreeable(t)
	a := w.prepared()
	w.code(a) // the client disconnects before it hands the code in
	w.delivered()
	active := w.wantAgreement(a, agreement.Active)
	for _, key := range []string{"k1", "k2", "k1"} {
		outcome, err := w.charges(a, key, 450)
		if err != nil || outcome.Answer.Status != 201 {
			t.Fatalf("%s: got %+v and %v, want it paid", key, outcome.Answer, err)
		}
		if o := w.want(outcome.Subject.ID, wallet.Paid, 450, ""); o.Payer.ID != active.Payer.ID || o.Action() != nil {
			t.Errorf("%s: got the payer %q and the action %+v, want the agreement's and none", key, o.Payer.ID, o.Action())
		}
	}
	w.wantCaptured(900)
}

func TestASandboxAgreementIsNotChargedBeyondItsLimit(t *testing.T) {
	w := agreeable(t)
	a := w.signed()
	_, err := w.charges(a, "more", 2001)
	wantFault(t, "more than the limit", err, fault.Invalid)
	if w.called(sandboxCharge) != 0 {
		t.Errorf("got %d charges at the wallet, want none", w.called(sandboxCharge))
	}
	if outcome, err := w.charges(a, "all", 2000); err != nil || outcome.Answer.Status != 201 {
		t.Errorf("the limit itself: got %+v and %v, want it paid", outcome.Answer, err)
	}
	w.wantCaptured(2000)
}

func TestASandboxAgreementThatEndedAtTheWalletIsNotCharged(t *testing.T) {
	w := agreeable(t)
	a := w.signed()
	w.delivered()
	if err := w.provider.EndAgreement(a.Reference); err != nil {
		t.Fatal(err)
	}
	outcome, err := w.charges(a, "before the news", 450)
	if err != nil || string(outcome.Answer.Body) != "refused AGREEMENT_INVALID" {
		t.Errorf("before the news: got %+v and %v, want it declined", outcome.Answer, err)
	}
	w.want(outcome.Subject.ID, wallet.Failed, 0, "")
	w.delivered()
	w.wantAgreement(a, agreement.Ended)
	_, err = w.charges(a, "after the news", 450)
	wantFault(t, "after the news", err, fault.Conflict)
	w.wantCaptured(0)
}

func TestLostAnswersAboutASandboxAgreement(t *testing.T) {
	t.Run("a charge is made once", func(t *testing.T) {
		w := agreeable(t)
		a := w.signed()
		w.loses(sandboxCharge)
		_, err := w.charges(a, "k", 450)
		wantFault(t, "the charge", err, fault.Unknown)
		w.queryAfter(10 * time.Second)
		outcome, err := w.charges(a, "k", 450)
		if err != nil || outcome.Answer.Status != 201 || w.called(sandboxCharge) != 1 {
			t.Errorf("the same key: got %+v and %v after %d charges, want it paid once", outcome.Answer, err, w.called(sandboxCharge))
		}
		w.wantCaptured(450)
	})
	t.Run("the payer signs again", func(t *testing.T) {
		w := agreeable(t)
		a := w.prepared()
		w.loses(sandboxSign)
		code := w.code(a)
		_, err := w.engine.SignAgreement(w.ctx, "shop", a.ID, code, agreementKey("k", code))
		wantFault(t, "signing", err, fault.Unknown)
		outcome, err := w.engine.SignAgreement(w.ctx, "shop", a.ID, code, agreementKey("k", code))
		if err != nil || outcome.Answer.Status != 402 {
			t.Errorf("the same code: got %+v and %v, want it declined", outcome.Answer, err)
		}
		w.delivered() // the news brings the same code
		w.wantAgreement(a, agreement.Pending)
		w.code(a)
		w.delivered()
		w.wantAgreement(a, agreement.Active)
	})
	t.Run("a renewal declines the next charge", func(t *testing.T) {
		w := agreeable(t)
		a := w.signed()
		w.clock.Advance(24 * time.Hour)
		w.loses(sandboxRenew)
		_, err := w.charges(a, "k", 450)
		wantFault(t, "the charge", err, fault.Unavailable)
		outcome, err := w.charges(a, "k", 450)
		if err != nil || string(outcome.Answer.Body) != "refused REFRESH_INVALID" || w.called(sandboxCharge) != 0 {
			t.Errorf("the same key: got %+v and %v after %d charges, want it declined", outcome.Answer, err, w.called(sandboxCharge))
		}
		w.wantCaptured(0)
	})
	t.Run("an end is sent again", func(t *testing.T) {
		w := agreeable(t)
		a := w.signed()
		w.loses(sandboxEnd)
		_, err := w.engine.EndAgreement(w.ctx, "shop", a.ID, agreementKey("k", "end"))
		wantFault(t, "ending", err, fault.Unknown)
		outcome, err := w.engine.EndAgreement(w.ctx, "shop", a.ID, agreementKey("k", "end"))
		if err != nil || outcome.Subject.Status != agreement.Ended || w.called(sandboxEnd) != 2 {
			t.Errorf("the same key: got %s and %v after %d calls, want it ended by the second", outcome.Subject.Status, err, w.called(sandboxEnd))
		}
	})
}

// loses lets the provider execute the next call of a path and lose its answer.
func (w *world) loses(path string) {
	w.provider.Inject(simulator.Rule{Fault: simulator.CutAfter, Endpoint: path, Times: 1})
}

func TestASandboxTokenThatIsTooOldIsRenewed(t *testing.T) {
	w := agreeable(t)
	a := w.signed()
	w.clock.Advance(24 * time.Hour)
	if outcome, err := w.charges(a, "k", 450); err != nil || outcome.Answer.Status != 201 || w.called(sandboxRenew) != 1 {
		t.Errorf("got %+v and %v after %d renewals, want it paid after one", outcome.Answer, err, w.called(sandboxRenew))
	}
	if got := w.wantAgreement(a, agreement.Active); !got.ExpiresAt.After(a.ExpiresAt) || got.Payer != a.Payer {
		t.Errorf("got %+v, want a later token of the same payer", got)
	}
	w.wantCaptured(450)
}
