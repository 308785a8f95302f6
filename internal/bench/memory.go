package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/minitill/minitill/internal/bench/measure"
	"github.com/minitill/minitill/internal/bench/report"
)

const (
	memoryOrders = 50_000 // with the default of Orders; else in proportion
	memoryMiB    = 64     // anonymous, after them
	pollsMiB     = 110    // with the first long polls
	pollKiB      = 25     // for each further one
	morePolls    = 1000   // with the default of Orders; else in proportion
)

// measureMemory measures the anonymous memory of a till after many orders, and with long polls.
func measureMemory(ctx context.Context, w *world) ([]report.Row, error) {
	s, err := w.startTill(ctx, "till-memory", w.o.Program, "")
	if err != nil {
		return nil, err
	}
	defer w.end(s)
	orders := max(1, memoryOrders*w.o.Orders/DefaultOrders)
	for made := 0; made < orders; made += block {
		if err := w.payAll(ctx, s, min(block, orders-made)); err != nil {
			return nil, err
		}
	}
	row := report.Row{Name: "memory", What: fmt.Sprintf("anonymous memory of the server after %d orders, and with long polls", orders)}
	row.Checks = append(row.Checks, memoryCheck(fmt.Sprintf("after %d orders", orders), s, memoryMiB))
	err = w.pollChecks(ctx, s, &row.Checks, max(1, morePolls*w.o.Orders/DefaultOrders))
	return []report.Row{row}, err
}

// anonymous returns the memory of a server in MiB, and false where it is not known.
func anonymous(s *side) (float64, bool) {
	if s.process == nil {
		return 0, false
	}
	bytes, err := s.process.Anonymous()
	return float64(bytes) / (1 << 20), err == nil
}

func memoryCheck(what string, s *side, goal float64) report.Check {
	got, known := anonymous(s)
	if !known {
		return report.Unknown(what, goal, report.MiB)
	}
	return report.AtMost(what, got, goal, report.MiB)
}

// pollChecks opens long polls, and as many again.
func (w *world) pollChecks(ctx context.Context, s *side, checks *[]report.Check, count int) error {
	polls := newPolls(w, s)
	defer polls.end()
	if err := polls.open(ctx, count); err != nil {
		return err
	}
	*checks = append(*checks, memoryCheck(fmt.Sprintf("with %d long polls", count), s, pollsMiB))
	first, known := anonymous(s)
	if err := polls.open(ctx, count); err != nil {
		return err
	}
	second, _ := anonymous(s)
	if !known {
		*checks = append(*checks, report.Unknown("each further poll", pollKiB, report.KiB))
		return nil
	}
	*checks = append(*checks, report.AtMost("each further poll", max(0, second-first)*1024/float64(count), pollKiB, report.KiB))
	return nil
}

// pollsPerSession is below what the limits allow for one token.
const pollsPerSession = 500

// polls are long polls, each for an order of its own. They are sent again when they end.
type polls struct {
	world   *world
	side    *side
	cancel  context.CancelFunc
	ctx     context.Context
	running sync.WaitGroup
	refused atomic.Int64
	reason  atomic.Pointer[error] // of the first that was refused
}

func newPolls(w *world, s *side) *polls {
	p := &polls{world: w, side: s}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// open opens further long polls and returns when the server holds all of them.
func (p *polls) open(ctx context.Context, count int) error {
	for opened := 0; opened < count; {
		n := min(pollsPerSession, count-opened)
		if err := p.openSession(ctx, n); err != nil {
			return err
		}
		opened += n
	}
	if refused := p.refused.Load(); refused > 0 {
		return fmt.Errorf("%d %w, the first with: %w", refused, errRefused, *p.reason.Load())
	}
	return nil
}

// errRefused is the fault of long polls for which the server had no place.
var errRefused = errors.New("long polls were refused")

// openSession opens the long polls of a new session, whose orders it creates.
func (p *polls) openSession(ctx context.Context, count int) error {
	session, err := p.side.openSession(ctx, walletInstant)
	if err != nil {
		return err
	}
	client := &side{name: p.side.name, base: p.side.base, session: session, client: p.side.client}
	client.keys.Store(p.side.keys.Add(int64(count)))
	orders, err := p.world.place(ctx, client, walletInstant, count)
	if err != nil {
		return err
	}
	var sent sync.WaitGroup
	for _, o := range orders {
		sent.Add(1)
		p.running.Go(func() { p.poll(client, o.order, sent.Done) })
	}
	sent.Wait()
	// An answer to a later request of each connection's client shows that the server is not
	// still accepting: what was sent before has been read.
	return client.status(ctx, orders[0].order, "")
}

// poll sends one long poll after the other. written is called when the first is on its way.
func (p *polls) poll(client *side, order string, written func()) {
	var once sync.Once
	ctx := measure.OnWrite(p.ctx, func() { once.Do(written) })
	defer once.Do(written)
	for p.ctx.Err() == nil {
		if err := client.status(ctx, order, "?wait=25s"); err != nil && p.ctx.Err() == nil {
			p.reason.CompareAndSwap(nil, &err)
			p.refused.Add(1)
			return
		}
	}
}

func (p *polls) end() {
	p.cancel()
	p.running.Wait()
	p.side.client.CloseIdleConnections()
}
