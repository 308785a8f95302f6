package provider_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet/internal/provider"
)

func newControl() *provider.Control {
	type input struct{ Name string }
	return &provider.Control{
		Faults: provider.NewFaults(declared, 1),
		Actions: map[string]provider.Action{
			"POST greet": provider.Command(func(_ *http.Request, rest string, t input) (any, error) {
				return map[string]string{"greeting": t.Name + rest}, nil
			}),
			"GET greet": provider.Command(func(r *http.Request, _ string, t input) (any, error) {
				return map[string]string{"greeting": t.Name + r.URL.Query().Get("name")}, nil
			}),
			"POST fail": provider.Command(func(_ *http.Request, rest string, _ input) (any, error) {
				return nil, map[string]error{
					"refund": provider.ErrNoRefund, "payment": provider.ErrNoPayment, "unpaid": provider.ErrNotPaid,
					"full": provider.ErrFull, "command": fmt.Errorf("%w: no", provider.ErrCommand), "disk": errors.New("disk"),
				}[rest]
			}),
		},
	}
}

func command(c *provider.Control, method, path, contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/control/"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	path, _, _ = strings.Cut(path, "?")
	c.Serve(w, r, path)
	return w
}

func TestControlObeysCommands(t *testing.T) {
	const json = "application/json"
	c := newControl()
	for _, x := range []struct {
		method, path, contentType, body string
		status                          int
		reads                           string
	}{
		{"POST", "greet", json, `{"name":"ann"}`, 200, `{"greeting":"ann"}`},
		{"POST", "greet/R1/x", "application/json; charset=utf-8", `{}`, 200, `{"greeting":"R1/x"}`},
		{"GET", "greet?name=bob", "", "", 200, `{"greeting":"bob"}`},
		{"POST", "greet", json, `nonsense`, 400, "error"},
		{"POST", "greet", "text/plain", `{"name":"ann"}`, 400, "content type"},
		{"POST", "greet", json, `{"name":"` + strings.Repeat("x", 64<<10) + `"}`, 400, "too large"},
		{"DELETE", "greet", "", "", 405, "one of GET, POST"},
		{"PUT", "faults", json, `{}`, 405, "one of DELETE, GET, POST"},
		{"GET", "elsewhere", "", "", 404, "no such control"},
		{"POST", "fail/refund", json, `{}`, 404, "no such refund"},
		{"POST", "fail/payment", json, `{}`, 404, "no such payment"},
		{"POST", "fail/unpaid", json, `{}`, 409, "not paid"},
		{"POST", "fail/full", json, `{}`, 409, "too many"},
		{"POST", "fail/command", json, `{}`, 400, "not a command"},
		{"POST", "fail/disk", json, `{}`, 500, "disk"},
		{"GET", "faults", "", "", 200, `{"faults":[]}`},
		{"POST", "faults", json, `{"fault":"slow_answer","endpoint":"pay","times":2,"delay":"2s"}`, 200, `{"faults":[{"fault":"slow_answer","endpoint":"pay","times":2,"delay":"2s"}]}`},
		{"POST", "faults", json, `{"fault":"none"}`, 400, "not a fault rule"},
		{"POST", "faults", json, `{"fault":"slow_answer","delay":"soon"}`, 400, "not a fault rule"},
		{"POST", "faults", "text/plain", `{"fault":"slow_answer"}`, 400, "content type"},
		{"GET", "faults", "", "", 200, "slow_answer"},
		{"DELETE", "faults/slow_answer", "", "", 404, "no such control"},
		{"GET", "faults", "", "", 200, "slow_answer"},
		{"DELETE", "faults", "", "", 200, `{"faults":[]}`},
	} {
		got := command(c, x.method, x.path, x.contentType, x.body)
		if got.Code != x.status || !strings.Contains(got.Body.String(), x.reads) {
			t.Errorf("%s %s %.40s: got %d %s, want %d and %s", x.method, x.path, x.body, got.Code, got.Body, x.status, x.reads)
		}
	}
}

func TestAWalletAnswersErrorsOfControlInItsOwnWords(t *testing.T) {
	c := newControl()
	c.Status = func(error) int { return 418 }
	c.Refuse = func(status int, err error) any { return map[string]any{"no": err.Error(), "status": status} }
	got := command(c, "POST", "fail/disk", "application/json", "{}")
	if got.Code != 418 || got.Body.String() != `{"no":"disk","status":418}` {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
	if got := command(c, "POST", "fail/command", "application/json", "{}"); got.Code != 400 {
		t.Errorf("what is no command: got %d, want 400", got.Code)
	}
}
