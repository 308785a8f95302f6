package contract

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

// listener is a test that records what is wrong instead of failing.
type listener struct {
	testing.TB
	reported []string
}

func (l *listener) Helper() {}

func (l *listener) Errorf(format string, args ...any) {
	l.reported = append(l.reported, fmt.Sprintf(format, args...))
}

// requires checks that there is one complaint with these words, or none at all.
func (l *listener) wants(t *testing.T, words string) {
	t.Helper()
	switch {
	case words == "" && len(l.reported) > 0:
		t.Errorf("reported %q", l.reported)
	case words != "" && (len(l.reported) != 1 || !strings.Contains(l.reported[0], words)):
		t.Errorf("reported %q, want %q", l.reported, words)
	}
}

const (
	session = `{"token":"t","expiresAt":"2026-01-02T12:00:00Z","payer":{"id":"guest_1"}}`
	gone    = `{"type":"/problems/not_found","title":"Not found","status":404,"code":"not_found","requestId":"req_1"}`
	order   = "/miniapp/v1/orders/ord_01KAGD3Z8Q9M5X7T2V4B6N8C0R"
)

// reply is what a server answers.
type reply struct {
	status      int
	contentType string
	body        string
}

func (r reply) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	buffer := make([]byte, 1024)
	_, _ = req.Body.Read(buffer)
	w.Header().Set("Content-Type", r.contentType)
	if r.status != http.StatusTeapot {
		w.Header().Set("X-Request-Id", "req_1")
	}
	w.WriteHeader(r.status)
	_, _ = w.Write([]byte(r.body))
}

const jsonType = "application/json; charset=utf-8"

func TestWhatDiffersFromTheDocumentIsReported(t *testing.T) {
	for name, c := range map[string]struct {
		call    string // method, path
		headers string
		body    string
		reply   reply
		want    string // in the complaint; none when empty
	}{
		"as it should be":           {call: "POST /miniapp/v1/sessions", body: `{"wallet":"a"}`, reply: reply{201, jsonType, session}},
		"a member that is left out": {call: "POST /miniapp/v1/sessions", body: `{"wallet":"a","authCode":null}`, reply: reply{201, jsonType, session}},
		"a member too many":         {call: "POST /miniapp/v1/sessions", reply: reply{201, jsonType, strings.Replace(session, `{"id"`, `{"name":"Ann","id"`, 1)}, want: "'name' not allowed"},
		"a member too few":          {call: "POST /miniapp/v1/sessions", reply: reply{201, jsonType, `{"token":"t","payer":{"id":""}}`}, want: "expiresAt"},
		"no time":                   {call: "POST /miniapp/v1/sessions", reply: reply{201, jsonType, strings.Replace(session, "2026-01-02T", "", 1)}, want: "date-time"},
		"another status":            {call: "POST /miniapp/v1/sessions", reply: reply{200, jsonType, session}, want: "status is not in the document"},
		"another type":              {call: "POST /miniapp/v1/sessions", reply: reply{201, "text/plain", session}, want: `"text/plain" is not in the document`},
		"no request id":             {call: "GET /healthz", reply: reply{418, jsonType, ""}, want: "status is not in the document"},
		"a wrong request":           {call: "POST /miniapp/v1/sessions", body: `{"price":1}`, reply: reply{201, jsonType, session}, want: "'price' not allowed"},
		"a wrong request, refused":  {call: "POST /miniapp/v1/sessions", body: `{"price":1}`, reply: reply{404, "application/problem+json", gone}},
		"a problem of another code": {call: "POST /miniapp/v1/sessions", reply: reply{403, "application/problem+json", gone}, want: "forbidden"},
		"no credentials":            {call: "POST " + order + "/cancel", reply: reply{200, jsonType, `{}`}, want: "without credentials"},
		"a misspelled parameter":    {call: "GET /miniapp/v1/catalog?ap=demo", reply: reply{200, jsonType, `{"items":[]}`}, want: "query ap is not in the document"},
		"no such order's id":        {call: "GET /miniapp/v1/orders/1", headers: "Authorization", reply: reply{200, jsonType, `{}`}, want: "path id"},
		"a stream":                  {call: "GET " + order + "/stream?token=t", reply: reply{200, "text/event-stream", "data: {}\n\n"}},
		"a body where there is none": {
			call: "DELETE /v1/webhook-endpoints/whe_1", headers: "Authorization", reply: reply{202, jsonType, "{}"}, want: "status is not in the document",
		},
		"no such address":               {call: "GET /v1/nothing", reply: reply{404, "application/problem+json", gone}},
		"an undocumented address":       {call: "GET /v1/nothing", reply: reply{200, jsonType, "{}"}, want: "no such call"},
		"an undocumented method":        {call: "PUT /healthz", reply: reply{200, jsonType, "{}"}, want: "no such call"},
		"an address of another server":  {call: "GET /demo/", reply: reply{200, "text/html", "x"}},
		"an envelope":                   {call: "POST /miniapp/v1/sessions", headers: "Minitill-Envelope", reply: reply{200, jsonType, `{"status":201,"data":` + session + `}`}},
		"an envelope with a problem":    {call: "POST /miniapp/v1/sessions", headers: "Minitill-Envelope", reply: reply{200, jsonType, `{"status":404,"problem":` + gone + `}`}},
		"an envelope with a mistake in": {call: "POST /miniapp/v1/sessions", headers: "Minitill-Envelope", reply: reply{200, jsonType, `{"status":201,"data":{}}`}, want: "token"},
		"no envelope":                   {call: "POST /miniapp/v1/sessions", headers: "Minitill-Envelope", reply: reply{200, jsonType, session}, want: "the envelope"},
		"a wallet's own dialect":        {call: "POST /notify/sandbox?x=1", body: "a=b", reply: reply{299, "x/y", "ok"}},
	} {
		t.Run(name, func(t *testing.T) {
			method, target, _ := strings.Cut(c.call, " ")
			r := httptest.NewRequest(method, target, strings.NewReader(c.body))
			r.Header.Set("Content-Type", "application/json")
			if c.headers != "" {
				r.Header.Set(c.headers, "1")
			}
			l := &listener{TB: t}
			Handler(l, c.reply).ServeHTTP(httptest.NewRecorder(), r)
			l.wants(t, c.want)
		})
	}
}

func TestCallersAreCheckedAsServersAre(t *testing.T) {
	answer := session
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reply{201, jsonType, answer}.ServeHTTP(w, r)
	}))
	defer server.Close()
	l := &listener{TB: t}
	client := http.Client{Transport: Transport(l, server.Client().Transport)}
	send := func() {
		t.Helper()
		resp, err := client.Post(server.URL+"/miniapp/v1/sessions", "application/json", strings.NewReader(`{"wallet":"a"}`))
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || got["token"] != "t" {
			t.Errorf("the caller got %v, %v", got, err)
		}
		_ = resp.Body.Close()
	}
	send()
	l.wants(t, "")
	answer = strings.Replace(session, "{", `{"price":"1",`, 1)
	send()
	l.wants(t, "'price' not allowed")
}

func TestRoutesAreComparedBothWays(t *testing.T) {
	decisions := gin.RoutesInfo{{Method: "POST", Path: "/v1/refunds/:id/approve"}, {Method: "POST", Path: "/v1/refunds/:id/reject"}}
	for name, c := range map[string]struct {
		routes gin.RoutesInfo
		want   string
	}{
		"the same":    {gin.RoutesInfo{{Method: "GET", Path: "/v1/refunds/:number"}, {Method: "GET", Path: "/v1/refunds"}, {Method: "HEAD", Path: "/v1/refunds"}}, ""},
		"not served":  {gin.RoutesInfo{{Method: "GET", Path: "/v1/refunds"}}, "GET /v1/refunds/{} is in the document and is not served"},
		"not written": {gin.RoutesInfo{{Method: "GET", Path: "/v1/refunds/:id"}, {Method: "GET", Path: "/v1/refunds"}, {Method: "PUT", Path: "/v1/refunds"}}, "PUT /v1/refunds is served and is not in the document"},
	} {
		t.Run(name, func(t *testing.T) {
			l := &listener{TB: t}
			Routes(l, append(c.routes, decisions...), "/v1/refunds")
			l.wants(t, c.want)
		})
	}
}
