package app

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// tree are all commands, by their paths.
func tree(t *testing.T) map[string]*kong.Node {
	t.Helper()
	parser, err := kong.New(new(commands))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*kong.Node{}
	var add func(n *kong.Node, path string)
	add = func(n *kong.Node, path string) {
		all[path] = n
		for _, child := range n.Children {
			if child.Type == kong.CommandNode {
				add(child, strings.TrimSpace(path+" "+child.Name))
			}
		}
	}
	add(parser.Model.Node, "")
	return all
}

// TestDocsHaveTheHelpOfEachCommand compares docs/commands.md with the help of the commands.
func TestDocsHaveTheHelpOfEachCommand(t *testing.T) {
	t.Setenv("COLUMNS", "100") // not those of this terminal
	var doc strings.Builder
	doc.WriteString("# Commands\n\nThis is what `minitill help COMMAND` prints. The page is made from the program: `go test ./internal/app -run TestDocs -update`.\n")
	all := tree(t)
	var paths []string
	for path := range all {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		output := command(t, append(strings.Fields(path), "--help")...)
		fmt.Fprintf(&doc, "\n## %s\n\n```text\n%s```\n", strings.TrimSpace("minitill "+path), output)
	}
	file := filepath.Join("..", "..", "docs", "commands.md")
	if *update {
		if err := os.WriteFile(file, []byte(doc.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != doc.String() {
		t.Error("docs/commands.md is stale: go test ./internal/app -run TestDocs -update")
	}
}

func TestTheHelpCommandPrintsTheHelpOfTheFlag(t *testing.T) {
	for _, path := range [][]string{nil, {"serve"}, {"keys"}, {"keys", "create"}, {"backup"}} {
		helped, flagged := command(t, append([]string{"help"}, path...)...), command(t, append(path, "--help")...)
		if helped != flagged || !strings.Contains(helped, "Usage: minitill") {
			t.Errorf("help %v prints\n%s\nwant\n%s", path, helped, flagged)
		}
	}
	wantMatches(t, refused(t, 1, "help", "unicorns"), `there is no such command`)
}

// The parser of a command line that begins with a command describes no other one, but for those
// that print all.
func TestAParserDescribesTheCommandOfItsLine(t *testing.T) {
	for line, want := range map[string]int{
		"refund": 1, "keys create": 1, "serve": 1,
		"help": len(tree(t)[""].Children), "completion": len(tree(t)[""].Children), "--config x restore": len(tree(t)[""].Children), "": len(tree(t)[""].Children),
	} {
		parser, err := kong.New(new(commands).grammar(strings.Fields(line)))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(parser.Model.Children); got != want {
			t.Errorf("%q: got %d commands, want %d", line, got, want)
		}
	}
}

func TestEachCommandHasHelp(t *testing.T) {
	for path, n := range tree(t) {
		if path != "" && len(n.Help) < 10 {
			t.Errorf("%s: the help is %q", path, n.Help)
		}
	}
}

func TestTheVersionNamesTheCommitAndItsDate(t *testing.T) {
	if flag, output := command(t, "--version"), command(t, "version"); flag != output || !strings.HasPrefix(output, "minitill "+version()) {
		t.Errorf("--version prints %q, version %q", flag, output)
	}
	noted := &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc123"}, {Key: "vcs.time", Value: "2026-01-31T00:00:00Z"}}}
	noted.Main.Path, noted.Main.Version = modulePath, "v0.2.0"
	wantMatches(t, buildOf(noted, build{}).String(), `^minitill v0\.2\.0, commit abc123, built from sources of 2026-01-31T00:00:00Z, go`)
	wantMatches(t, buildOf(noted, build{"v0.2.1", "def456", "2026-02-01"}).String(), `^minitill v0\.2\.1, commit def456, built from sources of 2026-02-01, go`)
	wantMatches(t, buildOf(new(debug.BuildInfo), build{}).String(), `^minitill \(devel\), go`)
}

// completed is what bash offers at the end of a command line.
func completed(t *testing.T, script string, line ...string) []string {
	t.Helper()
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("SKIPPED: no bash here")
	}
	words := append([]string{"minitill"}, line...)
	for i := range words {
		words[i] = shellQuote(words[i])
	}
	text := fmt.Sprintf("%s\nCOMP_WORDS=(%s); COMP_CWORD=%d; _minitill; printf '%%s\\n' \"${COMPREPLY[@]}\"", script, strings.Join(words, " "), len(line))
	cmd := exec.CommandContext(t.Context(), shell, "--norc", "-c", text)
	var faults bytes.Buffer
	cmd.Stderr = &faults
	out, err := cmd.Output()
	if err != nil || faults.Len() > 0 {
		t.Fatalf("%v: %s", err, &faults)
	}
	return strings.Fields(string(out))
}

func TestBashCompletesCommandsAndFlags(t *testing.T) {
	script := command(t, "completion", "bash")
	for line, want := range map[string]string{
		"ba":                             "backup",
		"keys ":                          "create list revoke",
		"keys create --sc":               "--scopes",
		"completion z":                   "zsh",
		"--config backup.yaml restore -": "--mark",
		"--lis":                          "--listen",
		"unicorns ":                      "serve", // a value of a flag, for all that is known
	} {
		got := completed(t, script, strings.Split(line, " ")...)
		for _, word := range strings.Fields(want) {
			if !slices.Contains(got, word) {
				t.Errorf("%q is completed by %v, want %s in it", line, got, word)
			}
		}
	}
	if got := completed(t, script, "keys", "re"); !slices.Equal(got, []string{"revoke"}) {
		t.Errorf("keys re is completed by %v", got)
	}
}

func TestTheScriptsOfAllShellsHaveAllCommandsAndFlags(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		script := command(t, "completion", shell)
		for path, n := range tree(t) {
			if !strings.Contains(script, shellQuote(path)) {
				t.Errorf("%s: %q is missing", shell, path)
			}
			for _, f := range n.Flags {
				if !strings.Contains(script, "-l "+shellQuote(f.Name)) && !strings.Contains(script, "--"+f.Name) {
					t.Errorf("%s: --%s of %q is missing", shell, f.Name, path)
				}
			}
		}
		if _, err := exec.LookPath(shell); err != nil {
			t.Logf("SKIPPED: %s is not here to read its script", shell)
			continue
		}
		file := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		if output, err := exec.CommandContext(t.Context(), shell, "-n", file).CombinedOutput(); err != nil || len(output) > 0 {
			t.Errorf("%s -n: %v %s", shell, err, output)
		}
	}
	var out, faults bytes.Buffer
	if code := Main(context.Background(), Env{Args: []string{"completion", "tcsh"}, Out: &out, Err: &faults}); code != 2 {
		t.Errorf("an unknown shell: exit code %d, want 2", code)
	}
}
