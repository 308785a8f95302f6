package storetest

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

var attemptTests = []test{
	{"a late report of a failure changes nothing of a settled message", settledStays},
	{"a success wins over every other outcome", successWins},
	{"of two attempts at once the outcome is right in either order", twoAttempts},
	{"of the last attempt the answer is kept, byte for byte", lastAnswer},
	{"a lease in the future holds", leaseHolds},
	{"a dead message is dismissed", dismissed},
	{"a message that is not dead is not dismissed", dismissedOnlyDead},
	{"a message is dismissed once for a key", dismissedOnce},
	{"a message that was dismissed is replayed", dismissedAndReplayed},
}

func record(t testing.TB, s Store, id string) store.DeliveryRecord {
	t.Helper()
	list := records(t, s, store.DeliveryQuery{App: "shop", ID: id, Limit: 1})
	if len(list) != 1 {
		t.Fatalf("the delivery %s: got %d, want one", id, len(list))
	}
	return list[0]
}

var (
	taken  = store.Delivery{Status: store.Delivered, At: Epoch.Add(20 * time.Hour), Took: 12 * time.Millisecond, Answer: store.Answer{Status: 204}}
	failed = store.Delivery{
		Status: store.Undelivered, RunAt: Epoch.Add(30 * time.Hour), Note: "late", At: Epoch.Add(21 * time.Hour),
		Took: 15 * time.Second, Answer: store.Answer{Status: 503, Body: "busy\x00\xff"},
	}
	dead = store.Delivery{Status: store.Dead, Note: "too late", At: Epoch.Add(22 * time.Hour), Took: time.Millisecond}
)

func settledStays(t *testing.T, s Store) {
	settle(t, s)
	for _, id := range []string{"dlv_a0", "dlv_a1"} {
		before := record(t, s, id)
		for _, late := range []store.Delivery{failed, dead} {
			for _, attempt := range []int{0, 1} {
				finishAttempt(t, s, id, attempt, late)
				same(t, id+" after a late report", record(t, s, id), before)
			}
		}
	}
}

func successWins(t *testing.T, s Store) {
	settle(t, s)
	if _, err := s.DismissMessage(context.Background(), "shop", "dlv_a1", Dismissal, nil); err != nil {
		t.Fatalf("DismissMessage: got %v, want nil", err)
	}
	finish(t, s, "dlv_b1", dead)
	for _, id := range []string{"dlv_a1", "dlv_b0", "dlv_b1"} { // dismissed, undelivered, dead
		finish(t, s, id, taken)
		d := record(t, s, id)
		if d.Status != store.Delivered || d.TriedAt != taken.At || !d.RunAt.IsZero() || d.Note != "" || d.Attempts != 2 || d.Took != taken.Took || d.Answer != taken.Answer {
			t.Errorf("%s: got %+v, want it delivered after 2 attempts", id, d)
		}
		later := taken
		later.At = later.At.Add(time.Hour)
		finish(t, s, id, later)
		same(t, id+" after a second success", record(t, s, id), d)
	}
}

func twoAttempts(t *testing.T, s Store) {
	settle(t, s)
	for name, order := range map[string]struct {
		outcomes []store.Delivery
		want     store.Delivery
		attempts int
	}{
		"a success, then a failure": {[]store.Delivery{taken, failed}, taken, 1},
		"a failure, then a success": {[]store.Delivery{failed, taken}, taken, 2},
		"a success, then the end":   {[]store.Delivery{taken, dead}, taken, 1},
		"the end, then a success":   {[]store.Delivery{dead, taken}, taken, 2},
		"a failure, then the end":   {[]store.Delivery{failed, dead}, failed, 1},
		"the end, then a failure":   {[]store.Delivery{dead, failed}, dead, 1},
		"two successes":             {[]store.Delivery{taken, taken}, taken, 1},
	} {
		replay(t, s, "dlv_b1", nil)
		for _, outcome := range order.outcomes {
			finish(t, s, "dlv_b1", outcome)
		}
		d := record(t, s, "dlv_b1")
		got := store.Delivery{Status: d.Status, RunAt: d.RunAt, Note: d.Note, At: d.TriedAt, Took: d.Took, Answer: d.Answer}
		if got != order.want || d.Attempts != order.attempts {
			t.Errorf("%s: got %+v after %d attempts, want %+v after %d", name, got, d.Attempts, order.want, order.attempts)
		}
	}
	replay(t, s, "dlv_b1", nil)
	finishAttempt(t, s, "dlv_b1", 0, failed)
	finishAttempt(t, s, "dlv_b1", 1, dead)
	if d := record(t, s, "dlv_b1"); d.Status != store.Dead || d.Attempts != 2 {
		t.Errorf("one attempt after the other: got %+v, want it dead after 2", d)
	}
}

func lastAnswer(t *testing.T, s Store) {
	settle(t, s)
	kept := func(when string, want store.Delivery) {
		t.Helper()
		for what, d := range map[string]store.DeliveryRecord{
			"alone": record(t, s, "dlv_b1"), "in a list": records(t, s, store.DeliveryQuery{App: "shop", Limit: 10})[0],
		} {
			if d.Took != want.Took || d.Answer != want.Answer {
				t.Errorf("%s, %s: got %v and %+v, want %v and %+v", when, what, d.Took, d.Answer, want.Took, want.Answer)
			}
		}
	}
	kept("before the first attempt", store.Delivery{})
	longest := failed
	longest.Answer.Body = string(bytes.Repeat([]byte{0, 0xff, '\n', 'a'}, store.MaxAnswer/4))
	finishAttempt(t, s, "dlv_b1", 0, longest)
	kept("after a refusal", longest)
	finishAttempt(t, s, "dlv_b1", 1, dead)
	kept("after an attempt without an answer", dead)
	dismiss(t, s, "dlv_b1", nil)
	kept("when it is dismissed", dead)
	replay(t, s, "dlv_b1", nil)
	kept("after a replay", store.Delivery{})
	finishAttempt(t, s, "dlv_b1", 0, failed)
	finishAttempt(t, s, "dlv_b1", 1, taken)
	kept("after a success", taken)
}

func leaseHolds(t *testing.T, s Store) {
	at := Epoch.Add(time.Minute)
	fillOutbox(t, s)
	same(t, "the first node's", claimMail(t, s, at, 10), []string{"dlv_a0", "dlv_b0"})
	for _, later := range []time.Duration{0, time.Second, time.Minute - time.Millisecond} {
		same(t, "the other's before the lease ends", claimMail(t, s, at.Add(later), 10), nil)
	}
	finish(t, s, "dlv_a0", store.Delivery{Status: store.Undelivered, RunAt: at.Add(time.Hour), At: at})
	same(t, "the other's when it ends", claimMail(t, s, at.Add(time.Minute), 10), []string{"dlv_b0"})
}

func dismiss(t testing.TB, s Store, id string, claim *bridge.Claim) bridge.Claim {
	t.Helper()
	held, err := s.DismissMessage(context.Background(), "shop", id, Dismissal, claim)
	if err != nil {
		t.Fatalf("DismissMessage: got %v, want nil", err)
	}
	return held
}

func dismissed(t *testing.T, s Store) {
	settle(t, s)
	want := record(t, s, "dlv_a1")
	want.Status, want.Dismissal = store.Dismissed, Dismissal
	for range 2 {
		same(t, "the claim of none", dismiss(t, s, "dlv_a1", nil), bridge.Claim{})
		same(t, "the message", record(t, s, "dlv_a1"), want)
	}
	for status, ids := range map[store.DeliveryStatus][]string{store.Dismissed: {"dlv_a1"}, store.Dead: nil} {
		same(t, "those "+string(status), recordIDs(t, s, store.DeliveryQuery{App: "shop", Status: status, Limit: 10}), ids)
	}
	same(t, "what is still tried", claimMail(t, s, Epoch.Add(10*time.Hour), 10), []string{"dlv_b0"})
}

func dismissedOnlyDead(t *testing.T, s Store) {
	settle(t, s)
	for id, want := range map[string]fault.Kind{
		"dlv_a0": fault.Conflict, "dlv_b0": fault.Conflict, "dlv_b1": fault.Conflict,
		"dlv_none": fault.NotFound, "dlv_foreign": fault.NotFound,
	} {
		k := answered("dismiss "+id, "")
		for _, claim := range []*bridge.Claim{nil, &k} {
			_, err := s.DismissMessage(context.Background(), "shop", id, Dismissal, claim)
			wantKind(t, id, err, want)
		}
		same(t, "the key afterwards", dismiss(t, s, "dlv_a1", &k), k)
	}
	if d := record(t, s, "dlv_a0"); d.Status != store.Delivered {
		t.Errorf("dlv_a0: got %s, want it delivered", d.Status)
	}
}

func dismissedOnce(t *testing.T, s Store) {
	settle(t, s)
	first, second := answered("k1", "first"), answered("k1", "second")
	same(t, "the claim", dismiss(t, s, "dlv_a1", &first), first)
	replay(t, s, "dlv_a1", nil)
	same(t, "the claim that is held", dismiss(t, s, "dlv_a1", &second), first)
	same(t, "the claim that is held, for no message", dismiss(t, s, "dlv_none", &second), first)
	if d := record(t, s, "dlv_a1"); d.Status != store.Undelivered {
		t.Errorf("the message: got %s, want it left as it was", d.Status)
	}
}

func dismissedAndReplayed(t *testing.T, s Store) {
	settle(t, s)
	dismiss(t, s, "dlv_a1", nil)
	replay(t, s, "dlv_a1", nil)
	at := Epoch.Add(10 * time.Hour)
	if d := record(t, s, "dlv_a1"); d.Status != store.Undelivered || d.RunAt != at || d.Attempts != 0 || d.Note != "" {
		t.Errorf("the message: got %+v, want it as if it had been made now", d)
	}
	finish(t, s, "dlv_a1", dead)
	same(t, "the claim of none", dismiss(t, s, "dlv_a1", nil), bridge.Claim{})
	if d := record(t, s, "dlv_a1"); d.Status != store.Dismissed {
		t.Errorf("the message: got %s, want it dismissed again", d.Status)
	}
}
