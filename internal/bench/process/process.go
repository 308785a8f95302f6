package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// ErrUnknown is the fault of a figure that this system does not report.
var ErrUnknown = errors.New("not known on this system")

// stopLimit is how long a process has to end after its signal before it is killed.
const stopLimit = 40 * time.Second

// Process is a running server.
type Process struct {
	URL     string        // that it printed
	Started time.Duration // from its start to the line that says that it is ready

	cmd   *exec.Cmd
	ended chan struct{} // closed when the process has ended
}

var ready = regexp.MustCompile(`is ready at (http://\S+)`)

// Start starts a program and waits until it prints that it is ready at an address, or ends. log
// receives what it writes to the standard error.
func Start(ctx context.Context, log *os.File, program string, args ...string) (*Process, error) {
	cmd := exec.Command(program, args...)
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, ended: make(chan struct{})}
	address := make(chan string, 1)
	go p.watch(out, address)
	select {
	case p.URL = <-address:
		p.Started = time.Since(began)
	case <-p.ended:
		return nil, fmt.Errorf("%s %s ended before it was ready; %s has its log", program, strings.Join(args, " "), log.Name())
	case <-ctx.Done():
		p.kill()
		return nil, ctx.Err()
	}
	return p, nil
}

// watch reads what the process prints until it ends.
func (p *Process) watch(out io.Reader, address chan<- string) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if found := ready.FindStringSubmatch(lines.Text()); found != nil {
			select {
			case address <- found[1]:
			default:
			}
		}
	}
	if lines.Err() != nil { // a line that is too long; what is not read would hold the process up
		_, _ = io.Copy(io.Discard, out)
	}
	_ = p.cmd.Wait()
	close(p.ended)
}

// PID returns the id of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop sends SIGTERM to the process and waits for its end.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(stopLimit, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	<-p.ended
}

// kill ends the process at once.
func (p *Process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// Output runs a program to its end and returns what it printed.
func Output(ctx context.Context, program string, args ...string) (string, error) {
	var faults strings.Builder
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stderr = &faults
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, strings.TrimSpace(faults.String()))
	}
	return strings.TrimSpace(string(out)), nil
}
