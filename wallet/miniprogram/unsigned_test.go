package miniprogram_test

import (
	"testing"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// TestAnUnsignedAnswerIsNoProof of a payment: neither of a new one nor of one that
// is queried, unless the account is configured so.
func TestAnUnsignedAnswerIsNoProof(t *testing.T) {
	for _, c := range []struct {
		policy  miniprogram.Policy
		trusted bool
		fault   simulator.Fault
		want    bool
	}{
		{miniprogram.IfPresent, false, simulator.UnsignedAnswer, true},
		{miniprogram.IfPresent, true, simulator.UnsignedAnswer, false},
		{miniprogram.IfPresent, false, "", false},
		{miniprogram.Off, false, simulator.ForgedAnswer, true},
		{miniprogram.Off, true, simulator.ForgedAnswer, false},
		{miniprogram.Required, false, "", false},
	} {
		s := open(t, "superqi", func(settings *miniprogram.Config, _ *simulator.Config) {
			settings.Overrides.VerifyAnswer, settings.TrustUnsignedAnswers = &c.policy, c.trusted
		})
		if c.fault != "" {
			s.provider.Inject(simulator.Rule{Fault: c.fault, Times: 2})
		}
		created, err := s.wallet.CreatePayment(t.Context(), soon("PROOF1", "IQD"))
		if err != nil {
			t.Fatal(err)
		}
		requested, err := s.wallet.(wallet.Querier).QueryPayment(t.Context(), created.Ref)
		if err != nil || created.Unproven != c.want || requested.Unproven != c.want {
			t.Errorf("%s, trusted %v, %q: got unproven %v and %v (%v), want %v", c.policy, c.trusted, c.fault, created.Unproven, requested.Unproven, err, c.want)
		}
	}
}

// TestASuccessThatIsSignedCountsWhereAnswersDoNot, though it may be of held money: the
// query that confirms it could not prove it.
func TestASuccessThatIsSignedCountsWhereAnswersDoNot(t *testing.T) {
	n, err := news(t, "superqi", `{"paymentId":"1","paymentRequestId":"R1","paymentAmount":{"currency":"IQD","value":"5"},"paymentStatus":"SUCCESS"}`)
	if err != nil || len(n.Events) != 1 {
		t.Fatalf("got %+v and %v", n, err)
	}
	if got := n.Events[0].Payment; got.Status != wallet.Paid || got.Unproven || !n.Confirm || n.WithoutHold != wallet.Paid {
		t.Errorf("got %q, unproven %v, confirm %v, want paid, to be confirmed", got.Status, got.Unproven, n.Confirm)
	}
}
