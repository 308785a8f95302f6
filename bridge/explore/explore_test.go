// Package explore_test walks every interleaving of a small world: one order, two nodes
// over one store, two wallets, a merchant, a payer and the clock.
//
// A run is replayed from a sequence of choices. At a choice point the engine's
// operations wait, each at a call to a wallet, at the wallet's answer or at a commit, and
// one move is chosen: one of them goes on, well or badly, or an actor does something
// else. Alternative 0 is always what happens when everybody behaves well. When a run has
// ended, nothing goes wrong any more and time passes; then our books must be those of
// the wallets, or say what is wrong.
//
// A walk is depth-first over all sequences of bounded depth with a bounded number of
// choices that are not alternative 0.
package explore_test

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

var (
	exploreDepth  = flag.Int("explore.depth", 0, "walk each scenario once, with so many free choice points")
	exploreFaults = flag.Int("explore.faults", 1<<20, "how many choices of a sequence may be another than alternative 0, with -explore.depth")
	exploreReplay = flag.String("explore.replay", "", "run only this sequence, such as 3.0.1; name the scenario with -run")
	exploreUpdate = flag.Bool("explore.update", false, "rewrite the numbers of sequences; -short and -race have their own")
)

// TestEveryInterleavingKeepsTheBooks walks each scenario, and requires as many sequences
// as before: another number means that the engine, or the world, has other choice points
// than it had.
func TestEveryInterleavingKeepsTheBooks(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // the heap is small
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))   // one operation goes on at a time; handing over to another core is half of the time
	switch {
	case replaying():
		each(t, replay)
	case *exploreDepth > 0:
		each(t, func(t *testing.T, s *scenario) { explore(t, s, []bounds{{*exploreDepth, *exploreFaults}}) })
	default:
		walkTable(t)
	}
}

func each(t *testing.T, f func(*testing.T, *scenario)) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) { f(t, s) })
	}
}

func replaying() bool {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "explore.replay" })
	return given
}

func effortOf() effort {
	switch {
	case raceEnabled:
		return racing
	case testing.Short():
		return hurried
	}
	return fully
}

// counts are the numbers of sequences, by scenario and effort.
type counts map[string]map[effort]int

const countsFile = "testdata/sequences.json"

// walkTable walks each scenario as far as there is time for.
func walkTable(t *testing.T) {
	table, e := readCounts(t), effortOf()
	each(t, func(t *testing.T, s *scenario) {
		got := explore(t, s, s.walks(e))
		if want := table[s.name][e]; got != want && !*exploreUpdate {
			t.Errorf("got %d sequences, want %d; -explore.update rewrites %s", got, want, countsFile)
		}
		if table[s.name] == nil {
			table[s.name] = map[effort]int{}
		}
		table[s.name][e] = got
	})
	if *exploreUpdate {
		writeCounts(t, table)
	}
}

func readCounts(t *testing.T) counts {
	text, err := os.ReadFile(countsFile)
	if err != nil {
		t.Fatal(err)
	}
	var table counts
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	return table
}

func writeCounts(t *testing.T, table counts) {
	maps.DeleteFunc(table, func(name string, _ map[effort]int) bool {
		return !slices.ContainsFunc(scenarios, func(s *scenario) bool { return s.name == name })
	})
	text, err := json.MarshalIndent(table, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(countsFile, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// explore walks a scenario and reports the simplest sequence of each kind of violation.
func explore(t *testing.T, s *scenario, walks []bounds) int {
	simplest := map[string]sequence{}
	total := 0
	for _, b := range walks {
		count := walk(b, func(c *choices) {
			for _, v := range run(t, s, c, nil) {
				if known, ok := simplest[v.kind]; !ok || c.taken.simpler(known) {
					simplest[v.kind] = c.taken
				}
			}
		})
		t.Logf("%d sequences of %v", count, b)
		total += count
	}
	report(t, s, simplest)
	return total
}

// report prints each sequence once, with all that it violates.
func report(t *testing.T, s *scenario, simplest map[string]sequence) {
	kinds := map[string][]string{}
	for _, kind := range slices.Sorted(maps.Keys(simplest)) {
		kinds[simplest[kind].String()] = append(kinds[simplest[kind].String()], kind)
	}
	for _, text := range slices.Sorted(maps.Keys(kinds)) {
		plan, err := parseSequence(text)
		if err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s\n%s", strings.Join(kinds[text], "; "), story(t, s, plan))
	}
}

func replay(t *testing.T, s *scenario) {
	plan, err := parseSequence(*exploreReplay)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(story(t, s, plan))
	for _, v := range run(t, s, &choices{plan: plan}, nil) {
		t.Errorf("%s: %s", v.kind, v.detail)
	}
}

// story describes a sequence in words.
func story(t *testing.T, s *scenario, plan sequence) string {
	var trace []string
	found := run(t, s, &choices{plan: plan}, &trace)
	return describe(plan, trace, found)
}

func describe(plan sequence, trace []string, found []violation) string {
	lines := append([]string{"-explore.replay " + plan.String()}, trace...)
	for _, v := range found {
		lines = append(lines, "VIOLATION "+v.kind+": "+v.detail)
	}
	return strings.Join(lines, "\n    ")
}

// run lives one sequence in a bubble of its own.
func run(t *testing.T, s *scenario, c *choices, trace *[]string) (found []violation) {
	synctest.Test(t, func(*testing.T) {
		roomy(0)
		w := newWorld(s, c)
		w.tracing = trace != nil
		w.live()
		if found = w.found; trace != nil {
			*trace = w.trace
		}
	})
	return found
}
