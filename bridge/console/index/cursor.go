package index

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// spot is a place in a list, which is ordered by at and id, the highest first.
type spot struct {
	at int64
	id []byte
}

func (s spot) compare(t spot) int { return cmp.Or(cmp.Compare(s.at, t.at), bytes.Compare(s.id, t.id)) }

// cursor returns the spot as text: "c0-01J…".
func (s spot) cursor(by Time) Cursor {
	core := strings.TrimPrefix(string(orderOf(s.id)), orderPrefix)
	return Cursor(string(by[0]) + strconv.FormatInt(s.at, 10) + "-" + core)
}

// Before returns the cursor of a list by the time of creation that goes on after an order.
func Before(id bridge.OrderID) Cursor {
	core, _ := coreOf(id)
	return spot{id: core}.cursor(ByCreated)
}

// parse reads a cursor of a list by a time.
func (c Cursor) parse(by Time) (spot, error) {
	rest, listed := strings.CutPrefix(string(c), string(by[0]))
	at, core, found := strings.Cut(rest, "-")
	n, err := strconv.ParseInt(at, 10, 64)
	id, known := coreOf(bridge.OrderID(orderPrefix + core))
	if !listed || !found || err != nil || n < 0 || !known {
		return spot{}, fault.InvalidField("index.List", "after", "must be the cursor of a page of this list")
	}
	return spot{n, id}, nil
}
