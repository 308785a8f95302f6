package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// judging is a wallet that gives one answer to every delivery, and of every call.
type judging struct {
	wallet.Wallet
	err error
}

func (j *judging) ParseNotification(context.Context, wallet.Delivery) (wallet.Notification, error) {
	return wallet.Notification{}, j.err
}

func (j *judging) Reply(_ wallet.Delivery, err error) wallet.Reply {
	if err != nil {
		return wallet.Reply{Status: 400}
	}
	return wallet.Reply{Status: 200}
}

func (j *judging) ExchangeAuthCode(context.Context, string) (wallet.Payer, error) {
	return wallet.Payer{ID: "ann"}, j.err
}

func newJudged(t *testing.T, now func() time.Time) (*engine.Engine, *judging) {
	t.Helper()
	j := &judging{}
	e, err := engine.New(engine.Config{Store: memstore.New(), Wallets: map[string]wallet.Wallet{"w": j}, PublicURL: "https://pay.example", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return e, j
}

// TestADeliveryThatNothingProves is distinguished from one that the wallet sent, beside the
// wallet's own reply.
func TestADeliveryThatNothingProves(t *testing.T) {
	e, j := newJudged(t, nil)
	for _, test := range []struct {
		err      error
		unproven bool
		status   int
	}{
		{nil, false, 200}, {fault.Unauthenticated, true, 400}, {fault.Invalid, true, 400}, {fault.Unavailable, false, 400}, {fault.Internal, false, 400},
	} {
		j.err = test.err
		reply, err := e.Notify(t.Context(), "w", wallet.Delivery{})
		if unproven := fault.KindOf(err) == fault.Unauthenticated; err != nil != test.unproven || unproven != test.unproven || reply.Status != test.status {
			t.Errorf("%v: got %d and %v", test.err, reply.Status, err)
		}
	}
}

// TestAWalletThatRefusesOurCallsIsReportedAsUnhealthy in its health, until it answers.
func TestAWalletThatRefusesOurCallsIsReportedAsUnhealthy(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	e, j := newJudged(t, func() time.Time { return now })
	began := now
	for _, step := range []struct {
		name    string
		err     error
		failing string
		since   time.Time
	}{
		{"it answers", nil, "", time.Time{}},
		{"it gives no answer", fault.Unavailable, "unavailable", began.Add(time.Minute)},
		{"it still gives none", fault.Unavailable, "unavailable", began.Add(time.Minute)},
		{"it refuses our key", fault.New(fault.Unavailable, "w", "The wallet did not accept our signature."), "unavailable", began.Add(3 * time.Minute)},
		{"it closed our account", fault.Forbidden, "forbidden", began.Add(4 * time.Minute)},
		{"it refuses the payer's code", fault.Unauthenticated, "", time.Time{}},
	} {
		j.err = step.err
		_, _ = e.SignIn(t.Context(), "w", "code")
		info := e.Wallets("default")[0]
		if info.Failing != step.failing || !info.FailingSince.Equal(step.since) {
			t.Errorf("%s: got %q since %s, want %q since %s", step.name, info.Failing, info.FailingSince, step.failing, step.since)
		}
		now = now.Add(time.Minute)
	}
}
