package wire

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet"
)

// The ways in which a time can be wrong.
var (
	ErrTime     = errors.New("not a time")
	ErrCalendar = errors.New("a time outside the years 1 to 9999") // well formed, and cannot be stored
	ErrStale    = errors.New("the timestamp is too old or in the future")
)

// Unix reads a count of units since 1970-01-01 UTC; unit is time.Second or a divisor of it,
// such as time.Millisecond. The empty literal and 0 are the zero time.
//
// Errors: ErrTime for what is no integer; ErrCalendar for an integer, of any length, beyond
// the year 9999 or before the year 1.
func Unix(l Literal, unit time.Duration) (time.Time, error) {
	if l == "" {
		return time.Time{}, nil
	}
	d, err := l.Decimal()
	if err == nil && d == (Decimal{}) {
		return time.Time{}, nil
	}
	var n int64
	if err == nil {
		n, err = d.integer()
	}
	switch {
	case errors.Is(err, wallet.ErrOverflow):
		return time.Time{}, ErrCalendar
	case err != nil:
		return time.Time{}, ErrTime
	}
	perSecond := int64(time.Second / unit)
	return inCalendar(time.Unix(n/perSecond, n%perSecond*int64(unit)).UTC())
}

func inCalendar(t time.Time) (time.Time, error) {
	if !wallet.InCalendar(t) {
		return time.Time{}, ErrCalendar
	}
	return t, nil
}

const (
	digits      = "0123456789"
	epochDigits = 13
	longestTime = len("2006-01-02T15:04:05.123456789+08:00")
)

// ISO reads a date and time of ISO 8601, with up to nine digits of fractional seconds and an
// offset Z, +08:00 or +0800; or 13 digits of milliseconds since 1970. The result is in UTC.
//
// Errors: ErrTime for everything else; ErrCalendar for a time outside the years 1 to 9999
// in UTC.
func ISO(s string) (time.Time, error) {
	if len(s) == epochDigits && strings.Trim(s, digits) == "" {
		millis, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return time.Time{}, ErrTime
		}
		return inCalendar(time.UnixMilli(millis).UTC())
	}
	t, err := ParseTime(s, time.RFC3339, "2006-01-02T15:04:05-0700")
	switch {
	case errors.Is(err, ErrTime) && strangeYear(s):
		return time.Time{}, ErrCalendar
	case err == nil && !written(s):
		return time.Time{}, ErrTime
	}
	return t, err
}

// written reports whether a time that package time parsed has an hour of two digits and a
// fraction of at most nine; package time accepts others too.
func written(s string) bool {
	const seconds = len("2006-01-02T15:04:05")
	if len(s) <= seconds || s[seconds-6] != ':' {
		return false
	}
	fraction := strings.TrimPrefix(s[seconds:], ".")
	return len(fraction)-len(strings.TrimLeft(fraction, digits)) <= 9
}

// ParseTime reads s by the first of the layouts of package time that fits. A layout without
// a zone is UTC; the result is in UTC. Stricter than package time, it refuses a comma before
// fractional seconds and an offset of a day or more.
//
// Errors: ErrTime, ErrCalendar.
func ParseTime(s string, layouts ...string) (time.Time, error) {
	for _, layout := range layouts {
		t, err := time.Parse(layout, s)
		if err == nil && len(s) <= longestTime && strings.Count(s, ",") == strings.Count(layout, ",") && offset(t) < 24*time.Hour {
			return inCalendar(t.UTC())
		}
	}
	return time.Time{}, ErrTime
}

// offset is the distance of the zone of t from UTC, in either direction.
func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return (time.Duration(seconds) * time.Second).Abs()
}

// strangeYear reports whether s is a date and time whose year has a sign or more than four
// digits.
func strangeYear(s string) bool {
	year := strings.TrimLeft(s, "+-")
	rest := strings.TrimLeft(year, digits)
	length := len(year) - len(rest)
	_, err := time.Parse("-01-02T15:04:05", rest[:min(len(rest), len("-01-02T15:04:05"))])
	return err == nil && (length > 4 || length == 4 && s[0] == '-')
}

// Fresh checks that at is at most past before now and at most future after it. Signed
// messages carry a time so that an old one cannot be replayed.
//
// Errors: ErrStale.
func Fresh(at, now time.Time, past, future time.Duration) error {
	if age := now.Sub(at); age > past || age < -future {
		return ErrStale
	}
	return nil
}
