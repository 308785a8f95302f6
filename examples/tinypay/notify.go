package tinypay

import (
	"context"
	"errors"
	"net/http"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

const maxNotification = 64 // KiB

// ParseNotification reads a payment or refund that changed.
//
// Faults: TooLarge; Unauthenticated for a wrong signature; Invalid for a verified body that
// is malformed.
func (w *Wallet) ParseNotification(ctx context.Context, d wallet.Delivery) (wallet.Notification, error) {
	const op = "tinypay.ParseNotification"
	if _, err := wire.Arrived(op, d, maxNotification, w.now); err != nil {
		return wallet.Notification{}, err
	}
	if err := w.verify(ctx, d.Method, d.Path, d.Header, d.Body); err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Unauthenticated, op, err)
	}
	r, err := decode(d.Body)
	if err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Invalid, op, err)
	}
	event := wallet.Event{ID: wire.Digest(d.Body)}
	switch r.Kind {
	case kindPayment:
		event.Kind = wallet.PaymentEvent
		event.Payment, err = r.asPayment()
	case kindRefund:
		event.Kind = wallet.RefundEvent
		event.Refund, err = r.asRefund()
	default: // a kind that was added later changes nothing
		return wallet.Notification{}, nil
	}
	switch {
	case errors.Is(err, wallet.ErrOverflow): // kept for an operator
		event.Unreadable = "the amount is out of range"
	case err != nil:
		return wallet.Notification{}, fault.Wrap(fault.Invalid, op, err)
	}
	return wallet.Notification{Events: []wallet.Event{event}}, nil
}

// The provider delivers a notification again until the answer is "ok".
var (
	stored  = wire.Reply{Status: http.StatusOK, Body: "ok"}
	refused = wire.Reply{Status: http.StatusBadRequest, Body: "refused"}
	retry   = wire.Reply{Status: http.StatusServiceUnavailable, Body: "retry"}

	replies = wire.Replies{Stored: stored, NoOrder: stored, Forged: refused, Invalid: refused, TooLarge: refused, Retry: retry}
)

// Reply answers a notification.
func (w *Wallet) Reply(_ wallet.Delivery, err error) wallet.Reply {
	return replies.For(err).WithContentType("text/plain")
}
