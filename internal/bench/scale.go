package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/minitill/minitill/internal/bench/fill"
	"github.com/minitill/minitill/internal/bench/machine"
	"github.com/minitill/minitill/internal/bench/measure"
	"github.com/minitill/minitill/internal/bench/report"
)

// ScaleOptions say how far each dimension is measured. An empty one is left out.
type ScaleOptions struct {
	Sizes       []int // orders in the store
	Connections []int // of the load generator
	Polls       []int // long polls that wait
	Nodes       []int // tills on one PostgreSQL
	MostBytes   int64 // that the store may take; 0: half of the free disk
}

// Scale measures how rates change with the size of the store, with connections, with long polls
// and with nodes.
func Scale(ctx context.Context, o Options, s ScaleOptions) (*report.Report, error) {
	if err := errors.Join(o.check(), s.check(&o)); err != nil {
		return nil, err
	}
	return o.report(ctx, func(w *world, r *report.Report) (err error) {
		r.Rows, err = w.scaleAll(ctx, &s)
		return err
	})
}

var errNodes = errors.New("several nodes need PostgreSQL")

func (s *ScaleOptions) check(o *Options) error {
	for _, list := range [][]int{s.Sizes, s.Connections, s.Polls, s.Nodes} {
		if len(list) > 0 && slices.Min(list) < 1 {
			return errors.New("the numbers must be above zero")
		}
	}
	if len(s.Nodes) > 0 && o.Postgres == "" {
		return errNodes
	}
	return nil
}

func (w *world) scaleAll(ctx context.Context, s *ScaleOptions) (rows []report.Row, err error) {
	w.o.Progress.SetTotal(5)
	for _, part := range []struct {
		name string
		of   []int
		run  func(context.Context, *ScaleOptions) ([]report.Row, error)
	}{
		{"connections", s.Connections, w.scaleConnections}, {"polls", s.Polls, w.scalePolls},
		{"nodes", s.Nodes, w.scaleNodes}, {"size", s.Sizes, w.scaleSizes},
	} {
		w.o.Progress.Step(part.name)
		if len(part.of) == 0 {
			continue
		}
		more, err := part.run(ctx, s)
		if err != nil {
			return rows, fmt.Errorf("%s: %w", part.name, err)
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// scaleConnections measures creates and notifications with more and more connections.
func (w *world) scaleConnections(ctx context.Context, s *ScaleOptions) (rows []report.Row, err error) {
	till, err := w.startWarmTill(ctx, "till-connections")
	if err != nil {
		return nil, err
	}
	defer w.end(till)
	for _, n := range s.Connections {
		more, err := w.payRowsOf(ctx, "connections", fmt.Sprintf("with %d connections", n), n, till)
		if err != nil {
			return rows, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// startWarmTill starts a till and pays its first orders, which are slower than the next ones.
func (w *world) startWarmTill(ctx context.Context, name string) (*side, error) {
	till, err := w.startTill(ctx, name, w.o.Program, "")
	if err != nil {
		return nil, err
	}
	if err := w.payAll(ctx, till, min(warmOrders, w.o.Orders)); err != nil {
		w.end(till)
		return nil, err
	}
	return till, nil
}

// payRowsOf measures creates and notifications at tills of one store, which share the
// connections.
func (w *world) payRowsOf(ctx context.Context, name, how string, connections int, tills ...*side) ([]report.Row, error) {
	rounds, count := w.o.rounds()
	orders := make([]placed, count)
	create := together(tills, connections, count, func(ctx context.Context, s *side, i int) (err error) {
		orders[i], err = s.create(ctx, walletInstant)
		return err
	})
	notify := together(tills, connections, count, func(ctx context.Context, s *side, i int) error {
		return s.notify(ctx, walletInstant, w.wallets[walletInstant].Paid("/notify/"+walletInstant, orders[i].request))
	})
	read := together(tills, connections, count, func(ctx context.Context, s *side, i int) error {
		return s.status(ctx, orders[i].order, "")
	})
	all, err := measure.Alternate(ctx, rounds, w.o.Limit, create, notify, read)
	if err != nil {
		return nil, err
	}
	var rows []report.Row
	for i, what := range []string{"orders created", "notifications applied", "reads of final orders"} {
		rows = append(rows, report.Row{Name: name, What: what + " " + how, Figures: []report.Figure{report.NewFigure(report.Till, all[i])}})
	}
	return rows, nil
}

// together returns a turn of several tills, whose CPU times are added.
func together(tills []*side, connections, count int, f func(ctx context.Context, s *side, i int) error) measure.Turn {
	return func(ctx context.Context) (measure.Round, error) {
		before := cpuOf(tills)
		r, err := measure.Run(ctx, connections, count, func(ctx context.Context, i int) error { return f(ctx, tills[i%len(tills)], i) })
		if after := cpuOf(tills); before != measure.UnknownCPU && after != measure.UnknownCPU {
			r.CPU = after - before
		}
		return r, err
	}
}

func cpuOf(tills []*side) (sum time.Duration) {
	for _, s := range tills {
		used := s.cpu()
		if used == measure.UnknownCPU {
			return used
		}
		sum += used
	}
	return sum
}

// scalePolls measures creates while more and more long polls wait, and the memory of them.
func (w *world) scalePolls(ctx context.Context, s *ScaleOptions) (rows []report.Row, err error) {
	till, err := w.startWarmTill(ctx, "till-polls")
	if err != nil {
		return nil, err
	}
	defer w.end(till)
	polls, open := newPolls(w, till), 0
	defer func() { polls.end() }()
	for _, n := range slices.Sorted(slices.Values(s.Polls)) {
		limit := polls.open(ctx, n-open)
		if limit != nil && !errors.Is(limit, errRefused) {
			return rows, limit
		}
		open = n
		more, err := w.payRowsOf(ctx, "polls", fmt.Sprintf("while %d long polls wait", n-int(polls.refused.Load())), w.o.Connections, till)
		if err != nil {
			return rows, err
		}
		more[0].Facts = pollFacts(till, n, limit)
		rows = append(rows, more...)
		if limit != nil { // the server has no more places, which its descriptors bound
			break
		}
	}
	return rows, nil
}

// pollFacts are the memory of a till with long polls, and the limit where it was reached.
func pollFacts(till *side, opened int, limit error) (facts []string) {
	if mib, known := anonymous(till); known {
		facts = append(facts, fmt.Sprintf("anonymous memory: %.1f MiB", mib))
	}
	if limit != nil {
		facts = append(facts, fmt.Sprintf("of %d %v", opened, limit))
	}
	return facts
}

// scaleNodes measures one PostgreSQL with more and more tills.
func (w *world) scaleNodes(ctx context.Context, s *ScaleOptions) (rows []report.Row, err error) {
	first, err := w.startTill(ctx, "till-node", w.o.Program, "")
	if err != nil {
		return nil, err
	}
	tills := []*side{first}
	defer func() {
		for _, t := range tills {
			w.end(t)
		}
	}()
	for _, n := range slices.Sorted(slices.Values(s.Nodes)) {
		for len(tills) < n {
			next, err := w.startReplica(ctx, first)
			if err != nil {
				return rows, err
			}
			tills = append(tills, next)
		}
		if err := w.payAll(ctx, tills[n-1], min(warmOrders, w.o.Orders)); err != nil {
			return rows, err
		}
		more, err := w.payRowsOf(ctx, "nodes", fmt.Sprintf("by %d nodes on one PostgreSQL", n), w.o.Connections*n, tills...)
		if err != nil {
			return rows, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// startReplica starts another till with the same configuration and store.
func (w *world) startReplica(ctx context.Context, of *side) (*side, error) {
	s := &side{name: of.name, program: of.program, args: of.args, config: of.config, apiKey: of.apiKey}
	log, err := w.newLog(s.name)
	if err != nil {
		return nil, err
	}
	s.log = log
	s.keys.Store(int64(len(w.sides)) << 40) // keys of its own
	return s, w.launch(ctx, s)
}

// scaleSizes measures a till at several sizes of its store.
func (w *world) scaleSizes(ctx context.Context, s *ScaleOptions) (rows []report.Row, err error) {
	till, original, err := w.sample(ctx, "till-size")
	if err != nil {
		return nil, err
	}
	defer w.end(till)
	most := machine.Free(w.dir) / 2
	if s.MostBytes > 0 && (most == 0 || s.MostBytes < most) {
		most = s.MostBytes
	}
	held := 0
	for _, size := range slices.Sorted(slices.Values(s.Sizes)) {
		till.stop()
		f, err := w.fillTo(ctx, till, size-held, most, original)
		if err != nil {
			return rows, err
		}
		held += f.Orders
		if err := till.start(ctx); err != nil {
			return rows, err
		}
		more, err := w.sizeRows(ctx, till, held, f)
		if err != nil {
			return rows, err
		}
		rows = append(rows, more...)
		if held < size {
			more[0].Facts = append(more[0].Facts, fmt.Sprintf("the store may take no more than %d MiB, so it has %d orders and not %d", most>>20, held, size))
			rows[len(rows)-len(more)] = more[0]
			break
		}
	}
	return rows, nil
}

// sizeRows measures a till whose store has that many orders: payments, and status queries of
// orders that are due, which the till has to find.
func (w *world) sizeRows(ctx context.Context, till *side, orders int, f fill.Filled) ([]report.Row, error) {
	if err := w.payAll(ctx, till, min(warmOrders, w.o.Orders)); err != nil {
		return nil, err
	}
	rows, err := w.payRowsOf(ctx, "size", fmt.Sprintf("with %d orders in the store", orders), w.o.Connections, till)
	if err != nil {
		return nil, err
	}
	rows[0].Facts = []string{
		fmt.Sprintf("the store takes %d MiB, %d bytes for each order; started in %d ms", f.Bytes>>20, f.Bytes/int64(max(1, orders)), till.process.Started.Milliseconds()),
	}
	rate, err := w.queryDue(ctx, till, walletLost, min(claimedOrders, w.o.Orders))
	rows = append(rows, report.Row{Name: "size", What: fmt.Sprintf("status queries of due orders with %d orders in the store", orders), Figures: []report.Figure{
		{Side: report.Till, Rounds: 1, PerSecond: rate, Low: rate, High: rate},
	}})
	return rows, err
}

const claimedOrders = 500 // or fewer, as Orders says
