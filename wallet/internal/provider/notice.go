package provider

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Notice is one notification that a simulator sends; News is its content.
type Notice[T any] struct {
	// Box is what the notice is about, usually a payment: any comparable value. Notices of one
	// box are delivered in the order in which they were sent; nil means no order.
	Box  any
	URL  string // of the receiver; empty: nothing is sent
	News T

	At   time.Time // of the event; zero: now
	Once bool      // one attempt, whatever the answer

	// For the log of attempts.
	RequestID, PaymentID, EventID string

	box       *mailbox[T]
	first     *Message
	tries     int
	due       int64 // Unix milliseconds
	postponed int64 // a fault delays it until then
	held      bool  // the box's other notices may overtake it
	parked    bool  // to be sent in one message with others
}

// Message is one HTTP request to a receiver.
type Message struct {
	Method string // empty: POST
	URL    string // empty: the notice's
	Header http.Header
	Body   []byte
}

// HTTP returns the message as a request.
func (m Message) HTTP(ctx context.Context) (*http.Request, error) {
	method := m.Method
	if method == "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return nil, err
	}
	if m.Header != nil {
		req.Header = m.Header
	}
	return req, nil
}

// Try describes one attempt for Delivery.Request.
type Try struct {
	Number int       // 1 is the first
	At     time.Time // now
	Rule   Rule      // the fault of this attempt; the zero Rule is none
	First  *Message  // what the first attempt sent; nil in the first attempt
}

// mailbox has the notices of one box that are not delivered yet.
type mailbox[T any] struct {
	key      any
	notices  []*Notice[T]
	busy     bool // an attempt is in progress, queued in a lane or reserved
	reserved bool // for the next Deliver
	claimed  bool // one of its notices is being sent together with others
}

// claim reserves the mailbox for the caller and returns the notice to be sent now; nil when
// there is none or the mailbox is taken.
func (m *mailbox[T]) claim(now int64) *Notice[T] {
	if m.busy || m.claimed {
		return nil
	}
	n := m.next(now)
	m.busy = n != nil
	return n
}

// next returns the notice to be sent now: the oldest, unless it is held back and may be
// overtaken. Nil when nothing is due.
func (m *mailbox[T]) next(now int64) *Notice[T] {
	for _, n := range m.notices {
		if n.due <= now {
			return n
		}
		if !n.held {
			return nil
		}
	}
	return nil
}

// earliest returns when one of its notices will be due.
func (m *mailbox[T]) earliest() int64 {
	at := m.notices[0].due
	for _, n := range m.notices {
		at = min(at, n.due)
		if !n.held {
			break
		}
	}
	return at
}

func (m *mailbox[T]) remove(n *Notice[T]) {
	m.notices = slices.DeleteFunc(m.notices, func(other *Notice[T]) bool { return other == n })
}

// key returns the name of its mailbox: its own, when it is in no order.
func (n *Notice[T]) key() any {
	if n.Box == nil {
		return n
	}
	return n.Box
}

// behind returns the notices that could be sent next if n were delivered now.
func (n *Notice[T]) behind(now int64) []*Notice[T] {
	var next []*Notice[T]
	all := n.box.notices
	for _, m := range all[slices.Index(all, n)+1:] {
		if m.due > now || m.parked || m.URL != n.URL {
			return next
		}
		next = append(next, m)
	}
	return next
}

// receiver returns the host, which has its own limit of concurrent attempts.
func (n *Notice[T]) receiver() string {
	u, err := url.Parse(n.URL)
	if err != nil {
		return n.URL
	}
	return u.Host
}

// insertBehind puts n directly behind another notice of the mailbox.
func (m *mailbox[T]) insertBehind(sent, n *Notice[T]) {
	m.notices = slices.Insert(m.notices, slices.Index(m.notices, sent)+1, n)
}
