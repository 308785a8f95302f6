package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// stopLimit is how long a stop waits for what runs. Calls to wallets end within it,
// and what does not is found by its request id after the next start.
const stopLimit = 30 * time.Second

type serveCommand struct {
	flags
	Check   bool `help:"Say what is wrong with the configuration, and do not start."`
	Verbose bool `short:"v" help:"Log every request."`
}

// Run serves until ctx ends, then finishes what runs and closes what is open.
func (c *serveCommand) Run(ctx context.Context, env Env) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	if c.Check {
		for _, warning := range config.warnings {
			fmt.Fprintln(env.Out, "warning:", warning)
		}
		_, err := fmt.Fprintln(env.Out, config.describe())
		return err
	}
	if c.Verbose {
		config.Log.Level = "debug"
	}
	return serve(ctx, options{
		listen: config.Listen, data: string(config.Data), config: config, sdk: env.SDK, log: config.Log.logger(env.Err),
	}, env.Out)
}

// serve runs a node. Without a configuration it is the sandbox.
func serve(ctx context.Context, o options, out io.Writer) error {
	started := time.Now()
	if o.config == nil {
		c := sandboxConfig()
		c.Data = filePath(o.data)
		o.config = &c
	}
	o.config.warnLoudly(o.log)
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", o.listen, err)
	}
	n, err := newNode(ctx, o, o.config.public(listener))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	n.greet(out, o.config, time.Since(started))
	if warning := o.config.sandboxWarning(); warning != "" {
		o.log.Warn(warning)
	}
	return errors.Join(n.run(ctx, listener), n.close())
}

// public is how wallets and browsers reach us. A listener of this machine alone is
// reached where it listens.
func (c *config) public(listener net.Listener) string {
	if c.PublicURL != "" {
		return strings.TrimSuffix(c.PublicURL, "/")
	}
	return "http://" + reachable(listener.Addr())
}

// reachable is the address at which this machine reaches a listener.
func reachable(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port))
}

// run serves until ctx ends: then it takes no more, lets waiting clients go, finishes
// what runs, and stops the engine last.
func (n *node) run(ctx context.Context, listener net.Listener) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	for _, loop := range n.loops {
		running.Go(func() {
			if err := loop(background); err != nil && background.Err() == nil {
				n.log.Error("a background task has ended", "fault", err)
			}
		})
	}
	srv := &http.Server{
		Handler: boundBodies(n.handler, n.maxBody), ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		err = n.stop(srv)
		<-served
	}
	stop()
	running.Wait()
	return err
}

// boundBodies gives a request's body half a minute to arrive, and no more bytes than
// most. A server-wide time limit would also end event streams, which take no body and
// last longer.
func boundBodies(next http.Handler, most int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(30 * time.Second))
			r.Body = http.MaxBytesReader(w, r.Body, most)
		}
		next.ServeHTTP(w, r)
	})
}

func (n *node) stop(srv *http.Server) error {
	n.drain()
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	return srv.Shutdown(ctx)
}
