package wire_test

import (
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet/wire"
)

var morning = time.Date(2026, 1, 2, 2, 15, 0, 0, time.UTC)

func TestUnixTimes(t *testing.T) {
	for _, c := range []struct {
		literal wire.Literal
		unit    time.Duration
		want    time.Time
		err     error
	}{
		{"1767320100", time.Second, morning, nil},
		{"1767320100123", time.Millisecond, morning.Add(123 * time.Millisecond), nil},
		{"1.767320100123e12", time.Millisecond, morning.Add(123 * time.Millisecond), nil},
		{"-1", time.Millisecond, time.Date(1969, 12, 31, 23, 59, 59, 999_000_000, time.UTC), nil},
		{"", time.Second, time.Time{}, nil},
		{"0", time.Second, time.Time{}, nil},
		{"0.0", time.Millisecond, time.Time{}, nil},
		{"253402300799", time.Second, time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), nil},
		{"253402300800", time.Second, time.Time{}, wire.ErrCalendar},
		{"-62135596801", time.Second, time.Time{}, wire.ErrCalendar},
		{"9223372036854775807", time.Second, time.Time{}, wire.ErrCalendar},
		{"-9223372036854775808", time.Second, time.Time{}, wire.ErrCalendar},
		{"9223372036854775808", time.Millisecond, time.Time{}, wire.ErrCalendar},
		{"1e300", time.Millisecond, time.Time{}, wire.ErrCalendar},
		{"1767320100.5", time.Second, time.Time{}, wire.ErrTime},
		{"soon", time.Second, time.Time{}, wire.ErrTime},
	} {
		got, err := wire.Unix(c.literal, c.unit)
		if !got.Equal(c.want) || !errors.Is(err, c.err) {
			t.Errorf("%q in %v: got %v and %v, want %v and %v", c.literal, c.unit, got, err, c.want, c.err)
		}
	}
}

func TestISOTimes(t *testing.T) {
	for s, fraction := range map[string]time.Duration{
		"2026-01-02T02:15:00Z":                0,
		"2026-01-02T10:15:00+08:00":           0,
		"2026-01-02T10:15:00+0800":            0,
		"2026-01-02T10:15:00.1+08:00":         100 * time.Millisecond,
		"2026-01-02T10:15:00.123456789+08:00": 123456789,
		"1767320100123":                       123 * time.Millisecond,
	} {
		if got, err := wire.ISO(s); err != nil || !got.Equal(morning.Add(fraction)) {
			t.Errorf("%s: got %v and %v, want %v", s, got, err, morning.Add(fraction))
		}
	}
	for s, want := range map[string]error{
		"":                                     wire.ErrTime,
		"now":                                  wire.ErrTime,
		"2026-01-02":                           wire.ErrTime,
		"2026-01-02T10:15:00":                  wire.ErrTime,
		"2026-01-02T10:15:00,5Z":               wire.ErrTime,
		"2026-01-02T9:15:00Z":                  wire.ErrTime,
		"2026-01-02T09:15:00.1234567890Z":      wire.ErrTime,
		"2026-01-02T10:15:00+24:00":            wire.ErrTime,
		"2026-01-02T10:15:00-2360":             wire.ErrTime,
		"2026-01-02T24:00:00Z":                 wire.ErrTime,
		"2026-02-29T10:15:00Z":                 wire.ErrTime,
		"2026-01-02T23:59:60Z":                 wire.ErrTime,
		"2026-13-02T10:15:00Z":                 wire.ErrTime,
		"1767320100":                           wire.ErrTime,
		"2026-01-02T10:15:00.1234567890+08:00": wire.ErrTime,
		"20260102101500123":                    wire.ErrTime,
		"10000-01-01T00:00:00Z":                wire.ErrCalendar,
		"-0001-01-02T10:15:00Z":                wire.ErrCalendar,
		"0000-01-02T10:15:00Z":                 wire.ErrCalendar,
		"9999-12-31T23:59:59-08:00":            wire.ErrCalendar,
	} {
		if got, err := wire.ISO(s); !errors.Is(err, want) || !got.IsZero() {
			t.Errorf("%q: got %v and %v, want %v", s, got, err, want)
		}
	}
}

func TestTimesByLayout(t *testing.T) {
	layouts := []string{"2006-01-02 15:04:05", "Jan 2, 2006 3:04:05 PM"}
	for _, s := range []string{"2026-01-02 02:15:00", "Jan 2, 2026 2:15:00 AM"} {
		got, err := wire.ParseTime(s, layouts...)
		if err != nil || !got.Equal(morning) {
			t.Errorf("%s: got %v and %v, want %v", s, got, err, morning)
		}
	}
	if got, err := wire.ParseTime("0000-01-02 02:15:00", layouts...); !errors.Is(err, wire.ErrCalendar) {
		t.Errorf("year 0: got %v and %v, want beyond the calendar", got, err)
	}
	if got, err := wire.ParseTime("2026-01-02", layouts...); !errors.Is(err, wire.ErrTime) {
		t.Errorf("another layout: got %v and %v, want no time", got, err)
	}
}

func TestATimestampIsFreshWithinItsWindow(t *testing.T) {
	for age, want := range map[time.Duration]bool{
		0: true, 15 * time.Minute: true, 15*time.Minute + 1: false, -time.Minute: true, -time.Minute - 1: false,
		time.Hour: false, -time.Hour: false,
	} {
		err := wire.Fresh(morning.Add(-age), morning, 15*time.Minute, time.Minute)
		if (err == nil) != want {
			t.Errorf("%v old: got %v, want fresh %v", age, err, want)
		}
	}
}

func TestNoDistanceInTimeIsFreshByOverflow(t *testing.T) {
	for _, at := range []time.Time{{}, time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)} {
		if wire.Fresh(at, morning, time.Hour, time.Hour) == nil {
			t.Errorf("%v: got fresh, want stale", at)
		}
	}
}

func FuzzTimes(f *testing.F) {
	f.Add("2026-01-02T10:15:00.123+08:00")
	f.Add("1767320100123")
	f.Add("9999-12-31T23:59:59-08:00")
	f.Add("-9223372036854775808")
	f.Fuzz(func(t *testing.T, s string) {
		readers := map[string]func() (time.Time, error){
			"ISO":     func() (time.Time, error) { return wire.ISO(s) },
			"seconds": func() (time.Time, error) { return wire.Unix(wire.Literal(s), time.Second) },
			"millis":  func() (time.Time, error) { return wire.Unix(wire.Literal(s), time.Millisecond) },
			"layout":  func() (time.Time, error) { return wire.ParseTime(s, "2006-01-02 15:04:05") },
		}
		for name, read := range readers {
			at, err := read()
			if err != nil {
				continue
			}
			if _, err := at.MarshalJSON(); err != nil {
				t.Errorf("%s of %q: got %v, want a time that can be written", name, s, err)
			}
		}
	})
}
