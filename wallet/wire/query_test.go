package wire_test

import (
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet/wire"
)

func TestAQueryHasTheOrderOfItsPairs(t *testing.T) {
	for _, c := range []struct {
		pairs []string
		want  string
	}{
		{nil, ""},
		{[]string{"outTradeNo", "C3"}, "outTradeNo=C3"},
		{[]string{"z", "1", "a", "2"}, "z=1&a=2"},
		{[]string{"a", "", "b", "2"}, "b=2"},
		{[]string{"a", "x y&z=+/"}, "a=x+y%26z%3D%2B%2F"},
		{[]string{"a", "1", "without a value"}, "a=1"},
	} {
		if got := wire.Query(c.pairs...); got != c.want {
			t.Errorf("%q: got %s, want %s", c.pairs, got, c.want)
		}
	}
}

func TestForms(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want map[string]string // nil: refused
	}{
		"nothing":                  {"", map[string]string{}},
		"names and values":         {"a=1&b=x%2By+z", map[string]string{"a": "1", "b": "x+y z"}},
		"a name without a value":   {"a", map[string]string{"a": ""}},
		"a name twice":             {"a=1&a=1", nil},
		"a name twice, escaped":    {"a=1&%61=2", nil},
		"half an escape":           {"a=%2", nil},
		"a value that is no UTF-8": {"a=%ff", nil},
		"a name that is no UTF-8":  {"%ff=a", nil},
		"half a surrogate pair":    {"a=%ed%a0%bd", nil},
		"more than 1 MiB":          {"a=" + strings.Repeat("x", 1<<20), nil},
		"a semicolon as separator": {"a=1;b=2", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := wire.Form([]byte(c.body))
			if (err == nil) != (c.want != nil) || err == nil && !maps.Equal(got, c.want) {
				t.Errorf("got %v and %v, want %v", got, err, c.want)
			}
		})
	}
}

func FuzzForm(f *testing.F) {
	f.Add("a=1&b=x%2By+z")
	f.Add("a=1&%61=2")
	f.Fuzz(func(t *testing.T, body string) {
		form, err := wire.Form([]byte(body))
		if err != nil {
			return
		}
		again := url.Values{}
		for name, value := range form {
			again.Set(name, value)
		}
		got, err := wire.Form([]byte(again.Encode()))
		if err != nil || !maps.Equal(got, form) {
			t.Errorf("%q: got %v and %v, want %v", body, got, err, form)
		}
	})
}
