package wallet_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet"
)

func TestATimeIsInTheCalendarWhenItCanBeWrittenAsJSON(t *testing.T) {
	west, east := time.FixedZone("", -12*3600), time.FixedZone("", 14*3600)
	for _, c := range []struct {
		name string
		at   time.Time
		want bool
	}{
		{"the zero time", time.Time{}, true},
		{"today", time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), true},
		{"the last moment of year 9999", time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), true},
		{"the first moment of year 10000", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), false},
		{"year 9999 in the west, year 10000 in UTC", time.Date(9999, 12, 31, 23, 0, 0, 0, west), false},
		{"year 1 in the east, year 0 in UTC", time.Date(1, 1, 1, 0, 0, 0, 0, east), false},
		{"before year 1", time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC), false},
		{"the largest milliseconds", time.UnixMilli(1<<63 - 1), false},
		{"the smallest milliseconds", time.UnixMilli(-1 << 63), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := wallet.InCalendar(c.at); got != c.want {
				t.Errorf("InCalendar(%v): got %v, want %v", c.at, got, c.want)
			}
			if _, err := json.Marshal(c.at.UTC()); c.want && err != nil {
				t.Errorf("got %v, want a time that can be written", err)
			}
		})
	}
}
