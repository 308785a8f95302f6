package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/redis/go-redis/v9/logging"

	"github.com/minitill/minitill/internal/bench/bare"
	"github.com/minitill/minitill/internal/bench/far"
	"github.com/minitill/minitill/signing"
)

// benchReferenceCommand runs the reference of the benchmarks.
type benchReferenceCommand struct {
	Data    string `required:"" placeholder:"DIR" help:"Where its SQLite file is."`
	Wallet  string `required:"" placeholder:"URL" help:"The wallet that it calls."`
	KeyFile string `required:"" placeholder:"FILE" help:"The key that it shares with the wallet."`
	URLFile string `placeholder:"FILE" help:"The URL of its PostgreSQL database, in place of SQLite."`
}

// Run serves until ctx ends.
func (c *benchReferenceCommand) Run(ctx context.Context, env Env) (err error) {
	started := time.Now()
	logging.Disable()
	quietGin()
	config, err := c.config(env)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server, err := bare.Open(ctx, config)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	_, _ = fmt.Fprintf(env.Out, "the reference is ready at http://%s (%d ms)\n", listener.Addr(), time.Since(started).Milliseconds())
	return serveUntil(ctx, listener, server)
}

func (c *benchReferenceCommand) config(env Env) (bare.Config, error) {
	config := bare.Config{
		Path: filepath.Join(c.Data, "minitill.db"), Wallet: c.Wallet, KeyID: far.KeyID, Log: logConfig{Level: "info", Format: "text"}.logger(env.Err),
	}
	var err error
	if config.Key, err = signing.ReadSecretFile(c.KeyFile); err != nil || c.URLFile == "" {
		return config, err
	}
	address, err := signing.ReadSecretFile(c.URLFile)
	config.URL = strings.TrimSpace(string(address.Reveal()))
	return config, err
}

// serveUntil serves until ctx ends, and returns when no request runs any more.
func serveUntil(ctx context.Context, listener net.Listener, h http.Handler) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	err := srv.Shutdown(closing)
	<-served
	return err
}
