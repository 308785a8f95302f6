package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime/debug"

	"github.com/alecthomas/kong"
)

// Env is what the program is given by its surroundings.
type Env struct {
	Args     []string
	Out, Err io.Writer
	SDK      fs.FS // the client helper's files, dist/…
}

type commands struct {
	Serve   serveCommand   `cmd:"" default:"withargs" help:"Start the till. With no configuration it starts everything it needs by itself: a SQLite file, an embedded Redis, a sandbox wallet and a demo shop."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// Main runs one command and returns the process's exit code.
func Main(ctx context.Context, env Env) int {
	var c commands
	var exit *int
	parser, err := kong.New(&c, kong.Name("minitill"), kong.Description("The till behind a mini program."),
		kong.Writers(env.Out, env.Err), kong.UsageOnError(), kong.Exit(func(code int) { exit = &code }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(env))
	if err != nil {
		fmt.Fprintln(env.Err, "minitill:", err)
		return 1
	}
	parsed, err := parser.Parse(env.Args)
	switch {
	case exit != nil:
		return *exit
	case err != nil:
		fmt.Fprintln(env.Err, "minitill:", err)
		return 2
	}
	if err := parsed.Run(); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(env.Err, "minitill:", err)
		return 1
	}
	return 0
}

type versionCommand struct{}

// Run prints the version the binary was built from.
func (versionCommand) Run(env Env) error {
	_, err := fmt.Fprintln(env.Out, "minitill", version())
	return err
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
