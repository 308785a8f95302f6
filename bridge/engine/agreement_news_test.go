package engine_test

import (
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// notified lets the provider send its news of an agreement, and requires the last of it to be
// acknowledged.
func (p *pact) notified(reference string) {
	p.Helper()
	p.provider.RunOnce(p.ctx)
	list := p.provider.Deliveries(reference)
	if len(list) == 0 || list[len(list)-1].Result != "S" {
		p.Errorf("deliveries about %s: got %+v, want the last acknowledged", reference, list)
	}
}

func TestNewsOfASignatureSigns(t *testing.T) {
	p := newPact(t, "rebell", sqlitetest.Open(t))
	a := p.prepared()
	code := p.code(a)
	p.notified(a.Reference)
	got := p.agreement(a.ID)
	if got.Status != agreement.Active || p.called("applyToken") != 1 {
		t.Errorf("got %s after %d exchanges, want it active", got.Status, p.called("applyToken"))
	}
	outcome, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, code, agreementKey("k", code))
	if err != nil || outcome.Subject.Status != agreement.Active || p.called("applyToken") != 1 {
		t.Errorf("the client's code: got %v after %d exchanges, want it active as it was", err, p.called("applyToken"))
	}
}

func TestNewsOfASignatureThatIsLateChangesNothing(t *testing.T) {
	p := newPact(t, "rebell", sqlitetest.Open(t))
	signed := p.signed()
	p.notified(signed.Reference)
	ended := p.prepared()
	p.code(ended)
	if _, err := p.engine.EndAgreement(p.ctx, "shop", ended.ID, nil); err != nil {
		t.Fatal(err)
	}
	p.notified(ended.Reference)
	used := p.prepared()
	p.code(used)
	p.provider.Inject(simulator.Rule{Fault: simulator.Refused, Endpoint: "applyToken", Code: "USED_CODE", Times: 1})
	p.notified(used.Reference)
	for a, want := range map[bridge.AgreementID]agreement.Status{
		signed.ID: agreement.Active, ended.ID: agreement.Ended, used.ID: agreement.Pending,
	} {
		if got := p.agreement(a).Status; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestNewsOfASignatureIsRepeatedWhileTheWalletIsDown(t *testing.T) {
	p := newPact(t, "rebell", sqlitetest.Open(t))
	a := p.prepared()
	p.code(a)
	p.provider.Inject(simulator.Rule{Fault: simulator.LimitFailed, Endpoint: "applyToken", Times: 1})
	p.provider.RunOnce(p.ctx)
	if list := p.provider.Deliveries(a.Reference); len(list) != 1 || list[0].Result != "U" {
		t.Fatalf("got %+v, want another request", list)
	}
	p.clock.Advance(simulator.DefaultLadder[0])
	p.notified(a.Reference)
	if got := p.agreement(a.ID).Status; got != agreement.Active {
		t.Errorf("got %s, want it active", got)
	}
}

func TestNewsOfAnEndEnds(t *testing.T) {
	p := newPact(t, "rebell", sqlitetest.Open(t))
	a := p.signed()
	if err := p.provider.EndAgreement(p.token(a.ID)); err != nil {
		t.Fatal(err)
	}
	p.notified(a.Reference)
	if got := p.agreement(a.ID); got.Status != agreement.Ended || got.Token != "" {
		t.Errorf("got %+v, want it ended and its token forgotten", got)
	}
	_, err := p.engine.CreateOrder(p.ctx, p.ride(a), nil)
	wantFault(t, "charging it", err, fault.Conflict)
	if p.called("pay") > 0 || len(p.orders()) > 0 {
		t.Errorf("got %d calls and %d orders, want none", p.called("pay"), len(p.orders()))
	}
}

// A payer may end an agreement at a wallet without a notification.
func TestAnEndWithoutANotificationDeclinesTheNextCharge(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		a := p.signed()
		if err := p.provider.EndAgreement(p.token(a.ID)); err != nil {
			p.Fatal(err)
		}
		p.provider.RunOnce(p.ctx)
		outcome, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
		if err != nil || string(outcome.Answer.Body) != "refused INVALID_ACCESS_TOKEN" {
			p.Errorf("got %+v, %v, want it declined", outcome.Answer, err)
		}
		p.want(wallet.Failed, 0)
	})
}

func TestNewsOfAnAgreementThatIsNotKnownIsAcknowledgedAndNotKept(t *testing.T) {
	p := newPact(t, "rebell", sqlitetest.Open(t))
	action, err := p.wallet.(wallet.Agreer).PrepareAgreement(p.ctx, wallet.AgreementRequest{
		Reference: "UNKNOWN", Title: "Rides", NotifyURL: p.config.PublicURL + "/notify/purse",
	})
	if err != nil {
		t.Fatal(err)
	}
	code, err := p.provider.SigningCode(action.URL, "bob")
	if err != nil {
		t.Fatal(err)
	}
	p.notified("UNKNOWN")
	agreed, err := p.wallet.(wallet.Agreer).SignAgreement(p.ctx, code)
	if err != nil {
		t.Fatalf("the code: got %v, want it unused", err)
	}
	if err := p.provider.EndAgreement(string(agreed.Token)); err != nil {
		t.Fatal(err)
	}
	p.notified("UNKNOWN")
	if p.store.kept > 0 {
		t.Errorf("got %d notifications in the inbox, want none: they hold tokens", p.store.kept)
	}
}
