package browsertest

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

func TestDemoShop(t *testing.T) {
	need(t)
	run(t, "demo.mjs", "DEMO_URL="+serveDemo(t))
}

func TestHelperInABrowser(t *testing.T) {
	need(t)
	run(t, "helper.mjs", "DEMO_URL="+serveDemo(t))
}

// serveDemo builds the command and runs it without a configuration, as a newcomer
// does. It returns the URL it prints.
func serveDemo(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "minitill")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/minitill/minitill").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	cmd := exec.Command(binary, "serve", "--listen", "127.0.0.1:0", "--data", t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return firstURL(t, bufio.NewScanner(out))
}

var anyURL = regexp.MustCompile(`http://[^\s/]+`)

func firstURL(t *testing.T, lines *bufio.Scanner) string {
	t.Helper()
	for lines.Scan() {
		if url := anyURL.FindString(lines.Text()); url != "" {
			go drain(lines) // or the server would wait for a reader
			return url
		}
	}
	t.Fatal("the server ended without saying where it is")
	return ""
}

func drain(lines *bufio.Scanner) {
	for lines.Scan() {
	}
}
