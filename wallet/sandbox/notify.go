package sandbox

import (
	"context"
	"net/http"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// mostNotification bounds a notification's body, in KiB.
const mostNotification = 64

// ParseNotification verifies the signature over the raw bytes, the method, the path and the
// time, and only then parses.
//
// Faults: Unauthenticated; TooLarge above 64 KiB; Invalid when it verifies and is malformed.
func (w *Wallet) ParseNotification(ctx context.Context, d wallet.Delivery) (wallet.Notification, error) {
	const op = "sandbox.ParseNotification"
	now, err := wire.Arrived(op, d, mostNotification, w.now)
	if err != nil {
		return wallet.Notification{}, err
	}
	if err := w.seal.verify(ctx, d.Header, now, d.Method, d.Path, "", d.Body); err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Unauthenticated, op, err)
	}
	events, err := events(d.Body)
	if err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Invalid, op, err)
	}
	return wallet.Notification{Events: events}, nil
}

// NotifiesByPaymentID returns true: a notification may name the payment by the provider's own
// id alone.
func (w *Wallet) NotifiesByPaymentID() bool { return true }

// events returns all events of a notification, each with an ID of its own. A malformed one
// makes the whole notification malformed, since it would be acknowledged with the others.
func events(body []byte) ([]wallet.Event, error) {
	var notice noticeJSON
	if err := wire.Decode(body, &notice); err != nil || !id(notice.EventID) {
		return nil, wire.ErrMalformed
	}
	if len(notice.Events) == 0 {
		return notice.only()
	}
	var all eventList
	if notice.Type != "" {
		if err := all.add(&notice.newsJSON, body); err != nil {
			return nil, err
		}
	}
	for _, text := range notice.Events {
		var news newsJSON
		if err := wire.Decode(text, &news); err != nil || !id(news.EventID) {
			return nil, wire.ErrMalformed
		}
		if err := all.add(&news, text); err != nil {
			return nil, err
		}
	}
	return all.events, nil
}

// only returns the event of a notification without a list.
func (n *newsJSON) only() ([]wallet.Event, error) {
	event, known, err := n.event()
	if err != nil || !known {
		return nil, err
	}
	return []wallet.Event{event}, nil
}

// eventList has the events of one notification.
type eventList struct {
	events []wallet.Event
	seen   map[string]string // the text by event id
}

// add appends the event of text. An id that occurs a second time with the same text is a repeat
// and left out; with another text it is made distinct by a digest of that text.
func (l *eventList) add(news *newsJSON, text []byte) error {
	event, known, err := news.event()
	if err != nil || !known {
		return err
	}
	if l.seen == nil {
		l.seen = make(map[string]string)
	}
	if other, twice := l.seen[event.ID]; twice && other != string(text) {
		event.ID += "#" + wire.Digest(text)
	}
	if _, repeated := l.seen[event.ID]; repeated {
		return nil
	}
	l.seen[event.ID] = string(text)
	l.events = append(l.events, event)
	return nil
}

// event returns the event; known is false for an unknown type.
func (n *newsJSON) event() (event wallet.Event, known bool, err error) {
	switch {
	case n.Type == "payment" && n.Payment != nil:
		event, err = n.Payment.event()
	case n.Type == "refund" && n.Refund != nil:
		event, err = n.Refund.event()
	case n.Type == "agreement" && n.Agreement != nil:
		if event, known, err = n.Agreement.event(); !known {
			return event, false, err
		}
	case n.Type == "payment" || n.Type == "refund" || n.Type == "agreement":
		return event, true, wire.ErrMalformed
	default:
		return event, false, nil
	}
	event.ID = n.EventID
	if event.Unreadable != "" { // the same event with readable values must not be taken for its repeat
		event.ID += "#unreadable"
	}
	return event, true, err
}

// event returns an event about a payment; without its amount and times when they are
// unreadable.
func (p *paymentJSON) event() (wallet.Event, error) {
	event := wallet.Event{Kind: wallet.PaymentEvent, Unreadable: p.unreadable()}
	if event.Unreadable == "" {
		var err error
		event.Payment, err = p.payment()
		return event, err
	}
	event.Payment.Ref = wallet.Ref{RequestID: p.RequestID, PaymentID: p.PaymentID}
	event.Payment.OtherIDs = p.OtherIDs
	return event, p.names()
}

// event returns an event about a refund, by the same rule.
func (r *refundJSON) event() (wallet.Event, error) {
	event := wallet.Event{Kind: wallet.RefundEvent, Unreadable: r.unreadable()}
	if event.Unreadable == "" {
		var err error
		event.Refund, err = r.refund()
		return event, err
	}
	event.Refund.RefundRef = r.ref()
	return event, r.names()
}

// replies are the answers to a notification. OK and KEPT end its delivery; after any other
// answer the provider tries again.
var replies = wire.Replies{
	Stored:   wire.Reply{Status: http.StatusOK, Body: `{"code":"OK"}`},
	NoOrder:  wire.Reply{Status: http.StatusOK, Body: `{"code":"KEPT"}`},
	Forged:   wire.Reply{Status: http.StatusUnauthorized, Body: `{"code":"BAD_SIGNATURE"}`},
	Invalid:  wire.Reply{Status: http.StatusBadRequest, Body: `{"code":"INVALID"}`},
	TooLarge: wire.Reply{Status: http.StatusBadRequest, Body: `{"code":"INVALID"}`},
	Retry:    wire.Reply{Status: http.StatusServiceUnavailable, Body: `{"code":"AGAIN"}`},
}

// Reply answers a notification: OK when it is stored, KEPT when it is stored and matches no
// order, and AGAIN when storing it failed.
func (w *Wallet) Reply(_ wallet.Delivery, err error) wallet.Reply {
	return replies.For(err).WithContentType(jsonType[0])
}
