package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// stopLimit is how long a stop waits for what runs. Calls to wallets end within it,
// and what does not is found by its request id after the next start.
const stopLimit = 30 * time.Second

type serveCommand struct {
	Listen  string `default:"127.0.0.1:8080" env:"MINITILL_LISTEN" placeholder:"HOST:PORT" help:"Where to listen; port 0 takes a free one."`
	Data    string `default:"./data" env:"MINITILL_DATA" placeholder:"DIR" help:"Where orders and keys are kept."`
	Verbose bool   `short:"v" help:"Log every request."`
}

// Run serves until ctx ends, then finishes what runs and closes what is open.
func (c *serveCommand) Run(ctx context.Context, env Env) error {
	level := slog.LevelInfo
	if c.Verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(env.Err, &slog.HandlerOptions{Level: level}))
	return serve(ctx, options{listen: c.Listen, data: c.Data, sdk: env.SDK, log: log}, env.Out)
}

func serve(ctx context.Context, o options, out io.Writer) error {
	started := time.Now()
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", o.listen, err)
	}
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return errors.Join(err, listener.Close())
	}
	n, err := newNode(ctx, o, "http://"+reachable(listener.Addr()))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	n.greet(out, time.Since(started))
	return errors.Join(n.run(ctx, listener), n.close())
}

// reachable is the address at which this machine reaches a listener.
func reachable(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port))
}

// greet says where to click. The first line is stable, for programs that wait for it.
func (n *node) greet(out io.Writer, took time.Duration) {
	fmt.Fprintf(out, "minitill is ready at %s (%d ms)\n\n", n.public, took.Milliseconds())
	fmt.Fprintf(out, "  Demo shop   %s/demo/\n", n.public)
	fmt.Fprintf(out, "  Client API  %s/miniapp/v1\n", n.public)
	fmt.Fprintf(out, "  Helper      %s/sdk/minitill.js\n", n.public)
	fmt.Fprintf(out, "  Data        %s\n\n", n.data)
	fmt.Fprintln(out, "No money moves: the wallet is a sandbox. Stop with Ctrl-C; orders are kept.")
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
		Handler: boundBodies(n.handler), ReadHeaderTimeout: 5 * time.Second,
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

// boundBodies gives a request's body half a minute to arrive. A server-wide limit
// would also end event streams, which take no body and last longer.
func boundBodies(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(30 * time.Second))
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
