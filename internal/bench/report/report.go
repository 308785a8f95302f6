package report

import (
	"time"

	"github.com/minitill/minitill/internal/bench/machine"
	"github.com/minitill/minitill/internal/bench/measure"
)

// Report is one run. Its JSON is stable: members are added and not changed.
type Report struct {
	Version int               `json:"version"` // of this form: 1
	At      time.Time         `json:"at"`
	Took    string            `json:"took"`
	Machine machine.Facts     `json:"machine"`
	Builds  map[string]string `json:"builds"` // by side
	Rows    []Row             `json:"rows"`
}

// The sides of a run.
const (
	Till      = "till"
	Reference = "reference"
	Beside    = "beside" // another binary of the till
)

// Row is what one benchmark measured.
type Row struct {
	Name    string   `json:"name"`
	Store   string   `json:"store"` // sqlite or postgres
	What    string   `json:"what"`  // in words
	Figures []Figure `json:"figures"`
	Checks  []Check  `json:"checks"`
	Facts   []string `json:"facts,omitempty"` // what else was seen, in words
}

// Figure is what one side reached. CPUMicros is null where the system does not report it.
type Figure struct {
	Side      string   `json:"side"`
	Rounds    int      `json:"rounds"`
	PerSecond float64  `json:"perSecond"` // the median of the rounds
	Low       float64  `json:"low"`
	High      float64  `json:"high"`
	P50Millis float64  `json:"p50Millis"`
	P99Millis float64  `json:"p99Millis"`
	CPUMicros *float64 `json:"cpuMicros"` // of the server, for one request
}

// NewFigure returns the figures of the rounds of a side.
func NewFigure(side string, s measure.Series) Figure {
	rate, latencies := s.Rate(), s.Latencies()
	f := Figure{
		Side: side, Rounds: len(s), PerSecond: rate.Median, Low: rate.Low, High: rate.High,
		P50Millis: Millis(measure.Quantile(latencies, 500)), P99Millis: Millis(measure.Quantile(latencies, 990)),
	}
	if cpu, known := s.CPU(); known {
		micros := float64(cpu.Nanoseconds()) / 1000
		f.CPUMicros = &micros
	}
	return f
}

// Millis returns a duration in milliseconds.
func Millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// Check is a figure beside what it must reach. Only a ratio binds: the others depend on the
// machine.
type Check struct {
	What   string   `json:"what"`
	Value  *float64 `json:"value"` // null where it could not be measured
	Goal   float64  `json:"goal"`
	AtMost bool     `json:"atMost"` // whether Goal is an upper limit
	Unit   string   `json:"unit"`
	Binds  bool     `json:"binds"`
	Met    bool     `json:"met"`
}

// The units of checks.
const (
	Times  = "×"
	MS     = "ms"
	Micros = "µs"
	PerS   = "/s"
	MiB    = "MiB"
	KiB    = "KiB"
	Count  = ""
)

// AtLeast returns a check of a figure with a lower limit.
func AtLeast(what string, value, goal float64, unit string) Check {
	return Check{What: what, Value: &value, Goal: goal, Unit: unit, Binds: unit == Times, Met: value >= goal}
}

// AtMost returns a check of a figure with an upper limit.
func AtMost(what string, value, goal float64, unit string) Check {
	return Check{What: what, Value: &value, Goal: goal, AtMost: true, Unit: unit, Binds: unit == Times, Met: value <= goal}
}

// Exactly returns a check of a count that must be right on every machine.
func Exactly(what string, value, goal int) Check {
	got := float64(value)
	return Check{What: what, Value: &got, Goal: float64(goal), Binds: true, Met: value == goal}
}

// Unknown returns a check of a figure that this system does not report.
func Unknown(what string, goal float64, unit string) Check {
	return Check{What: what, Goal: goal, AtMost: true, Unit: unit}
}

// Figure returns the figures of a side; none when it took no part.
func (r *Row) Figure(side string) (Figure, bool) {
	for _, f := range r.Figures {
		if f.Side == side {
			return f, true
		}
	}
	return Figure{}, false
}

// Missed returns the checks that bind and are not met, with the names of their rows.
func (r *Report) Missed() (missed []string) {
	for _, row := range r.Rows {
		for _, c := range row.Checks {
			if c.Binds && !c.Met {
				missed = append(missed, row.Name+" on "+row.Store+": "+c.String())
			}
		}
	}
	return missed
}
