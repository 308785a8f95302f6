package payprotocol

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// mostNotification bounds a callback's body, in KiB.
const mostNotification = 64

// ParseNotification verifies the key, the signature over the raw bytes and the time, and only
// then parses. A callback is always confirmed by a query.
//
// Faults: Unauthenticated; TooLarge above 64 KiB; Invalid when it verifies and is malformed.
//
// Source: the sheet's §2 and §5.
func (w *Wallet) ParseNotification(ctx context.Context, d wallet.Delivery) (wallet.Notification, error) {
	const op = "payprotocol.ParseNotification"
	now, err := wire.Arrived(op, d, mostNotification, w.now)
	if err != nil {
		return wallet.Notification{}, err
	}
	if err := w.seal.verify(ctx, d.Header, now, d.Method, d.Path, d.Body); err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Unauthenticated, op, err)
	}
	events, err := news(d.Body)
	if err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Invalid, op, err)
	}
	return wallet.Notification{Events: events, Confirm: true}, nil
}

// news returns the event of a callback; none for an unknown kind, such as that of a recharge or
// a withdrawal.
func news(body []byte) ([]wallet.Event, error) {
	var kind struct {
		RefundID   wire.Literal `json:"refundId"`
		RechargeID wire.Literal `json:"rechargeId"`
		WithdrawID wire.Literal `json:"withdrawId"`
		OutTradeNo wire.Literal `json:"outTradeNo"`
	}
	if err := wire.Decode(body, &kind); err != nil {
		return nil, err
	}
	var event wallet.Event
	var err error
	switch {
	case kind.RefundID != "":
		event, err = refundNews(body)
	case kind.RechargeID != "" || kind.WithdrawID != "" || kind.OutTradeNo == "":
		return nil, nil
	default:
		event, err = paymentNews(body)
	}
	if err != nil {
		return nil, err
	}
	return []wallet.Event{event}, nil
}

// Why an event is unreadable.
const (
	amountBeyond = "an amount is more than can be counted"
	timeBeyond   = "a time is outside the years 1 to 9999"
)

// paymentNews returns an event about a payment. What was received is left to the query, which
// knows the tokens' decimals: an event about money that may not be the whole price has no
// amount.
func paymentNews(body []byte) (wallet.Event, error) {
	var o orderJSON
	if err := wire.Decode(body, &o); err != nil {
		return wallet.Event{}, err
	}
	if o.OutTradeNo == "" || !wire.ValidIDs(o.OutTradeNo, o.OutPaymentNo, o.TransferHash) {
		return wallet.Event{}, wire.ErrMalformed
	}
	event := wallet.Event{
		ID:   "payment:" + wire.Digest([]byte(o.OutPaymentNo+" "+string(o.PaymentStatus)+" "+o.TransferHash)),
		Kind: wallet.PaymentEvent, Payment: wallet.Payment{Ref: o.ref()},
	}
	quote, err := o.quote()
	_, errAmounts := o.received()
	_, errTime := wire.Unix(o.BlockTime, time.Second)
	switch {
	case errors.Is(err, wallet.ErrOverflow):
		event.Unreadable = amountBeyond
	case errors.Is(errTime, wire.ErrCalendar):
		event.Unreadable = timeBeyond
	case err != nil || errAmounts != nil:
		return wallet.Event{}, wire.ErrMalformed
	default:
		o.fill(&event.Payment, quote)
	}
	if event.Unreadable != "" { // the same event with readable values must not be taken for its repeat
		event.ID += "#unreadable"
	}
	return event, nil
}

// fill sets what the status of a callback means.
func (o *orderJSON) fill(p *wallet.Payment, quote wallet.Money) {
	p.Amount, p.OccurredAt, p.Code = quote, o.arrived(), o.code()
	switch o.PaymentStatus {
	case statusPaid:
		p.Status = wallet.Paid
	case statusPartly:
		p.Status, p.Amount, p.Short = wallet.Paid, wallet.Money{}, true
	case statusFailed:
		p.Status = wallet.Failed
	case statusPending, statusOnChain:
		p.Status = wallet.Pending
	}
}

// refundNews returns an event about a refund. Its sums are left to the query.
func refundNews(body []byte) (wallet.Event, error) {
	var r refundJSON
	if err := wire.Decode(body, &r); err != nil {
		return wallet.Event{}, err
	}
	id, ok := r.id()
	if !ok || r.OutTradeNo == "" {
		return wallet.Event{}, wire.ErrMalformed
	}
	event := wallet.Event{
		ID:   "refund:" + wire.Digest([]byte(id+" "+string(r.RefundStatus))),
		Kind: wallet.RefundEvent, Refund: wallet.Refund{RefundRef: r.ref()},
	}
	if _, err := integer(r.RefundAmount); err != nil {
		event.Unreadable = amountBeyond
		event.ID += "#unreadable"
		return event, nil
	}
	event.Refund.Status, event.Refund.Code = refundStatuses[r.RefundStatus], r.code()
	return event, nil
}

// stored ends the delivery of a callback. After any other answer the provider sends it again.
const stored = "success"

var replies = wire.Replies{
	Stored:   wire.Reply{Status: http.StatusOK, Body: stored},
	NoOrder:  wire.Reply{Status: http.StatusOK, Body: stored},
	Forged:   wire.Reply{Status: http.StatusUnauthorized, Body: "unauthorized"},
	Invalid:  wire.Reply{Status: http.StatusBadRequest, Body: "invalid"},
	TooLarge: wire.Reply{Status: http.StatusRequestEntityTooLarge, Body: "too large"},
	Retry:    wire.Reply{Status: http.StatusServiceUnavailable, Body: "again"},
}

// Reply answers a callback: success when it is stored, also when no order matches.
func (w *Wallet) Reply(_ wallet.Delivery, err error) wallet.Reply {
	return replies.For(err).WithContentType("text/plain")
}
