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
// order. Main is for the function main of a program:
//
//	func main() { os.Exit(run.Main()) }
func Main(options ...Option) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return app.Main(ctx, environment(options))
}

// environment returns what internal/app is given by this process.
func environment(options []Option) app.Env {
	env := app.Env{Args: os.Args[1:], Out: os.Stdout, Err: os.Stderr, SDK: sdkjs.Files}
	for _, o := range options {
		o.apply(&env)
	}
	return env
}
