package app

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/signing"
)

// check follows the README's snippet in one program: it verifies what stands on its
// input with what the snippet imports, and prints what came of each.
const check = `
import { readFileSync } from 'node:fs';
const { secret, body, cases } = JSON.parse(readFileSync(0, 'utf8'));
for (const headers of cases) {
  try { console.log(verifyWebhook(headers, Buffer.from(body, 'base64'), secret).type); } catch (e) { console.log('refused'); }
}
`

// TestTheSnippetForNodeVerifies runs the README's verifying snippet on what we sign.
func TestTheSnippetForNodeVerifies(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("node is missing")
		}
		t.Skip("node is missing")
	}
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "<!-- verify -->\n```js\n")
	snippet, _, found := strings.Cut(rest, "```\n<!-- /verify -->")
	if !found {
		t.Fatal("the README has no snippet")
	}
	folder := t.TempDir()
	installHelper(t, folder)
	program := filepath.Join(folder, "verify.mjs")
	if err := os.WriteFile(program, []byte(snippet+check), 0o600); err != nil {
		t.Fatal(err)
	}
	secret := webhook.GenerateSecret()
	cases, want := snippetCases(t, secret)
	input, err := json.Marshal(map[string]any{"secret": string(secret.Reveal()), "body": snippetBody, "cases": cases})
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), node, program)
	run.Stdin = strings.NewReader(string(input))
	got, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	if string(got) != want {
		t.Errorf("the snippet prints\n%s\nwant\n%s", got, want)
	}
}

// installHelper puts the helper where programs in folder import "minitill" from.
func installHelper(t *testing.T, folder string) {
	t.Helper()
	helper, err := filepath.Abs(filepath.Join("..", "..", "sdk-js"))
	if err != nil {
		t.Fatal(err)
	}
	modules := filepath.Join(folder, "node_modules")
	if err := os.Mkdir(modules, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(helper, filepath.Join(modules, "minitill")); err != nil {
		t.Fatal(err)
	}
}

var snippetBody = []byte("{\"type\":\"order.paid\",\"text\":\"Café\"}\n")

// snippetCases are headers, and the verdict on each.
func snippetCases(t *testing.T, secret signing.Secret) (cases []map[string]string, want string) {
	t.Helper()
	key, err := webhook.ParseKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	other, err := webhook.ParseKey(webhook.GenerateSecret())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	add := func(verdict string, at time.Time, body []byte, keys ...webhook.Key) {
		headers := map[string]string{}
		for name, values := range webhook.Headers("dlv_1", at, body, keys...) {
			headers[strings.ToLower(name)] = values[0]
		}
		cases, want = append(cases, headers), want+verdict+"\n"
	}
	add("order.paid", now, snippetBody, key)
	add("order.paid", now, snippetBody, other, key)
	add("refused", now, snippetBody, other)
	add("refused", now.Add(-time.Hour), snippetBody, key)
	add("refused", now, append(snippetBody, ' '), key)
	cases, want = append(cases, map[string]string{}), want+"refused\n"
	return cases, want
}
