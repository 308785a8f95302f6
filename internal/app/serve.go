package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9/logging"
)

type serveCommand struct {
	flags
	Check   bool `help:"Check the configuration, report its mistakes, and do not start."`
	Verbose bool `short:"v" help:"Log every request."`
}

// Run serves until ctx ends, then waits for running requests and closes the node.
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
		hurry: env.Hurry,
	}, env.Out)
}

// serve runs a node, without a configuration the sandbox.
func serve(ctx context.Context, o options, out io.Writer) error {
	started := time.Now()
	logging.Disable() // go-redis logs each failed dial; the store logs that Redis is unavailable
	quietGin()
	if o.config == nil {
		c := sandboxConfig()
		c.Data = filePath(o.data)
		o.config = &c
	}
	o.config.warnLoudly(o.log)
	unlock, err := o.config.lockToServe()
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
	if !heapSet(os.Getenv) {
		n.loops = append(n.loops, func(ctx context.Context) error { return tuneHeap(ctx, o.config.headroom()) })
	}
	n.tellSupervisor(supervisorReady)
	n.greet(out, o.config, time.Since(started))
	if warning := o.config.sandboxWarning(); warning != "" {
		o.log.Warn(warning)
	}
	return errors.Join(n.run(ctx, listener), n.close(), unlock())
}

// public returns the URL at which wallets and browsers reach the server: without a
// publicUrl, the address of the listener.
func (c *config) public(listener net.Listener) string {
	if c.PublicURL != "" {
		return strings.TrimSuffix(c.PublicURL, "/")
	}
	return "http://" + reachable(listener.Addr())
}

// reachable returns the address at which this machine reaches a listener.
func reachable(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port))
}

// start runs the background tasks until stop is called, which waits for them.
func (n *node) start(ctx context.Context) (stop func()) {
	background, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	for _, loop := range n.loops {
		running.Go(func() {
			if err := loop(background); err != nil && background.Err() == nil {
				n.log.Error("background task failed; restart the node; if it fails again, report this", "fault", err)
			}
		})
	}
	return func() {
		cancel()
		running.Wait()
	}
}
