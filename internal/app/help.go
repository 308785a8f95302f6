package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/alecthomas/kong"
)

// versionFlag prints the version in place of running a command.
type versionFlag bool

// BeforeReset is called as soon as the flag is found.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	_, err := fmt.Fprintln(app.Stdout, thisBuild())
	app.Exit(0)
	return err
}

type helpCommand struct {
	Command []string `arg:"" optional:"" help:"The command, such as keys create; none for all commands."`
}

// Run does what the flag --help does.
func (c *helpCommand) Run(ctx context.Context, env Env) error {
	env.Args = append(c.Command, "--help")
	if Main(ctx, env) != 0 {
		return errors.New("there is no such command: minitill help lists all")
	}
	return nil
}
