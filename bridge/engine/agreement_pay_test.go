package engine_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

func TestAnAgreementIsCharged(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		a := p.signed()
		for range 2 {
			outcome, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
			if err != nil || outcome.Answer.Status != 201 {
				p.Fatalf("got %+v, %v, want it paid", outcome.Answer, err)
			}
		}
		o := p.want(wallet.Paid, 3000)
		if o.Agreement != a.ID || o.Payer != (bridge.Payer{ID: a.Payer.ID, Wallet: "purse"}) || p.called("pay") != 1 {
			p.Errorf("got %+v after %d calls, want it charged once to the agreement's payer", o, p.called("pay"))
		}
		if view.NewOrder(&o, view.ForMerchant).Agreement != a.ID || view.NewOrder(&o, view.ForClient).Agreement != "" {
			p.Error("a client sees the agreement, or the merchant does not")
		}
	})
}

// What was answered once is answered again, whatever has become of the agreement.
func TestAKeyOutlivesItsAgreement(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		a := p.signed()
		first, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
		if err != nil {
			p.Fatal(err)
		}
		if _, err := p.engine.EndAgreement(p.ctx, "shop", a.ID, nil); err != nil {
			p.Fatal(err)
		}
		again, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
		if err != nil || !again.Replayed || string(again.Answer.Body) != string(first.Answer.Body) {
			p.Errorf("got %+v, %v, want the first answer", again.Answer, err)
		}
		other := rideKey("k")
		other.Digest[0]++
		_, err = p.engine.CreateOrder(p.ctx, p.ride(a), other)
		wantFault(p.T, "the key with another body", err, fault.KeyReused)
		p.want(wallet.Paid, 3000)
	})
}

func TestAChargeWhoseAnswerIsLostIsMadeOnce(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		a := p.signed()
		p.provider.Inject(simulator.Rule{Fault: simulator.CutAfter, Endpoint: "pay", Times: 1})
		_, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
		wantFault(p.T, "a lost answer", err, fault.Unknown)
		p.clock.Advance(10 * time.Second)
		if _, err := p.engine.RunOnce(p.ctx); err != nil {
			p.Fatal(err)
		}
		p.want(wallet.Paid, 3000)
		outcome, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
		if err != nil || outcome.Subject.Status != wallet.Paid || p.called("pay") != 1 {
			p.Errorf("the same key: got %s, %v after %d calls, want it paid once", outcome.Subject.Status, err, p.called("pay"))
		}
	})
}

// The wallet is queried before it is sent anything again, since its answer about a token
// that expired meanwhile would prove nothing about what it has taken.
func TestAChargeIsResumedAfterItsAgreementEnded(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		a := p.signed()
		p.provider.Inject(simulator.Rule{Fault: simulator.CutAfter, Endpoint: "pay", Times: 1})
		_, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
		wantFault(p.T, "a lost answer", err, fault.Unknown)
		if _, err := p.engine.EndAgreement(p.ctx, "shop", a.ID, nil); err != nil {
			p.Fatal(err)
		}
		outcome, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
		if err != nil || outcome.Answer.Status != 201 || p.called("pay") != 1 {
			p.Errorf("the same key: got %+v, %v after %d calls, want it paid once", outcome.Answer, err, p.called("pay"))
		}
		p.want(wallet.Paid, 3000)
	})
}

// A charge that may have been made cannot be proven absent: it stays open until the
// wallet has had its time.
func TestAChargeThatCannotBeRepeatedIsNotCalledFailed(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		a := p.signed()
		p.provider.Inject(simulator.Rule{Fault: simulator.UnknownUntouched, Endpoint: "pay", Times: 1})
		_, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
		wantFault(p.T, "U", err, fault.Unknown)
		if _, err := p.engine.EndAgreement(p.ctx, "shop", a.ID, nil); err != nil {
			p.Fatal(err)
		}
		_, err = p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
		wantFault(p.T, "the same key", err, fault.Unknown)
		p.want(wallet.Created, 0)
		p.clock.Advance(time.Hour)
		if _, err := p.engine.RunOnce(p.ctx); err != nil {
			p.Fatal(err)
		}
		p.want(wallet.Expired, 0)
	})
}

func TestAChargeOfUnknownOutcomeIsMadeOnce(t *testing.T) {
	for _, how := range []simulator.Fault{simulator.UnknownOutcome, simulator.UnknownUntouched, simulator.CutBefore} {
		t.Run(string(how), func(t *testing.T) {
			inEachDialect(t, func(p *pact) {
				a := p.signed()
				p.provider.Inject(simulator.Rule{Fault: how, Endpoint: "pay", Times: 1})
				if _, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k")); err == nil {
					p.Error("got no fault, want one")
				}
				p.clock.Advance(2 * time.Minute) // the wallet can no longer lag
				outcome, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
				if err != nil || outcome.Answer.Status != 201 {
					p.Errorf("the same key: got %+v, %v, want it paid", outcome.Answer, err)
				}
				p.want(wallet.Paid, 3000)
			})
		})
	}
}

func TestAChargeThatTheWalletRefusesHasFailed(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		a := p.signed()
		p.provider.Inject(simulator.Rule{Fault: simulator.Refused, Endpoint: "pay", Code: "USER_BALANCE_NOT_ENOUGH", Times: 1})
		for range 2 {
			outcome, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
			if err != nil || string(outcome.Answer.Body) != "refused USER_BALANCE_NOT_ENOUGH" {
				p.Errorf("got %+v, %v, want a refusal that is kept", outcome.Answer, err)
			}
		}
		o := p.want(wallet.Failed, 0)
		_, err := p.engine.Pay(p.ctx, o.ID, bridge.PayRequest{Source: bridge.FromClient}, nil)
		wantFault(p.T, "paying it in another way", err, fault.Conflict)
		if p.agreement(a.ID).Status != agreement.Active {
			p.Error("the agreement has ended, want it active")
		}
	})
}

func TestWhatMayNotBeChargedIsNotStored(t *testing.T) {
	p := newPact(t, "tng", sqlitetest.Open(t))
	a, pending := p.signed(), p.prepared()
	for name, test := range map[string]struct {
		change func(*engine.OrderRequest)
		want   fault.Kind
	}{
		"more than the limit":      {func(r *engine.OrderRequest) { r.Price.Amount.Minor = 5001 }, fault.Invalid},
		"another currency":         {func(r *engine.OrderRequest) { r.Price.Amount.Currency = "USD" }, fault.Invalid},
		"another wallet":           {func(r *engine.OrderRequest) { r.Wallet = "sandbox" }, fault.Invalid},
		"another payer":            {func(r *engine.OrderRequest) { r.Payer.ID = "bob" }, fault.Invalid},
		"an unknown agreement":     {func(r *engine.OrderRequest) { r.Agreement = "agr_01JZZZZZZZZZZZZZZZZZZZZZZZ" }, fault.Invalid},
		"an agreement not signed":  {func(r *engine.OrderRequest) { r.Agreement = pending.ID }, fault.Conflict},
		"a client's own request":   {func(r *engine.OrderRequest) { r.Price = nil }, fault.Forbidden},
		"an amount of nothing":     {func(r *engine.OrderRequest) { r.Price.Amount.Minor = 0 }, fault.Invalid},
		"an app that is not there": {func(r *engine.OrderRequest) { r.App = "club" }, fault.NotFound},
	} {
		for key, once := range map[string]*idempotency.Once[bridge.Order]{"": nil, " with a key": rideKey(name)} {
			req := p.ride(a)
			test.change(&req)
			_, err := p.engine.CreateOrder(p.ctx, req, once)
			wantFault(t, name+key, err, test.want)
		}
	}
	if p.called("pay") > 0 || len(p.orders()) > 0 {
		t.Errorf("got %d calls and %d orders, want none", p.called("pay"), len(p.orders()))
	}
	if _, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("more than the limit")); err != nil {
		t.Errorf("the key of a refusal: got %v, want it free", err)
	}
}

func TestATokenThatIsTooOldIsRenewed(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		a := p.signed()
		before := p.token(a.ID)
		p.clock.Advance(24 * time.Hour)
		if _, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k")); err != nil {
			p.Fatal(err)
		}
		p.want(wallet.Paid, 3000)
		got := p.agreement(a.ID)
		if p.token(a.ID) == before || got.TokenDigest == a.TokenDigest || !got.ExpiresAt.After(a.ExpiresAt) || got.Payer != a.Payer {
			p.Errorf("got %+v, want another token of the same payer", got)
		}
		p.clock.Advance(31 * 24 * time.Hour)
		_, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("too late"))
		wantFault(p.T, "when nothing renews it any more", err, fault.Conflict)
	})
}

func TestARenewalThatIsRefusedDeclinesTheCharge(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		a := p.signed()
		p.clock.Advance(24 * time.Hour)
		p.provider.Inject(simulator.Rule{Fault: simulator.Refused, Endpoint: "applyToken", Code: "INVALID_REFRESH_TOKEN", Times: 1})
		outcome, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
		if err != nil || string(outcome.Answer.Body) != "refused INVALID_REFRESH_TOKEN" || p.called("pay") > 0 {
			p.Errorf("got %+v, %v after %d calls, want it declined", outcome.Answer, err, p.called("pay"))
		}
		p.want(wallet.Failed, 0)
	})
}

func TestARenewalWithoutAnAnswerLeavesTheChargeUndone(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		a := p.signed()
		p.clock.Advance(24 * time.Hour)
		p.provider.Inject(simulator.Rule{Fault: simulator.CutBefore, Endpoint: "applyToken", Times: 1})
		_, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
		wantFault(p.T, "a renewal without an answer", err, fault.Unavailable)
		if outcome, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k")); err != nil || outcome.Answer.Status != 201 {
			p.Errorf("the same key: got %+v, %v, want it paid", outcome.Answer, err)
		}
		p.want(wallet.Paid, 3000)
	})
}

// A refresh token works once: two nodes that charge at once share one renewal.
func TestTwoNodesRenewATokenOnce(t *testing.T) {
	for name, open := range stores {
		for profile := range dialects {
			t.Run(name+"/"+profile, func(t *testing.T) {
				again := open(t)
				p := newPact(t, profile, again())
				a := p.signed()
				p.clock.Advance(24 * time.Hour)
				p.config.Store = again()
				nodes := []*engine.Engine{p.engine, p.node()}
				exchanges := p.called("applyToken")
				var all sync.WaitGroup
				for i := range 8 {
					all.Go(func() {
						outcome, err := nodes[i%2].CreateOrder(p.ctx, p.ride(a), rideKey(fmt.Sprint("k", i)))
						if err != nil || outcome.Subject.Status != wallet.Paid {
							t.Errorf("got %s, %v, want it paid", outcome.Subject.Status, err)
						}
					})
				}
				all.Wait()
				if got := p.called("applyToken") - exchanges; got != 1 || len(p.orders()) != 8 {
					t.Errorf("got %d renewals for %d orders, want 1 for 8", got, len(p.orders()))
				}
			})
		}
	}
}

// unqueryableWallet has agreements and no status query.
type unqueryableWallet struct {
	wallet.Wallet
	wallet.Notifier
	wallet.Agreer
	charged int
}

func (d *unqueryableWallet) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	d.charged++
	return d.Wallet.CreatePayment(ctx, req)
}

func TestAWalletWithoutAStatusQueryIsSentTheSameChargeAgain(t *testing.T) {
	p := newPact(t, "tng", sqlitetest.Open(t))
	unqueryable := &unqueryableWallet{Wallet: p.wallet, Notifier: p.wallet.(wallet.Notifier), Agreer: p.wallet.(wallet.Agreer)}
	p.config.Wallets = map[string]wallet.Wallet{"purse": unqueryable}
	p.engine = p.node()
	a := p.signed()
	p.provider.Inject(simulator.Rule{Fault: simulator.CutAfter, Endpoint: "pay", Times: 1})
	_, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
	wantFault(t, "a lost answer", err, fault.Unknown)
	if outcome, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k")); err != nil || outcome.Answer.Status != 201 || unqueryable.charged != 2 {
		t.Errorf("the same key: got %+v, %v after %d calls, want it paid", outcome.Answer, err, unqueryable.charged)
	}
	p.want(wallet.Paid, 3000)
}
