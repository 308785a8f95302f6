package browsertest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

func TestGallery(t *testing.T) { run(t, "gallery.mjs", "GALLERY_URL="+openGallery(t)) }

func TestPagesAreLive(t *testing.T) { run(t, "live.mjs", "GALLERY_URL="+openGallery(t)) }

func TestDocs(t *testing.T) { run(t, "docs.mjs", "GALLERY_URL="+openGallery(t)) }

func TestPagesWithoutScripts(t *testing.T) { run(t, "noscript.mjs", "GALLERY_URL="+openGallery(t)) }

func TestPagesInOldBrowsers(t *testing.T) { run(t, "old.mjs", "GALLERY_URL="+openGallery(t)) }

func TestAmountsNeverBreak(t *testing.T) { run(t, "amounts.mjs", "GALLERY_URL="+openGallery(t)) }

// run runs a script in Node. Its report is the log of the test.
func run(t *testing.T, script string, env ...string) {
	t.Helper()
	need(t)
	t.Parallel() // they mostly wait, each in a Chromium of its own
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "--test", "--test-reporter=spec", script)
	cmd.Env = append(os.Environ(), env...)
	cmd.Env = append(cmd.Env, "CHROMIUM="+chromium())
	cmd.WaitDelay = time.Second
	report, err := cmd.CombinedOutput()
	if err != nil || !somePassed.Match(report) {
		t.Fatalf("%s: %v\n%s", script, err, report)
	}
	t.Logf("%s", report)
}

// somePassed finds the count in Node's report: a script that tested nothing is no success.
var somePassed = regexp.MustCompile(`(?m)^ℹ pass [1-9]`)

// need skips with a message where something is missing, and fails where it must not be.
func need(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED, the pages were not tested: -short")
	}
	for what, missing := range map[string]bool{
		"node is not installed":                                      notFound("node"),
		"chromium is not installed":                                  notFound(chromium()),
		"playwright-core is missing: npm ci in internal/browsertest": !exists(filepath.Join("node_modules", "playwright-core")),
	} {
		if missing && (os.Getenv("CI") == "true" || os.Getenv("MINITILL_BROWSER") == "1") {
			t.Fatal(what)
		}
		if missing {
			t.Skip("SKIPPED, the pages were not tested: " + what)
		}
	}
}

// chromium returns the browser's path: the build without windows where there is one, which renders the
// same and takes less of the processor.
func chromium() string {
	const headless = "/usr/bin/chromium-headless-shell"
	switch path := os.Getenv("CHROMIUM"); {
	case path != "":
		return path
	case exists(headless):
		return headless
	}
	return "/usr/bin/chromium"
}

func notFound(program string) bool {
	_, err := exec.LookPath(program)
	return err != nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
