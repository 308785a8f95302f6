package notice

import (
	"context"
	"slices"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
)

// The most agreements that one round reads of each app: the reasons of agreements follow from the
// time, so that none is found without reading it.
const (
	sweepPage  = 200
	sweepPages = 5
)

// sweep is how far the agreements of an app have been read, a part in each round.
type sweep struct {
	before bridge.AgreementID                 // the oldest that was read; empty: none yet
	found  map[agreement.Attention]*Condition // so far
	whole  []Condition                        // of the last time that all were read
	read   bool                               // all were read once
}

// agreements returns the agreements that need attention, by app and reason, as of the last time
// that all agreements of the app were read. The first round reads all, so that nothing which
// stands is told to have ended.
func (w *Watch) agreements(ctx context.Context) (list []Condition, err error) {
	for _, app := range w.Apps {
		s := w.sweeps[app]
		if s == nil {
			s = &sweep{}
			if w.sweeps == nil {
				w.sweeps = map[string]*sweep{}
			}
			w.sweeps[app] = s
		}
		if err := w.sweep(ctx, app, s); err != nil {
			return nil, err
		}
		list = append(list, s.whole...)
	}
	return list, nil
}

// sweep reads on.
func (w *Watch) sweep(ctx context.Context, app string, s *sweep) error {
	now := w.Now()
	for pages := 0; pages < sweepPages || !s.read; pages++ {
		list, err := w.Store.Agreements(ctx, agreement.Query{App: app, Before: s.before, Limit: sweepPage})
		if err != nil {
			s.before, s.found = "", nil // from the beginning, if that was its fault
			return err
		}
		for i := range list {
			for _, why := range list[i].Attention(now) {
				s.add(app, why, list[i].ID)
			}
			s.before = list[i].ID
		}
		if len(list) < sweepPage {
			s.finish()
			return nil
		}
	}
	return nil
}

func (s *sweep) add(app string, why agreement.Attention, id bridge.AgreementID) {
	if s.found == nil {
		s.found = map[agreement.Attention]*Condition{}
	}
	c := s.found[why]
	if c == nil {
		c = &Condition{Kind: Attention, App: app, Subject: string(why), Page: page("", "app", app)}
		s.found[why] = c
	}
	if c.Count = min(c.Count+1, mostCounted); len(c.Items) < MaxItems {
		c.Items = append(c.Items, string(id))
	}
}

// finish publishes what was found, and begins again.
func (s *sweep) finish() {
	whole := []Condition{}
	for _, c := range s.found {
		whole = append(whole, *c)
	}
	slices.SortFunc(whole, func(a, b Condition) int { return strings.Compare(a.key(), b.key()) })
	*s = sweep{whole: whole, read: true}
}
