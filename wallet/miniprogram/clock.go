package miniprogram

import (
	"errors"
	"strconv"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/wallet/wire"
)

// formatTime writes the time of a message.
func formatTime(t time.Time, format TimeFormat) string {
	switch format {
	case EpochMillis:
		return strconv.FormatInt(t.UnixMilli(), 10)
	case ISOSeconds:
		return t.Format("2006-01-02T15:04:05-07:00")
	case UTC:
		return t.UTC().Format("2006-01-02T15:04:05Z")
	default:
		return t.Format("2006-01-02T15:04:05.000-07:00")
	}
}

// moment returns a time in a body, which is for people: one that cannot be parsed is left out.
func moment(s string) time.Time {
	t, _ := wire.ISO(s)
	return t
}

// beyondCalendar reports whether s is a time outside the years 1 to 9999.
func beyondCalendar(s string) bool {
	_, err := wire.ISO(s)
	return errors.Is(err, wire.ErrCalendar)
}

// expiry returns when the wallet should stop accepting payment: the order's own expiry, but not
// later than most after the order was created. That time is part of the request ID, which
// begins with its order's ULID; so it depends on the request alone, and a repeat has the same
// body whenever it is sent. Where the ID does not have it there is no expiry, since one that is
// too late is refused.
func expiry(requestID string, end time.Time, most time.Duration) time.Time {
	if most == 0 {
		return end
	}
	id, err := ulid.ParseStrict(requestID[:min(len(requestID), ulid.EncodedSize)])
	if err != nil {
		return time.Time{}
	}
	if bound := id.Timestamp().Add(most); end.IsZero() || bound.Before(end) {
		return bound
	}
	return end
}
