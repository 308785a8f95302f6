package sandbox

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// maxNotification bounds a notification's body.
const maxNotification = 64 << 10

// ParseNotification checks the signature over the raw bytes, the method, the path
// and the time, and only then reads what they say.
//
// Faults: Unauthenticated; TooLarge above 64 KiB; Invalid when it is the provider's
// but makes no sense.
func (w *Wallet) ParseNotification(ctx context.Context, d wallet.Delivery) (wallet.Notification, error) {
	const op = "sandbox.ParseNotification"
	if len(d.Body) > maxNotification {
		return wallet.Notification{}, fault.New(fault.TooLarge, op, "The notification is larger than 64 KiB.")
	}
	now := d.ReceivedAt
	if now.IsZero() {
		now = w.now()
	}
	if err := w.seal.verify(ctx, d.Header, now, d.Method, d.Path, "", d.Body); err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Unauthenticated, op, err)
	}
	var notice noticeJSON
	if err := json.Unmarshal(d.Body, &notice); err != nil || !id(notice.EventID) {
		return wallet.Notification{}, fault.Wrap(fault.Invalid, op, errNonsense)
	}
	event, known, err := notice.event()
	if err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Invalid, op, err)
	}
	if !known {
		return wallet.Notification{}, nil
	}
	return wallet.Notification{Events: []wallet.Event{event}}, nil
}

// event is the news; known is false for a type we do not know.
func (n *noticeJSON) event() (event wallet.Event, known bool, err error) {
	event.ID = n.EventID
	switch n.Type {
	case "payment":
		if n.Payment == nil {
			return event, true, errNonsense
		}
		event.Kind = wallet.PaymentEvent
		event.Payment, err = n.Payment.payment()
	case "refund":
		if n.Refund == nil {
			return event, true, errNonsense
		}
		event.Kind = wallet.RefundEvent
		event.Refund, err = n.Refund.refund()
	default:
		return event, false, nil
	}
	return event, true, err
}

// The answers to a notification. OK and KEPT end its delivery; after anything else
// the provider tries again.
var (
	replyOK      = reply{http.StatusOK, `{"code":"OK"}`}
	replyKept    = reply{http.StatusOK, `{"code":"KEPT"}`}
	replyForged  = reply{http.StatusUnauthorized, `{"code":"BAD_SIGNATURE"}`}
	replyInvalid = reply{http.StatusBadRequest, `{"code":"INVALID"}`}
	replyAgain   = reply{http.StatusServiceUnavailable, `{"code":"AGAIN"}`}
)

type reply struct {
	status int
	body   string
}

// Reply answers a notification: OK when it is stored, KEPT when no order matches and
// it was kept all the same, and AGAIN when storing it failed.
func (w *Wallet) Reply(_ wallet.Delivery, err error) wallet.Reply {
	r := replyFor(err)
	header := http.Header{"Content-Type": jsonType}
	return wallet.Reply{Status: r.status, Header: header, Body: []byte(r.body)}
}

func replyFor(err error) reply {
	if err == nil {
		return replyOK
	}
	switch fault.KindOf(err) {
	case fault.NotFound:
		return replyKept
	case fault.Unauthenticated:
		return replyForged
	case fault.Invalid, fault.TooLarge:
		return replyInvalid
	}
	return replyAgain
}
