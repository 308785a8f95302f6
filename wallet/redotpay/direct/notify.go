package direct

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// maxCallback bounds a callback's body, in KiB.
const maxCallback = 64

// callbackJSON is a callback, and the webhook of card calls, which has an event only.
type callbackJSON struct {
	Event           string          `json:"event"`
	OrderSn         string          `json:"order_sn"`
	MerchantOrderSn string          `json:"merchant_order_sn"`
	Status          string          `json:"status"`
	Amount          wire.Literal    `json:"amount"`
	Currency        wallet.Currency `json:"currency"`
	Signature       string          `json:"signature"`
}

// ParseNotification verifies a callback's signature. What it says is always confirmed by a
// query.
//
// Faults: Unauthenticated, also for webhooks of card calls, which prove nothing; TooLarge above
// 64 KiB; Invalid when it verifies and is malformed.
func (w *Orders) ParseNotification(_ context.Context, d wallet.Delivery) (wallet.Notification, error) {
	const op = "direct.ParseNotification"
	in, err := w.parse(op, d)
	if err != nil {
		return wallet.Notification{}, err
	}
	if in.MerchantOrderSn == "" || !plainNumber(in.OrderSn) || !wire.ValidIDs(in.MerchantOrderSn) {
		return wallet.Notification{}, fault.Wrap(fault.Invalid, op, wire.ErrMalformed)
	}
	event := wallet.Event{
		ID:      strings.Join([]string{"payment", in.OrderSn, in.MerchantOrderSn, wire.Clip(in.Status)}, ":"),
		Kind:    wallet.PaymentEvent,
		Payment: wallet.Payment{Ref: wallet.Ref{RequestID: in.MerchantOrderSn, PaymentID: in.OrderSn}},
	}
	amount, err := w.money(in.Amount, in.Currency)
	if err != nil {
		event.ID, event.Unreadable = event.ID+":unreadable", "the amount cannot be represented: "+wire.Clip(err.Error())
	} else {
		event.Payment.Status, event.Payment.Amount, event.Payment.Code = status(in.Status), amount, wire.Clip(in.Status)
	}
	return wallet.Notification{Events: []wallet.Event{event}, Confirm: true}, nil
}

// parse decodes a callback and verifies its signature.
func (a *account) parse(op string, d wallet.Delivery) (callbackJSON, error) {
	var in callbackJSON
	if _, err := wire.Arrived(op, d, maxCallback, a.now); err != nil {
		return in, err
	}
	err := wire.Decode(d.Body, &in)
	switch {
	case err != nil:
		return in, fault.Wrap(fault.Unauthenticated, op, err)
	case in.cardEvent():
		a.log.Warn("a webhook without an id and a signature was acknowledged", "wallet", a.name, "event", wire.Clip(in.Event))
		return in, fault.New(fault.Unauthenticated, op, "The webhook has no signature.")
	case !a.signed(&in):
		return in, fault.New(fault.Unauthenticated, op, "The callback's signature is not valid.")
	}
	return in, nil
}

// cardEvent reports whether this is the webhook of a card call.
func (in *callbackJSON) cardEvent() bool {
	return in.Event != "" && in.Signature == "" && in.OrderSn == "" && in.MerchantOrderSn == ""
}

// signed reports whether a callback's signature verifies.
func (a *account) signed(in *callbackJSON) bool {
	if a.secret.IsZero() {
		return false
	}
	var given []byte
	var err error
	if a.config.MAC == "base64" {
		given, err = base64.StdEncoding.Strict().DecodeString(in.Signature)
	} else {
		given, err = hex.DecodeString(in.Signature)
	}
	return err == nil && hmac.Equal(given, a.mac(in))
}

// mac returns the signature of a callback: the secret is its key and the head of its message.
func (a *account) mac(in *callbackJSON) []byte {
	secret := a.secret.Reveal()
	mac := hmac.New(sha256.New, secret)
	mac.Write(secret)
	for _, part := range []string{a.merchantCode, in.OrderSn, in.MerchantOrderSn, string(in.Amount), string(in.Currency), in.Status} {
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)
}

// acknowledged ends a callback's delivery.
var acknowledged = wire.Reply{Status: http.StatusOK, Body: "SUCCESS"}

var replies = wire.Replies{
	Stored: acknowledged, NoOrder: acknowledged, Forged: wire.Reply{Status: http.StatusUnauthorized, Body: "FAIL"},
	Invalid: wire.Reply{Status: http.StatusBadRequest, Body: "FAIL"}, TooLarge: wire.Reply{Status: http.StatusRequestEntityTooLarge, Body: "FAIL"},
	Retry: wire.Reply{Status: http.StatusInternalServerError, Body: "FAIL"},
}

// Reply acknowledges, by the plain text SUCCESS, a callback that was stored, also one that
// matches no order; and the webhook of a card call, which proves nothing however often it is
// sent. All others are sent again.
func (a *account) Reply(d wallet.Delivery, err error) wallet.Reply {
	reply := replies.For(err)
	var in callbackJSON
	if err != nil && fault.KindOf(err) == fault.Unauthenticated && wire.Decode(d.Body, &in) == nil && in.cardEvent() {
		reply = acknowledged
	}
	return reply.WithContentType("text/plain; charset=utf-8")
}
