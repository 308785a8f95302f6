package provider

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
)

// Books file what a simulator has opened, payments or refunds: by the merchant's request ID, by
// the provider's ids, and in order of creation. They are not safe for concurrent use; the
// simulator's lock guards them.
type Books[P comparable] struct {
	keep   Keep[P]
	order  []P // the oldest first
	newest map[string]P
	byID   map[string]P
	former map[string][]P // those of a request id but the newest, the oldest first
}

// Keep says how long Books keep what they file.
type Keep[P comparable] struct {
	Most int          // so many at one time; 0: all, and the functions are not needed
	Idle func(P) bool // reports whether it is finished, so that it may be removed
	Of   func(P) (request string, ids []string)
	Gone func(P) // called after one was removed; nil: nothing
}

// NewBooks returns empty books.
func NewBooks[P comparable](keep Keep[P]) *Books[P] {
	return &Books[P]{keep: keep, newest: make(map[string]P), byID: make(map[string]P), former: make(map[string][]P)}
}

// Add files p under its request ID, as the newest, and under its ids. When the books are full,
// the oldest idle entry is removed first; when none is idle, p is not filed and Add returns
// false.
func (b *Books[P]) Add(p P, request string, ids ...string) bool {
	if b.keep.Most > 0 && len(b.order) >= b.keep.Most && !b.forgetOldest() {
		return false
	}
	if before, there := b.newest[request]; there {
		b.former[request] = append(b.former[request], before)
	}
	b.order = append(b.order, p)
	b.newest[request] = p
	for _, id := range ids {
		b.byID[id] = p
	}
	return true
}

// Rename files p under another id as well.
func (b *Books[P]) Rename(p P, id string) { b.byID[id] = p }

// Newest returns the newest entry of a request ID; the zero P when there is none.
func (b *Books[P]) Newest(request string) P { return b.newest[request] }

// ByID returns the entry with an id of the provider's; the zero P when there is none.
func (b *Books[P]) ByID(id string) P { return b.byID[id] }

// Find searches for a request ID first, then an id of the provider's.
func (b *Books[P]) Find(name string) (P, bool) {
	if p, there := b.newest[name]; there {
		return p, true
	}
	p, there := b.byID[name]
	return p, there
}

// Charges returns all entries of a request ID, the newest last: a payer can pay more than once.
func (b *Books[P]) Charges(request string) []P {
	newest, there := b.newest[request]
	if !there {
		return nil
	}
	return append(slices.Clone(b.former[request]), newest)
}

// Before returns the entry before p under its request ID; the zero P when there is none.
func (b *Books[P]) Before(p P, request string) P {
	all := b.Charges(request)
	if i := slices.Index(all, p); i > 0 {
		return all[i-1]
	}
	var none P
	return none
}

// All returns all entries, the oldest first. It is a view: do not change it, and do not use it
// after the lock is released.
func (b *Books[P]) All() []P { return b.order }

// Len returns the number of entries.
func (b *Books[P]) Len() int { return len(b.order) }

// At returns the entry that was filed as the i-th, in books that remove nothing.
func (b *Books[P]) At(i int) P { return b.order[i] }

func (b *Books[P]) forgetOldest() bool {
	i := slices.IndexFunc(b.order, b.keep.Idle)
	if i < 0 {
		return false
	}
	b.forget(i)
	return true
}

// Forget removes p, when it is filed.
func (b *Books[P]) Forget(p P) {
	if i := slices.Index(b.order, p); i >= 0 {
		b.forget(i)
	}
}

func (b *Books[P]) forget(i int) {
	p := b.order[i]
	copy(b.order[1:i+1], b.order[:i]) // few entries precede it: those that are not idle
	var none P
	b.order[0] = none
	b.order = b.order[1:]
	request, ids := b.keep.Of(p)
	for _, id := range ids {
		delete(b.byID, id)
	}
	b.unlink(p, request)
	if b.keep.Gone != nil {
		b.keep.Gone(p)
	}
}

// unlink removes p from the entries of its request ID.
func (b *Books[P]) unlink(p P, request string) {
	left := slices.DeleteFunc(b.Charges(request), func(other P) bool { return other == p })
	delete(b.newest, request)
	delete(b.former, request)
	if len(left) == 0 {
		return
	}
	b.newest[request] = left[len(left)-1]
	if len(left) > 1 {
		b.former[request] = left[:len(left)-1]
	}
}

// Digest distinguishes a repeat of a request from another request under the same ID.
type Digest [16]byte

// DigestOf returns the digest of the content of a request, written as JSON.
func DigestOf(content any) Digest {
	text, err := json.Marshal(content)
	if err != nil {
		panic(err) // our own types always encode
	}
	sum := sha256.Sum256(text)
	return Digest(sum[:16])
}
