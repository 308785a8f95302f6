package fill

import (
	"bytes"
	"crypto/rand"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// Original is an order that a till has written.
type Original struct {
	ID  string // the 26 characters that are in all of its ids
	Key string // its idempotency key
}

// copied is what one copy has in place of an original's ids and times.
type copied struct {
	id, key string
	shift   time.Duration
}

// newCopy returns the nth copy, which was created at a moment.
func newCopy(n int, at time.Time, created time.Time) (copied, error) {
	id, err := ulid.New(ulid.Timestamp(at), rand.Reader)
	return copied{id: id.String(), key: "fill-" + strconv.Itoa(n) + "-" + id.String(), shift: at.Sub(created).Truncate(time.Millisecond)}, err
}

// value is one column of a row to copy.
type value interface{ of(c *copied) any }

// constant is the same in all copies.
type constant struct{ v any }

func (v constant) of(*copied) any { return v.v }

// moment is a time in Unix milliseconds.
type moment int64

func (v moment) of(c *copied) any { return int64(v) + c.shift.Milliseconds() }

// text has the ids, keys and times of an order in it.
type text struct {
	parts []part
	blob  bool
}

// part is a piece of a text: literal, or one of the things that differ.
type part struct {
	kind    kind
	literal string
	at      time.Time
}

type kind uint8

const (
	literal kind = iota
	orderID
	orderKey
	timestamp
	entryID // of the audit log, with the end of the original's
)

func (v text) of(c *copied) any {
	var b strings.Builder
	for i := range v.parts {
		switch p := &v.parts[i]; p.kind {
		case literal:
			b.WriteString(p.literal)
		case orderID:
			b.WriteString(c.id)
		case orderKey:
			b.WriteString(c.key)
		case entryID:
			b.WriteString("aud_" + c.id[:len(c.id)-len(p.literal)] + p.literal)
		case timestamp:
			b.WriteString(p.at.Add(c.shift).Format(time.RFC3339Nano))
		}
	}
	if v.blob {
		return []byte(b.String())
	}
	return b.String()
}

// window is how far a time of an order may be from its creation: seconds before, for clocks,
// and days after, for what expires.
const (
	windowBefore = time.Minute
	windowAfter  = 400 * 24 * time.Hour
)

// compile prepares a column of an original for copying.
func compile(v any, o *Original, created time.Time) value {
	switch v := v.(type) {
	case int64:
		at := time.UnixMilli(v)
		if at.After(created.Add(-windowBefore)) && at.Before(created.Add(windowAfter)) {
			return moment(v)
		}
	case string:
		if parts := split(v, o); len(parts) > 1 || len(parts) == 1 && parts[0].kind != literal {
			return text{parts, false}
		}
	case []byte:
		if parts := split(string(v), o); len(parts) > 1 || len(parts) == 1 && parts[0].kind != literal {
			return text{parts, true}
		}
	}
	return constant{v}
}

const (
	timePattern  = `\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z`
	entryPattern = `aud_[0-9A-Z]{26}`
)

// split cuts a text into literals and what differs in each copy.
func split(s string, o *Original) (parts []part) {
	marks := []string{regexp.QuoteMeta(o.ID)}
	if o.Key != "" {
		marks = append(marks, regexp.QuoteMeta(o.Key))
	}
	found := regexp.MustCompile(strings.Join(append(marks, timePattern, entryPattern), "|"))
	at := 0
	for _, place := range found.FindAllStringIndex(s, -1) {
		if place[0] > at {
			parts = append(parts, part{kind: literal, literal: s[at:place[0]]})
		}
		parts = append(parts, partOf(s[place[0]:place[1]], o))
		at = place[1]
	}
	if at < len(s) {
		parts = append(parts, part{kind: literal, literal: s[at:]})
	}
	return parts
}

func partOf(s string, o *Original) part {
	switch s {
	case o.ID:
		return part{kind: orderID}
	case o.Key:
		return part{kind: orderKey}
	}
	if strings.HasPrefix(s, "aud_") {
		return part{kind: entryID, literal: s[len(s)-4:]}
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return part{kind: literal, literal: s}
	}
	return part{kind: timestamp, at: at}
}

// names reports whether a row is about an order.
func names(row []any, o *Original) bool {
	return slices.ContainsFunc(row, func(v any) bool {
		switch v := v.(type) {
		case string:
			return strings.Contains(v, o.ID)
		case []byte:
			return bytes.Contains(v, []byte(o.ID))
		}
		return false
	})
}
