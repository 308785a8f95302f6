package engine_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

func wantFault(t *testing.T, what string, err error, want fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != want {
		t.Errorf("%s: got %v, want %s", what, err, want)
	}
}

func TestAnAgreementIsSignedWithItsCode(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		made, err := p.engine.CreateAgreement(p.ctx, p.request(), agreementKey("make", "rides"))
		if err != nil {
			p.Fatal(err)
		}
		a := made.Subject
		if a.Status != agreement.Pending || a.Action == nil || a.Action.Type != wallet.ActionSign || len(a.Reference) != 16 {
			p.Fatalf("got %+v, want a place to sign", a)
		}
		code := p.code(a)
		first, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, code, agreementKey("sign", code))
		if err != nil {
			p.Fatal(err)
		}
		got := p.agreement(a.ID)
		if got.Status != agreement.Active || got.Payer.ID == "" || got.SignedAt.IsZero() || got.Action != nil || !got.BusyUntil.IsZero() {
			p.Errorf("got %+v, want it active", got)
		}
		token := p.token(a.ID)
		if doc := asJSON(p.T, got); token == "" || strings.Contains(doc, token) || got.Limit.Minor != 5000 {
			p.Errorf("the token stands in clear in %s", doc)
		}
		again, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, code, agreementKey("sign", code))
		if err != nil || !again.Replayed || !bytes.Equal(again.Answer.Body, first.Answer.Body) {
			p.Errorf("the same key: got %+v, %v, want the first answer", again, err)
		}
		other, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, "another code", agreementKey("sign again", "another code"))
		if err != nil || other.Subject.Status != agreement.Active || p.token(a.ID) != token {
			p.Errorf("signing what is signed: got %+v, %v, want it as it is", other.Subject, err)
		}
		_, err = p.engine.SignAgreement(p.ctx, "shop", a.ID, "x", agreementKey("sign", "x"))
		wantFault(p.T, "the key with another code", err, fault.KeyReused)
		_, err = p.engine.SignAgreement(p.ctx, "club", a.ID, code, nil)
		wantFault(p.T, "another app's", err, fault.NotFound)
	})
}

func TestACodeThatIsRefusedLeavesTheAgreementToBeSigned(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		a := p.prepared()
		for range 2 {
			bad, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, "nonsense", agreementKey("bad", "nonsense"))
			if err != nil || bad.Answer == nil || string(bad.Answer.Body) != "refused: INVALID_CODE" {
				p.Errorf("a bad code: got %+v, %v, want a refusal that is kept", bad.Answer, err)
			}
		}
		if p.called("applyToken") != 1 {
			p.Errorf("the code was tried %d times, want once", p.called("applyToken"))
		}
		if _, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, p.code(a), nil); err != nil {
			p.Errorf("a good code: got %v, want it signed", err)
		}
	})
}

func TestACodeIsLostWithTheAnswerToIt(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		a := p.prepared()
		code := p.code(a)
		p.provider.Inject(simulator.Rule{Fault: simulator.CutAfter, Endpoint: "applyToken", Times: 1})
		_, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, code, agreementKey("k", code))
		wantFault(p.T, "a lost answer", err, fault.Unknown)
		lost, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, code, agreementKey("k", code))
		if err != nil || string(lost.Answer.Body) != "refused: USED_CODE" {
			p.Errorf("the same key: got %+v, %v, want the used code refused", lost.Answer, err)
		}
		if outcome, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, p.code(a), nil); err != nil || outcome.Subject.Status != agreement.Active {
			p.Errorf("signed again: got %v, want it active", err)
		}
	})
}

func TestACodeIsLostWithTheCommitOfIt(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		a := p.prepared()
		code := p.code(a)
		p.store.loses = 2 // the first makes the agreement busy
		_, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, code, agreementKey("k", code))
		wantFault(p.T, "a lost commit", err, fault.Unavailable)
		_, err = p.engine.SignAgreement(p.ctx, "shop", a.ID, code, agreementKey("k", code))
		wantFault(p.T, "while the first may be at work", err, fault.Conflict)
		p.clock.Advance(time.Minute)
		lost, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, code, agreementKey("k", code))
		if err != nil || string(lost.Answer.Body) != "refused: USED_CODE" {
			p.Errorf("the same key: got %+v, %v, want the used code refused", lost.Answer, err)
		}
		if outcome, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, p.code(a), nil); err != nil || outcome.Subject.Status != agreement.Active {
			p.Errorf("signed again: got %v, want it active", err)
		}
	})
}

func TestACodeThatTheWalletDidNotReceiveIsSentAgain(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		a := p.prepared()
		code := p.code(a)
		p.provider.Inject(simulator.Rule{Fault: simulator.UnknownUntouched, Endpoint: "applyToken", Times: 1})
		_, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, code, agreementKey("k", code))
		wantFault(p.T, "nothing done", err, fault.Unavailable)
		if outcome, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, code, agreementKey("k", code)); err != nil || outcome.Subject.Status != agreement.Active {
			p.Errorf("the same key: got %v, want it signed", err)
		}
	})
}

func TestAnAgreementWhoseAnswerIsLostIsPreparedAgain(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		for _, lost := range []simulator.Fault{simulator.CutAfter, simulator.LimitFailed} {
			p.provider.Inject(simulator.Rule{Fault: lost, Endpoint: "prepare", Times: 1})
			if _, err := p.engine.CreateAgreement(p.ctx, p.request(), agreementKey("k", "rides")); err == nil {
				p.Errorf("%s: got no fault, want one", lost)
			}
		}
		made, err := p.engine.CreateAgreement(p.ctx, p.request(), agreementKey("k", "rides"))
		if err != nil || made.Subject.Action == nil {
			p.Fatalf("the same key: got %+v, %v, want a place to sign", made.Subject, err)
		}
		list, err := p.engine.Agreements(p.ctx, agreement.Query{App: "shop", Limit: 10})
		if err != nil || len(list) != 1 || list[0].ID != made.Subject.ID {
			p.Errorf("got %d agreements, %v, want one", len(list), err)
		}
		_, err = p.engine.CreateAgreement(p.ctx, p.request(), agreementKey("k", "flights"))
		wantFault(p.T, "the key with another body", err, fault.KeyReused)
	})
}

func TestAnAgreementThatTheWalletRefusesHasEnded(t *testing.T) {
	p := newPact(t, "superqi", sqlitetest.Open(t))
	p.provider.Inject(simulator.Rule{Fault: simulator.Refused, Endpoint: "prepare", Times: 1})
	for range 2 {
		made, err := p.engine.CreateAgreement(p.ctx, p.request(), agreementKey("k", "rides"))
		if err != nil || string(made.Answer.Body) != "refused: RISK_REJECT" {
			t.Errorf("got %+v, %v, want a refusal that is kept", made.Answer, err)
		}
	}
	if list, _ := p.engine.Agreements(p.ctx, agreement.Query{App: "shop", Status: agreement.Ended, Limit: 9}); len(list) != 1 {
		t.Errorf("got %d ended agreements, want 1", len(list))
	}
}

func TestAWalletWithoutAgreementsAnswersUnsupported(t *testing.T) {
	p := newPact(t, "gcash", sqlitetest.Open(t))
	_, err := p.engine.CreateAgreement(p.ctx, p.request(), nil)
	wantFault(t, "a limit without a currency", err, fault.Invalid)
	p.currency = "PHP"
	_, err = p.engine.CreateAgreement(p.ctx, p.request(), nil)
	wantFault(t, "a wallet without agreements", err, fault.Unsupported)
	p.config.Sealer = nil
	_, err = p.node().CreateAgreement(p.ctx, p.request(), nil)
	wantFault(t, "a server without a sealer", err, fault.Unsupported)
}

func TestAnAgreementIsEndedHereAndAtTheWallet(t *testing.T) {
	inEachDialect(t, func(p *pact) {
		a := p.signed()
		token := p.token(a.ID)
		p.provider.Inject(simulator.Rule{Fault: simulator.CutAfter, Endpoint: "cancelToken", Times: 1})
		_, err := p.engine.EndAgreement(p.ctx, "shop", a.ID, agreementKey("end", ""))
		wantFault(p.T, "a lost answer", err, fault.Unknown)
		for _, key := range []string{"end", "end again"} {
			if outcome, err := p.engine.EndAgreement(p.ctx, "shop", a.ID, agreementKey(key, "")); err != nil || !bytes.HasSuffix(outcome.Answer.Body, []byte(" ended")) {
				p.Errorf("ending it: got %+v, %v, want it ended", outcome.Answer, err)
			}
		}
		got := p.agreement(a.ID)
		if got.Token != "" || got.Refresh != "" || got.TokenDigest == "" || got.EndedAt.IsZero() {
			p.Errorf("got %+v, want its tokens forgotten", got)
		}
		if err := p.provider.EndAgreement(token); !errors.Is(err, simulator.ErrNoContract) {
			p.Errorf("at the provider: got %v, want it ended there", err)
		}
		_, err = p.engine.CreateOrder(p.ctx, p.ride(a), nil)
		wantFault(p.T, "charging it", err, fault.Conflict)
	})
}

func TestAnAgreementThatIsNotSignedIsEndedHereAlone(t *testing.T) {
	p := newPact(t, "superqi", sqlitetest.Open(t))
	a := p.prepared()
	code := p.code(a)
	if outcome, err := p.engine.EndAgreement(p.ctx, "shop", a.ID, nil); err != nil || outcome.Subject.Status != agreement.Ended {
		t.Errorf("got %+v, %v, want it ended", outcome.Subject, err)
	}
	_, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, code, nil)
	wantFault(t, "signing it", err, fault.Conflict)
	if p.called("cancelToken")+p.called("applyToken") > 0 {
		t.Error("the wallet was queried about what it never had")
	}
}

func TestAnAgreementIsMadeAtTheFirstWalletWhoseSettingsHaveThem(t *testing.T) {
	p := newPact(t, "superqi", sqlitetest.Open(t))
	p.config.Wallets["first"] = newPact(t, "gcash", sqlitetest.Open(t)).wallet
	p.config.Apps[0].Wallets = []string{"first", "purse"}
	engine, err := engine.New(p.config)
	if err != nil {
		t.Fatal(err)
	}
	list := engine.Wallets("shop")
	if slices.Contains(list[0].Capabilities, wallet.CanAgree) || !slices.Contains(list[1].Capabilities, wallet.CanAgree) {
		t.Errorf("got the capabilities %v and %v, want agreements at the second only", list[0].Capabilities, list[1].Capabilities)
	}
	req := p.request()
	req.Wallet = ""
	made, err := engine.CreateAgreement(p.ctx, req, nil)
	if err != nil || made.Subject.Wallet != "purse" {
		t.Errorf("got an agreement at %q and %v, want purse", made.Subject.Wallet, err)
	}
}
