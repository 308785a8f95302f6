package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/transport"
)

// Request is one attempt of a call. Each attempt has headers of its own, since they hold
// its time and signature.
type Request struct {
	Op     string // of the faults
	Method string
	URL    string // with the query exactly as it was signed
	Header http.Header
	Body   []byte
}

// Answer is what the provider's server said, read whole.
type Answer struct {
	Op     string // of the request
	Status int
	Header http.Header
	Body   []byte
}

// OK says that the HTTP status is a success.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

var errRedirect = errors.New("the provider's server redirects")

// Send makes one attempt of a call. The limits of time and size, TLS and redirects are
// those of package transport.
//
// Faults: Unavailable when the request surely never arrived; Unknown when no answer came,
// or a redirect, which is none.
func Send(ctx context.Context, client *http.Client, r Request) (Answer, error) {
	got, err := transport.Do(ctx, client, r.Method, r.URL, r.Header, r.Body)
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w", r.Op, err)
	}
	answer := Answer{Op: r.Op, Status: got.Status, Header: got.Header, Body: got.Body}
	if answer.Status >= 300 && answer.Status < 400 {
		return Answer{}, answer.Unknown(errRedirect)
	}
	return answer, nil
}

// Unknown is the fault of an answer that cannot be relied on; it names the HTTP status.
func (a Answer) Unknown(err error) error {
	return Unknown(a.Op, fmt.Errorf("HTTP %d: %w", a.Status, err))
}

var errServer = errors.New("the provider's server failed")

// StatusFault is what the HTTP status alone proves, at providers whose status means something;
// nil where the body decides, which a status of 400 to 499 does not contradict.
//
// Faults: Unknown for 500 and above; Unavailable for 429, and for 401 and 403, where the
// settings or the clock are wrong: nothing was executed.
func (a Answer) StatusFault() error {
	switch {
	case a.Status >= 500:
		return a.Unknown(errServer)
	case a.Status == http.StatusTooManyRequests:
		f := fault.New(fault.Unavailable, a.Op, "The wallet is busy.")
		f.RetryAfter = RetryAfter(a.Header)
		return f
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		return fault.New(fault.Unavailable, a.Op, "The wallet does not accept how it is called; its settings are wrong.")
	}
	return nil
}

// MaxRetryAfter bounds how long a provider can make us wait.
const MaxRetryAfter = time.Hour

// RetryAfter reads the Retry-After header in seconds; 0 when there is none.
func RetryAfter(h http.Header) time.Duration {
	seconds, err := strconv.ParseInt(h.Get("Retry-After"), 10, 64)
	if err != nil || seconds <= 0 {
		return 0
	}
	return time.Duration(min(seconds, int64(MaxRetryAfter/time.Second))) * time.Second
}
