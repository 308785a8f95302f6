package notice

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/fault"
)

const (
	document = "notices"
	every    = 20 * time.Second
	// leaseFor is longer than sending most messages, so that no other node sends them too.
	leaseFor = 3 * time.Minute
	most     = 8 // messages in one round, each at most 15 s
)

// Config is what a Sender is made of. All but Log and Now are required.
type Config struct {
	Store store.Documents
	URL   string
	Keys  []webhook.Key // the newest signs first
	HTTP  *http.Client  // of webhook.Client
	// Conditions returns what stands now, by the store that all nodes share; Local what this
	// node alone sees.
	Conditions func(ctx context.Context) ([]Condition, error)
	Local      func() []Condition
	Console    string // the address of the console, with a slash at the end
	Log        *slog.Logger
	Now        func() time.Time
}

// Sender tells the operator what needs a person.
type Sender struct {
	Config
	node string
}

// New returns a sender; Run sends.
func New(c Config) *Sender {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Sender{Config: c, node: ulid.Make().String()}
}

// Run observes and sends until ctx ends. Any number of nodes may run at once over one store.
func (s *Sender) Run(ctx context.Context) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := s.RunOnce(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("notices to the operator wait; check the database", "fault", err)
		}
		select {
		case <-ctx.Done():
			s.release(context.WithoutCancel(ctx))
			return nil
		case <-tick.C:
		}
	}
}

// release lets another node send at once.
func (s *Sender) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := s.change(ctx, func(b *book) bool { return b.release(s.node) }); err != nil {
		s.Log.Warn("the lease of notices ends by itself", "fault", err)
	}
}

// RunOnce observes once and sends what is due, when this node has the lease.
//
// Faults: those of the store.
func (s *Sender) RunOnce(ctx context.Context) error {
	found, err := s.Conditions(ctx)
	if err != nil {
		return err
	}
	local, due := s.Local(), []message(nil)
	err = s.change(ctx, func(b *book) bool {
		due = nil
		now := s.Now().UTC()
		reported := b.report(s.node, local, now)
		if !b.lease(s.node, now, leaseFor) {
			return reported
		}
		b.observe(append(b.sighted(), found...), now, newID, s.link)
		due = b.begin(now, most)
		return true
	})
	if err != nil {
		return err
	}
	for _, m := range due {
		if err := s.send(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// send makes one attempt and records it. An attempt that ends with ctx does not count.
func (s *Sender) send(ctx context.Context, m message) error {
	failure := webhook.Post(ctx, s.HTTP, s.URL, m.ID, m.Body, s.Now, s.Keys...)
	if failure != nil && ctx.Err() != nil {
		return nil
	}
	var dead bool
	err := s.change(context.WithoutCancel(ctx), func(b *book) bool {
		dead = b.finish(m.ID, failure == nil, s.Now().UTC())
		return true
	})
	switch {
	case dead:
		s.Log.Error("a notice to the operator was given up; correct notices.url, then: minitill notices test", "notice", m.ID, "fault", failure)
	case failure != nil:
		s.Log.Warn("a notice to the operator was not accepted; it is sent again", "notice", m.ID, "attempt", m.Attempts+1, "fault", failure)
	}
	return err
}

// change changes the document; f reports whether it has changed anything, and may run again.
func (s *Sender) change(ctx context.Context, f func(*book) bool) error {
	return s.Store.ChangeDocument(ctx, document, func(doc []byte) ([]byte, error) {
		var b book
		if len(doc) > 0 {
			if err := json.Unmarshal(doc, &b); err != nil {
				return nil, fault.Wrap(fault.Internal, "notice.change", err)
			}
		}
		if !f(&b) {
			return nil, nil
		}
		return json.Marshal(b)
	})
}

func newID() string { return "ntc_" + ulid.Make().String() }

func (s *Sender) link(page string) string { return s.Console + page }

// SendTest sends a notice of the kind test, once, and returns why it was not accepted.
func (s *Sender) SendTest(ctx context.Context) error {
	now := s.Now().UTC().Truncate(time.Millisecond)
	n := Notice{ID: newID(), Kind: Test, State: Open, Count: 1, Since: now, At: now, URL: strings.TrimSuffix(s.Console, "/")}
	err := webhook.Post(ctx, s.HTTP, s.URL, n.ID, n.JSON(), s.Now, s.Keys...)
	if reason := fault.Reason(""); errors.As(err, &reason) {
		return reason
	}
	return err
}
