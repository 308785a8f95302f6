package rows

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// form makes equal values equal bytes: members in the order of the struct, map keys
// sorted. Text that is not UTF-8 is repaired and not refused, since invalid bytes of a
// wallet must not keep its notification from being stored.
var form = json.JoinOptions(json.Deterministic(true), jsontext.AllowInvalidUTF8(true))

// Encode returns v as the JSON that is stored.
//
// Faults: Internal.
func Encode(op string, v any) (string, error) {
	b, err := json.Marshal(v, form)
	if err != nil {
		return "", fault.Wrap(fault.Internal, op, err)
	}
	return string(b), nil
}

// Decode reads stored JSON into v.
//
// Faults: Internal.
func Decode(op string, text []byte, v any) error {
	if err := json.Unmarshal(text, v, form); err != nil {
		return fault.Wrap(fault.Internal, op, err)
	}
	return nil
}

// Record is an order as it stands in its row.
type Record struct {
	Version   int64
	Schedule  bridge.Schedule
	Doc       []byte
	Endpoints int64 // the version of the endpoints, where it was read too
}

// Order decodes the row.
//
// Faults: Internal.
func (r *Record) Order(op string) (bridge.Order, error) {
	var o bridge.Order
	if err := Decode(op, r.Doc, &o); err != nil {
		return bridge.Order{}, err
	}
	o.Schedule = r.Schedule
	return o, nil
}

// Millis returns a time as it is stored: nil for the zero time.
func Millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// FromMillis is the inverse of Millis, in UTC.
func FromMillis(v any) time.Time {
	ms, ok := v.(int64)
	if !ok {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// truncated returns a time as it will be read again: in UTC, to the millisecond.
func truncated(t time.Time) time.Time { return FromMillis(Millis(t)) }

// truncatedSchedule returns a schedule as it will be read again.
func truncatedSchedule(s bridge.Schedule) bridge.Schedule {
	s.DueAt, s.BusyUntil = truncated(s.DueAt), truncated(s.BusyUntil)
	return s
}
