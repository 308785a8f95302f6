package app

import (
	"context"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/traces"
	"github.com/minitill/minitill/internal/logs"
	"github.com/minitill/minitill/internal/otlp"
)

// flushLimit bounds how long a stopping node waits for the collector to take the last spans.
const flushLimit = 3 * time.Second

// url is the address that spans are sent to: an address without a path is the collector's.
func (c *tracesConfig) url() string {
	u, err := url.Parse(c.Endpoint)
	if err == nil && strings.Trim(u.Path, "/") == "" {
		u.Path = "/v1/traces"
		return u.String()
	}
	return c.Endpoint
}

// checkTraces notes what is wrong with the settings of traces.
func (d *decoder) checkTraces(c *tracesConfig) {
	u, err := url.Parse(c.Endpoint)
	switch {
	case c.Endpoint == "" && !c.Secret.IsZero():
		d.found.add("traces.endpoint", "is required where there is a secret")
	case err == nil && (u.User != nil || u.Fragment != ""):
		d.found.add("traces.endpoint", "must have no name, password or fragment: a secret goes into traces.secretFile")
	case err == nil && u.Scheme != "https" && !c.Secret.IsZero() && !isLoopback(u.Hostname()):
		d.found.add("traces.endpoint", "must be https, since a secret is sent there")
	}
	if c.Header == "" || strings.Trim(strings.ToLower(c.Header), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		d.found.add("traces.header", "must be the name of a header: letters, digits and -")
	}
	if strings.ContainsFunc(string(c.Secret.Reveal()), unicode.IsControl) {
		d.found.add(d.spelled("traces.secret"), "must be one line")
	}
}

// addTraces begins to record spans where a collector is configured. What is logged within a
// span has its ids from then on.
func (n *node) addTraces(ctx context.Context, c *config, store database) error {
	if c.Traces.Endpoint == "" {
		return nil
	}
	exporter := otlp.New(otlp.Config{
		URL: c.Traces.url(), Header: c.Traces.Header, Secret: c.Traces.Secret, Log: n.log,
		Observe: func(o otlp.Outcome, spans int) { n.spans(string(o), spans) },
	})
	provider, err := otlp.NewProvider(ctx, otlp.ProviderConfig{
		Exporter: exporter, Version: version(), Percent: c.Traces.Percent, Follows: traces.Follows,
	})
	if err != nil {
		return err
	}
	n.loops = append(n.loops, exporter.Run)
	n.closeLater(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), flushLimit)
		defer cancel()
		return provider.Shutdown(ctx)
	})
	warnOfVariables(n.log, os.Environ())
	system := "sqlite"
	if c.shared() {
		system = "postgresql"
	}
	n.tracer = traces.New(traces.Config{Provider: provider, Store: store, Database: system, Version: version(), Now: n.now, Log: n.log})
	n.log = slog.New(logs.Traces(n.log.Handler(), n.tracer.IDs))
	return nil
}

// now is the node's clock, which is opened after the tracer.
func (n *node) now() time.Time { return n.clock.Now() }

// engineStore is the store as the engine uses it.
func (n *node) engineStore(store database) engine.Store {
	if n.tracer == nil {
		return store
	}
	return n.tracer.Store(store)
}

// warnOfVariables logs which of OpenTelemetry's variables are set and not read: where spans
// are sent, how many and how is said in the configuration file alone.
func warnOfVariables(log *slog.Logger, environ []string) {
	var names []string
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		for _, prefix := range []string{"OTEL_EXPORTER_", "OTEL_TRACES_", "OTEL_BSP_", "OTEL_PROPAGATORS", "OTEL_SDK_DISABLED"} {
			if strings.HasPrefix(name, prefix) {
				names = append(names, name)
			}
		}
	}
	if len(names) > 0 {
		log.Warn("variables of OpenTelemetry in the environment are not read; see traces in the configuration", "variables", names)
	}
}
