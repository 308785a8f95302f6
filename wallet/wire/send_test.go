package wire_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/transport"
	"github.com/minitill/minitill/wallet/wire"
)

// serve is a provider's server and a client that calls it.
func serve(t *testing.T, h http.HandlerFunc) (base wire.Base, client *http.Client) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	base, ok := wire.ParseBase(server.URL+"/api", false)
	if !ok {
		t.Fatalf("%s is no base", server.URL)
	}
	return base, transport.Client()
}

func TestARequestArrivesAsItWasSigned(t *testing.T) {
	var method, target, key, body string
	base, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		method, target, key, body = r.Method, r.RequestURI, r.Header.Get("X-R-AK"), string(text)
		w.Header().Set("Trace", "t1")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "tea")
	})
	for _, c := range []struct{ method, target, body string }{
		{"GET", "/pay/detail?outTradeNo=C3&x=%7e%2B+a&flag", ""},
		{"GET", "/order/SN%201", ""},
		{"POST", "/order/create", `{"amount":12.34}`},
		{"POST", "/order/create", ""},
	} {
		answer, err := wire.Send(t.Context(), client, wire.Request{
			Op: "test.Call", Method: c.method, URL: base.URL(c.target), Header: http.Header{"X-R-Ak": {"key"}}, Body: []byte(c.body),
		})
		if err != nil || answer.Status != http.StatusTeapot || string(answer.Body) != "tea" || answer.Header.Get("Trace") != "t1" || answer.Op != "test.Call" {
			t.Fatalf("got %+v and %v, want the whole answer", answer, err)
		}
		if method != c.method || target != "/api"+c.target || key != "key" || body != c.body {
			t.Errorf("arrived: %s %s %q %q, want %s /api%s key %q", method, target, key, body, c.method, c.target, c.body)
		}
	}
}

func TestARedirectIsNoAnswer(t *testing.T) {
	base, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	_, err := wire.Send(t.Context(), client, wire.Request{Op: "test.Call", Method: "POST", URL: base.URL("/pay")})
	if f := fault.Of(err); f.Kind != fault.Unknown || f.Op != "test.Call" || !strings.Contains(err.Error(), "307") {
		t.Errorf("got %v, want unknown", err)
	}
}

func TestWhatNeverArrivedIsUnavailable(t *testing.T) {
	_, err := wire.Send(t.Context(), transport.Client(), wire.Request{Op: "test.Call", Method: "POST", URL: "http://127.0.0.1:1/pay"})
	if !errors.Is(err, fault.Unavailable) || !strings.HasPrefix(err.Error(), "test.Call: ") {
		t.Errorf("got %v, want unavailable", err)
	}
}

func TestWhatAnHTTPStatusProves(t *testing.T) {
	for _, c := range []struct {
		status     int
		retryAfter string
		want       fault.Kind // Internal: nothing
		pause      time.Duration
	}{
		{200, "", fault.Internal, 0},
		{201, "", fault.Internal, 0},
		{400, "", fault.Internal, 0},
		{401, "", fault.Unavailable, 0},
		{403, "", fault.Unavailable, 0},
		{404, "", fault.Internal, 0},
		{422, "", fault.Internal, 0},
		{429, "", fault.Unavailable, 0},
		{429, "7", fault.Unavailable, 7 * time.Second},
		{429, "99999999999", fault.Unavailable, time.Hour},
		{429, "-1", fault.Unavailable, 0},
		{429, "soon", fault.Unavailable, 0},
		{500, "", fault.Unknown, 0},
		{503, "7", fault.Unknown, 0},
		{599, "", fault.Unknown, 0},
	} {
		answer := wire.Answer{Op: "test.Call", Status: c.status, Header: http.Header{"Retry-After": {c.retryAfter}}}
		err := answer.StatusFault()
		if fault.KindOf(err) != c.want || (err == nil) != (c.want == fault.Internal) {
			t.Errorf("HTTP %d: got %v, want %s", c.status, err, c.want)
		}
		if err != nil && (fault.Of(err).RetryAfter != c.pause || fault.Of(err).Op != "test.Call") {
			t.Errorf("HTTP %d, Retry-After %q: got %+v, want a pause of %v", c.status, c.retryAfter, fault.Of(err), c.pause)
		}
		if answer.OK() != (c.status < 300) {
			t.Errorf("HTTP %d: got OK %v", c.status, answer.OK())
		}
	}
}
