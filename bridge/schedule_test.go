package bridge

import (
	"testing"
	"time"

	"github.com/minitill/minitill/wallet"
)

// TestLooksStartFastAndSlowDown follows an order that stays open, at the usual pace
// and at that of a wallet with one of its own.
func TestLooksStartFastAndSlowDown(t *testing.T) {
	for name, test := range map[string]struct {
		pace  wallet.Pace
		steps []time.Duration
	}{
		"the usual pace":  {wallet.Pace{}, []time.Duration{5, 10, 20, 40, 80, 160, 300, 300}},
		"a wallet's own":  {wallet.Pace{First: time.Minute, Slowest: 3 * time.Minute}, []time.Duration{60, 120, 180, 180}},
		"only a slow one": {wallet.Pace{Slowest: 15 * time.Second}, []time.Duration{5, 10, 15, 15}},
	} {
		t.Run(name, func(t *testing.T) {
			o := begin(false).Order
			o.ExpiresAt = noon.Add(24 * time.Hour)
			for looks, seconds := range test.steps {
				o.Looks = looks
				step := seconds * time.Second
				got := nextLook(&o, noon, test.pace).Sub(noon)
				if got < step*4/5 || got > step*6/5 {
					t.Errorf("look %d comes after %v, want %v and a fifth either way", looks, got, step)
				}
			}
		})
	}
}

func TestTheLastLookBeforeTheEndIsAtTheEnd(t *testing.T) {
	o := begin(false).Order
	o.Looks = 6
	if got, want := nextLook(&o, o.ExpiresAt.Add(-time.Minute), wallet.Pace{}), o.ExpiresAt.Add(expiryGrace); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
