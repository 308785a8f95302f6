package explore_test

import (
	"context"
	"runtime"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/fault"
)

// move is one alternative of a choice point.
type move struct {
	words string // for the trace
	do    func()
}

// point is where an operation of a node waits to be continued: at a call to a wallet
// that has not arrived, at the wallet's answer on its way back, or at a commit.
type point struct {
	node   *node
	what   string
	moves  func() []move
	commit bool
	until  time.Time // when the caller of a wallet waits no longer
	reply  chan reply
}

// call makes one call to the wallet. It waits twice: before the wallet gets it, and
// before the answer arrives.
func (l line) call(ctx context.Context, what string, effects func() []effect) reply {
	l.node.alive()
	if l.gone {
		return reply{err: fault.New(fault.Unknown, "explore", "The wallet is gone.")}
	}
	p := &point{node: l.node, what: l.node.name() + ": " + l.name + ", " + what, reply: make(chan reply, 1)}
	p.moves = func() []move { return p.arriving(effects()) }
	if l.world.calm {
		return effects()[0].make()
	}
	p.until, _ = ctx.Deadline()
	return l.world.wait(p)
}

// arriving are the moves of a call that has not arrived.
func (p *point) arriving(effects []effect) []move {
	moves := make([]move, len(effects))
	for i, e := range effects {
		moves[i] = move{p.what + " → the wallet " + e.words, func() {
			r := e.make()
			if e.lost {
				p.resume(r)
				return
			}
			p.moves = func() []move { return p.answering(r) }
		}}
	}
	return moves
}

// answering are the moves of an answer on its way back. A refusal that is lost is like
// a request that never arrived.
func (p *point) answering(r reply) []move {
	moves := []move{{p.what + " → answered", func() { p.resume(r) }}}
	if r.err == nil {
		moves = append(moves, move{p.what + " → the answer is lost", func() {
			p.resume(reply{err: fault.New(fault.Unknown, "explore", "")})
		}})
	}
	return moves
}

// commit waits before a commit of the node, in scenarios in which processes die there.
func (n *node) commit(what string) reply {
	n.alive()
	w := n.world
	if w.calm || !w.scenario.deaths {
		return reply{}
	}
	p := &point{node: n, what: n.name(), commit: true, reply: make(chan reply, 1)}
	p.moves = func() []move {
		return []move{
			{p.what + " commits " + what, func() { p.resume(reply{}) }},
			{p.what + " dies before it commits " + what, func() { w.kill(n) }},
			{p.what + " dies after it has committed " + what, func() { p.resume(reply{after: true}) }},
			{p.what + " cannot commit " + what + ": the store is down", func() { p.resume(reply{err: fault.New(fault.Unavailable, "explore", "")}) }},
			{p.what + " cannot commit " + what + ", and the store cannot say so", func() { p.resume(reply{err: fault.New(fault.Unknown, "explore", "")}) }},
			{p.what + " commits " + what + ", and the store cannot say so", func() { p.resume(reply{unknown: true}) }},
		}
	}
	return w.wait(p)
}

// wait parks the calling goroutine at p until a move continues it, its time is up or its
// process dies.
func (w *world) wait(p *point) reply {
	w.park(p)
	r := <-p.reply
	if r.die {
		runtime.Goexit()
	}
	return r
}

// passUntil lets time pass. Calls whose time is up end just before, one after the other,
// so that never two operations go on at once.
func (w *world) passUntil(t time.Time) {
	for p := w.nextTimeout(t); p != nil; p = w.nextTimeout(t) {
		time.Sleep(time.Until(p.until) - time.Microsecond)
		w.note("… " + p.what + " → no answer in time")
		p.resume(reply{err: fault.New(fault.Unknown, "explore", "No answer came in time.")})
		synctest.Wait()
	}
	time.Sleep(time.Until(t))
}

// nextTimeout is the call that is given up first, not later than t; nil when there is
// none.
func (w *world) nextTimeout(t time.Time) *point {
	w.mu.Lock()
	defer w.mu.Unlock()
	var next *point
	for _, p := range w.parked {
		if !p.until.IsZero() && !p.until.After(t) && (next == nil || p.until.Before(next.until)) {
			next = p
		}
	}
	return next
}

// resume continues the goroutine that waits at p.
func (p *point) resume(r reply) {
	p.node.world.unpark(p)
	p.reply <- r
}
