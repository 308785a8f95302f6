package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/minitill/minitill/fault"
)

// mostWait bounds the Retry-After of an endpoint.
const mostWait = time.Hour

// ErrPermanent in what Endpoint.Deliver returns reports that another attempt would fail too.
var ErrPermanent = errors.New("no attempt can succeed")

// refusal is an answer of an endpoint other than 2xx.
type refusal struct {
	status    int
	wait      time.Duration // before anything else is sent, for 429 and 503
	permanent bool          // see ErrPermanent
}

// refusalOf returns what a failed attempt means for the next one.
func refusalOf(err error) refusal {
	if r, ok := errors.AsType[refusal](err); ok {
		return r
	}
	wait := fault.Of(err).RetryAfter
	return refusal{wait: min(max(wait, 0), mostWait), permanent: errors.Is(err, ErrPermanent)}
}

// Error names the status.
func (r refusal) Error() string { return fmt.Sprintf("the endpoint answered %d", r.status) }

// Unwrap marks the text as fit to show to the merchant.
func (r refusal) Unwrap() error { return fault.Reason(r.Error()) }

// gone reports whether the endpoint answered 410 and is disabled for it.
func (r refusal) gone() bool { return r.status == http.StatusGone }

func refused(resp *http.Response, now time.Time) refusal {
	r := refusal{status: resp.StatusCode}
	if r.status == http.StatusTooManyRequests || r.status == http.StatusServiceUnavailable {
		r.wait = retryAfter(resp.Header, now)
	}
	return r
}

// retryAfter reads a Retry-After header in both of its forms: seconds, or a date, which is
// compared with the Date header of the answer where it has one.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	seconds, err := strconv.ParseUint(text, 10, 32)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return min(time.Duration(seconds)*time.Second, mostWait)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return min(max(at.Sub(now), 0), mostWait)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
