package ottpay

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// mostCallback bounds a callback's body, in KiB.
const mostCallback = 64

// NotifiesByPaymentID returns true: a callback may name the payment by the provider's id alone.
func (a *account) NotifiesByPaymentID() bool { return true }

// ParseNotification decrypts a callback. It is a hint: whether it reports success is in the
// envelope, which is not authenticated, so a query decides.
//
// Faults: Unauthenticated; TooLarge above 64 KiB; Invalid when it names no payment.
func (a *account) ParseNotification(_ context.Context, d wallet.Delivery) (wallet.Notification, error) {
	const op = "ottpay.ParseNotification"
	if _, err := wire.Arrived(op, d, mostCallback, a.now); err != nil {
		return wallet.Notification{}, err
	}
	outer, err := parseCallback(d.Header, d.Body)
	if err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Unauthenticated, op, errUnsealed)
	}
	data, err := a.inside(outer)
	if err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Unauthenticated, op, err)
	}
	event, known, err := a.event(outer, data)
	if err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Invalid, op, err)
	}
	if !known {
		return wallet.Notification{}, nil
	}
	return wallet.Notification{Events: []wallet.Event{event}, Confirm: true}, nil
}

// event returns the event of a callback; known is false for a refund's or a void's of REST,
// whose state is only queried.
func (a *account) event(outer envelope, data object) (event wallet.Event, known bool, err error) {
	id, acquirer := data.text("order_id", "orderId", "orderld"), data.text("bizpay_order_id", "biz_order_id")
	switch {
	case isOperationID(id):
		return event, false, nil
	case isRefundID(id) && wire.ValidIDs(acquirer):
		return refundEvent(id, acquirer, outer, data), true, nil
	}
	payment := wallet.Payment{Ref: wallet.Ref{RequestID: requestID(data), PaymentID: id}, OtherIDs: others(acquirer, id)}
	if id == "" && payment.RequestID == "" || !wire.ValidIDs(id, acquirer) {
		return event, false, wire.ErrMalformed
	}
	event = wallet.Event{
		ID: "callback:" + id + "/" + acquirer + ":" + strings.ToUpper(outer.text("md5")), Kind: wallet.PaymentEvent, Payment: payment,
	}
	err = a.addCharge(&event.Payment, data, "amount")
	if errors.Is(err, wallet.ErrOverflow) {
		event.Payment, event.Unreadable = payment, "an amount is more than can be counted"
		return event, true, nil
	}
	event.Payment.Status, event.Payment.Code = reported(outer, data)
	event.Payment.OccurredAt = finished(data.text("finish_time"))
	return event, true, err
}

// refundEvent returns an event about a refund of the Web API, whose order_id is our id of it.
// It says nothing about the payment, and its sums are left to the query.
func refundEvent(id, acquirer string, outer envelope, data object) wallet.Event {
	status, code := reported(outer, data)
	refund := wallet.Refund{RefundRef: wallet.RefundRef{RequestID: id, RefundID: id, Payment: wallet.Ref{RequestID: requestID(data)}}, Code: code}
	switch status {
	case wallet.Paid:
		refund.Status = wallet.RefundSucceeded
	case wallet.Failed:
		refund.Status = wallet.RefundFailed
	case wallet.Pending:
		refund.Status = wallet.RefundPending
	}
	return wallet.Event{ID: "refund:" + id + "/" + acquirer + ":" + strings.ToUpper(outer.text("md5")), Kind: wallet.RefundEvent, Refund: refund}
}

// requestID returns our id of the payment, under whichever name the callback has it.
func requestID(data object) string {
	for _, name := range []string{"prepay_order_id", "preypay_order_id", "sale_num", "reference", "order_id", "remarks"} {
		if id := data.text(name); isRequestID(id) && !isRefundID(id) {
			return id
		}
	}
	return ""
}

// reported returns the payment of a callback. A status in the data decides, whatever the envelope
// says.
func reported(outer envelope, data object) (wallet.Status, string) {
	word := data.text("order_status")
	if word == "" {
		if code := upperCode(outer.text("rsp_code", "rep_code")); code != codeSuccess {
			return "", wire.Clip(code)
		}
		return wallet.Paid, ""
	}
	return callbackStatuses[normal(word)], wire.Clip(word)
}

var callbackStatuses = map[string]wallet.Status{
	"SUCCESS": wallet.Paid, "CAPTURED": wallet.Paid, "AUTHORIZED": wallet.Authorized, "AUTHORISED": wallet.Authorized,
	"INIT": wallet.Pending, "PROCESSING": wallet.Pending, "FAILURE": wallet.Failed, "ORDERCLOSED": wallet.Failed,
	"ORDERCLOSE": wallet.Failed, "FULLYREVERSAL": wallet.Voided,
}

// beijing is the zone of finish_time where it has none.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// finished reads finish_time. One with the name of a zone is not read: such names are
// ambiguous, and CST is also a zone of North America.
func finished(text string) time.Time {
	for _, layout := range []string{"20060102150405", time.DateTime} {
		if t, err := time.ParseInLocation(layout, text, beijing); err == nil && wallet.InCalendar(t) {
			return t.UTC()
		}
	}
	return time.Time{}
}

// acknowledgements are the answers that live receivers give; none is documented.
var acknowledgements = map[string]wire.Reply{
	"json":  {Status: http.StatusOK, Body: `{"rsp_code":"SUCCESS","rsp_msg":"success"}`},
	"text":  {Status: http.StatusOK, Body: "SUCCESS"},
	"empty": {Status: http.StatusOK},
}

// Reply acknowledges a callback that is stored, also one that matches no order. All other
// answers have the reason as their HTTP status.
func (a *account) Reply(_ wallet.Delivery, err error) wallet.Reply {
	failed := func(status int) wire.Reply {
		return wire.Reply{Status: status, Body: `{"rsp_code":"FAIL","rsp_msg":"failure"}`}
	}
	replies := wire.Replies{
		Stored: a.stored, NoOrder: a.stored, Forged: failed(http.StatusUnauthorized), Invalid: failed(http.StatusBadRequest),
		TooLarge: failed(http.StatusRequestEntityTooLarge), Retry: failed(http.StatusServiceUnavailable),
	}
	r := replies.For(err)
	if strings.HasPrefix(r.Body, "{") {
		return r.WithContentType(jsonType)
	}
	return r.WithContentType("text/plain")
}
