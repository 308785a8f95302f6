package wallet

import (
	"net/http"
	"time"
)

// Delivery is one HTTP request from a wallet, kept exactly as it arrived.
type Delivery struct {
	Method     string
	Path       string // path and query of the configured public URL, as the wallet signed it
	Header     http.Header
	Body       []byte    // the bytes that were signed; never re-encoded
	ReceivedAt time.Time // what a timestamp's age is judged by, however late it is parsed
}

// Notification is a wallet's news in our words.
type Notification struct {
	Events []Event
	// Confirm says that the notification cannot be believed alone, because it has no
	// status or a weak signature: the bridge asks the wallet before it acts.
	Confirm bool
}

// EventKind says what an event is about.
type EventKind string

// The event kinds.
const (
	PaymentEvent EventKind = "payment"
	RefundEvent  EventKind = "refund"
	// AgreementEvent is news of an agreement; see Agreer.
	AgreementEvent EventKind = "agreement"
)

// Event is one piece of news. Its Payment or Refund says the same as the answer to
// a query would, so that both are judged by the same rule.
type Event struct {
	ID      string // unique within the wallet and its notification; a digest when it names none
	Kind    EventKind
	Payment Payment // for PaymentEvent
	Refund  Refund  // for RefundEvent; its Payment names the payment
	// Agreement is for AgreementEvent.
	Agreement AgreementNews
	// Unreadable says why the amount or a time of verified news cannot be represented;
	// empty for all other news. Such an event has its kind, its ids and its ID, and
	// nothing else: it is kept for a person and changes nothing.
	Unreadable string
}

// InCalendar says whether t lies within the years 1 to 9999, outside of which a time can
// be neither written as JSON nor kept. No adapter passes on any other.
func InCalendar(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 1 && year <= 9999
}

// Reply is the answer to a delivery, in the wallet's own dialect.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}
