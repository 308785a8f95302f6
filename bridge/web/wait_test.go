package web_test

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/web"
)

func TestParseWait(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"": 0, "0": 0, "25": 25 * time.Second, "25s": 25 * time.Second, "1500ms": 1500 * time.Millisecond,
		"30s": 30 * time.Second, "31s": 30 * time.Second, "9999999999": 30 * time.Second, "48h": 30 * time.Second,
	} {
		if got, err := web.ParseWait(s); err != nil || got != want {
			t.Errorf("%q is %s, %v; want %s", s, got, err, want)
		}
	}
	for _, s := range []string{"-1", "-1s", "soon", "1e3", "25 s", "s", "99999999999999999999", "NaN"} {
		if got, err := web.ParseWait(s); err == nil {
			t.Errorf("%q is %s", s, got)
		}
	}
}

// FuzzParseWait holds that a wait is never negative and never longer than MaxWait.
func FuzzParseWait(f *testing.F) {
	for _, text := range []string{"", "25", "25s", "1h", "-1", "-1s", "1e3", "99999999999999999999", "0x10", "1.5s", "25 s", "９s", "+5"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := web.ParseWait(text)
		if d < 0 || d > web.MaxWait || err != nil && d != 0 {
			t.Errorf("ParseWait(%q): got %v, %v", text, d, err)
		}
	})
}
