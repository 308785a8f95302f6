package tinypay_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "write the files of this folder into the guide")

const guide = "../../docs/new-wallet.md"

// block is a file of this folder in the guide, below a comment that names it.
var block = regexp.MustCompile("(?s)<!-- (\\w+\\.go) -->\n```go\n.*?```\n")

func TestTheGuideShowsTheFilesOfThisFolder(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	want := block.ReplaceAllFunc(text, func(old []byte) []byte {
		name := string(block.FindSubmatch(old)[1])
		shown = append(shown, name)
		code, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return []byte("<!-- " + name + " -->\n```go\n" + string(code) + "```\n")
	})
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	linked := []string{"answers_test.go", "guide_test.go"} // and not shown
	if slices.Sort(shown); !slices.Equal(slices.Sorted(slices.Values(append(slices.Clone(shown), linked...))), files) {
		t.Errorf("the guide shows %q and links %q, want all of %q", shown, linked, files)
	}
	if string(want) == string(text) {
		return
	}
	if !*update {
		t.Fatal("docs/new-wallet.md differs from the files; go test ./examples/tinypay -update writes it")
	}
	if err := os.WriteFile(guide, want, 0o600); err != nil {
		t.Fatal(err)
	}
}
