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
	Serve    serveCommand    `cmd:"" default:"withargs" help:"Start the till. With no configuration it starts everything it needs by itself: a SQLite file, an embedded Redis, a sandbox wallet and a demo shop."`
	Init     initCommand     `cmd:"" help:"Write a configuration file to fill in, with every setting explained."`
	Keys     keysCommand     `cmd:"" help:"Make, list and revoke the keys that let merchants' backends in."`
	Keyring  keyringCommand  `cmd:"" help:"Make and rotate the keys that sign tokens and receipts."`
	Sessions sessionsCommand `cmd:"" help:"End sessions of payers before they expire, in the store."`
	Migrate  migrateCommand  `cmd:"" help:"Bring the store up to date, and say what was done."`
	Simulate simulateCommand `cmd:"" help:"Run a wallet provider's server that moves no money, with a cashier page and fault switches."`
	Orders   ordersCommand   `cmd:"" help:"Look orders up, at a running server."`
	Refund   refundCommand   `cmd:"" help:"Give money back, at a running server."`
	Resolve  resolveCommand  `cmd:"" help:"Say what became of an order or agreement that needs attention, in the store."`
	Inbox    inboxCommand    `cmd:"" help:"List, retry and dismiss verified news that could not be applied, in the store."`
	Replay   replayCommand   `cmd:"" help:"Send webhooks again, at a running server."`
	Dismiss  dismissCommand  `cmd:"" help:"Give up webhooks that are dead, in the store."`
	Restored restoredCommand `cmd:"" help:"Tell whether the store was restored from a backup, and let refunds be made again."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

// Main runs one command and returns the process's exit code.
func Main(ctx context.Context, env Env) int {
	var c commands
	var exit *int
	env.Out, env.Err = cleanWriter{env.Out}, cleanWriter{env.Err}
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
	return env.exit(parsed.Run())
}

// exit says what went wrong, and returns the exit code: 2 when the configuration is
// at fault, 1 for everything else.
func (env Env) exit(err error) int {
	if err == nil || errors.Is(err, context.Canceled) {
		return 0
	}
	fmt.Fprintln(env.Err, "minitill:", err)
	if _, wrong := errors.AsType[*mistakes](err); wrong || errors.Is(err, errNoConfig) {
		return 2
	}
	return 1
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
