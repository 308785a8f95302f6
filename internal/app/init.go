package app

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// template is the configuration file that init writes. It has every setting: those with a
// default are commented out, those without one are marked FILL IN.
//
//go:embed minitill.yaml
var template []byte

type initCommand struct {
	Force bool   `help:"Write over a file that is there."`
	File  string `arg:"" optional:"" default:"minitill.yaml" help:"The new file, minitill.yaml if none is named."`
}

// Run writes the file.
func (c *initCommand) Run(env Env) error {
	var err error
	if c.Force {
		err = os.WriteFile(c.File, env.template(), 0o644)
	} else {
		err = writeNew(c.File, env.template(), 0o644)
	}
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; --force writes over it", c.File)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Out, "%s is written. Fill in what is marked, then start it:\n\n  minitill serve --config %s\n", c.File, c.File)
	return err
}
