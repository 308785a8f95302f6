package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/minitill/minitill/internal/conns"
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
	unlock, err := o.config.lockData()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return errors.Join(fmt.Errorf("cannot listen on %s: %w", o.listen, err), unlock())
	}
	n, err := newNode(ctx, o, o.config.public(listener))
	if err != nil {
		return errors.Join(err, listener.Close(), unlock())
	}
	n.greet(out, o.config, time.Since(started))
	if warning := o.config.sandboxWarning(); warning != "" {
		o.log.Warn(warning)
	}
	return errors.Join(n.run(ctx, listener), n.close(), unlock())
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
	srv := n.newConns()
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

func (n *node) stop(srv *conns.Server) error {
	n.drain()
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	return srv.Shutdown(ctx)
}
