package main

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the code into the guide")

const guide = "../../docs/own-binary.md"

// block is code in the guide, below a comment that names it.
var block = regexp.MustCompile("(?s)<!-- (main\\.go|simulate\\.go|open) -->\n```go\n.*?```\n")

func TestTheGuideShowsThisProgram(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	want := block.ReplaceAllFunc(text, func(old []byte) []byte {
		shown++
		name := string(block.FindSubmatch(old)[1])
		return []byte("<!-- " + name + " -->\n```go\n" + code(t, name) + "```\n")
	})
	if shown != 3 {
		t.Errorf("the guide shows %d pieces of code, want 3", shown)
	}
	if string(want) == string(text) {
		return
	}
	if !*update {
		t.Fatal("docs/own-binary.md differs from the code; go test ./examples/ownbinary -update writes it")
	}
	if err := os.WriteFile(guide, want, 0o600); err != nil {
		t.Fatal(err)
	}
}

// code is a file of this folder, or the part of package run's example that opens a till.
func code(t *testing.T, name string) string {
	t.Helper()
	file := name
	if name == "open" {
		file = "../../bridge/run/example_test.go"
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if name != "open" {
		return string(text)
	}
	_, rest, _ := strings.Cut(string(text), "func ExampleOpen() {\n")
	_, rest, _ = strings.Cut(rest, "\n\n")
	part, _, found := strings.Cut(rest, "\n\n")
	if !found {
		t.Fatal("the example of Open has no part between empty lines")
	}
	return strings.ReplaceAll(strings.TrimPrefix(part, "\t"), "\n\t", "\n") + "\n"
}
