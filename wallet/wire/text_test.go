package wire_test

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/minitill/minitill/wallet/wire"
)

func TestWordsForPeopleAreBounded(t *testing.T) {
	long := strings.Repeat("x", 127) + "é"
	for s, want := range map[string]string{
		"": "", "SUCCESS": "SUCCESS", strings.Repeat("x", 128): strings.Repeat("x", 128), long: strings.Repeat("x", 127),
		"a\xffb": "ab", strings.Repeat("x", 127) + "\U0001F9FE": strings.Repeat("x", 127),
	} {
		if got := wire.Clip(s); got != want || !utf8.ValidString(got) {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

func TestTextIsCutByCharacters(t *testing.T) {
	for _, c := range []struct {
		s    string
		most int
		want string
	}{{"tea", 3, "tea"}, {"茶 & tea", 3, "茶 &"}, {"tea", 0, ""}, {"", 5, ""}} {
		if got := wire.Truncate(c.s, c.most); got != c.want {
			t.Errorf("%q to %d: got %q, want %q", c.s, c.most, got, c.want)
		}
	}
}

func TestIDsHaveALimit(t *testing.T) {
	for name, c := range map[string]struct {
		ids  []string
		want bool
	}{
		"none":               {nil, true},
		"an absent one":      {[]string{""}, true},
		"the longest":        {[]string{"a", strings.Repeat("9", 128)}, true},
		"one that is longer": {[]string{"a", strings.Repeat("9", 129)}, false},
	} {
		if got := wire.ValidIDs(c.ids...); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestDigestsDistinguishTexts(t *testing.T) {
	a, b := wire.Digest([]byte("a")), wire.Digest([]byte("b"))
	if a == b || len(a) != 32 || a != wire.Digest([]byte("a")) {
		t.Errorf("got %s and %s", a, b)
	}
}

func TestOfTwoHeadersNeitherCounts(t *testing.T) {
	for name, c := range map[string]struct {
		values []string
		ok     bool
	}{"one": {[]string{"v"}, true}, "none": {nil, false}, "an empty one": {[]string{""}, false}, "two": {[]string{"v", "v"}, false}} {
		got, ok := wire.SingleHeader(http.Header{"X-R-Ts": c.values}, "X-R-TS")
		if ok != c.ok || ok != (got == "v") {
			t.Errorf("%s: got %q and %v, want %v", name, got, ok, c.ok)
		}
	}
}

func TestWhatAHeaderValueMayHold(t *testing.T) {
	for s, want := range map[string]bool{
		"ON00004652": true, "a-b_c.d/e=~!": true, "": false, "a b": false, "a\r\nb": false, "\x7f": false, "é": false, "\xff": false,
	} {
		if got := wire.ValidHeaderValue(s); got != want {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	}
}
