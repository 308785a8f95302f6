package app

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// settingLine is one setting of the file that init writes: its indentation, whether it is
// commented out, its name, and its default or what is to be filled in.
var settingLine = regexp.MustCompile(`^( *)(?:- )?(#?)([A-Za-z][A-Za-z0-9]*):(.*)$`)

// TestTheReferenceOfSettingsIsWhatInitWrites compares docs/settings.md with the file that init
// writes, which has every setting with its explanation.
func TestTheReferenceOfSettingsIsWhatInitWrites(t *testing.T) {
	file, want := filepath.Join("..", "..", "docs", "settings.md"), settingsPage(string(template))
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		t.Error("docs/settings.md is stale: go test ./internal/app -run TestTheReference -update")
	}
	for _, row := range []string{"| `listen` | `127.0.0.1:8080` |", "| `apps.NAME.quote.secretFile` |", "| `wallets.NAME.baseUrl` | **required**, such as", "| `limits.body` | `65536` |"} {
		if !strings.Contains(want, row) {
			t.Errorf("the page has no %s", row)
		}
	}
}

// settingsPage has a table for each setting at the top of the file.
func settingsPage(text string) string {
	var b strings.Builder
	b.WriteString("# Settings\n\n`minitill init` writes a file with all of these, which it explains in place. This page is made from that file: `go test ./internal/app -run TestTheReference -update`.\n\n" +
		"A secret is given as `NAMEFile: PATH`, or as `NAME: ${VARIABLE}` of the environment; so may any other value. Paths are relative to the file. Times are written `90s`, `15m`, `24h`. " +
		"`MINITILL_LISTEN`, `MINITILL_ADMIN` and `MINITILL_DATA`, and the options of [`serve`](commands.md#minitill-serve), go before the file.\n")
	var said []string
	var path []string // names, by two blanks of indentation
	for _, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if words, ok := strings.CutPrefix(trimmed, "# "); ok {
			said = append(said, words)
			continue
		}
		m := settingLine.FindStringSubmatch(line)
		if m == nil {
			said = nil // an empty line ends an explanation
			continue
		}
		depth := len(m[1]) / 2
		path = append(path[:min(depth, len(path))], settingName(path, depth, m[3]))
		if depth == 0 {
			fmt.Fprintf(&b, "\n## %s\n\n", m[3])
			b.WriteString("| setting | default | |\n| --- | --- | --- |\n")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", strings.Join(path, "."), defaultOf(m[4]), cell(strings.Join(said, " ")))
		said = nil
	}
	return b.String()
}

// settingName replaces the example names of the first app and wallet.
func settingName(path []string, depth int, name string) string {
	if depth == 1 && (path[0] == "apps" && name == "shop" || path[0] == "wallets" && name == "main") {
		return "NAME"
	}
	return name
}

// defaultOf is what a line has behind the name.
func defaultOf(rest string) string {
	rest = strings.TrimSpace(rest)
	if example, ok := strings.CutPrefix(rest, "# FILL IN"); ok {
		return "**required**" + cell(example)
	}
	if rest == "" {
		return ""
	}
	return "`" + cell(rest) + "`"
}

// cell escapes what would end the cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
