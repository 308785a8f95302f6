package app

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/minitill/minitill/internal/conns"
)

// stopLimit is how long a shutdown waits for running requests. Calls to wallets end within
// it; a payment whose call did not is found by its request ID after the next start.
const stopLimit = 30 * time.Second

// run serves until ctx ends. Then the node stops in steps: it drains, ends held answers,
// closes the listener, waits for running requests, and stops the background tasks last.
func (n *node) run(ctx context.Context, listener net.Listener) error {
	stop := n.start(context.WithoutCancel(ctx))
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
	return err
}

// stop drains the node and shuts its server down.
func (n *node) stop(srv *conns.Server) error {
	n.tellSupervisor(supervisorStopping)
	n.drain()
	n.endHeld()
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	return srv.Shutdown(ctx)
}

// drain serves on for the time of server.drain, while /readyz answers 503: load balancers
// send requests until they have noticed. Long polls are held meanwhile, since a caller whose
// poll ends at once comes back at once. The second signal ends the time.
func (n *node) drain() {
	n.server.Retire()
	n.leaving.Store(true)
	if n.wait == 0 {
		return
	}
	n.log.Info("stopping; the listener closes after server.drain, or at the next signal", "drain", n.wait)
	end := time.NewTimer(n.wait)
	defer end.Stop()
	select {
	case <-end.C:
	case <-n.hurry:
	}
}

// endHeld ends long polls and event streams, now and from now on, with the present state.
func (n *node) endHeld() {
	n.stops.Store(true)
	n.server.Retire()
	n.engine.Drain()
}

// closeWhileLeaving ends each connection after its answer while the node drains, so that
// callers that keep connections open reach another node with their next request.
func (n *node) closeWhileLeaving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.leaving.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
