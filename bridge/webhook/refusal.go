package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/minitill/minitill/bridge/outbox"
	"github.com/minitill/minitill/fault"
)

// mostWait bounds the Retry-After of an endpoint.
const mostWait = outbox.MaxRetryAfter

// refusal is an answer of an endpoint other than 2xx.
type refusal struct {
	status int
	wait   time.Duration // before anything else is sent, for 429 and 503
}

// Error names the status.
func (r refusal) Error() string { return fmt.Sprintf("the endpoint answered %d", r.status) }

// Unwrap returns the text as fit to show to the merchant, the wait as a fault's RetryAfter,
// and outbox.ErrGone for an endpoint that answered 410.
func (r refusal) Unwrap() []error {
	list := []error{fault.Reason(r.Error()), &fault.Error{Kind: fault.Unavailable, RetryAfter: r.wait}}
	if r.status == http.StatusGone {
		list = append(list, outbox.ErrGone)
	}
	return list
}

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
