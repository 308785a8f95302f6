package engine

import (
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// finding is what a wallet said of one payment or refund.
type finding struct {
	news    bridge.News
	payment int              // whose finding it is
	refund  int              // or whose
	absent  bool             // the wallet does not know it
	kept    *store.InboxItem // where the news waited

	asked time.Time     // when the question was sent
	lag   time.Duration // how far behind the answer may be
	calls bridge.Calls  // as they were counted when it was asked
}

// conclusive says that a wallet's answer that it does not have an operation is true for
// good: it was asked long enough after the last call, and none was made since; or no call
// can have been executed.
func (e *Engine) conclusive(f *finding, calls bridge.Calls, created time.Time) bool {
	if !calls.Doubtful() {
		return f.calls.Same(calls)
	}
	settled := calls.Since(created).Add(e.timeout + bridge.ClockSkew + f.lag)
	return f.calls.Same(calls) && !f.asked.Before(settled)
}

// applyFinding applies what a wallet said in answer to a query, if it said anything.
func (e *Engine) applyFinding(c *bridge.Change, f *finding) error {
	if f.news.Payment == nil && f.news.Refund == nil {
		return nil
	}
	return c.Apply(f.news, e.clock())
}

// learnFrom applies what a wallet answered, or notes that it does not have what it was
// asked for: then the next try is as good as the first.
func (e *Engine) learnFrom(c *bridge.Change, f *finding) error {
	if !f.absent {
		return e.applyFinding(c, f)
	}
	now := e.clock()
	switch p := c.Order.Payment(f.payment); {
	case p != nil && p.Open() && p.Calls.Tries > 0 && e.conclusive(f, p.Calls, p.CreatedAt):
		c.Recount(p.Number, p.Calls.Absent(), false, now)
	case f.refund > 0:
		// A wallet that has forgotten a refund that it has named is not asked for it again.
		r := c.Order.Refunds[f.refund-1]
		if r.Open() && r.Accepted() && e.conclusive(f, r.Calls, r.CreatedAt) {
			c.RaiseRefund(f.refund, bridge.RefundUnresolved, nil, bridge.FromQuery, now)
		}
	}
	return nil
}

// prove does so for all answers of a look, by the notifications that are kept.
func prove(answers, earlier []finding) []finding {
	proven := slices.Clone(answers)
	for i := range proven {
		for j := range earlier {
			proven[i].news.ProveBy(&earlier[j].news)
		}
	}
	return proven
}
