package engine

import (
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// finding is a wallet's answer about one payment or refund, or a notification of it from the
// inbox.
type finding struct {
	news    bridge.News
	payment int              // whose finding it is
	refund  int              // or whose
	absent  bool             // the wallet does not know it
	item    *store.InboxItem // where the news waited

	sentAt time.Time     // when the question was sent
	lag    time.Duration // how far behind the answer may be
	calls  bridge.Calls  // as they were counted when it was sent
}

// conclusive reports whether a wallet's answer that it does not have an operation proves
// that the wallet will not execute it: the query was sent long enough after the last call,
// and no call was made since; or no call can have been executed.
func (e *Engine) conclusive(f *finding, calls bridge.Calls, created time.Time) bool {
	if !calls.Unconfirmed() {
		return f.calls.Same(calls)
	}
	settled := calls.Since(created).Add(e.timeout + bridge.ClockSkew + f.lag)
	return f.calls.Same(calls) && !f.sentAt.Before(settled)
}

// applyFinding applies the news of a finding, if it has any.
func (e *Engine) applyFinding(c *bridge.Change, f *finding) error {
	if f.news.Payment == nil && f.news.Refund == nil {
		return nil
	}
	return c.Apply(f.news, e.clock())
}

// applyAnswer applies the answer to a status query. When the answer proves that the wallet
// does not have the payment, it resets the count of calls, so that the next call counts as
// the first.
func (e *Engine) applyAnswer(c *bridge.Change, f *finding) error {
	if !f.absent {
		return e.applyFinding(c, f)
	}
	now := e.clock()
	switch p := c.Order.Payment(f.payment); {
	case p != nil && p.Open() && p.Calls.Tries > 0 && e.conclusive(f, p.Calls, p.CreatedAt):
		c.RecordCalls(p.Number, p.Calls.Absent(), false, now)
	case f.refund > 0:
		// A refund that the wallet has accepted and no longer knows is not sent again.
		r := c.Order.Refunds[f.refund-1]
		if r.Open() && r.Accepted() && e.conclusive(f, r.Calls, r.CreatedAt) {
			c.RaiseRefundAttention(f.refund, bridge.RefundUnresolved, nil, bridge.FromQuery, now)
		}
	}
	return nil
}

// proveAll returns the answers with News.ProveBy applied for each notification of the inbox.
func proveAll(answers, inbox []finding) []finding {
	proven := slices.Clone(answers)
	for i := range proven {
		for j := range inbox {
			proven[i].news.ProveBy(&inbox[j].news)
		}
	}
	return proven
}
