package limit

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
)

func TestPlaces(t *testing.T) {
	limits := PlaceLimits{All: 6, PerAddress: 4, PerOrder: 3, PerToken: 2}
	for name, test := range map[string]struct {
		holder func(i int) Holder
		want   int
		kind   fault.Kind
	}{
		"of one token":   {func(int) Holder { return Holder{Token: "t"} }, 2, fault.RateLimited},
		"of one order":   {func(i int) Holder { return Holder{Order: "o", Token: string(rune('a' + i))} }, 3, fault.RateLimited},
		"of one address": {func(i int) Holder { return Holder{Address: "a", Order: string(rune('a' + i))} }, 4, fault.RateLimited},
		"in all":         {func(int) Holder { return Holder{} }, 6, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			counted := counts{}
			p := NewPlaces(limits, counted)
			var held []func()
			var err error
			for i := 0; err == nil && i < 20; i++ {
				var release func()
				if release, err = p.Hold(httptest.NewRecorder(), test.holder(i), time.Second); err == nil {
					held = append(held, release)
				}
			}
			if f := fault.Of(err); len(held) != test.want || f.Kind != test.kind || f.RetryAfter <= 0 || counted[Wait] != 1 {
				t.Errorf("%d are held, then %v; want %d and %s", len(held), err, test.want, test.kind)
			}
			for _, release := range held {
				release()
			}
			if p.all != 0 || len(p.taken) != 0 {
				t.Errorf("left behind: %d and %v", p.all, p.taken)
			}
			if _, err := p.Hold(httptest.NewRecorder(), test.holder(0), time.Second); err != nil {
				t.Errorf("when they have been given back: got %v, want nil", err)
			}
		})
	}
}

func TestARefusedHolderTakesNoPlace(t *testing.T) {
	p := NewPlaces(PlaceLimits{All: 9, PerAddress: 9, PerOrder: 9, PerToken: 1}, nil)
	of := Holder{Address: "a", Order: "o", Token: "t"}
	if _, err := p.Hold(httptest.NewRecorder(), of, time.Second); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Hold(httptest.NewRecorder(), of, time.Second); err == nil {
		t.Fatal("it was held")
	}
	if p.all != 1 || p.taken[place{'a', "a"}] != 1 {
		t.Errorf("places: got %d and %v", p.all, p.taken)
	}
}
