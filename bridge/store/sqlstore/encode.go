package sqlstore

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// form makes equal values equal bytes: members in the order of the struct, map keys
// sorted. Text that is no UTF-8 is repaired and not refused, since a wallet's odd
// bytes must not keep its news from being stored.
var form = json.JoinOptions(json.Deterministic(true), jsontext.AllowInvalidUTF8(true))

func encode(op string, v any) (string, error) {
	b, err := json.Marshal(v, form)
	if err != nil {
		return "", fault.Wrap(fault.Internal, op, err)
	}
	return string(b), nil
}

func decode(op string, text []byte, v any) error {
	if err := json.Unmarshal(text, v, form); err != nil {
		return fault.Wrap(fault.Internal, op, err)
	}
	return nil
}

// record is an order as it stands in its row.
type record struct {
	version   int64
	schedule  bridge.Schedule
	doc       []byte
	endpoints int64 // the version of the endpoints, where it was read too
}

func (r *record) order(op string) (bridge.Order, error) {
	var o bridge.Order
	if err := decode(op, r.doc, &o); err != nil {
		return bridge.Order{}, err
	}
	o.Schedule = r.schedule
	return o, nil
}

// millis is a time as it is stored: nil for the zero time.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// fromMillis is the inverse of millis, in UTC.
func fromMillis(v any) time.Time {
	ms, ok := v.(int64)
	if !ok {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// stored is a schedule as it will be read again: in UTC, to the millisecond.
func stored(s bridge.Schedule) bridge.Schedule {
	s.DueAt = fromMillis(millis(s.DueAt))
	s.BusyUntil = fromMillis(millis(s.BusyUntil))
	return s
}
