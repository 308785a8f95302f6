package app

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet"
)

var update = flag.Bool("update", false, "write what is generated into the README")

// TestREADMEIsTrue compares the parts of the README that are generated with the code.
func TestREADMEIsTrue(t *testing.T) {
	root := filepath.Join("..", "..")
	path := filepath.Join(root, "README.md")
	readme, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile(filepath.Join(root, "examples", "embedded", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := os.ReadFile(filepath.Join(root, "bridge", "server", "openapi", "receiver", "receiver.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "sdk-js", "recipes", "native", "page.js"))
	if err != nil {
		t.Fatal(err)
	}
	want := between(t, string(readme), "wallets", capabilityTable())
	want = between(t, want, "miniprogram", "```js\n"+string(page)+"```\n")
	want = between(t, want, "embedded", "```go\n"+string(example)+"```\n")
	want = between(t, want, "verify", "```js\n"+string(verifier)+"```\n")
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(readme) {
		t.Error("the README is stale: go generate ./internal/app")
	}
	if lines := strings.Count(string(example), "\n"); lines >= 60 {
		t.Errorf("the embedding example has %d lines, want fewer than 60", lines)
	}
}

// between replaces what stands between two marks.
func between(t *testing.T, text, mark, content string) string {
	t.Helper()
	open, end := "<!-- "+mark+" -->\n", "<!-- /"+mark+" -->"
	head, rest, found := strings.Cut(text, open)
	_, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("the README has no mark %q", mark)
	}
	return head + open + content + end + tail
}

// capabilityTable has a row for each capability and a column for each kind of wallet.
func capabilityTable() string {
	var b strings.Builder
	names := slices.Sorted(maps.Keys(kinds))
	b.WriteString("| a wallet can | | `" + strings.Join(names, "` | `") + "` |\n")
	b.WriteString("| --- | ---" + strings.Repeat(" | ---", len(names)) + " |\n")
	for _, c := range wallet.Capabilities {
		b.WriteString("| " + c.Meaning + " | `" + string(c.Capability) + "` |")
		for _, name := range names {
			b.WriteString(" " + has(kinds[name].types, c) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// has reports whether the wallets of these types have a capability, none of which has settings.
func has(types []wallet.Wallet, c wallet.CapabilityInfo) string {
	some, all := false, true
	for _, w := range types {
		some, all = some || c.OfType(w), all && c.Of(w)
	}
	switch {
	case all:
		return "yes"
	case some:
		return "by setting"
	}
	return "–"
}
