package miniprogram

import (
	"context"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// mostNotification bounds a notification's body, in KiB.
const mostNotification = 1 << 10

// NotifiesByPaymentID returns true: some notifications have no request ID, those of voids and
// of cashier URLs.
func (w *Wallet) NotifiesByPaymentID() bool { return w.profile.CanHold || w.profile.CashierNotify }

// ParseNotification verifies the signature over the raw bytes, the method, the path and the
// time, and only then parses. The path is taken without its query, as the family signs it, and
// then with it.
//
// Faults: Unauthenticated; TooLarge above 1 MiB; Invalid when it verifies and is malformed.
//
// Source: the family's "notifyPayment" page, v1 and v2, and the related pages of single
// wallets.
func (w *Wallet) ParseNotification(ctx context.Context, d wallet.Delivery) (wallet.Notification, error) {
	const op = "miniprogram.ParseNotification"
	now, err := wire.Arrived(op, d, mostNotification, w.now)
	if err != nil {
		return wallet.Notification{}, err
	}
	if err := w.seal.verify(ctx, d.Header, headerRequestTime, now, d.Method, d.Body, signedPaths(d.Path)...); err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Unauthenticated, op, err)
	}
	notification, err := w.profile.news(d.Body)
	if err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Invalid, op, err)
	}
	return notification, nil
}

// kindJSON has what distinguishes the kinds of notifications: they all come to one path, and
// most do not name their kind.
type kindJSON struct {
	AuthorizationNotifyType string `json:"authorizationNotifyType"`
	NotifyType              string `json:"notifyType"`
	EventType               string `json:"eventType"`
	VoidRequestID           string `json:"voidRequestId"`
	RefundRequestID         string `json:"refundRequestId"`
	RefundID                string `json:"refundId"`
	PaymentID               string `json:"paymentId"`
	PaymentRequestID        string `json:"paymentRequestId"`
}

// The types of notifications about a payment.
const (
	paymentResult  = "PAYMENT_RESULT"
	paymentPending = "PAYMENT_PENDING"
)

// news returns the events of a body; none for an unknown kind.
func (p *Profile) news(body []byte) (wallet.Notification, error) {
	var kind kindJSON
	if err := wire.Decode(body, &kind); err != nil {
		return wallet.Notification{}, err
	}
	switch {
	case kind.AuthorizationNotifyType != "":
		return agreementNews(body)
	case kind.VoidRequestID != "":
		return voidNews(body)
	case kind.RefundRequestID != "" || kind.RefundID != "":
		return p.refundNews(body)
	case !kind.aboutPayment():
		return wallet.Notification{}, nil
	case kind.PaymentID == "" && kind.PaymentRequestID == "":
		return wallet.Notification{}, wire.ErrMalformed
	}
	return p.paymentNews(body, kind.NotifyType == paymentPending)
}

// aboutPayment reports whether a body has no type, or one of the types of payments.
func (k *kindJSON) aboutPayment() bool {
	return (k.NotifyType == "" || k.NotifyType == paymentResult || k.NotifyType == paymentPending) &&
		(k.EventType == "" || k.EventType == paymentResult)
}

// one returns the notification of one event.
func one(event wallet.Event, confirm bool) wallet.Notification {
	return wallet.Notification{Events: []wallet.Event{event}, Confirm: confirm}
}

// eventID returns an event's ID by what it is about and what it says: the family's
// notifications have no ids, and a repeat may have other bytes.
func eventID(kind, id, word string) string { return kind + ":" + id + ":" + wire.Clip(word) }

// both returns our id and the wallet's, as far as they are present: the payer may have paid
// twice under one of ours, and each payment is an event.
func both(ours, theirs string) string {
	if ours == "" || theirs == "" {
		return ours + theirs
	}
	return ours + "/" + theirs
}
