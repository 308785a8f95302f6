package bench

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/minitill/minitill/internal/bench/fill"
)

// Stores are the databases of the two sides, which have stopped.
type Stores struct{ Till, Reference string }

// PayOn pays orders at the till and at the reference, stops both, and lets read read their
// stores: SQLite files, or URLs of databases.
func PayOn(ctx context.Context, o Options, read func(Stores)) (err error) {
	w, err := openWorld(ctx, &o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.start(ctx); err != nil {
		return err
	}
	var stores []string
	for _, s := range []*side{w.till, w.reference} {
		if err := w.payAll(ctx, s, o.Orders); err != nil {
			return err
		}
	}
	w.till.stop()
	w.reference.stop()
	if w.databases != nil {
		for _, name := range w.databases.names {
			u := *w.databases.url
			u.Path = "/" + name
			stores = append(stores, u.String())
		}
		read(Stores{Reference: stores[0], Till: stores[1]}) // in the order of their starts
		return nil
	}
	read(Stores{Till: filepath.Join(filepath.Dir(w.till.config), "data", "minitill.db"), Reference: filepath.Join(w.dir, "reference", "minitill.db")})
	return nil
}

// FilledStatus fills the store of a till and reads the copies through it: it returns the answers
// of the merchant API to a list and to the events of the oldest copy.
func FilledStatus(ctx context.Context, o Options, copies int) (f fill.Filled, list, events string, err error) {
	w, err := openWorld(ctx, &o)
	if err != nil {
		return f, "", "", err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	s, original, err := w.sample(ctx, "till-filled")
	if err != nil {
		return f, "", "", err
	}
	s.stop()
	if f, err = w.fill(ctx, s, copies, original); err != nil {
		return f, "", "", err
	}
	if err := s.start(ctx); err != nil {
		return f, "", "", err
	}
	answer, err := s.merchant(ctx, "GET", "/orders?status=paid&limit=100", "", 200)
	if err != nil {
		return f, "", "", err
	}
	at := len(answer) - 1
	for ; at > 0 && string(answer[at:min(len(answer), at+4)]) != "ord_"; at-- {
	}
	found, err := s.merchant(ctx, "GET", "/orders/"+string(answer[at:at+orderIDLength])+"/events", "", 200)
	return f, string(answer), string(found), err
}

// QueryRate is queryRate.
func QueryRate(times []time.Time, count int, delay, limit time.Duration) float64 {
	return queryRate(times, count, delay, limit)
}

// Bound is bound.
func Bound(a, b float64) float64 { return bound(a, b) }

// Check is the check of a target.
func (t *Target) Check() error { return t.check() }
