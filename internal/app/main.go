package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// Env is the environment of the program: arguments, output, and what a binary adds.
type Env struct {
	Args     []string
	Out, Err io.Writer
	SDK      fs.FS // the client helper's files, dist/…

	Hurry <-chan struct{} // closed at the second signal to stop: a server drains no longer; may be nil
	Log   *slog.Logger    // of Open; nil: Err, as the configuration says

	Wallets    []Wallet // kinds beside the built-in ones
	Simulators []Simulator
}

type commands struct {
	Serve     serveCommand     `cmd:"" default:"withargs" help:"Start the till. With no configuration it starts everything it needs by itself: a SQLite file, an embedded Redis, a sandbox wallet and a demo shop."`
	Init      initCommand      `cmd:"" help:"Write a configuration file to fill in, with every setting explained."`
	Keys      keysCommand      `cmd:"" help:"Create, list and revoke the API keys of merchants' backends."`
	Keyring   keyringCommand   `cmd:"" help:"Create and rotate the keys that sign tokens and receipts."`
	Operators operatorsCommand `cmd:"" help:"Add, list, reset and disable the operators of the console, in the store."`
	Notices   noticesCommand   `cmd:"" help:"Test the notices to the operator."`
	Index     indexCommand     `cmd:"" help:"Show and rebuild the index of the console's searches and charts."`
	Sessions  sessionsCommand  `cmd:"" help:"End sessions of payers before they expire, in the store."`
	Migrate   migrateCommand   `cmd:"" help:"Migrate the store, and print what was applied."`
	Simulate  simulateCommand  `cmd:"" help:"Run a wallet provider's server that moves no money, with a cashier page and fault injection."`
	Orders    ordersCommand    `cmd:"" help:"Find orders, at a running server."`
	Refund    refundCommand    `cmd:"" help:"Refund an order, at a running server."`
	Refunds   refundsCommand   `cmd:"" help:"List refunds, and approve or reject those that wait for a second operator, at a running server."`
	Resolve   resolveCommand   `cmd:"" help:"State the outcome of an order or agreement that needs attention, in the store."`
	Inbox     inboxCommand     `cmd:"" help:"List, retry and dismiss verified notifications that could not be applied, in the store."`
	Replay    replayCommand    `cmd:"" help:"Send webhooks again, at a running server."`
	Listen    listenCommand    `cmd:"" help:"Forward the webhooks of a running server to a program under development."`
	Dismiss   dismissCommand   `cmd:"" help:"Dismiss dead webhook deliveries, in the store."`
	Restored  restoredCommand  `cmd:"" help:"Print whether the store was restored from a backup, and allow refunds again."`
	Export    exportCommand    `cmd:"" help:"Write orders with their refunds, refunds, fees, or events as CSV or JSON lines, from the store."`
	Archive   archiveCommand   `cmd:"" help:"Archive the events of old orders, check the archive, and read it."`
	Backup    backupCommand    `cmd:"" help:"Write the store and its keys to one file, while the till serves."`
	Restore   restoreCommand   `cmd:"" help:"Put a backup in place, with refunds held until every order was queried."`
	Bench     benchCommand     `cmd:"" help:"Measure this binary on this machine, beside a bare reference."`

	Help        helpCommand       `cmd:"" help:"Print the help of a command."`
	Completion  completionCommand `cmd:"" help:"Print a script that completes commands and flags in a shell."`
	Doctor      doctorCommand     `cmd:"" help:"Examine the configuration and all that it names, and say what to do. Nothing is changed."`
	Health      healthCommand     `cmd:"" help:"Check whether the server on this machine is ready; exit code 0 or 1."`
	Version     versionCommand    `cmd:"" help:"Print the version, the commit and its date."`
	ShowVersion versionFlag       `name:"version" help:"Print the version, the commit and its date."`
}

// grammar returns what a parser of args has to know: the command that they begin with and the
// flags beside it, since it takes milliseconds to describe all commands; else everything.
func (c *commands) grammar(args []string) any {
	all := reflect.ValueOf(c).Elem()
	version, _ := all.Type().FieldByName("ShowVersion")
	for i := range all.NumField() {
		field := all.Type().Field(i)
		_, command := field.Tag.Lookup("cmd")
		whole := field.Name == "Help" || field.Name == "Completion" // they describe the others
		if !command || whole || len(args) == 0 || args[0] != strings.ToLower(field.Name) {
			continue
		}
		part := reflect.New(reflect.StructOf([]reflect.StructField{field, version})).Elem()
		part.Field(0).Set(all.Field(i))
		return part.Addr().Interface()
	}
	return c
}

// Main runs one command and returns the process's exit code.
func Main(ctx context.Context, env Env) int {
	var c commands
	var exit *int
	env.Out, env.Err = cleanWriter{env.Out}, cleanWriter{env.Err}
	if err := env.checkForeign(); err != nil {
		fmt.Fprintln(env.Err, "minitill:", err)
		return 1
	}
	c.Simulate.Plugins = env.simulators()
	parser, err := kong.New(c.grammar(env.Args), kong.Name("minitill"), kong.Description("The till behind a mini program."),
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

// exit prints the error and returns the exit code: 2 for a mistake in the configuration, 1
// for other failures.
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
