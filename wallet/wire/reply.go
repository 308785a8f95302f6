package wire

import (
	"net/http"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Reply is one answer to a notification.
type Reply struct {
	Status int
	Body   string
}

// WithContentType is the reply with its content type.
func (r Reply) WithContentType(contentType string) wallet.Reply {
	return wallet.Reply{Status: r.Status, Header: http.Header{"Content-Type": {contentType}}, Body: []byte(r.Body)}
}

// Replies are the answers of a provider's protocol to its notifications.
type Replies struct {
	Stored   Reply // ends the delivery
	NoOrder  Reply // no order matches; the news is kept all the same
	Forged   Reply // not proven to be the provider's
	Invalid  Reply // proven, and of no use
	TooLarge Reply
	Retry    Reply // was not stored: the provider must send it again
}

// For is the reply to a notification that ended with err. What is not known to be stored
// or useless is sent again.
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
