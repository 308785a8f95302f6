package wallettest

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Witness is a program in another language that plays a merchant or a provider, written from
// the provider's documents alone. It reads and writes JSON, an object on each line.
type Witness struct {
	testing.TB
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner
}

// StartWitness starts a program of node by its path, with arguments and then the file of its
// settings. It skips the test where there is no node, and fails there in CI.
func StartWitness(tb testing.TB, program string, config any, arguments ...string) *Witness {
	tb.Helper()
	node, err := exec.LookPath("node")
	switch {
	case err != nil && os.Getenv("CI") != "":
		tb.Fatal("node is missing")
	case err != nil:
		tb.Skip("node is missing")
	}
	text, err := json.Marshal(config)
	if err != nil {
		tb.Fatal(err)
	}
	file := filepath.Join(tb.TempDir(), "config.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		tb.Fatal(err)
	}
	w := &Witness{TB: tb, cmd: exec.Command(node, append(append([]string{program}, arguments...), file)...)} // #nosec: the tests' own program
	w.start()
	return w
}

func (w *Witness) start() {
	w.Helper()
	w.cmd.Stderr = os.Stderr
	in, err := w.cmd.StdinPipe()
	if err != nil {
		w.Fatal(err)
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		w.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		w.Fatal(err)
	}
	w.in, w.lines = in, bufio.NewScanner(out)
	w.lines.Buffer(nil, 1<<20)
	w.Cleanup(func() { _ = w.End() }) // the program's lines say what went wrong
}

// Next is the program's next line; nil at its end.
func (w *Witness) Next() map[string]any {
	w.Helper()
	if !w.lines.Scan() {
		return nil
	}
	var line map[string]any
	if err := json.Unmarshal(w.lines.Bytes(), &line); err != nil {
		w.Fatalf("%v: %s", err, w.lines.Bytes())
	}
	return line
}

// Tell writes a line.
func (w *Witness) Tell(line any) {
	w.Helper()
	if err := json.NewEncoder(w.in).Encode(line); err != nil {
		w.Fatal(err)
	}
}

// Command sends a command and returns its answer, which is no error.
func (w *Witness) Command(command map[string]any) map[string]any {
	w.Helper()
	w.Tell(command)
	answer := w.Next()
	if answer == nil || answer["error"] != nil {
		w.Fatalf("%v is answered with %v", command, answer)
	}
	return answer
}

// Listening is the address that a server names first.
func (w *Witness) Listening() string {
	w.Helper()
	address, _ := w.Next()["listening"].(string)
	if address == "" {
		w.Fatal("the server does not listen")
	}
	return address
}

// Follow reads what a client did, until it has come to its end. do gets the steps that want
// something of the test, and returns the line to go on with; nil: none.
func (w *Witness) Follow(do func(line map[string]any) any) {
	w.Helper()
	ended := false
	for line := w.Next(); line != nil; line = w.Next() {
		if line["ok"] != true {
			w.Errorf("%v: %v", line["step"], line)
		}
		if ended = line["step"] == "end"; ended {
			continue
		}
		if answer := do(line); answer != nil {
			w.Tell(answer)
		}
	}
	if err := w.End(); err != nil || !ended {
		w.Errorf("the client came to its end: %v, %v", ended, err)
	}
}

// End waits for the program's end, and reports its error.
func (w *Witness) End() error {
	if w.cmd.ProcessState != nil {
		return nil
	}
	_ = w.in.Close()
	return w.cmd.Wait()
}
