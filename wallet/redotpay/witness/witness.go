// Package witness starts the programs of this folder: a client and a server of RedotPay
// Connect and of the direct dialect, written in another language from the protocol's
// description alone. Only tests import it.
package witness

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Witness is one of the programs. It writes JSON, an object on each line.
type Witness struct {
	testing.TB
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// Start starts a program by its path, with arguments and then the file of its settings. It
// skips the test where there is no node.
func Start(t testing.TB, program string, config map[string]any, arguments ...string) *Witness {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node")
	}
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	w := &Witness{TB: t, cmd: exec.Command(node, append(append([]string{program}, arguments...), file)...)}
	w.cmd.Stderr = os.Stderr
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.out = bufio.NewScanner(out)
	w.out.Buffer(nil, 1<<20)
	t.Cleanup(func() { _ = w.End() }) // a client that failed has said why
	return w
}

// Next decodes the program's next line into line; false when it has ended.
func (w *Witness) Next(line any) bool {
	w.Helper()
	if !w.out.Scan() {
		return false
	}
	if err := json.Unmarshal(w.out.Bytes(), line); err != nil {
		w.Fatalf("%s: %v", w.out.Bytes(), err)
	}
	return true
}

// Tell writes a line.
func (w *Witness) Tell(line any) {
	w.Helper()
	text, err := json.Marshal(line)
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.in.Write(append(text, '\n')); err != nil {
		w.Fatal(err)
	}
}

// Ask gives a command and returns its answer.
func (w *Witness) Ask(command map[string]any) map[string]any {
	w.Helper()
	w.Tell(command)
	var answer map[string]any
	if !w.Next(&answer) || answer["error"] != nil {
		w.Fatalf("%v is answered with %v", command, answer)
	}
	return answer
}

// Listening is the address that a server names first.
func (w *Witness) Listening() string {
	w.Helper()
	var line struct{ Listening string }
	if !w.Next(&line) || line.Listening == "" {
		w.Fatal("the server does not listen")
	}
	return line.Listening
}

// End waits for the program's end, of which its error tells.
func (w *Witness) End() error {
	if w.cmd.ProcessState != nil {
		return nil
	}
	_ = w.in.Close()
	return w.cmd.Wait()
}
