package redotpay

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// maxWebhook bounds a webhook's body, in KiB.
const maxWebhook = 1024

// ParseNotification verifies a webhook's signature over the raw bytes, then its timestamp, and
// only then parses. Webhooks of an unknown action type have no events and are logged.
//
// Faults: Unauthenticated; TooLarge above 1 MiB; Invalid when it verifies and is malformed.
//
// Source: RedotPay's "Webhook" page, and public integrations for the members that its example
// leaves out.
func (w *Wallet) ParseNotification(ctx context.Context, d wallet.Delivery) (wallet.Notification, error) {
	const op = "redotpay.ParseNotification"
	at, err := wire.Arrived(op, d, maxWebhook, w.now)
	if err != nil {
		return wallet.Notification{}, err
	}
	proven, err := w.seal.verify(ctx, d.Header, d.Body, at)
	if err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Unauthenticated, op, err)
	}
	var in webhookJSON
	if err := wire.Decode(d.Body, &in); err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Invalid, op, err)
	}
	event, err := w.event(&in, d.Body)
	if err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Invalid, op, err)
	}
	if event == nil {
		w.log.Warn("a webhook of an unknown action type was acknowledged", "wallet", w.name, "actionType", wire.Clip(in.ActionType))
		return wallet.Notification{}, nil
	}
	trusted := proven && w.trust && event.Payment.Status+wallet.Status(event.Refund.Status) != ""
	return wallet.Notification{Events: []wallet.Event{*event}, Confirm: !trusted}, nil
}

// event returns the event of a webhook; nil where its action type is not known. The action type
// is checked before the members: a refund's webhook has no orderStatus, which says nothing
// about the payment.
func (w *Wallet) event(in *webhookJSON, body []byte) (*wallet.Event, error) {
	switch {
	case in.ActionType == actionPay || in.ActionType == "" && in.OrderStatus != "":
		return in.paymentEvent(body)
	case in.ActionType != "" && in.ActionType == w.refund.ActionType:
		return w.refundEvent(in, body)
	}
	return nil, nil
}

// paymentEvent returns an event about a payment. Our number names it; the provider's is one of
// its other ids, since it is not documented that it is the one of create.
func (in *webhookJSON) paymentEvent(body []byte) (*wallet.Event, error) {
	number, sn, tx := cmp.Or(in.OuterOrderSn, in.OuterOrder), cmp.Or(in.OrderSn, in.PreSn), string(in.TxID)
	if number == "" || !wire.ValidIDs(number, sn, tx) {
		return nil, wire.ErrMalformed
	}
	event := &wallet.Event{ID: in.id(number, body), Kind: wallet.PaymentEvent}
	payment, amount := in.payment()
	_, at := in.time()
	if event.Unreadable = unreadable(amount, at); event.Unreadable != "" {
		payment = wallet.Payment{}
	}
	payment.Ref, payment.OtherIDs = wallet.Ref{RequestID: number}, names(sn, tx)
	event.Payment = payment
	return event, nil
}

// id returns an event's ID: a digest of what it is about and what it says, so that a repeat has
// the same.
func (in *webhookJSON) id(number string, body []byte) string {
	if in.TxID == "" || in.OrderStatus == "" {
		return "digest:" + wire.Digest(body)
	}
	return strings.Join([]string{"payment", in.ActionType, number, string(in.TxID), wire.Clip(string(in.OrderStatus))}, ":")
}

// names returns the ids that are present.
func names(all ...string) []string {
	var reported []string
	for _, name := range all {
		if name != "" {
			reported = append(reported, name)
		}
	}
	return reported
}

// jsonType is the content type of acknowledgements.
const jsonType = "application/json"

// Reply acknowledges a webhook that was stored, also one that matches no order, unless those
// are refused by configuration. All others are sent again.
func (w *Wallet) Reply(d wallet.Delivery, err error) wallet.Reply {
	id := wire.Digest(append([]byte(d.Header.Get(headerSignature)), d.Body...))
	stored := wire.Reply{Status: http.StatusOK, Body: acknowledgement(success, id, "")}
	fail := func(status int, text string) wire.Reply {
		return wire.Reply{Status: status, Body: acknowledgement("FAIL", id, text)}
	}
	replies := wire.Replies{
		Stored: stored, NoOrder: stored, Forged: fail(http.StatusUnauthorized, "invalid signature"),
		Invalid: fail(http.StatusBadRequest, "invalid webhook"), TooLarge: fail(http.StatusRequestEntityTooLarge, "too large"),
		Retry: fail(http.StatusInternalServerError, "not stored"),
	}
	if w.config.RefuseUnknownOrders {
		replies.NoOrder = fail(http.StatusNotFound, "no such order")
	}
	return replies.For(err).WithContentType(jsonType)
}

func acknowledgement(code, id, text string) string {
	return string(wire.NewObject().Text("code", code).Text("requestId", id).Text("msg", text).End())
}
