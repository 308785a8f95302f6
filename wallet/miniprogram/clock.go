package miniprogram

import (
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/wallet"
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

// bodyTime writes a time inside a body. It is always UTC to the second, so that one
// request has one body wherever and whenever it is written.
func bodyTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05+00:00") }

const epochDigits = 13

// parseTime reads every spelling the family has: ISO 8601 with none to nine digits of
// a second's fraction and an offset of Z, +08:00 or +0800, and milliseconds since 1970.
// A time outside the years 1 to 9999 is none.
func parseTime(s string) (time.Time, bool) {
	t, ok := parseAny(s)
	if !ok || !wallet.InCalendar(t) {
		return time.Time{}, false
	}
	return t, true
}

func parseAny(s string) (time.Time, bool) {
	if len(s) == epochDigits && strings.Trim(s, "0123456789") == "" {
		millis, err := strconv.ParseInt(s, 10, 64)
		return time.UnixMilli(millis).UTC(), err == nil
	}
	if len(s) > len("2006-01-02T15:04:05.123456789+08:00") || strings.Contains(s, ",") {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// moment is a time in a body, which is for people: one that cannot be read is as if it
// were not there.
func moment(s string) time.Time {
	t, _ := parseTime(s)
	return t
}

// beyondCalendar says that s is a time, but outside the years 1 to 9999: by its offset,
// by a year of more than four digits, or by one before the first.
func beyondCalendar(s string) bool {
	if t, ok := parseAny(s); ok {
		return !wallet.InCalendar(t)
	}
	digits := strings.TrimLeft(s, "+-")
	rest := strings.TrimLeft(digits, "0123456789")
	year := len(digits) - len(rest)
	_, err := time.Parse("-01-02T15:04:05", rest[:min(len(rest), len("-01-02T15:04:05"))])
	return err == nil && (year > 4 || year == 4 && s[0] == '-')
}

// expiry is when the wallet should stop to take payment: the order's own end, but not
// later than most after the order was made. When that was stands in the request id,
// which leads with its order's ULID; so it is the request alone that decides, and a
// repeat has the same body whenever it is sent. Where the id does not say it there is
// no expiry, since one that is too late is refused.
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
