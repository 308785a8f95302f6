package app

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/minitill/minitill/internal/bench/report"
)

func TestTheBenchmarkLoadsNoOtherMachine(t *testing.T) {
	const far = "http://till.example.com"
	target := []string{"bench", "--url", far, "--wallet", "main", "--sku", "latte"}
	wantMatches(t, refused(t, 1, target...), `till\.example\.com is not on this machine`, `--allow-remote --yes-this-loads `+far)
	wantMatches(t, refused(t, 1, append(target, "--allow-remote")...), `is not on this machine`)
	wantMatches(t, refused(t, 1, append(target, "--allow-remote", "--yes-this-loads", far+".org")...), `is not on this machine`)
	wantMatches(t, refused(t, 1, "bench", "--postgres", "postgres://u@db.example.com/x"), `db\.example\.com is not on this machine`)
	wantMatches(t, refused(t, 1, "bench", "scale", "--sizes", "1", "--postgres", "postgres://u@db.example.com/x"), `is not on this machine`)
	wantMatches(t, refused(t, 1, "bench", "--only", "unicorns"), `there is no benchmark "unicorns": there are start, create`)
	wantMatches(t, refused(t, 1, "bench", "scale", "--nodes", "2"), `several nodes need PostgreSQL`)
}

func TestTheBenchmarkMeasuresARunningServer(t *testing.T) {
	r := startNode(t, t.TempDir())
	output := command(t, "bench", "--url", r.base, "--wallet", "sandbox", "--sku", "cold-brew", "--orders", "4", "--connections", "2", "--json")
	var got report.Report
	if err := json.Unmarshal([]byte(output), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Rows) != 3 || got.Rows[0].Name != "create" || got.Rows[0].Figures[0].PerSecond <= 0 || got.Rows[0].Figures[0].CPUMicros != nil {
		t.Errorf("got %s", output)
	}
	wantMatches(t, refused(t, 1, "bench", "--url", r.base), `--wallet and --sku are needed`)
	wantMatches(t, refused(t, 1, "bench", "--url", r.base, "--wallet", "sandbox", "--sku", "unicorn", "--orders", "1"), `is not in the catalog`)
}

func TestAMissedRatioIsAFailureOnlyWhenRequested(t *testing.T) {
	r := &report.Report{Rows: []report.Row{{Name: "create", Store: "sqlite", Checks: []report.Check{report.AtLeast("of the reference", 0.5, 0.7, report.Times)}}}}
	if err := (&benchRunCommand{}).verdict(r); err != nil {
		t.Errorf("without --check: got %v", err)
	}
	if err := (&benchRunCommand{Check: true}).verdict(r); !errors.Is(err, errMissed) {
		t.Errorf("with --check: got %v, want the ratios that are missed", err)
	}
}
