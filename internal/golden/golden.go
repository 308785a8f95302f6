package golden

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden tables")

// Table is a golden table: one line for each case, in blocks.
type Table struct{ text strings.Builder }

// Block begins the lines of one state.
func (g *Table) Block(title string) { fmt.Fprintf(&g.text, "\n# %s\n", title) }

// Line adds a case and its outcome.
func (g *Table) Line(outcome string, parts ...string) {
	fmt.Fprintf(&g.text, "%s -> %s\n", strings.Join(parts, " | "), outcome)
}

// Compare requires the table to be equal to the file of that name in testdata. The flag -update writes
// the file instead.
func (g *Table) Compare(t *testing.T, name string) {
	t.Helper()
	path, got := filepath.Join("testdata", name), strings.TrimLeft(g.text.String(), "\n")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs; -want +got:\n%s", path, diff)
	}
}
