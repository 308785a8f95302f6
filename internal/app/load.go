package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
)

// errNoConfig is the fault of a file that cannot be read.
var errNoConfig = errors.New("the configuration cannot be read")

// flags are the options that all commands have. They and the environment variables
// MINITILL_LISTEN, MINITILL_DATA and MINITILL_CONFIG take precedence over the file.
type flags struct {
	Config string `env:"MINITILL_CONFIG" placeholder:"FILE" help:"The configuration; minitill init writes one."`
	Listen string `env:"MINITILL_LISTEN" placeholder:"HOST:PORT" help:"Where to listen, 127.0.0.1:8080 unless the configuration says otherwise; port 0 takes a free one."`
	Admin  string `env:"MINITILL_ADMIN" placeholder:"HOST:PORT" help:"Where to serve metrics; nowhere unless the configuration says otherwise. Without a host, as in :9091, for this machine only."`
	Data   string `env:"MINITILL_DATA" placeholder:"DIR" help:"Where orders and keys are kept, ./data unless the configuration says otherwise."`

	kinds map[string]kind // of wallets; nil: the built-in ones
}

// AfterApply stores the kinds of wallets of the binary. kong calls it before Run.
func (f *flags) AfterApply(env Env) error {
	f.kinds = env.kinds()
	return nil
}

// load returns the configuration that the flags name, or that of the sandbox. It reports
// every mistake.
func (f flags) load() (*config, error) {
	if f.Config == "" {
		c := sandboxConfig()
		f.override(&c)
		return &c, nil
	}
	text, err := os.ReadFile(f.Config)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoConfig, err)
	}
	return f.read(withoutBOM(text), os.LookupEnv)
}

// read is load for the text of the file.
func (f flags) read(text []byte, env func(string) (string, bool)) (*config, error) {
	d := &decoder{dir: filepath.Dir(f.Config), env: env, found: mistakes{file: f.Config}, given: map[string]string{}, kinds: f.kinds}
	if d.kinds == nil {
		d.kinds = kinds
	}
	c := defaultConfig()
	root := d.parseYAML(text)
	if err := d.found.err(); err != nil {
		return nil, err
	}
	c.Data = filePath(d.resolve(string(c.Data)))
	d.value(root, reflect.ValueOf(&c).Elem(), "")
	f.override(&c)
	d.check(&c)
	return &c, d.found.err()
}

func (f flags) override(c *config) {
	if f.Listen != "" {
		c.Listen = f.Listen
	}
	if f.Admin != "" {
		c.Server.Admin = f.Admin
	}
	if f.Data != "" {
		c.Data = filePath(f.Data)
	}
}
