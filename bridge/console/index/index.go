package index

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// Source is the store whose feed an index follows.
type Source interface {
	Feed(ctx context.Context, q store.FeedQuery) ([]store.FeedEvent, error)
	Restoration(ctx context.Context) (store.Restoration, error)
}

// Config is what an index needs. Only Source and Apps are required.
type Config struct {
	Source Source
	Apps   []string // whose feeds it follows
	// Zones are the time zones of apps whose days have sums of their own, so that they are read
	// as fast as days of UTC. A change of an app's zone applies when the index is built again.
	Zones map[string]*time.Location
	Now   func() time.Time
	Log   *slog.Logger
	// Changes returns how many changes the store has committed, so that the index does less
	// while the till is busy. Without it, the till counts as busy.
	Changes func() uint64
	Step    int // events in a step; zero is 400
}

// Index finds orders of a store and has their sums. Its methods may be called at the same
// time. Run fills it; what it returns before that is what it held before.
type Index struct {
	db     Database
	config Config
	holder string // names this node in the lease

	mu    sync.Mutex
	until time.Time // of the lease; zero unless this node holds it

	lag atomic.Int64 // the age of the last event of the last step; zero when it was the newest

	damaged atomic.Bool // a read has found damaged tables
}

const (
	defaultStep = 400
	maxStep     = 1000 // that a page of a feed has at most
)

// New returns an index that has its tables in db and follows config.Source. Close closes db.
func New(db Database, config Config) *Index {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	if config.Step <= 0 || config.Step > maxStep {
		config.Step = defaultStep
	}
	return &Index{db: db, config: config, holder: rand.Text()}
}

// Close releases the lease, which RunOnce takes, and closes the database. Run must have returned.
func (x *Index) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), retry)
	defer cancel()
	x.release(ctx)
	return x.db.Close()
}

// Rebuild throws away what the index holds. The next steps fill it again.
//
// Faults: Unavailable.
func (x *Index) Rebuild(ctx context.Context) error {
	x.forgetLease()
	err := x.db.Reset(ctx)
	if err == nil {
		x.damaged.Store(false)
	}
	return unavailable("index.Rebuild", err)
}

// read runs f on one state of the tables. Damaged tables are made anew by the next step.
func (x *Index) read(ctx context.Context, op string, f func(Tx) error) error {
	err := x.db.Read(ctx, f)
	if err != nil && x.db.Damaged(err) {
		x.damaged.Store(true)
	}
	return unavailable(op, err)
}

// unavailable returns err as a fault; a fault stays as it is.
func unavailable(op string, err error) error {
	if err == nil {
		return nil
	}
	if _, is := errors.AsType[*fault.Error](err); is {
		return err
	}
	return fault.Wrap(fault.Unavailable, op, err)
}
