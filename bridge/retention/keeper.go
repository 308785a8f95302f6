package retention

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// Store is what a Keeper needs of a store.
type Store interface {
	store.Retention
	store.Documents
	Feed(ctx context.Context, q store.FeedQuery) ([]store.FeedEvent, error)
	Order(ctx context.Context, id bridge.OrderID) (bridge.Order, error)
	Events(ctx context.Context, id bridge.OrderID, after int64) ([]bridge.Event, error)
}

// Observer is told what was archived and pruned, for metrics. Its methods do not block.
type Observer interface {
	// Pruned counts rows that were deleted.
	Pruned(what string, rows int64)
	// Archived counts the bytes of a new file.
	Archived(app string, bytes int64)
	// Horizon reports the time of the last event that was archived.
	Horizon(app string, at time.Time)
}

// What an Observer counts.
const (
	PrunedEvents   = "events"
	PrunedMessages = "messages"
)

// Kinds are what an Observer counts.
var Kinds = []string{PrunedEvents, PrunedMessages}

// Config is what a Keeper is made of. Store is required.
type Config struct {
	Store Store
	Apps  []string
	// Folder and Events archive the events that are older, where both are given; see docs/retention.md.
	Folder *Folder
	Events time.Duration
	// RefundWindow is how long after its payment an order may be refunded: until then its
	// events stay in the store, unless nothing is left to refund.
	RefundWindow time.Duration
	// Messages is how long delivered and dismissed messages are kept; zero: for good.
	Messages time.Duration
	Log      *slog.Logger
	Now      func() time.Time
	Observer Observer // may be nil
	// Stopping reports that the node drains: no step begins any more. nil: never.
	Stopping func() bool
	// Pause is called after each step with the time that it took; nil: Keeper waits nine times as long.
	Pause func(ctx context.Context, took time.Duration)
}

// Keeper archives and prunes. Any number of nodes may run one over one store.
type Keeper struct {
	config Config
	node   string
	until  time.Time // the end of the lease, when this node has it
	// compacted is when the archived orders of each app were looked through last. Those that stay in
	// the store are read every time, so it is not done with every pass.
	compacted map[string]time.Time
}

// New returns a keeper.
func New(config Config) *Keeper {
	if config.Store == nil {
		panic("retention: Config.Store is required")
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Pause == nil {
		config.Pause = pause
	}
	return &Keeper{config: config, node: rand.Text(), compacted: map[string]time.Time{}}
}

const (
	passEvery = 10 * time.Minute
	minPause  = 10 * time.Millisecond
	maxPause  = 10 * time.Second
)

// pause leaves the store alone for nine times as long as a step took. A step that waited for
// a busy writer took long, so the pause grows with the load.
func pause(ctx context.Context, took time.Duration) {
	end := time.NewTimer(min(max(9*took, minPause), maxPause))
	defer end.Stop()
	select {
	case <-end.C:
	case <-ctx.Done():
	}
}

// Run makes a pass each ten minutes until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	tick := time.NewTicker(passEvery)
	defer tick.Stop()
	for {
		if _, err := k.RunOnce(ctx, false); err != nil && ctx.Err() == nil {
			k.config.Log.Error("the store is not archived and pruned as configured; it is tried again; check the disk and the database", "fault", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Done is what a pass has done.
type Done struct {
	Elsewhere                        bool // another node has the lease: nothing was done
	Files, Events, Compacted, Pruned int64
}

// RunOnce makes a pass: it prunes messages, archives events, and compacts the orders whose
// events were archived. At most once a day it begins a file that would be small, unless now is
// given.
//
// Faults: those of the store; ErrDamaged.
func (k *Keeper) RunOnce(ctx context.Context, now bool) (done Done, err error) {
	held, err := k.hold(ctx)
	if err != nil || !held {
		return Done{Elsewhere: err == nil}, err
	}
	p := pass{Keeper: k, done: &done, at: k.config.Now()}
	err = p.run(ctx, now)
	return done, errors.Join(err, k.release(context.WithoutCancel(ctx)))
}

// pass is a pass that is under way.
type pass struct {
	*Keeper
	done *Done
	at   time.Time // when it began
}

func (p *pass) run(ctx context.Context, now bool) error {
	if err := p.pruneMessages(ctx); err != nil {
		return err
	}
	if p.config.Folder == nil || p.config.Events <= 0 {
		return nil
	}
	var faults []error
	for _, app := range p.config.Apps {
		files := p.done.Files
		err := p.archive(ctx, app, now)
		if err == nil && (now || p.done.Files > files || p.at.Sub(p.compacted[app]) >= compactEvery) {
			err = p.compact(ctx, app)
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// errStopped ends a pass without a fault: the node drains, or another node has the lease.
var errStopped = errors.New("the pass was stopped")

// step runs one step and pauses after it, unless the pass is to end.
func (p *pass) step(ctx context.Context, run func() error) error {
	if p.config.Stopping != nil && p.config.Stopping() {
		return errStopped
	}
	held, err := p.hold(ctx)
	if err == nil && !held {
		err = errStopped
	}
	if err = cmp.Or(err, ctx.Err()); err != nil {
		return err
	}
	began := time.Now()
	err = run()
	p.config.Pause(ctx, time.Since(began))
	return err
}

// steps runs steps until one reports that there are no more.
func (p *pass) steps(ctx context.Context, run func() (more bool, err error)) error {
	for more := true; more; {
		err := p.step(ctx, func() (err error) {
			more, err = run()
			return err
		})
		switch {
		case errors.Is(err, errStopped):
			return nil
		case err != nil:
			return err
		}
	}
	return nil
}

// messagesStep is how many messages a step looks at.
const messagesStep = 500

func (p *pass) pruneMessages(ctx context.Context) error {
	if p.config.Messages <= 0 {
		return nil
	}
	var after int64
	return p.steps(ctx, func() (more bool, err error) {
		last, n, err := p.config.Store.PruneMessages(ctx, p.at.Add(-p.config.Messages), after, messagesStep)
		p.done.Pruned += n
		p.pruned(PrunedMessages, n)
		after = last
		return last > 0, err
	})
}

func (k *Keeper) pruned(what string, n int64) {
	if k.config.Observer != nil && n > 0 {
		k.config.Observer.Pruned(what, n)
	}
}
