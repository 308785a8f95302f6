package wire

import (
	"net/http"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Reply is the HTTP status and body of an answer to a notification.
type Reply struct {
	Status int
	Body   string
}

// WithContentType returns the reply that a Notifier's Reply method returns.
func (r Reply) WithContentType(contentType string) wallet.Reply {
	return wallet.Reply{Status: r.Status, Header: http.Header{"Content-Type": {contentType}}, Body: []byte(r.Body)}
}

// Replies is an adapter's table from the outcome of a notification to the reply. Whether the
// provider delivers a notification again depends on the reply alone; its documents say how.
type Replies struct {
	Stored   Reply // stored; the provider must stop
	NoOrder  Reply // stored for an operator, since no order matches; most providers should stop
	Forged   Reply // the signature did not verify
	Invalid  Reply // verified, but malformed or of another merchant; a retry would not help
	TooLarge Reply // larger than the adapter's limit
	Retry    Reply // not stored; the provider must deliver it again
}

// For returns the reply for the error with which a notification ended: Stored for nil,
// NoOrder for NotFound, Forged for Unauthenticated, Invalid for Invalid and Forbidden,
// TooLarge for TooLarge, and Retry for every other fault.
func (r *Replies) For(err error) Reply {
	if err == nil {
		return r.Stored
	}
	switch fault.KindOf(err) {
	case fault.NotFound:
		return r.NoOrder
	case fault.Unauthenticated:
		return r.Forged
	case fault.Invalid, fault.Forbidden:
		return r.Invalid
	case fault.TooLarge:
		return r.TooLarge
	}
	return r.Retry
}
