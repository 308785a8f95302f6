package engine_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// deliver delivers news of a paid payment, as the provider signs it, and returns the HTTP
// status of the answer.
func (w *world) deliver(walletName, paymentID, requestID, value string) int {
	w.Helper()
	return w.tellIn("USD", walletName, paymentID, requestID, value)
}

func (w *world) tellIn(currency, walletName, paymentID, requestID, value string) int {
	w.Helper()
	amount := fmt.Sprintf(`{"currency":%q,"value":%q}`, currency, value)
	return w.tellBody(walletName, fmt.Sprintf(`{"eventId":"e-%s","sequence":1,"type":"payment","payment":{"paymentId":%q,"requestId":%q,"status":"PAID",`+
		`"amount":%s,"captured":%s}}`, walletName, paymentID, requestID, amount, amount))
}

// tellPayment delivers news of a payment of 4.50 USD in some status.
func (w *world) tellPayment(walletName, paymentID, requestID, status, eventID string) int {
	w.Helper()
	return w.tellBody(walletName, paymentNews(eventID, paymentID, requestID, status, w.clock.Now()))
}

// paymentNews is news of a payment of 4.50 USD that is in a status since a time.
func paymentNews(eventID, paymentID, requestID, status string, at time.Time) string {
	return fmt.Sprintf(`{"eventId":%q,"sequence":1,"type":"payment","payment":{"paymentId":%q,"requestId":%q,"status":%q,`+
		`"amount":{"currency":"USD","value":"450"},"updatedAt":%d}}`, eventID, paymentID, requestID, status, at.UnixMilli())
}

// tellBody delivers a notification, as the provider signs it.
func (w *world) tellBody(walletName, body string) int {
	w.Helper()
	req, err := w.provider.Sign(w.ctx, w.till.URL+"/notify/"+walletName, []byte(body), w.clock.Now())
	if err != nil {
		w.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// appear puts an order into the store as a node that was slower, or a backup that was
// older, would have.
func (w *world) appear(id bridge.OrderID) {
	w.Helper()
	now := w.clock.Now()
	o := bridge.Order{
		ID: id, App: "shop", Status: wallet.Created, Amount: usd(450), CreatedAt: now, ExpiresAt: now.Add(15 * time.Minute),
		Payments: []bridge.Payment{{
			Number: 1, Wallet: "sandbox", Status: wallet.Created, CreatedAt: now,
			RequestID: strings.TrimPrefix(string(id), "ord_") + "P1",
		}},
	}
	created := []bridge.Event{{Order: id, Sequence: 1, Type: bridge.OrderCreated, At: now, Source: bridge.FromClient, Data: bridge.EventData{Order: &o}}}
	c := bridge.NewChange(bridge.Order{})
	c.Order, c.Events = bridge.Replay(created), created
	c.Order.DueAt = now.Add(5 * time.Second)
	if _, err := w.store.CreateOrder(w.ctx, c); err != nil {
		w.Fatal(err)
	}
}

func (w *world) newID() bridge.OrderID {
	w.Helper()
	id, err := bridge.NewOrderID(w.clock.Now(), rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	return id
}

func newsBeforeItsOrder(w *world) {
	id := w.newID()
	for range 2 {
		if got := w.deliver("sandbox", "sp_1", strings.TrimPrefix(string(id), "ord_")+"P1", "450"); got != http.StatusOK {
			w.Errorf("answered %d, want 200: the wallet need not send it again", got)
		}
	}
	if items, err := w.store.Inbox(w.ctx, id, nil); err != nil || len(items) != 1 {
		w.Fatalf("the inbox holds %d notifications for the order, %v; want 1", len(items), err)
	}
	w.appear(id)
	w.queryAfter(10 * time.Second)
	w.want(id, wallet.Paid, 450, "")
	if items, err := w.store.Inbox(w.ctx, id, nil); err != nil || len(items) != 0 {
		w.Errorf("the inbox still holds %d notifications, %v", len(items), err)
	}
}

func newsOfAnotherWalletBeforeItsOrder(w *world) {
	id := w.newID()
	w.deliver("second", "sp_1", strings.TrimPrefix(string(id), "ord_")+"P1", "450")
	w.appear(id)
	w.queryAfter(10 * time.Second)
	w.want(id, wallet.Created, 0, "")
}

// newsOfAPaymentThatIsNotThere stays in the inbox, for money must not be forgotten.
func newsOfAPaymentThatIsNotThere(w *world) {
	id := w.newID()
	w.deliver("sandbox", "sp_1", strings.TrimPrefix(string(id), "ord_")+"P2", "450")
	w.appear(id)
	for range 3 {
		w.queryAfter(time.Minute)
	}
	events := w.want(id, wallet.Created, 0, bridge.UnknownPayment).Sequence
	w.deliver("sandbox", "sp_2", strings.TrimPrefix(string(id), "ord_")+"P3", "450")
	if again := w.want(id, wallet.Created, 0, bridge.UnknownPayment).Sequence; again != events {
		w.Errorf("the same attention was raised again: %d events, then %d", events, again)
	}
	if items, err := w.store.Inbox(w.ctx, id, nil); err != nil || len(items) != 1 {
		w.Errorf("the inbox holds %d notifications, %v; want the one that matches no payment", len(items), err)
	}
}
