package index

import (
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/bridge"
)

const orderPrefix = "ord_"

// coreOf returns the bytes of an order's id, which sort as the id does.
func coreOf(id bridge.OrderID) ([]byte, bool) {
	core, err := ulid.ParseStrict(strings.TrimPrefix(string(id), orderPrefix))
	return core[:], err == nil
}

// orderOf is the inverse of coreOf.
func orderOf(core []byte) bridge.OrderID {
	var u ulid.ULID
	copy(u[:], core)
	return bridge.OrderID(orderPrefix + u.String())
}

// firstOf returns the lowest bytes of ids that are made at a time.
func firstOf(at time.Time) []byte {
	var u ulid.ULID
	if at.After(ulid.Time(0)) {
		_ = u.SetTime(min(uint64(at.UnixMilli()), ulid.MaxTime()))
	}
	return u[:]
}
