package run

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/minitill/minitill/internal/app"
	sdkjs "github.com/minitill/minitill/sdk-js"
)

// Main runs the command that os.Args name, and returns the exit code of the process: 0, 1
// for a failure, 2 for a configuration with mistakes. SIGINT and SIGTERM stop a server in
// order; a second one ends the time in which it drains, a third one the process. Main is for
// the function main of a program:
//
//	func main() { os.Exit(run.Main()) }
func Main(options ...Option) int {
	ctx, hurry := untilSignals()
	env := environment(options)
	env.Hurry = hurry
	return app.Main(ctx, env)
}

// untilSignals returns a context that ends at the first signal to stop, and a channel that
// is closed at the second. After that signals end the process.
func untilSignals() (context.Context, <-chan struct{}) {
	ctx, stop := context.WithCancel(context.Background())
	hurry := make(chan struct{})
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		stop()
		<-signals
		signal.Stop(signals)
		close(hurry)
	}()
	return ctx, hurry
}

// environment returns what internal/app is given by this process.
func environment(options []Option) app.Env {
	env := app.Env{Args: os.Args[1:], Out: os.Stdout, Err: os.Stderr, SDK: sdkjs.Files}
	for _, o := range options {
		o.apply(&env)
	}
	return env
}
