package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const document = "../../bridge/server/openapi/openapi.yaml"

// need skips aloud where a generator is not installed, and fails where it must be.
func need(t *testing.T, path string) string {
	t.Helper()
	found, err := exec.LookPath(path)
	if err == nil {
		_, err = os.Stat("node_modules")
	}
	if err != nil && os.Getenv("MINITILL_CLIENTS") == "1" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skipf("SKIPPED, no client was generated: %v; make clients installs what it takes", err)
	}
	return found
}

// run runs a program in a folder and returns what it prints.
func run(t *testing.T, folder, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// copied is a new folder with the files of another.
func copied(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// known are the warnings that the document keeps, and why.
var known = map[string]string{
	"operation-4xx-response":                  "a health check and a public file answer no 4xx of their own",
	"operation-2xx-response":                  "a page's form is answered with a redirect",
	"no-unused-components":                    "the envelope and a wrong method are of every call of the client API",
	"no-required-schema-properties-undefined": "a condition names members that the schema around it defines",
}

func TestTheDocumentPassesRedoclysRecommendedRules(t *testing.T) {
	found := run(t, ".", need(t, "node"), "lint.mjs", document)
	for line := range strings.Lines(found) {
		severity, rest, _ := strings.Cut(line, " ")
		rule, _, _ := strings.Cut(rest, ":")
		if severity != "warn" || known[rule] == "" {
			t.Error(strings.TrimSpace(line))
		}
	}
}

func TestAClientInTypeScriptIsTyped(t *testing.T) {
	node := need(t, "node")
	folder := copied(t, filepath.Join("testdata", "ts"))
	run(t, ".", node, "node_modules/openapi-typescript/bin/cli.js", document, "--output", filepath.Join(folder, "api.d.ts"))
	run(t, ".", node, "node_modules/typescript/bin/tsc", "--noEmit", "--strict", "--target", "es2022", "--module", "esnext",
		"--moduleResolution", "bundler", filepath.Join(folder, "use.ts"))
}

func TestAClientInGoIsTyped(t *testing.T) {
	need(t, "go")
	folder := copied(t, filepath.Join("testdata", "go"))
	if err := os.Mkdir(filepath.Join(folder, "client"), 0o700); err != nil {
		t.Fatal(err)
	}
	// Built by name and not run by go tool, which compiles the standard library once more.
	generator := filepath.Join(t.TempDir(), "oapi-codegen")
	run(t, "../../tools", "go", "build", "-o", generator, "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen")
	run(t, "../..", generator, "-package", "client", "-generate", "types,client",
		"-o", filepath.Join(folder, "client", "client.go"), "bridge/server/openapi/openapi.yaml")
	run(t, folder, "go", "build", "./...")
}
