package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// guides are the texts of README.md and docs, by file.
func guides(t *testing.T) map[string]string {
	t.Helper()
	root, texts := filepath.Join("..", ".."), map[string]string{}
	for _, pattern := range []string{"README.md", "docs/*.md", "docs/wallets/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: nothing is there (%v)", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			texts[filepath.Base(file)] = string(text)
		}
	}
	return texts
}

// The receivers are run by the tests of bridge/server/openapi/receiver.
func TestTheGuideToWebhooksShowsTheReceiversThatAreTested(t *testing.T) {
	guide := guides(t)["webhooks.md"]
	for _, name := range []string{"receiver.mjs", "receiver.go"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "bridge", "server", "openapi", "receiver", name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(guide, "\n"+strings.TrimSpace(string(text))+"\n```\n") {
			t.Errorf("docs/webhooks.md does not show %s as it is", name)
		}
	}
	if blocks := strings.Count(guide, "\n```") / 2; blocks != 2 {
		t.Errorf("docs/webhooks.md has %d blocks of code, want those two", blocks)
	}
}

// TestTheCommandsOfTheQuickStartWork runs its shell commands at a fresh till.
func TestTheCommandsOfTheQuickStartWork(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if _, missing := exec.LookPath("curl"); err != nil || missing != nil {
		t.Skip("SKIPPED: bash or curl is missing")
	}
	_, rest, _ := strings.Cut(guides(t)["quick-start.md"], "<!-- run by internal/app -->\n```sh\n")
	commands, _, found := strings.Cut(rest, "```")
	if !found || !strings.Contains(commands, "http://127.0.0.1:8080/") {
		t.Fatal("docs/quick-start.md has no commands for the till")
	}
	folder := t.TempDir()
	r := startNode(t, filepath.Join(folder, "data"))
	run := exec.CommandContext(t.Context(), shell, "--norc", "-euc", strings.ReplaceAll(commands, "http://127.0.0.1:8080", r.base))
	run.Dir = folder
	got, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	wantMatches(t, string(got), `"reference":"C-17"`, `"payUrl":"`, `"orders":\[\{.*"reference":"C-17"`)
}

// shown are command lines in code: between backquotes, or as a line of a block.
var shown = regexp.MustCompile("(?m)(?:`|^ {4}|^|&& )(?:\\./)?minitill ([a-z-][^`\n|>&#]*)")

// TestTheCommandsInTheGuidesExist holds each command line that README.md and docs show to the
// commands and flags of the program.
func TestTheCommandsInTheGuidesExist(t *testing.T) {
	all, count := tree(t), 0
	for file, text := range guides(t) {
		if file == "commands.md" { // made from the commands
			continue
		}
		for _, m := range shown.FindAllStringSubmatch(text, -1) {
			words := strings.Fields(m[1])
			node, rest := deepest(all, words)
			if node == nil {
				t.Errorf("%s: there is no command %q", file, "minitill "+m[1])
				continue
			}
			count++
			for _, word := range rest {
				flag, _, _ := strings.Cut(word, "=")
				if name, ok := strings.CutPrefix(flag, "--"); ok && !hasFlag(node, strings.Trim(name, ".,;:)")) {
					t.Errorf("%s: %q has no flag %s", file, "minitill "+m[1], word)
				}
			}
		}
	}
	if count < 80 {
		t.Errorf("%d command lines were found, which is too few to be true", count)
	}
}

// deepest is the command that the first words name, and the words after it. Words that begin
// with a flag are of serve.
func deepest(all map[string]*kong.Node, words []string) (*kong.Node, []string) {
	if strings.HasPrefix(words[0], "-") {
		return all["serve"], words
	}
	for n := min(3, len(words)); n > 0; n-- {
		if node := all[strings.Join(words[:n], " ")]; node != nil {
			return node, words[n:]
		}
	}
	return nil, nil
}

func hasFlag(n *kong.Node, name string) bool {
	for _, group := range n.AllFlags(false) {
		for _, f := range group {
			if f.Name == name {
				return true
			}
		}
	}
	for _, child := range n.Children { // `minitill keys --app` stands for those below it
		if hasFlag(child, name) {
			return true
		}
	}
	return name == "version"
}
