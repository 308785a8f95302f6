package wire

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet"
)

// The ways a time can be wrong.
var (
	ErrTime     = errors.New("not a time")
	ErrCalendar = errors.New("a time outside the years 1 to 9999")
	ErrStale    = errors.New("the timestamp is too old or in the future")
)

// Unix reads a number of units since 1970, of which unit is a second or a divisor of it.
// The empty literal and 0 are no time.
//
// Errors: ErrTime; ErrCalendar for an integer, of any length, beyond the calendar.
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

// ISO reads ISO 8601 with none to nine digits of a second's fraction and an offset of Z,
// +08:00 or +0800, and 13 digits of milliseconds since 1970.
//
// Errors: ErrTime; ErrCalendar for a time beyond the calendar, by its offset, by a year of
// more than four digits, or by one before the first.
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

// written says that a time which package time takes has two digits of its hour and at most
// nine of its fraction; the package takes others too.
func written(s string) bool {
	const seconds = len("2006-01-02T15:04:05")
	if len(s) <= seconds || s[seconds-6] != ':' {
		return false
	}
	fraction := strings.TrimPrefix(s[seconds:], ".")
	return len(fraction)-len(strings.TrimLeft(fraction, digits)) <= 9
}

// ParseTime reads s by the first of the layouts that fits; a layout without a zone is UTC.
// A comma before a fraction, which package time takes for a point, does not fit, and
// neither does an offset of a day or more.
//
// Errors: ErrTime; ErrCalendar.
func ParseTime(s string, layouts ...string) (time.Time, error) {
	for _, layout := range layouts {
		t, err := time.Parse(layout, s)
		if err == nil && len(s) <= longestTime && strings.Count(s, ",") == strings.Count(layout, ",") && offset(t) < 24*time.Hour {
			return inCalendar(t.UTC())
		}
	}
	return time.Time{}, ErrTime
}

// offset is how far the zone of t is from UTC, in either direction.
func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return (time.Duration(seconds) * time.Second).Abs()
}

// strangeYear says that s is a date and time of a year that has more than four digits or
// a sign.
func strangeYear(s string) bool {
	year := strings.TrimLeft(s, "+-")
	rest := strings.TrimLeft(year, digits)
	length := len(year) - len(rest)
	_, err := time.Parse("-01-02T15:04:05", rest[:min(len(rest), len("-01-02T15:04:05"))])
	return err == nil && (length > 4 || length == 4 && s[0] == '-')
}

// Fresh checks a timestamp against a window around now: at most past old, and at most
// future ahead.
func Fresh(at, now time.Time, past, future time.Duration) error {
	if age := now.Sub(at); age > past || age < -future {
		return ErrStale
	}
	return nil
}
