package engine_test

import (
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

func memoryPact(t *testing.T) *pact { return newPact(t, "superqi", memstore.New()) }

// attention is what an agreement's merchant reads of it now.
func (p *pact) attention(id bridge.AgreementID) []agreement.Attention {
	a := p.agreement(id)
	return a.View(p.clock.Now()).Attention
}

func (p *pact) wantAttention(id bridge.AgreementID, want ...agreement.Attention) {
	p.Helper()
	if got := p.attention(id); !slices.Equal(got, want) {
		p.Errorf("attention: got %v, want %v", got, want)
	}
}

func (p *pact) resolve(id bridge.AgreementID, why agreement.Attention, outcome string) error {
	r := agreement.Resolution{Attention: why, Outcome: outcome, By: "ann", Note: "confirmed by the payer"}
	_, err := p.engine.ResolveAgreement(p.ctx, "shop", id, r, nil)
	return err
}

func TestAnUnsignedAgreementNeedsAttentionAfterADay(t *testing.T) {
	p := memoryPact(t)
	a := p.prepared()
	p.clock.Advance(24*time.Hour - time.Millisecond)
	p.wantAttention(a.ID)
	p.clock.Advance(time.Millisecond)
	p.wantAttention(a.ID, agreement.Unsigned)
	if err := p.resolve(a.ID, agreement.Unsigned, ""); err != nil {
		t.Fatal(err)
	}
	p.wantAttention(a.ID)
	p.clock.Advance(1000 * time.Hour)
	p.wantAttention(a.ID)
	got := p.agreement(a.ID)
	if got.Status != agreement.Pending || len(got.Resolutions) != 1 || got.Resolutions[0].By != "ann" || got.Resolutions[0].Note != "confirmed by the payer" {
		t.Errorf("got %+v", got)
	}
	wantFault(t, "clearing it twice", p.resolve(a.ID, agreement.Unsigned, ""), fault.Conflict)
}

func TestAnAgreementThatIsSignedLateNeedsNoAttention(t *testing.T) {
	p := memoryPact(t)
	a := p.signed()
	p.clock.Advance(48 * time.Hour)
	p.wantAttention(a.ID)
}

func TestAnAgreementWhoseCallNeverEndedNeedsAttention(t *testing.T) {
	p := memoryPact(t)
	a := p.prepared()
	p.store.loses = 2 // the first makes the agreement busy, the second would store the answer
	_, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, p.code(a), nil)
	wantFault(t, "a lost commit", err, fault.Unavailable)
	p.wantAttention(a.ID)
	wantFault(t, "ending it while the call may be under way", p.resolve(a.ID, agreement.Unconfirmed, agreement.ResolvedEnded), fault.Conflict)
	p.clock.Advance(time.Minute)
	p.wantAttention(a.ID, agreement.Unconfirmed)
	if err := p.resolve(a.ID, agreement.Unconfirmed, ""); err != nil {
		t.Fatal(err)
	}
	p.wantAttention(a.ID)
}

func TestAnUnansweredCallNeedsAttentionUntilTheWalletAnswers(t *testing.T) {
	p := memoryPact(t)
	a := p.prepared()
	code := p.code(a)
	p.lose("applyToken")
	_, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, code, agreementKey("sign", code))
	wantFault(t, "a lost answer", err, fault.Unknown)
	p.wantAttention(a.ID, agreement.Unconfirmed)
	if err := p.resolve(a.ID, agreement.Unconfirmed, ""); err != nil {
		t.Fatal(err)
	}
	p.clock.Advance(time.Second)
	p.lose("applyToken")
	_, err = p.engine.SignAgreement(p.ctx, "shop", a.ID, code, agreementKey("sign", code))
	wantFault(t, "a second lost answer", err, fault.Unknown)
	p.wantAttention(a.ID, agreement.Unconfirmed)
	if _, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, p.code(a), agreementKey("again", "again")); err != nil {
		t.Fatal(err)
	}
	p.wantAttention(a.ID)
}

func TestResolvingAnAgreementAsEndedEndsItInOurBooksAlone(t *testing.T) {
	p := memoryPact(t)
	a := p.signed()
	p.lose("cancelToken")
	_, err := p.engine.EndAgreement(p.ctx, "shop", a.ID, nil)
	wantFault(t, "a lost answer", err, fault.Unknown)
	calls := p.called("cancelToken")
	once := func() *idempotency.Once[agreement.Agreement] { return agreementKey("resolve", "ended") }
	r := agreement.Resolution{Attention: agreement.Unconfirmed, Outcome: agreement.ResolvedEnded, By: "ann", Note: "ended at the wallet's console"}
	first, err := p.engine.ResolveAgreement(p.ctx, "shop", a.ID, r, once())
	if err != nil {
		t.Fatal(err)
	}
	got := p.agreement(a.ID)
	if got.Status != agreement.Ended || got.Token != "" || len(p.attention(a.ID)) > 0 {
		t.Errorf("got %+v, want it ended and without a token", got)
	}
	if p.called("cancelToken") != calls {
		t.Error("the wallet was called")
	}
	again, err := p.engine.ResolveAgreement(p.ctx, "shop", a.ID, r, once())
	if err != nil || !again.Replayed || string(again.Answer.Body) != string(first.Answer.Body) {
		t.Errorf("the same key: got %+v, %v, want the first answer", again, err)
	}
	_, err = p.engine.ResolveAgreement(p.ctx, "club", a.ID, r, nil)
	wantFault(t, "another app's", err, fault.NotFound)
}

func TestInvalidResolutionsOfAnAgreementAreRefused(t *testing.T) {
	p := memoryPact(t)
	a := p.prepared()
	p.clock.Advance(25 * time.Hour)
	for name, r := range map[string]agreement.Resolution{
		"no note":                  {Attention: agreement.Unsigned, By: "ann", Note: " "},
		"an outcome of an order's": {Attention: agreement.Unsigned, By: "ann", Note: "x", Outcome: resolution.Paid},
		"a reason of an order's":   {Attention: "late_payment", By: "ann", Note: "x"},
	} {
		_, err := p.engine.ResolveAgreement(p.ctx, "shop", a.ID, r, nil)
		wantFault(t, name, err, fault.Invalid)
	}
	p.wantAttention(a.ID, agreement.Unsigned)
}

func TestAgreementsAreFoundByTheirAttentionOverAllPages(t *testing.T) {
	p := memoryPact(t)
	var old []bridge.AgreementID
	for range 3 {
		p.clock.Advance(time.Millisecond)
		old = append(old, p.prepared().ID)
	}
	p.clock.Advance(24 * time.Hour)
	active := p.signed()
	p.lose("cancelToken")
	_, _ = p.engine.EndAgreement(p.ctx, "shop", active.ID, nil)
	for range 250 { // more than are read at once, and none of them old
		p.add(agreement.Pending)
	}
	find := func(why agreement.Attention, before bridge.AgreementID, limit int) (ids []bridge.AgreementID) {
		list, err := p.engine.Agreements(p.ctx, agreement.Query{App: "shop", Attention: why, Before: before, Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			ids = append(ids, a.ID)
		}
		return ids
	}
	if got, want := find(agreement.AnyAttention, "", 100), []bridge.AgreementID{active.ID, old[2], old[1], old[0]}; !slices.Equal(got, want) {
		t.Errorf("any: got %v, want %v", got, want)
	}
	if got, want := find(agreement.Unsigned, "", 2), []bridge.AgreementID{old[2], old[1]}; !slices.Equal(got, want) {
		t.Errorf("the first page: got %v, want %v", got, want)
	}
	if got, want := find(agreement.Unsigned, old[1], 2), []bridge.AgreementID{old[0]}; !slices.Equal(got, want) {
		t.Errorf("the second page: got %v, want %v", got, want)
	}
	if got, want := find(agreement.Unconfirmed, "", 2), []bridge.AgreementID{active.ID}; !slices.Equal(got, want) {
		t.Errorf("unconfirmed: got %v, want %v", got, want)
	}
}

// lose loses the provider's next answer to a call.
func (p *pact) lose(endpoint string) {
	p.provider.Inject(simulator.Rule{Fault: simulator.CutAfter, Endpoint: endpoint, Times: 1})
}

// add stores an agreement that was made now.
func (p *pact) add(status agreement.Status) {
	p.Helper()
	p.clock.Advance(time.Millisecond)
	id, err := bridge.NewOrderID(p.clock.Now(), rand.Reader)
	if err != nil {
		p.Fatal(err)
	}
	a := agreement.Agreement{
		ID: bridge.AgreementID("agr_" + string(id[4:])), App: "shop", Wallet: "purse", Reference: string(id[len(id)-16:]),
		Status: status, CreatedAt: p.clock.Now(),
	}
	if _, err := p.store.AddAgreement(p.ctx, a, nil); err != nil {
		p.Fatal(err)
	}
}
