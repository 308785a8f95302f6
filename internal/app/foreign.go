package app

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/minitill/minitill/wallet"
)

// Wallet is a kind of wallet that a binary adds to the built-in ones.
type Wallet struct {
	Kind string               // the type of its accounts in the configuration
	New  func() wallet.Opener // returns a pointer to the zero or default settings of an account
}

// Simulator is the command "simulate" of a kind that a binary adds.
type Simulator struct {
	Kind string
	Open func(Simulation) (Provider, error)
}

// Simulation is what a simulator is opened with.
type Simulation struct {
	URL  string // where it is reached, without a slash at the end
	Data string // its directory, which exists
	Log  *slog.Logger
}

// Provider is a wallet provider's server that moves no money.
type Provider interface {
	provider
	// Settings returns the settings of an account at it, as YAML without their type.
	Settings() string
}

// checkForeign refuses added kinds of wallets and simulators that cannot be distinguished
// from others, or cannot be configured.
func (env Env) checkForeign() error {
	known := maps.Clone(kinds)
	for _, w := range env.Wallets {
		if err := checkKind(w.Kind, known); err != nil {
			return err
		}
		if w.New == nil || !isSettings(w.New()) {
			return fmt.Errorf("wallet kind %q: its function must return a pointer to a struct of settings", w.Kind)
		}
		known[w.Kind] = kind{config: w.New}
	}
	names := simulatorNames()
	for _, s := range env.Simulators {
		switch {
		case slices.Contains(names, s.Kind):
			return fmt.Errorf("there is already a simulator %q", s.Kind)
		case known[s.Kind].config == nil:
			return fmt.Errorf("simulator %q: there is no wallet of that kind", s.Kind)
		case s.Open == nil:
			return fmt.Errorf("simulator %q: its function is nil", s.Kind)
		}
		names = append(names, s.Kind)
	}
	return nil
}

func checkKind(name string, known map[string]kind) error {
	if !isName(name) {
		return fmt.Errorf("wallet kind %q: %s", name, nameRule)
	}
	if _, taken := known[name]; taken {
		return fmt.Errorf("there is already a wallet kind %q: choose another name", name)
	}
	return nil
}

// isSettings reports whether o is what the decoder can fill: a pointer to a struct.
func isSettings(o wallet.Opener) bool {
	v := reflect.ValueOf(o)
	return v.Kind() == reflect.Pointer && !v.IsNil() && v.Elem().Kind() == reflect.Struct
}

// kinds returns every kind of wallet of this binary.
func (env Env) kinds() map[string]kind {
	all := maps.Clone(kinds)
	for _, w := range env.Wallets {
		all[w.Kind] = kind{config: w.New}
	}
	return all
}

// simulatorNames are the names of the built-in commands below simulate.
func simulatorNames() (names []string) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[simulateCommand]()) {
		if _, command := f.Tag.Lookup("cmd"); command {
			names = append(names, strings.ToLower(f.Name))
		}
	}
	return names
}

// simulators returns the commands of the added simulators. kong reads a command's name from
// a struct tag, so each is a struct of its own, made here.
func (env Env) simulators() (commands kong.Plugins) {
	for _, s := range env.Simulators {
		tag := fmt.Sprintf(`cmd:"" name:%q help:%q`, s.Kind, "The provider of wallet kind "+s.Kind+".")
		command := reflect.New(reflect.StructOf([]reflect.StructField{{
			Name: "Command", Type: reflect.TypeFor[simulateForeign](), Tag: reflect.StructTag(tag),
		}}))
		command.Elem().Field(0).Addr().Interface().(*simulateForeign).simulator = s
		commands = append(commands, command.Interface())
	}
	return commands
}

type simulateForeign struct {
	simulated
	simulator Simulator
}

// Run serves the provider until ctx ends.
func (c *simulateForeign) Run(ctx context.Context, env Env) error {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	return c.serve(ctx, env, func(url string, log *slog.Logger) (provider, string, error) {
		p, err := c.simulator.Open(Simulation{URL: url, Data: c.Data, Log: log})
		if err != nil {
			return nil, "", err
		}
		return p, indented("type: "+c.simulator.Kind+"\n"+strings.TrimSuffix(p.Settings(), "\n"), "    "), nil
	})
}

// indented returns text with each of its lines behind an indent and ended.
func indented(text, indent string) string {
	return indent + strings.ReplaceAll(text, "\n", "\n"+indent) + "\n"
}

// provider is a provider's server.
type provider interface {
	http.Handler
	Run(ctx context.Context) error
	Close() error
}
