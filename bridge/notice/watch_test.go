package notice

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/wallet"
)

// orderOf is a new order of an app that was paid.
func orderOf(app string, n int) *bridge.Change {
	id := bridge.OrderID(fmt.Sprintf("ord_01JZZZZZZZZZZZZZZZZZZZZZZ%d", n))
	o := bridge.Order{ID: id, App: app, Amount: wallet.Money{Minor: 1234, Currency: "USD"}, CreatedAt: noon, ExpiresAt: noon.Add(time.Hour)}
	o.Payments = []bridge.Payment{{Number: 1, Wallet: "gcash", Status: wallet.Paid, Paid: 1234, RequestID: id.RequestID(bridge.OpPayment, 1, 0), CreatedAt: noon}}
	o.Sum()
	c := bridge.NewChange(bridge.Order{ID: id, App: app, Status: wallet.Created})
	c.Record(bridge.OrderCreated, bridge.FromClient, noon, bridge.EventData{Order: &o})
	return c
}

func TestEachConditionIsFoundInTheStore(t *testing.T) {
	db := sqlitetest.Open(t)
	w := &Watch{
		Store: db, Apps: []string{"shop"}, Now: func() time.Time { return noon },
		Wallets: func(string) []outbound.Info { return []outbound.Info{{Name: "gcash", Down: true}, {Name: "tng"}} },
	}
	ctx := context.Background()
	if got, err := w.Conditions(ctx); err != nil || len(got) > 0 {
		t.Fatalf("an empty store: got %v, %v", got, err)
	}
	var orders []bridge.OrderID
	for _, app := range []string{"shop", "shop", "club"} {
		c := orderOf(app, len(orders))
		if _, err := db.CreateOrder(ctx, c); err != nil {
			t.Fatal(err)
		}
		orders = append(orders, c.Order.ID)
		_, err := db.UpdateOrder(ctx, c.Order.ID, func(c *bridge.Change) error {
			c.RaiseOrderAttention(bridge.InternalError, bridge.FromTime, noon)
			c.RaiseOrderAttention(bridge.RefundMismatch, bridge.FromTime, noon)
			for number, state := range []bridge.ApprovalState{bridge.ApprovalWaiting, ""} {
				c.Record(bridge.RefundPending, bridge.FromMerchant, noon, bridge.EventData{Refund: &bridge.Refund{
					Number: number + 1, Payment: 1, Status: wallet.RefundWaiting, Amount: 1, CreatedAt: noon, Approval: bridge.Approval{State: state},
				}})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, reason := range []string{"it answered 410", ""} {
		e := store.Endpoint{ID: fmt.Sprintf("whe_%d", i), App: "shop", URL: "https://x.example", Disabled: true, DisabledReason: reason, CreatedAt: noon}
		if _, err := db.AddEndpoint(ctx, e, nil); err != nil {
			t.Fatal(err)
		}
	}
	got, err := w.Conditions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, c := range append(got, w.Local()...) {
		lines = append(lines, fmt.Sprintf("%s %s %s %d %d %s", c.Kind, c.App, c.Subject, c.Count, len(c.Items), c.Page))
	}
	want := `attention shop internal_error 2 2 attention?app=shop&reason=internal_error
books_differ shop refund_mismatch 2 2 attention?app=shop&reason=refund_mismatch
approval_waiting shop refunds 2 2 refunds?app=shop
endpoint_disabled shop whe_0 1 0 webhooks?app=shop
breaker_open shop gcash 1 0 wallets?app=shop`
	if strings.Join(lines, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), want)
	}
	if items := got[2].Items; items[1] != orders[0].RefundID(1) || !got[2].Since.Equal(noon) {
		t.Errorf("the refunds are %v since %v", items, got[2].Since)
	}
}
