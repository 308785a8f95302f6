package problem_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
)

func keyOf(values ...string) (string, error) {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header["Idempotency-Key"] = values
	return problem.IdempotencyKey(r)
}

func TestAKeyMeansTheSameWithQuotesAndWithout(t *testing.T) {
	long := strings.Repeat("k", problem.MaxKey)
	for value, want := range map[string]string{
		"k1": "k1", `"k1"`: "k1", ` "k1" `: "k1", "a b;c=1": "a b;c=1", `"a b;c=1"`: "a b;c=1",
		`a\b`: `a\b`, `"a\\b"`: `a\b`, `"a\"b"`: `a"b`, `" k"`: " k", long: long, `"` + long + `"`: long, "": "",
	} {
		if got, err := keyOf(value); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", value, got, err, want)
		}
	}
}

func TestAMalformedKeyIsRefused(t *testing.T) {
	for name, values := range map[string][]string{
		"a quote that is not closed": {`"k`}, "a quote that was not opened": {`k"`}, "a quote alone": {`"`}, "an empty text": {`""`},
		"a quote within": {`"a"b"`}, "a quote within a bare key": {`a"b`}, "two texts": {`"a", "b"`}, "a parameter": {`"a";p=1`},
		"an escape of a letter": {`"a\b"`}, "an escape of nothing": {`"a\"`}, "a tab": {"a\tb"}, "a tab in quotes": {"\"a\tb\""},
		"letters beyond ASCII": {"ключ"}, "letters beyond ASCII in quotes": {`"ключ"`}, "two keys": {"a", "a"},
		"a character too many": {strings.Repeat("k", problem.MaxKey+1)}, "a character too many in quotes": {`"` + strings.Repeat("k", problem.MaxKey+1) + `"`},
	} {
		key, err := keyOf(values...)
		if f := fault.Of(err); key != "" || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != "Idempotency-Key" {
			t.Errorf("%s: got %q, %v, want invalid about the header", name, key, err)
		}
	}
}

// FuzzIdempotencyKey: a key that is taken is taken in quotes, too, and is the same.
func FuzzIdempotencyKey(f *testing.F) {
	for _, value := range []string{"k1", `"k1"`, `"a\"b"`, `"a\\"`, "a b", "ключ", `"`} {
		f.Add(value)
	}
	quoting := strings.NewReplacer(`"`, `\"`, `\`, `\\`)
	f.Fuzz(func(t *testing.T, value string) {
		key, err := keyOf(value)
		if err != nil || key == "" {
			return
		}
		if again, err := keyOf(`"` + quoting.Replace(key) + `"`); err != nil || again != key {
			t.Errorf("%q is %q, and in quotes %q, %v", value, key, again, err)
		}
	})
}
