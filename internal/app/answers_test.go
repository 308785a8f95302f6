package app

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"unicode"
)

// operatorCommands are the commands that read a server's answers.
var operatorCommands = [][]string{
	{"orders"}, {"orders", "ord_01JZZZZZZZZZZZZZZZZZZZZZZZ"}, {"orders", "--json"},
	{"refund", "ord_01JZZZZZZZZZZZZZZZZZZZZZZZ"}, {"refund", "ord_01JZZZZZZZZZZZZZZZZZZZZZZZ", "1.00"},
	{"replay", "dlv_1"}, {"replay", "--dead", "--list"},
}

// FuzzAnswers runs commands against arbitrary answers of a server. They end, print no control
// sequence of a terminal, and succeed only with an answer that they could read.
func FuzzAnswers(f *testing.F) {
	var status atomic.Int64
	var body atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(int(status.Load()))
		_, _ = io.WriteString(w, body.Load().(string))
	}))
	f.Cleanup(server.Close)
	f.Setenv("MINITILL_API_KEY", "mk_test")
	data := filepath.Join(f.TempDir(), "data")
	for code, seeds := range map[int][]string{
		200: {
			`{}`, `null`, `[]`, `{"orders":null,"next":"x"}`, `{"id":"ord_\u001b[2J","amount":{"currency":"USD","value":"300"},"paid":{"currency":"USD","value":"-9223372036854775808"}}`,
			`{"deliveries":[{"id":"dlv_1","note":"\u0007\u202e"}],"next":null}`, `{"deliveries":[],"next":"again"}`, `{"events":[{"by":"\u009b1m","data":{"cleared":null}}]}`,
			`{"payments":[{"refundable":null,"walletPaymentIds":null}],"refunds":[{}],"reversed":{"amount":{}}}`, `{"amount":1}`, `{"orders":[{"amount":{"currency":"???","decimal":"1e400"}}]}`,
		},
		201: {`{"id":"rfd_1","status":"pending","amount":{"currency":"JPY","value":"1"}}`},
		400: {`{"detail":"No.\u001b]0;x\u0007","code":"invalid","errors":[{"field":"\r\n","detail":null}]}`},
		502: {"<html>", "", "\x00\xff"},
	} {
		for _, seed := range seeds {
			f.Add(code, seed)
		}
	}
	f.Fuzz(func(t *testing.T, code int, text string) {
		if code < 200 || code > 599 || code == 204 || code == 304 {
			return
		}
		status.Store(int64(code))
		body.Store(text)
		for _, args := range operatorCommands {
			var out, faults bytes.Buffer
			exit := Main(t.Context(), Env{Args: append(args, "--data", data, "--server", server.URL), Out: &out, Err: &faults})
			if exit == 0 && code/100 != 2 || exit != 0 && faults.Len() == 0 {
				t.Errorf("%v: exit code %d for %d %q: %s", args, exit, code, text, &faults)
			}
			for _, r := range out.String() + faults.String() {
				if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
					t.Fatalf("%v prints %q for %q", args, r, text)
				}
			}
		}
	})
}

func TestAnEndlessListIsAbandoned(t *testing.T) {
	var pages atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		pages.Add(1)
		_, _ = io.WriteString(w, `{"deliveries":[],"next":"again"}`)
	}))
	defer server.Close()
	t.Setenv("MINITILL_API_KEY", "mk_test")
	output := refused(t, 1, "replay", "--dead", "--list", "--server", server.URL)
	if !strings.Contains(output, "more than 1000 pages") || pages.Load() != mostPages {
		t.Errorf("after %d pages the output is %s", pages.Load(), output)
	}
}
