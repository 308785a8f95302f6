package bridge

import (
	"reflect"
	"testing"

	"github.com/minitill/minitill/wallet"
)

// A reader that follows the feed folds events as they come.
func TestResumeFromAnyEventGivesWhatReplayGives(t *testing.T) {
	c := begin(false)
	mustApply(t, c, says(1, wallet.Paid))
	c.RaiseOrderAttention(UnknownPayment, FromNotification, noon)
	want := Replay(c.Events)
	if len(c.Events) < 2 || want.Sequence != int64(len(c.Events)) {
		t.Fatalf("got %d events up to %d, want a few", len(c.Events), want.Sequence)
	}
	for n := range c.Events {
		first := Replay(c.Events[:n])
		kept := Replay(c.Events[:n])
		if got := Resume(first, c.Events[n:]...); !reflect.DeepEqual(got, want) {
			t.Errorf("after %d events: got %+v, want %+v", n, got, want)
		}
		if !reflect.DeepEqual(first, kept) {
			t.Errorf("after %d events: Resume changed its argument", n)
		}
	}
}
