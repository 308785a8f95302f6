package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/minitill/minitill/internal/bench/machine"
	"github.com/minitill/minitill/internal/bench/process"
	"github.com/minitill/minitill/internal/bench/report"
)

// scenario is a benchmark of one thing, or of several that belong together.
type scenario struct {
	names []string // of its rows, by which it is chosen
	run   func(ctx context.Context, w *world) ([]report.Row, error)
}

// scenarios are the benchmarks in their order: those that leave a quiet machine first.
var scenarios = []scenario{
	{[]string{"start"}, measureStart},
	{[]string{"create", "notify"}, measurePay},
	{[]string{"status"}, measureStatus},
	{[]string{"alone"}, measureAlone},
	{[]string{"rsa"}, measureRSA},
	{[]string{"copies"}, measureCopies},
	{[]string{"slow"}, measureSlow},
	{[]string{"queries"}, measureQueries},
	{[]string{"webhooks"}, measureWebhooks},
	{[]string{"backlog"}, measureBacklog},
	{[]string{"memory"}, measureMemory},
	{[]string{"index"}, measureIndex},
	{[]string{"filled"}, measureFilled},
	{[]string{"console", "operators"}, measureConsole},
}

// measureFor is how long each of the machine's speeds is measured, unless Options say it.
const measureFor = 400 * time.Millisecond

// Run runs the benchmarks. What it started and wrote is gone when it returns, also when ctx
// ended.
func Run(ctx context.Context, o Options) (*report.Report, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	return o.report(ctx, func(w *world, r *report.Report) (err error) {
		if o.Beside != "" {
			if r.Builds[report.Beside], err = process.Output(ctx, o.Beside, "version"); err != nil {
				return err
			}
		}
		r.Rows, err = o.runAll(ctx, w)
		return err
	})
}

// report returns the rows that fill measures in a new world, with the machine that it ran on.
func (o *Options) report(ctx context.Context, fill func(*world, *report.Report) error) (r *report.Report, err error) {
	w, err := openWorld(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		o.Progress.Step("cleaning up")
		err = errors.Join(err, w.close())
		o.Progress.Clear()
	}()
	began := time.Now()
	r = &report.Report{Version: 1, At: began.UTC(), Builds: map[string]string{report.Till: o.Build}}
	if r.Machine, err = machine.Measure(ctx, w.dir, cmp.Or(o.MeasureFor, measureFor)); err != nil {
		return nil, err
	}
	if err := fill(w, r); err != nil {
		return nil, w.explain(err)
	}
	for i := range r.Rows {
		r.Rows[i].Store = w.store()
	}
	r.Machine.LoadAfter, r.Took = machine.Load(), time.Since(began).Round(time.Second).String()
	return r, nil
}

func (o *Options) runAll(ctx context.Context, w *world) (rows []report.Row, err error) {
	chosen := o.chosen()
	o.Progress.SetTotal(len(chosen) + 1)
	for _, s := range chosen {
		o.Progress.Step(s.names[0])
		more, err := s.run(ctx, w)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.names[0], err)
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// chosen returns the benchmarks of Only. Without Only it is all of them, that of the filled
// store only where it was requested.
func (o *Options) chosen() (list []scenario) {
	for _, s := range scenarios {
		wanted := len(o.Only) == 0 && (s.names[0] != "filled" && s.names[0] != "console" || o.Filled > 0)
		if wanted || slices.ContainsFunc(o.Only, func(name string) bool { return slices.Contains(s.names, name) }) {
			list = append(list, s)
		}
	}
	return list
}

func (w *world) store() string {
	if w.databases != nil {
		return "postgres"
	}
	return "sqlite"
}

// mostOfLog is how much of a server's log an error repeats.
const mostOfLog = 2000

// explain adds the end of the servers' logs to an error, since they are about to be removed.
func (w *world) explain(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	for _, s := range w.sides {
		text, _ := os.ReadFile(s.log.Name())
		if len(text) > 0 {
			err = fmt.Errorf("%w\nthe log of the %s ends:\n%s", err, s.name, text[max(0, len(text)-mostOfLog):])
		}
	}
	return err
}
