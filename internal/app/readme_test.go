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

// TestREADMEIsTrue holds the parts of the README that are made from code to the code.
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
	want := between(t, string(readme), "wallets", capabilityTable())
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
	if lines := strings.Count(string(example), "\n"); lines >= 40 {
		t.Errorf("the embedding example has %d lines, want fewer than 40", lines)
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

func capabilityTable() string {
	var b strings.Builder
	b.WriteString("| wallet | notifies | query | cancel | capture | void | refund | sign-in | methods |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		w := kinds[name].wallet
		b.WriteString("| `" + name + "` |")
		for _, has := range []bool{
			can[wallet.Notifier](w), can[wallet.Querier](w), can[wallet.Canceler](w), can[wallet.Capturer](w),
			can[wallet.Voider](w), can[wallet.Refunder](w), can[wallet.Authenticator](w), can[wallet.Chooser](w),
		} {
			b.WriteString(map[bool]string{true: " yes |", false: " – |"}[has])
		}
		b.WriteString("\n")
	}
	return b.String()
}

func can[T any](w wallet.Wallet) bool {
	_, ok := w.(T)
	return ok
}
