package browsertest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
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

// command builds the command once for all tests. Its folder is removed by TestMain.
var command = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(commandDir, "minitill")
	// go run remembers what it has linked, which go build links each time; it is copied and not run.
	out, err := exec.Command("go", "run", "-exec", `sh -c 'cp "$0" "`+binary+`"'`, "github.com/minitill/minitill").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go run: %w\n%s", err, out)
	}
	return binary, nil
})

var commandDir string

func TestMain(m *testing.M) {
	os.Exit(inFolder(m))
}

// inFolder runs the tests while the folder of the command exists.
func inFolder(m *testing.M) int {
	var err error
	if commandDir, err = os.MkdirTemp("", "minitill-browsertest"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(commandDir)
	return m.Run()
}

// serveDemo runs the command without a configuration, as a newcomer does. It returns
// the URL it prints.
func serveDemo(t *testing.T) string {
	t.Helper()
	binary, err := command()
	if err != nil {
		t.Fatal(err)
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
	t.Fatal("the server ended without printing its address")
	return ""
}

func drain(lines *bufio.Scanner) {
	for lines.Scan() {
	}
}
