package wallet

import (
	"net/http"
	"time"
)

// Delivery is one HTTP request from a provider, kept exactly as it arrived.
type Delivery struct {
	Method     string
	Path       string // path and query of the configured public URL, as the wallet signed it
	Header     http.Header
	Body       []byte    // the bytes that were signed; never re-encoded
	ReceivedAt time.Time // the age of a signed timestamp is judged by this, however late the delivery is parsed
}

// Notification is what a delivery says, in the terms of this package.
type Notification struct {
	Events []Event
	// Confirm is set where the notification does not prove what it says, because it has no
	// status or no strong signature: the engine sends a status query before it acts.
	Confirm bool
	// WithoutHold is the status of the payments, proven, where they were requested without
	// PaymentRequest.Hold; empty when Confirm holds for these too. Some providers report a
	// success without saying whether the money is captured or only held.
	WithoutHold Status
}

// EventKind is what an event is about.
type EventKind string

// The event kinds.
const (
	PaymentEvent EventKind = "payment"
	RefundEvent  EventKind = "refund"
	// AgreementEvent is about an agreement; see Agreer.
	AgreementEvent EventKind = "agreement"
)

// Event is one change that a notification reports. Its Payment or Refund has what the answer
// to a query would have, so that the engine judges both by the same rule.
type Event struct {
	ID      string // unique within the wallet; a repeated delivery has the same ID. A digest of the body where the provider gives none
	Kind    EventKind
	Payment Payment // for PaymentEvent
	Refund  Refund  // for RefundEvent; its Payment names the payment
	// Agreement is for AgreementEvent.
	Agreement AgreementNews
	// Unreadable says why an amount or a time of a verified event cannot be represented, and
	// is empty for all other events. Such an event has its ID, its Kind and the ids of its
	// payment or refund, and nothing else. It is stored for an operator and changes nothing.
	Unreadable string
}

// InCalendar reports whether t lies within the years 1 to 9999, outside of which a time can
// be neither written as JSON nor stored. Adapters return no other times.
func InCalendar(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 1 && year <= 9999
}

// Reply is the HTTP answer to a delivery, as the provider's documents demand it.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}
