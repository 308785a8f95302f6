package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
)

// process is a server's. It may be run again after it ended.
type process struct {
	*os.Process
	ended chan struct{}
}

// run starts the process of cmd.
func (p *process) run(cmd *exec.Cmd) error {
	p.ended = make(chan struct{})
	started := make(chan error)
	go p.tend(cmd, started)
	return <-started
}

// tend stays with the process until it ends. The kernel ends the server with the
// thread that started it, so the goroutine keeps its thread: a test that is killed
// leaves no server behind.
func (p *process) tend(cmd *exec.Cmd, started chan<- error) {
	defer close(p.ended)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := cmd.Start()
	p.Process = cmd.Process
	started <- err
	if err == nil {
		_ = cmd.Wait()
	}
}

// await tries until the server at url answers, ends or ctx does.
func (p *process) await(ctx context.Context, url, log string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := pgx.Connect(ctx, url)
		if err == nil {
			return c.Close(ctx)
		}
		select {
		case <-tick.C:
		case <-p.ended:
			out, _ := os.ReadFile(log)
			return fmt.Errorf("the server ended before it was ready\n%s", out)
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

func (p *process) stop(how os.Signal) error {
	if err := p.Signal(how); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.ended
	return nil
}
