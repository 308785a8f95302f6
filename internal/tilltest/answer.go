package tilltest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/problem"
)

// Answer is a response with the checks of tests.
type Answer struct {
	*httptest.ResponseRecorder
	T    testing.TB
	Base string // the public URL, before the types of problems
}

// Send sends a request to a handler; headers are pairs, and a pair without a value is
// left out. A body is JSON unless the headers have another type.
func Send(t testing.TB, h http.Handler, method, target, body string, headers ...string) Answer {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] != "" {
			r.Header.Add(headers[i], headers[i+1])
		}
	}
	if body != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, r)
	return Answer{ResponseRecorder: recorder, T: t}
}

// Want checks the status and the headers that every answer has, and returns the body.
func (a Answer) Want(status int) map[string]any {
	a.T.Helper()
	if a.Code != status {
		a.T.Fatalf("got %d, want %d: %s", a.Code, status, a.Body)
	}
	var body map[string]any
	if err := json.Unmarshal(a.Body.Bytes(), &body); err != nil {
		a.T.Fatalf("got %q: %v", a.Body, err)
	}
	if a.Header().Get("X-Request-Id") == "" || a.Header().Get("Cache-Control") != "no-store" {
		a.T.Errorf("headers are %v", a.Header())
	}
	return body
}

// Refused checks that the answer is a problem of that status, which names a member of
// the request unless field is empty. It returns the problem.
func (a Answer) Refused(status int, field string) map[string]any {
	a.T.Helper()
	body := a.Want(status)
	if a.Header().Get("Content-Type") != problem.ContentType || body["requestId"] != a.Header().Get("X-Request-Id") {
		a.T.Errorf("not a problem: %v %v", a.Header(), body)
	}
	if want := a.Base + "/problems/" + body["code"].(string); body["type"] != want {
		a.T.Errorf("type is %v, want %s", body["type"], want)
	}
	if field == "" {
		return body
	}
	errors, _ := body["errors"].([]any)
	if len(errors) == 0 || errors[0].(map[string]any)["field"] != field {
		a.T.Errorf("errors are %v, want %s named", errors, field)
	}
	return body
}

// At walks into JSON: names of members and indexes of entries.
func At(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			v = v.(map[string]any)[step]
		case int:
			v = v.([]any)[step]
		}
	}
	return v
}
