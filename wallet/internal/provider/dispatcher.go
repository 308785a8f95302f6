package provider

import (
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Delivery is how a wallet notifies. Only Request is required. No function is called with the
// dispatcher's lock held, so each may acquire the wallet's own.
type Delivery[T any] struct {
	// Request builds one attempt to deliver n: signed anew at try.At or like try.First, and
	// altered as try.Rule says where its fault is the wallet's to interpret.
	Request func(n *Notice[T], try Try) (Message, error)
	// Batch builds one message of several notices for one URL; nil: this wallet has none.
	Batch func(all []*Notice[T], try Try) (Message, error)
	// Acknowledged reports whether the receiver's answer ends the delivery. It may record what
	// it read in Result, Code, Signed and Err of the attempt; a.Status is the HTTP status. Nil:
	// any status 2xx ends it.
	Acknowledged func(a *Attempt, header http.Header, body []byte) bool

	// Settle applies the passing of time to a value of Remind; it may send notices.
	Settle func(what any, now time.Time)
	// Durable returns when n is on disk, before its first attempt; an error counts as an
	// attempt.
	Durable func(n *Notice[T]) error
	// Done is called after n was acknowledged, lost or given up.
	Done func(n *Notice[T])

	Ladder  Ladder
	Faults  *Faults       // nil: none
	Workers int           // attempts under way at one receiver, of Run; 16
	Timeout time.Duration // of one attempt; 10 s
	Delay   time.Duration // of a notice that a fault delays, where its rule names none; 2 s
	Kept    int           // attempts in the log; 1024

	HTTP *http.Client // Client(Workers)
	Now  func() time.Time
	Log  *slog.Logger
}

func (c Delivery[T]) withDefaults() Delivery[T] {
	if c.Faults == nil {
		c.Faults = NewFaults(Declared{}, 0)
	}
	if c.Workers == 0 {
		c.Workers = 16
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.Delay == 0 {
		c.Delay = 2 * time.Second
	}
	if c.Kept == 0 {
		c.Kept = 1024
	}
	if c.HTTP == nil {
		c.HTTP = Client(c.Workers)
	}
	c.Now, c.Log = Environment(c.Now, c.Log)
	return c
}

// Environment returns a clock and a log: the system's and one that discards, where they are nil.
func Environment(now func() time.Time, log *slog.Logger) (func() time.Time, *slog.Logger) {
	if now == nil {
		now = time.Now
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return now, log
}

// Dispatcher delivers notices and calls reminders when they are due. All methods are safe for
// concurrent use. A wallet may call Send, Reserve, Remind and Waiting with its own lock held.
type Dispatcher[T any] struct {
	cfg     Delivery[T]
	wake    chan struct{}
	running sync.Mutex // held by Run

	mu      sync.Mutex // guards everything below; never held across I/O or a function of cfg
	landed  *sync.Cond // signaled when flying decreases
	flying  int        // jobs in progress
	turns   uint64     // entries ever added to the agenda
	agenda  agenda
	boxes   map[any]*mailbox[T] // those with notices or with an attempt in progress
	lanes   map[string]*lane[T] // by receiver
	parked  map[string][]*Notice[T]
	attempt attemptLog
}

// NewDispatcher returns a dispatcher with nothing to deliver.
func NewDispatcher[T any](cfg Delivery[T]) *Dispatcher[T] {
	cfg = cfg.withDefaults()
	d := &Dispatcher[T]{
		cfg: cfg, wake: make(chan struct{}, 1), attempt: attemptLog{kept: cfg.Kept},
		boxes: make(map[any]*mailbox[T]), lanes: make(map[string]*lane[T]), parked: make(map[string][]*Notice[T]),
	}
	d.landed = sync.NewCond(&d.mu)
	return d
}

// Send appends a notice to its box. A notice without a URL is dropped.
func (d *Dispatcher[T]) Send(n *Notice[T]) {
	if n.URL == "" {
		return
	}
	if n.At.IsZero() {
		n.At = d.cfg.Now()
	}
	n.due = n.At.Add(d.cfg.Ladder.first()).UnixMilli()
	d.mu.Lock()
	defer d.mu.Unlock()
	n.box = d.box(n.key())
	n.box.notices = append(n.box.notices, n)
	d.schedule(n.due, n.box)
}

// SendBehind puts a notice directly behind another one of its box that is being sent, ahead of
// those that wait. It is for Request, such as for a fault that contradicts the notice.
func (d *Dispatcher[T]) SendBehind(sent, n *Notice[T]) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n.At, n.due, n.box = sent.At, sent.due, sent.box
	n.box.insertBehind(sent, n)
}

// Remind calls Settle with what at a given time, in Run or RunOnce.
func (d *Dispatcher[T]) Remind(what any, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.schedule(at.Add(time.Millisecond-1).UnixMilli(), what) // rounded up, so that it is never too early
}

// Waiting returns how many notices of a box are not delivered yet.
func (d *Dispatcher[T]) Waiting(box any) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if m := d.boxes[box]; m != nil {
		return len(m.notices)
	}
	return 0
}

// Attempts returns the latest attempts to notify, oldest first.
func (d *Dispatcher[T]) Attempts() []Attempt {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.attempt.all()
}

// box returns a mailbox, which it creates if needed.
func (d *Dispatcher[T]) box(key any) *mailbox[T] {
	m := d.boxes[key]
	if m == nil {
		m = &mailbox[T]{key: key}
		d.boxes[key] = m
	}
	return m
}

// schedule adds an entry to the agenda and wakes Run when it is the next one.
func (d *Dispatcher[T]) schedule(at int64, what any) {
	d.turns++
	if !d.agenda.add(appointment{at, d.turns, what}) {
		return
	}
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// rearm schedules the mailbox's next notice, or removes the mailbox when it is empty.
func (d *Dispatcher[T]) rearm(m *mailbox[T]) {
	switch {
	case m.busy || m.claimed:
	case len(m.notices) > 0:
		d.schedule(m.earliest(), m)
	default:
		if delete(d.boxes, m.key); len(d.boxes) == 0 {
			d.boxes = make(map[any]*mailbox[T]) // a map keeps the memory of its largest size
		}
	}
}
