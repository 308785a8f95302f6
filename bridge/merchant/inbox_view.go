package merchant

import (
	"encoding/base64"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/wallet"
)

// inboxView is a verified notification that could not be applied.
type inboxView struct {
	ID              string         `json:"id"`
	Wallet          string         `json:"wallet"`
	Status          itemStatus     `json:"status"`
	Order           bridge.OrderID `json:"order"` // of the app, that it leads to by now; may be empty
	RequestID       string         `json:"requestId"`
	WalletPaymentID string         `json:"walletPaymentId"`
	Event           *eventFacts    `json:"event"` // null when it could not be read
	Reason          string         `json:"reason"`
	Body            string         `json:"body"`
	BodyEncoding    string         `json:"bodyEncoding"` // of Body: utf-8 or base64
	ReceivedAt      time.Time      `json:"receivedAt"`
	Dismissed       *dismissedView `json:"dismissed"`
}

// itemStatus is the state of a notification.
type itemStatus string

const (
	itemKept      itemStatus = "kept"
	itemApplied   itemStatus = "applied" // and no longer in the inbox
	itemDismissed itemStatus = "dismissed"
)

// eventFacts is the event of a notification, in the terms of the API.
type eventFacts struct {
	Kind   wallet.EventKind `json:"kind"`
	Status string           `json:"status"`
	Amount *wallet.Money    `json:"amount"` // null when it names none
}

// factsOf reads the event that is kept with a notification; nil when there is none.
func factsOf(item *store.InboxItem) *eventFacts {
	var ev wallet.Event
	if len(item.Event) == 0 || json.Unmarshal(item.Event, &ev) != nil {
		return nil
	}
	f := &eventFacts{Kind: ev.Kind, Status: string(ev.Payment.Status)}
	amount := ev.Payment.Amount
	if ev.Kind == wallet.RefundEvent {
		f.Status, amount = string(ev.Refund.Status), ev.Refund.Amount
	}
	if amount.Currency != "" {
		f.Amount = &amount
	}
	return f
}

type dismissedView struct {
	By   string    `json:"by"`
	Note string    `json:"note"`
	At   time.Time `json:"at"`
}

func viewItem(item *store.InboxItem, order bridge.OrderID) inboxView {
	v := inboxView{
		ID: item.ID, Wallet: item.Wallet, Status: itemKept, Order: order, RequestID: item.RequestID,
		WalletPaymentID: item.PaymentID, Event: factsOf(item), Reason: item.Reason, ReceivedAt: item.ReceivedAt,
	}
	v.Body, v.BodyEncoding = NotificationBody(item.Body)
	if v.Dismissed = viewDismissal(item.Dismissal); v.Dismissed != nil {
		v.Status = itemDismissed
	}
	return v
}

// viewDismissal is a dismissal, or nil when there was none.
func viewDismissal(d store.Dismissal) *dismissedView {
	if d.At.IsZero() {
		return nil
	}
	return &dismissedView{d.By, d.Note, d.At}
}

// NotificationBody is a notification's body for display: without secrets, as text when it
// is UTF-8, or else as base64.
func NotificationBody(body []byte) (text, encoding string) {
	body = web.Redacted(body)
	if utf8.Valid(body) {
		return string(body), "utf-8"
	}
	return base64.StdEncoding.EncodeToString(body), "base64"
}
