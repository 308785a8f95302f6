package notice

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge/outbox"
)

// The pace of messages about one condition.
const (
	// Pause is the least time between two messages about one condition, so that a thousand
	// orders, or a wallet that comes and goes, do not send a thousand messages.
	Pause = 15 * time.Minute
	// settle is how long a condition must be gone before its end is reported.
	settle = time.Minute
)

// entry is a condition as it was reported last.
type entry struct {
	Condition Condition `json:"condition"`
	// Digest and Count are of what was reported last, or of less that was left of it since: what
	// differs then is new.
	Digest    string    `json:"digest"`
	Count     int       `json:"count"`
	Told      time.Time `json:"told"` // when; zero: nothing yet
	Open      bool      `json:"open"` // that it is open was reported, and not yet that it has ended
	GoneSince time.Time `json:"goneSince,omitzero"`
}

// message is a notice that was not delivered yet. There is one of each condition at most.
type message struct {
	ID        string          `json:"id"`
	Key       string          `json:"key"`
	State     State           `json:"state"`
	Body      json.RawMessage `json:"body"`
	CreatedAt time.Time       `json:"createdAt"`
	RunAt     time.Time       `json:"runAt"`
	Attempts  int             `json:"attempts,omitzero"` // that have failed
	Sent      bool            `json:"sent,omitzero"`     // an attempt was begun
}

// book is the document: what was reported, and what is to be sent.
type book struct {
	Entries  map[string]entry   `json:"entries"`
	Messages []message          `json:"messages"` // in the order in which they were made
	Holder   string             `json:"holder"`   // the node that sends
	Until    time.Time          `json:"until"`    // the end of its lease
	Local    map[string]sighted `json:"local,omitempty"`
}

// sighted are the conditions that one node alone sees, as it has reported them.
type sighted struct {
	At         time.Time   `json:"at"`
	Conditions []Condition `json:"conditions"`
}

// observe compares the conditions with what was reported, and adds the messages that are due. id
// returns ids of messages; link the address of a page.
func (b *book) observe(found []Condition, now time.Time, id func() string, link func(page string) string) {
	if b.Entries == nil {
		b.Entries = map[string]entry{}
	}
	there := map[string]bool{}
	for _, c := range found {
		there[c.key()] = true
		b.see(c, now, id, link)
	}
	for _, key := range slices.Sorted(maps.Keys(b.Entries)) {
		if !there[key] {
			b.miss(key, now, id, link)
		}
	}
}

// see handles a condition that stands. What is added to it is reported after Pause.
func (b *book) see(c Condition, now time.Time, id func() string, link func(string) string) {
	e, known := b.Entries[c.key()]
	if c.Since.IsZero() {
		if c.Since = now; known && e.GoneSince.IsZero() {
			c.Since = e.Condition.Since
		}
	}
	if c.Count < e.Count {
		e.Count, e.Digest = c.Count, c.digest()
	}
	e.Condition, e.GoneSince = c, time.Time{}
	pauseOver := e.Told.IsZero() || !now.Before(e.Told.Add(Pause))
	if pauseOver && (!e.Open || c.digest() != e.Digest) {
		b.tell(&e, Open, now, id, link)
	}
	b.Entries[c.key()] = e
}

// miss handles a condition that does not stand any more: its end is reported once it has been gone
// for a while, and it is forgotten when it can be told anew.
func (b *book) miss(key string, now time.Time, id func() string, link func(string) string) {
	e := b.Entries[key]
	if e.GoneSince.IsZero() {
		e.GoneSince = now
	}
	switch {
	case e.Open && !now.Before(e.GoneSince.Add(settle)):
		e.Open = false
		b.tell(&e, Resolved, now, id, link)
	case !e.Open && !now.Before(e.Told.Add(Pause)):
		delete(b.Entries, key)
		return
	}
	b.Entries[key] = e
}

// tell adds a message. It takes the place of one about the same condition that was not
// delivered; when nothing has been sent of a condition that has ended, nothing needs to be.
func (b *book) tell(e *entry, state State, now time.Time, id func() string, link func(string) string) {
	c, unsent := &e.Condition, false
	b.Messages = slices.DeleteFunc(b.Messages, func(m message) bool {
		if m.Key == c.key() {
			unsent = !m.Sent
			return true
		}
		return false
	})
	e.Told, e.Open, e.Digest, e.Count = now, state == Open, c.digest(), c.Count
	if unsent && state == Resolved {
		return
	}
	n := Notice{
		ID: id(), Kind: c.Kind, State: state, App: c.App, Subject: c.Subject, Items: c.Items, Count: c.Count,
		Since: c.Since, At: now, URL: link(c.Page),
	}
	if state == Resolved {
		n.Items, n.Count = nil, 0
	}
	b.Messages = append(b.Messages, message{ID: n.ID, Key: c.key(), State: state, Body: n.JSON(), CreatedAt: now, RunAt: now})
}

// begin returns the messages to be sent now, most at a time, and records that they are: what
// may have been received is also told to have ended.
func (b *book) begin(now time.Time, most int) (list []message) {
	for i := range b.Messages {
		if m := &b.Messages[i]; len(list) < most && !now.Before(m.RunAt) {
			m.Sent = true
			list = append(list, *m)
		}
	}
	return list
}

// finish records an attempt. It reports a message that is given up.
func (b *book) finish(id string, accepted bool, now time.Time) (dead bool) {
	i := slices.IndexFunc(b.Messages, func(m message) bool { return m.ID == id })
	if i < 0 {
		return false // another node has finished it
	}
	m := &b.Messages[i]
	if !accepted {
		m.Attempts++
		m.RunAt, dead = outbox.Next(m.ID, m.CreatedAt, now, m.Attempts)
	}
	if accepted || dead {
		b.Messages = slices.Delete(b.Messages, i, i+1)
	}
	return dead
}

// lease takes or extends the lease of a node, and reports whether the node has it.
func (b *book) lease(node string, now time.Time, length time.Duration) bool {
	if b.Holder != node && now.Before(b.Until) {
		return false
	}
	b.Holder, b.Until = node, now.Add(length)
	return true
}

// release ends the lease of a node.
func (b *book) release(node string) bool {
	if b.Holder != node {
		return false
	}
	b.Holder, b.Until = "", time.Time{}
	return true
}

// report records the conditions that a node alone sees, and reports whether that changes
// anything: an old report counts as none.
func (b *book) report(node string, found []Condition, now time.Time) bool {
	maps.DeleteFunc(b.Local, func(_ string, s sighted) bool { return now.Sub(s.At) >= sightedFor })
	before, had := b.Local[node]
	if len(found) == 0 {
		delete(b.Local, node)
		return had
	}
	if b.Local == nil {
		b.Local = map[string]sighted{}
	}
	b.Local[node] = sighted{now, found}
	return !had || now.Sub(before.At) >= sightedFor/3 || len(before.Conditions) != len(found)
}

// sightedFor is how long the report of a node counts: a node that was stopped sees nothing.
const sightedFor = 3 * time.Minute

// sighted returns the conditions that nodes alone see, each once.
func (b *book) sighted() (list []Condition) {
	seen := map[string]bool{}
	for _, node := range slices.Sorted(maps.Keys(b.Local)) {
		for _, c := range b.Local[node].Conditions {
			if !seen[c.key()] {
				seen[c.key()] = true
				list = append(list, c)
			}
		}
	}
	return list
}
