package bench

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/minitill/minitill/internal/bench/measure"
	"github.com/minitill/minitill/internal/bench/process"
	"github.com/minitill/minitill/internal/bench/report"
)

const (
	startLimit = 100 // milliseconds that a cold start may take
	coldStarts = 5
)

// measureStart measures how long a till with everything embedded takes until it is ready.
func measureStart(ctx context.Context, w *world) ([]report.Row, error) {
	r := measure.Round{CPU: measure.UnknownCPU}
	for range min(coldStarts, w.o.Orders) {
		took, err := w.coldStart(ctx)
		if err != nil {
			return nil, err
		}
		r.Latencies, r.Took = append(r.Latencies, took), r.Took+took
	}
	row := report.Row{Name: "start", What: "cold starts without a configuration, everything embedded"}
	latencies := measure.Series{r}.Latencies()
	row.Figures = []report.Figure{report.NewFigure(report.Till, measure.Series{r})}
	row.Checks = []report.Check{report.AtMost("p50 until ready", report.Millis(measure.Quantile(latencies, 500)), startLimit, report.MS)}
	return []report.Row{row}, nil
}

// coldStart starts a till in an empty directory and stops it.
func (w *world) coldStart(ctx context.Context) (time.Duration, error) {
	s, err := w.emptyTill()
	if err != nil {
		return 0, err
	}
	defer func() { _ = s.log.Close() }()
	return s.coldStart(ctx)
}

// emptyTill returns a till without a configuration and without a store.
func (w *world) emptyTill() (*side, error) {
	dir, err := os.MkdirTemp(w.dir, "start-")
	if err != nil {
		return nil, err
	}
	s := &side{name: report.Till, program: w.o.Program}
	s.args = []string{"serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data")}
	s.log, err = os.Create(filepath.Join(dir, "log"))
	return s, err
}

// coldStart starts the server, stops it and returns how long it took until it was ready.
func (s *side) coldStart(ctx context.Context) (time.Duration, error) {
	p, err := process.Start(ctx, s.log, s.program, s.args...)
	if err != nil {
		return 0, err
	}
	p.Stop()
	return p.Started, nil
}
