package index

import (
	"context"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// void is a database that keeps nothing, and its transaction.
type void struct{}

func (void) Read(_ context.Context, f func(Tx) error) error                             { return f(void{}) }
func (void) Write(_ context.Context, f func(Tx) error) error                            { return f(void{}) }
func (void) Reset(context.Context) error                                                { return nil }
func (void) Damaged(error) bool                                                         { return false }
func (void) Close() error                                                               { return nil }
func (void) Query(context.Context, string, [][]any, func(set int, row Row) error) error { return nil }
func (void) Exec(context.Context, string, [][]any) error                                { return nil }

// ages is a source of events that are so old, whatever was read before.
type ages map[string][]time.Duration

var today = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func (s ages) Feed(_ context.Context, q store.FeedQuery) (list []store.FeedEvent, err error) {
	for _, age := range s[q.App] {
		list = append(list, store.FeedEvent{Event: bridge.Event{Order: "ord_", Sequence: 1, At: today.Add(-age)}})
	}
	return list, nil
}

func (ages) Restoration(context.Context) (store.Restoration, error) { return store.Restoration{}, nil }

func TestTheLagIsThatOfTheAppThatIsFarthestBehind(t *testing.T) {
	for name, c := range map[string]struct {
		events ages
		want   time.Duration
	}{
		"a step that is full":         {ages{"a": {time.Hour, time.Minute}}, time.Minute},
		"one that is not is the last": {ages{"a": {time.Hour}}, 0},
		"the first app":               {ages{"a": {time.Hour, time.Hour}, "b": {time.Minute, time.Minute}}, time.Hour},
		"the second":                  {ages{"a": {time.Minute, time.Minute}, "b": {time.Hour, time.Hour}}, time.Hour},
	} {
		x := New(void{}, Config{Source: c.events, Apps: []string{"a", "b"}, Now: func() time.Time { return today }, Step: 2})
		x.lag.Store(int64(24 * time.Hour)) // of the steps before
		if _, err := x.RunOnce(t.Context()); err != nil || time.Duration(x.lag.Load()) != c.want {
			t.Errorf("%s: got %v, %v, want a lag of %v", name, time.Duration(x.lag.Load()), err, c.want)
		}
	}
}
