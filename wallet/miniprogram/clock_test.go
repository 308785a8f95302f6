package miniprogram_test

import (
	"testing"
	"time"

	"github.com/minitill/minitill/wallet/miniprogram"
)

func TestTimesThatAreRead(t *testing.T) {
	want := time.Date(2026, 1, 2, 2, 15, 0, 0, time.UTC)
	for s, fraction := range map[string]time.Duration{
		"2026-01-02T02:15:00Z":                0,
		"2026-01-02T10:15:00+08:00":           0,
		"2026-01-02T10:15:00+0800":            0,
		"2026-01-02T07:45:00.253+05:30":       253 * time.Millisecond,
		"2026-01-02T10:15:00.123+08:00":       123 * time.Millisecond,
		"2026-01-02T10:15:00.1+08:00":         100 * time.Millisecond,
		"2026-01-02T10:15:00.123456789+08:00": 123456789,
		"2026-01-01T21:15:00.5-0500":          500 * time.Millisecond,
		"1767320100123":                       123 * time.Millisecond,
	} {
		if got, ok := miniprogram.ParseTime(s); !ok || !got.Equal(want.Add(fraction)) {
			t.Errorf("%s: got %v and %v, want %v", s, got, ok, want.Add(fraction))
		}
	}
}

func TestTimesThatAreRefused(t *testing.T) {
	for _, s := range []string{
		"", "now", "2026-01-02", "2026-01-02T10:15:00", "2026-01-02 10:15:00+08:00", "1767320100", "17673201001234",
		"-767320100123", "+767320100123", "1767320100.12", "2026-13-02T10:15:00Z", "2026-01-02T10:15:00,5Z",
		"2026-01-02T10:15:00.1234567890+08:00", "0000-01-02T10:15:00Z", "9999-12-31T23:59:59-08:00", "10000-01-01T00:00:00Z",
	} {
		if got, ok := miniprogram.ParseTime(s); ok {
			t.Errorf("%q: got %v, want none", s, got)
		}
	}
}

func TestTimesAreWrittenInFourFormats(t *testing.T) {
	moment := at(t, "2026-01-02T10:15:00.123+08:00")()
	for format, want := range map[miniprogram.TimeFormat]string{
		miniprogram.ISOMillis:   "2026-01-02T10:15:00.123+08:00",
		miniprogram.ISOSeconds:  "2026-01-02T10:15:00+08:00",
		miniprogram.UTC:         "2026-01-02T02:15:00Z",
		miniprogram.EpochMillis: "1767320100123",
	} {
		if got := miniprogram.FormatTime(moment, format); got != want {
			t.Errorf("%s: got %s, want %s", format, got, want)
		}
	}
	if got := miniprogram.FormatTime(moment.UTC(), miniprogram.ISOMillis); got != "2026-01-02T02:15:00.123+00:00" {
		t.Errorf("UTC with an offset: got %s", got)
	}
}

func TestExpiryComesFromTheRequestAlone(t *testing.T) {
	made := time.Date(2026, 1, 2, 2, 15, 0, 0, time.UTC)
	soon, late := made.Add(5*time.Minute), made.Add(30*time.Minute)
	for name, c := range map[string]struct {
		id   string
		end  time.Time
		most time.Duration
		want time.Time
	}{
		"no bound":                       {requestULID + "P1", late, 0, late},
		"an end within the bound":        {requestULID + "P1", soon, 10 * time.Minute, soon},
		"an end behind the bound":        {requestULID + "P1", late, 10 * time.Minute, made.Add(10 * time.Minute)},
		"no end":                         {requestULID + "P1", time.Time{}, 10 * time.Minute, made.Add(10 * time.Minute)},
		"an id that does not say when":   {"PAY-20260102-0001-XXXXXXXXX", late, 10 * time.Minute, time.Time{}},
		"an id that is too short to say": {"R1", late, 10 * time.Minute, time.Time{}},
	} {
		if got := miniprogram.Expiry(c.id, c.end, c.most); !got.Equal(c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func FuzzTime(f *testing.F) {
	f.Add("2026-01-02T10:15:00.123+08:00")
	f.Add("1767320100123")
	f.Add("9999-12-31T23:59:59-08:00")
	f.Fuzz(func(t *testing.T, s string) {
		moment, ok := miniprogram.ParseTime(s)
		if !ok {
			return
		}
		if _, err := moment.MarshalJSON(); err != nil {
			t.Fatalf("%q: got %v, want a time that can be written", s, err)
		}
		again, ok := miniprogram.ParseTime(moment.Format(time.RFC3339Nano))
		if !ok || !again.Equal(moment) {
			t.Errorf("%q: got %v and then %v", s, moment, again)
		}
	})
}
