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

// Request is one attempt of a call. Headers that hold a time or a signature are made anew
// for each attempt.
type Request struct {
	Op     string // the adapter's operation, "mywallet.Refund", for faults
	Method string
	URL    string // with path and query exactly as they were signed
	Header http.Header
	Body   []byte
}

// Answer is an HTTP answer of the provider's server, completely read.
type Answer struct {
	Op     string // of the Request
	Status int
	Header http.Header
	Body   []byte
}

// OK reports whether the HTTP status is 200 to 299.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

var errRedirect = errors.New("the provider's server redirects")

// Send makes one attempt of a call, within the limits of package transport. An answer of any
// HTTP status is no error, except a redirect, which is not followed.
//
// Faults: Unavailable when the request was not sent; Unknown when it may have arrived and no
// whole answer came, or a redirect; Internal for a URL that would be sent in another
// spelling.
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

// Unknown returns the fault of an answer that cannot be relied on; its text has the HTTP
// status.
func (a Answer) Unknown(err error) error {
	return Unknown(a.Op, fmt.Errorf("HTTP %d: %w", a.Status, err))
}

var errServer = errors.New("the provider's server failed")

// StatusFault returns what the HTTP status alone proves, for providers that use HTTP statuses
// as HTTP defines them. It is nil where the body decides, which includes most of 400 to 499.
//
// Faults: Unknown for 500 and above; Unavailable for 429, with the RetryAfter of the answer,
// and for 401 and 403, with which a provider refuses our keys, clock or address: nothing was
// executed, and the operator must correct the settings.
func (a Answer) StatusFault() error {
	switch {
	case a.Status >= 500:
		return a.Unknown(errServer)
	case a.Status == http.StatusTooManyRequests:
		f := fault.New(fault.Unavailable, a.Op, "The wallet is busy.")
		f.RetryAfter = RetryAfter(a.Header)
		return f
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		return fault.New(fault.Unavailable, a.Op, "The wallet refuses our calls; its settings are wrong.")
	}
	return nil
}

// MaxRetryAfter is the longest wait that RetryAfter returns.
const MaxRetryAfter = time.Hour

// RetryAfter reads the header Retry-After in seconds. It is 0 when there is none, or a date,
// and at most MaxRetryAfter.
func RetryAfter(h http.Header) time.Duration {
	seconds, err := strconv.ParseInt(h.Get("Retry-After"), 10, 64)
	if err != nil || seconds <= 0 {
		return 0
	}
	return time.Duration(min(seconds, int64(MaxRetryAfter/time.Second))) * time.Second
}
