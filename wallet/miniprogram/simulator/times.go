package simulator

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// timeStyle is how a wallet writes Request-Time and Response-Time.
type timeStyle int

const (
	isoMillis timeStyle = iota
	isoSeconds
	epochMillis
)

const (
	layoutMillis  = "2006-01-02T15:04:05.000Z07:00"
	layoutSeconds = "2006-01-02T15:04:05Z07:00"
	layoutCompact = "2006-01-02T15:04:05Z0700" // a fraction is read whether the layout has one or not
	epochDigits   = 13
	tolerance     = 5 * time.Minute // how far a header's time may be off, in both directions
)

var errTime = errors.New("not a time")

// header writes a time for a header.
func (p *profile) header(t time.Time) string {
	switch p.times {
	case epochMillis:
		return strconv.FormatInt(t.UnixMilli(), 10)
	case isoSeconds:
		return t.In(p.zone).Format(layoutSeconds)
	}
	return t.In(p.zone).Format(layoutMillis)
}

// stamp writes a time for a body; nothing for the zero time.
func (p *profile) stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(p.zone).Format(layoutSeconds)
}

// parseTime reads RFC 3339, an offset without a colon, and 13 digits of milliseconds.
func parseTime(s string) (time.Time, error) {
	const longest = 40
	if len(s) > longest || strings.Contains(s, ",") { // Go takes a comma for a decimal point
		return time.Time{}, errTime
	}
	if len(s) == epochDigits && strings.Trim(s, "0123456789") == "" {
		millis, err := strconv.ParseInt(s, 10, 64)
		return time.UnixMilli(millis), err
	}
	for _, layout := range []string{layoutSeconds, layoutCompact} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errTime
}
