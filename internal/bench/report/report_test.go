package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/internal/bench/machine"
	"github.com/minitill/minitill/internal/bench/measure"
)

func example() *Report {
	fast := measure.Round{Took: time.Second, CPU: time.Second / 10, Latencies: slices.Repeat([]time.Duration{2 * time.Millisecond}, 1000)}
	slow := measure.Round{Took: 2 * time.Second, CPU: measure.UnknownCPU, Latencies: slices.Repeat([]time.Duration{4 * time.Millisecond}, 1000)}
	return &Report{
		Version: 1, At: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), Took: "1m0s", Machine: machine.Facts{System: "linux/amd64", Cores: 2, Go: "go1.26"},
		Builds: map[string]string{Till: "minitill (devel)"},
		Rows: []Row{{
			Name: "create", Store: "sqlite", What: "orders created, 16 connections",
			Figures: []Figure{NewFigure(Till, measure.Series{slow}), NewFigure(Reference, measure.Series{fast})},
			Checks: []Check{
				AtLeast("of the reference", 0.5, 0.7, Times), AtMost("p99", 4, 10, MS), AtMost("CPU", 400, 240, Micros),
				Exactly("effects", 8, 8), Unknown("memory", 64, MiB),
			},
		}},
	}
}

func TestTheReportForPeople(t *testing.T) {
	var b strings.Builder
	if err := example().WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"2026-01-31T12:00:00Z, in 1m0s\n", "2 cores of an unknown CPU", "create on sqlite: orders created, 16 connections\n",
		"500/s", "(one round)", "p99 4.00 ms", "CPU unknown", "CPU 100 µs",
		"missed   of the reference: 0.50 × (≥ 0.70 ×)\n", "reached  p99: 4.0 ms (≤ 10.0 ms)\n", "not here CPU: 400.0 µs (≤ 240.0 µs)\n",
		"reached  effects: 8 (= 8)\n", "unknown  memory (≤ 64.0 MiB)\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("without %q:\n%s", want, &b)
		}
	}
}

func TestTheReportForPrograms(t *testing.T) {
	var b strings.Builder
	if err := example().WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	row := got["rows"].([]any)[0].(map[string]any)
	till, reference := row["figures"].([]any)[0].(map[string]any), row["figures"].([]any)[1].(map[string]any)
	if got["version"] != 1.0 || row["name"] != "create" || till["perSecond"] != 500.0 || till["cpuMicros"] != nil || reference["cpuMicros"] != 100.0 {
		t.Errorf("got %s", &b)
	}
	checks := row["checks"].([]any)
	if c := checks[0].(map[string]any); c["value"] != 0.5 || c["goal"] != 0.7 || c["met"] != false || c["binds"] != true {
		t.Errorf("the ratio: got %v", c)
	}
	if c := checks[4].(map[string]any); c["value"] != nil || c["met"] != false || c["binds"] != false {
		t.Errorf("what is unknown: got %v", c)
	}
}

func TestOnlyWhatBindsIsMissed(t *testing.T) {
	if got := example().Missed(); len(got) != 1 || !strings.Contains(got[0], "create on sqlite") {
		t.Errorf("got %q, want the ratio alone", got)
	}
	wrong := Report{Rows: []Row{{Name: "copies", Store: "sqlite", Checks: []Check{Exactly("effects", 9, 8)}}}}
	if got := wrong.Missed(); len(got) != 1 {
		t.Errorf("two effects of one notification: got %q", got)
	}
}

func TestTheBarFillsAndGoes(t *testing.T) {
	var b strings.Builder
	p := &Progress{Out: &b, Total: 2}
	p.Step("create, round 1")
	p.Step("notify")
	p.Clear()
	lines := strings.Split(b.String(), "\r")
	if !strings.Contains(lines[1], "[........................] 0/2 create") || !strings.Contains(lines[2], "[############............] 1/2 notify") ||
		strings.TrimSpace(lines[3]) != "" {
		t.Errorf("got %q", lines)
	}
	new(Progress).Step("shown nowhere")
}
