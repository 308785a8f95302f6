package measure

import (
	"context"
	"errors"
	"net/http/httptrace"
	"slices"
	"sync"
	"time"
)

// UnknownCPU is the CPU time of a round whose process cannot be observed.
const UnknownCPU = time.Duration(-1)

// Round is one turn of one side: requests that were sent by a number of connections.
type Round struct {
	Took      time.Duration
	CPU       time.Duration // of the process under test; UnknownCPU where it is not known
	Latencies []time.Duration
}

// Run calls f for 0 to count-1 from that many connections, and returns how long all and each
// of the calls took. It stops at the first error, and when ctx ends.
func Run(ctx context.Context, connections, count int, f func(ctx context.Context, i int) error) (Round, error) {
	r := Round{CPU: UnknownCPU, Latencies: make([]time.Duration, count)}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	began := time.Now()
	var all sync.WaitGroup
	for worker := range min(connections, count) {
		all.Go(func() {
			for i := worker; i < count && ctx.Err() == nil; i += connections {
				sent := time.Now()
				if err := f(ctx, i); err != nil {
					cancel(err)
					return
				}
				r.Latencies[i] = time.Since(sent)
			}
		})
	}
	all.Wait()
	r.Took = time.Since(began)
	if err := context.Cause(ctx); err != nil {
		return Round{}, err
	}
	return r, nil
}

// Series are the rounds of one side.
type Series []Round

// Rate is the median, the lowest and the highest number of requests a second of the rounds.
type Rate struct{ Median, Low, High float64 }

// Rate returns how many requests a second there were. It is zero without rounds.
func (s Series) Rate() Rate {
	rates := make([]float64, 0, len(s))
	for _, r := range s {
		if r.Took > 0 {
			rates = append(rates, float64(len(r.Latencies))/r.Took.Seconds())
		}
	}
	return spread(rates)
}

func spread(values []float64) Rate {
	if len(values) == 0 {
		return Rate{}
	}
	slices.Sort(values)
	return Rate{Median(values), values[0], values[len(values)-1]}
}

// Median returns the median of sorted values, and zero of none.
func Median(sorted []float64) float64 {
	n := len(sorted)
	switch {
	case n == 0:
		return 0
	case n%2 == 1:
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// Latencies returns the latencies of all rounds, sorted.
func (s Series) Latencies() []time.Duration {
	var all []time.Duration
	for _, r := range s {
		all = append(all, r.Latencies...)
	}
	slices.Sort(all)
	return all
}

// CPU returns the CPU time of one request, and false where a round's is not known.
func (s Series) CPU() (time.Duration, bool) {
	var spent time.Duration
	n := 0
	for _, r := range s {
		if r.CPU == UnknownCPU {
			return 0, false
		}
		spent += r.CPU
		n += len(r.Latencies)
	}
	if n == 0 {
		return 0, false
	}
	return spent / time.Duration(n), true
}

// Quantile returns the latency below which that share of sorted latencies is, in thousandths:
// 990 for p99. It is zero without latencies.
func Quantile(sorted []time.Duration, thousandths int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, len(sorted)*thousandths/1000)]
}

// Ratio returns the median of the ratios of two sides, round by round, since the two of one
// round saw the same machine. It is zero when they have no round in common.
func Ratio(of, to Series) float64 {
	var ratios []float64
	for i := range min(len(of), len(to)) {
		a, b := Series{of[i]}.Rate().Median, Series{to[i]}.Rate().Median
		if b > 0 {
			ratios = append(ratios, a/b)
		}
	}
	return spread(ratios).Median
}

// ErrNoRounds is the fault of a comparison that had no time for one round.
var ErrNoRounds = errors.New("there was no time for one round")

// Turn runs one round of a side.
type Turn func(ctx context.Context) (Round, error)

// Alternate runs the turns one after the other, A B A B, until there were that many rounds of
// each or the time is over. The time is checked between rounds, so that every side has as many.
func Alternate(ctx context.Context, rounds int, limit time.Duration, turns ...Turn) ([]Series, error) {
	all := make([]Series, len(turns))
	began := time.Now()
	for n := range rounds {
		if n > 0 && time.Since(began) >= limit {
			break
		}
		for i, turn := range turns {
			r, err := turn(ctx)
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], r)
		}
	}
	if len(turns) > 0 && len(all[0]) == 0 {
		return nil, ErrNoRounds
	}
	return all, nil
}

// OnWrite returns a context with which a request calls f when it has been written.
func OnWrite(ctx context.Context, f func()) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { f() }})
}
