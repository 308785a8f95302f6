package outbox

import (
	"errors"
	"time"

	"github.com/minitill/minitill/fault"
)

// MaxRetryAfter bounds the RetryAfter of an endpoint.
const MaxRetryAfter = time.Hour

var (
	// ErrPermanent in what Endpoint.Deliver returns reports that another attempt would fail
	// too: the message is dead.
	ErrPermanent = errors.New("no attempt can succeed")
	// ErrGone in what Endpoint.Deliver returns reports that the endpoint accepts no messages
	// any more: it is disabled, unless it is static.
	ErrGone = errors.New("the endpoint is gone")
)

// answer is what a failed attempt means for the next one.
type answer struct {
	wait      time.Duration // before anything else is sent
	permanent bool          // see ErrPermanent
	gone      bool          // see ErrGone
}

func answerOf(err error) answer {
	wait := fault.Of(err).RetryAfter
	return answer{
		wait: min(max(wait, 0), MaxRetryAfter), permanent: errors.Is(err, ErrPermanent), gone: errors.Is(err, ErrGone),
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
