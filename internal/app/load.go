package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
)

// errNoConfig says that there is a mistake before the first line of the file.
var errNoConfig = errors.New("the configuration cannot be read")

// flags are what the command line and MINITILL_LISTEN, MINITILL_DATA and
// MINITILL_CONFIG say. They go before the file.
type flags struct {
	Config string `env:"MINITILL_CONFIG" placeholder:"FILE" help:"The configuration; minitill init writes one."`
	Listen string `env:"MINITILL_LISTEN" placeholder:"HOST:PORT" help:"Where to listen, 127.0.0.1:8080 unless the configuration says otherwise; port 0 takes a free one."`
	Data   string `env:"MINITILL_DATA" placeholder:"DIR" help:"Where orders and keys are kept, ./data unless the configuration says otherwise."`
}

// load returns the configuration that the flags name, or that of the sandbox. Every
// mistake in it is reported.
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
	d := &decoder{dir: filepath.Dir(f.Config), env: env, found: mistakes{file: f.Config}, given: map[string]string{}}
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
	if f.Data != "" {
		c.Data = filePath(f.Data)
	}
}
