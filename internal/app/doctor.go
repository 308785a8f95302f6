package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

type doctorCommand struct {
	flags
	JSON  bool     `name:"json" help:"Print the findings as JSON."`
	Check []string `placeholder:"NAME" help:"Only these checks: configuration, keys, signature, database, schema, disk, fsync, archive, index, descriptors, wallets, clock, certificates, notify."`
}

// The states of a finding. An exit code of 1 means that there is one that is broken.
const (
	fine    = "ok"
	risky   = "warning"
	broken  = "error"
	skipped = "skipped" // it does not apply here, or cannot be determined
)

// diagnosis is one finding of a check.
type diagnosis struct {
	Check  string `json:"check"`
	State  string `json:"state"`
	Detail string `json:"detail"`
	Do     string `json:"do,omitempty"` // what the operator does about it
}

// doctor examines an installation. It changes nothing, and contacts only what the
// configuration names.
type doctor struct {
	config  *config
	now     func() time.Time
	probed  sync.Once
	results []probedWallet // wallets
}

// examination is one thing that is examined. Its name is filled in for it.
type examination struct {
	name    string
	examine func(*doctor, context.Context) []diagnosis
}

// examinations are all of them, in the order in which they help.
var examinations = []examination{
	{"configuration", (*doctor).configuration},
	{"keys", (*doctor).keys},
	{"signature", (*doctor).signature},
	{"database", (*doctor).database},
	{"schema", (*doctor).schema},
	{"disk", (*doctor).disk},
	{"fsync", (*doctor).fsync},
	{"archive", (*doctor).archive},
	{"index", (*doctor).index},
	{"descriptors", (*doctor).descriptors},
	{"wallets", (*doctor).wallets},
	{"clock", (*doctor).clock},
	{"certificates", (*doctor).certificates},
	{"notify", (*doctor).notify},
}

// Run prints what every check finds.
func (c *doctorCommand) Run(ctx context.Context, env Env) error {
	for _, name := range c.Check {
		if !slices.ContainsFunc(examinations, func(k examination) bool { return k.name == name }) {
			return fmt.Errorf("there is no check %q; minitill doctor --help lists them", name)
		}
	}
	found, err := c.examine(ctx)
	if err != nil {
		return err
	}
	if err := c.print(env.Out, found); err != nil {
		return err
	}
	if slices.ContainsFunc(found, func(d diagnosis) bool { return d.State == broken }) {
		return errors.New("something is broken: see above")
	}
	return nil
}

// examine runs the checks that are named. A configuration that cannot be used is a
// finding too, and the only one.
func (c *doctorCommand) examine(ctx context.Context) (found []diagnosis, err error) {
	config, err := c.load()
	if err != nil {
		return []diagnosis{{"configuration", broken, err.Error(), "Correct the file that --config names; minitill serve --check says the same."}}, nil
	}
	d := &doctor{config: config, now: time.Now}
	for _, k := range examinations {
		if len(c.Check) > 0 && !slices.Contains(c.Check, k.name) {
			continue
		}
		for _, finding := range k.examine(d, ctx) {
			finding.Check = k.name
			found = append(found, finding)
		}
	}
	return found, ctx.Err()
}

func (c *doctorCommand) print(out io.Writer, found []diagnosis) error {
	if c.JSON {
		text, err := json.MarshalIndent(map[string]any{"findings": found}, "", "  ")
		if err == nil {
			_, err = fmt.Fprintf(out, "%s\n", text)
		}
		return err
	}
	var b strings.Builder
	for _, d := range found {
		fmt.Fprintf(&b, "%-8s %-14s %s\n", d.State, d.Check, strings.ReplaceAll(d.Detail, "\n", "\n                        "))
		if d.Do != "" {
			fmt.Fprintf(&b, "                        → %s\n", d.Do)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// one is a check that has one finding.
func one(state, detail, do string) []diagnosis {
	return []diagnosis{{State: state, Detail: detail, Do: do}}
}
