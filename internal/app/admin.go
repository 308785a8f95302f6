package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/pprof"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/metrics"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/internal/otlp"
)

// adminAddress is where the admin listener listens: on this machine unless a host is named.
func (c *serverConfig) adminAddress() (string, error) {
	host, port, err := net.SplitHostPort(c.Admin)
	if err != nil || port == "" {
		return "", errors.New("must be HOST:PORT, or :PORT for this machine only")
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// checkAdmin notes what is wrong with the settings of the admin listener.
func (d *decoder) checkAdmin(c *serverConfig) {
	if c.Admin == "" {
		if c.Profiling || len(c.AdminHosts) > 0 {
			d.found.add("server.admin", "is required for server.adminHosts and server.profiling")
		}
		return
	}
	if _, err := c.adminAddress(); err != nil {
		d.found.add("server.admin", "%s", err)
	}
}

// listenAdmin opens the admin listener, where one is configured.
func (n *node) listenAdmin(c *serverConfig) error {
	if c.Admin == "" {
		return nil
	}
	address, err := c.adminAddress()
	if err != nil {
		return fmt.Errorf("server.admin %w", err)
	}
	if n.admin, err = net.Listen("tcp", address); err != nil {
		return fmt.Errorf("cannot listen on %s: %w", address, err)
	}
	n.closeLater(func() error {
		if err := n.admin.Close(); !errors.Is(err, net.ErrClosed) { // its server has closed it
			return err
		}
		return nil
	})
	return nil
}

// addMetrics begins to measure where there is an admin listener.
func (n *node) addMetrics(m *merchants, s database, files bool) {
	if n.admin == nil {
		return
	}
	apps := map[string][]string{}
	for _, app := range m.apps {
		apps[app.Name] = app.Wallets
	}
	n.metrics = metrics.New(metrics.Config{Version: version(), Commit: thisBuild().commit, Apps: apps})
	if n.counter == nil {
		n.counter = n.metrics
	}
	if n.tracer != nil {
		n.spans = n.metrics.WatchTraces(otlp.OutcomeNames())
	}
	if observed, ok := s.(interface{ OnCommit(func(sqlite.Commit)) }); ok {
		observed.OnCommit(func(c sqlite.Commit) { n.metrics.Stored(c.Took, c.Changes, c.Err) })
	}
	n.metrics.WatchBackup(func(ctx context.Context) (time.Time, error) { return lastBackup(ctx, s) })
	if _, _, err := volume(n.data); err == nil && files {
		n.metrics.WatchDisk(n.free)
	}
	if surveyor, ok := s.(store.Surveyor); ok {
		n.loops = append(n.loops, func(ctx context.Context) error { return n.metrics.Run(ctx, surveyor) })
	}
}

// free returns the bytes that may still be written to the data directory.
func (n *node) free() float64 {
	bytes, _, err := volume(n.data)
	if err != nil {
		return math.NaN()
	}
	return float64(bytes)
}

// addAdmin serves the admin listener until the node has stopped, so that it can be watched
// while it drains.
func (n *node) addAdmin(c *serverConfig, redis func() bool) {
	if n.admin == nil {
		return
	}
	n.metrics.WatchEngine(n.engine)
	n.metrics.WatchServer(n.server)
	n.metrics.WatchRedis(redis)
	srv := &http.Server{
		Handler: onlyHosts(c.AdminHosts, n.adminHandler(c.Profiling)), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}
	n.loops = append(n.loops, func(ctx context.Context) error {
		stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
		defer stop()
		if err := srv.Serve(n.admin); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
}

// adminHandler serves what operators read: metrics, health, and profiles when they are
// wanted. It has a mux of its own, since net/http/pprof adds itself to the default one.
func (n *node) adminHandler(profiling bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", n.metrics.Handler())
	mux.Handle("GET /healthz", n.server)
	mux.Handle("GET /readyz", n.server)
	if profiling {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

// onlyHosts refuses requests for a name that is not one of names, localhost or an IP
// address: a page of another site can make a browser call this machine by its own name
// (DNS rebinding), and there is no sign-in.
func onlyHosts(names []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		host = strings.Trim(host, "[]")
		named := slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, host) })
		if !named && !strings.EqualFold(host, "localhost") && net.ParseIP(host) == nil {
			http.Error(w, "This host is not one of server.adminHosts.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
