package engine_test

import (
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

const cardNumber = "4111 1111 1111 1111"

func TestTheEngineKeepsNoCardNumberOfACaller(t *testing.T) {
	w := newWorld(t)
	price := func(change func(*pricing.Price)) error {
		p := pricing.Price{Amount: wallet.Money{Minor: 450, Currency: "USD"}, Description: "Latte"}
		change(&p)
		_, err := w.engine.CreateOrder(w.ctx, engine.OrderRequest{App: "shop", Source: bridge.FromMerchant, Unpaid: true, Price: &p}, nil)
		return err
	}
	o := w.create()
	_, refunded := w.engine.Refund(w.ctx, o.ID, refund.Request{Reason: cardNumber, Source: bridge.FromMerchant}, nil)
	_, resolve := w.engine.Resolve(w.ctx, o.ID, resolution.Decision{Attention: bridge.LatePayment, Note: cardNumber, By: "ann"}, nil)
	for field, err := range map[string]error{
		"description": price(func(p *pricing.Price) { p.Description = cardNumber }), "reference": price(func(p *pricing.Price) { p.Reference = cardNumber }),
		"items[0].name": price(func(p *pricing.Price) { p.Items = []wallet.Item{{Name: cardNumber, Quantity: 1}} }),
		"metadata":      price(func(p *pricing.Price) { p.Metadata = map[string]string{"k": cardNumber} }),
		"reason":        refunded, "note": resolve,
	} {
		if fault.KindOf(err) != fault.Invalid || err == nil || fault.Of(err).Fields[0].Name != field || strings.Contains(err.Error(), "4111") {
			t.Errorf("%s: got %v, want Invalid about it", field, err)
		}
	}
}

func TestACatalogHasNoCardNumbers(t *testing.T) {
	_, err := pricing.ReadCatalog(strings.NewReader(`{"currency":"USD","items":[{"sku":"a","name":"` + cardNumber + `","price":"1"}]}`))
	if err == nil || strings.Contains(err.Error(), "4111") || !strings.Contains(err.Error(), "name") {
		t.Errorf("got %v, want the name refused", err)
	}
}

// TestCardNumbersInAWalletsNewsAreMaskedAndTheMoneyCounts: the news is never refused for it.
func TestCardNumbersInAWalletsNewsAreMaskedAndTheMoneyCounts(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	p := o.OpenPayment()
	c := bridge.NewChange(o)
	news := wallet.Payment{Ref: p.Ref(), Status: wallet.Paid, Amount: o.Amount, Code: "OK " + cardNumber, Method: "card " + cardNumber}
	if err := c.Apply(bridge.News{Source: bridge.FromQuery, Wallet: p.Wallet, Payment: &news}, w.clock.Now()); err != nil {
		t.Fatalf("got %v, want the money", err)
	}
	got := c.Order.LastPayment()
	if got.Status != wallet.Paid || got.Code != "OK **** **** **** 1111" || got.Method != "card **** **** **** 1111" {
		t.Errorf("got %+v, want it paid, and masked", got)
	}
	if news.Code != "OK "+cardNumber {
		t.Error("the news itself was changed")
	}
}

func TestCardNumbersInAKeptNotificationAreMasked(t *testing.T) {
	w := newWorld(t)
	request := strings.TrimPrefix(string(w.newID()), "ord_") + "P1"
	news := paymentNews("e-1", "pay-1", request, "PAID", w.clock.Now())
	w.tellBody("sandbox", strings.Replace(news, "{", `{"note":"card `+cardNumber+`",`, 1))
	items, err := w.store.InboxItems(w.ctx, store.InboxQuery{Wallets: []string{"sandbox"}, Limit: 10})
	if err != nil || len(items) != 1 {
		t.Fatalf("got %d items, %v, want the news kept", len(items), err)
	}
	body := string(items[0].Body)
	if strings.Contains(body, "4111") || !strings.Contains(body, "**** **** **** 1111") || items[0].PaymentID != "pay-1" || items[0].RequestID != request || len(items[0].Event) == 0 {
		t.Errorf("got %+v with body %s, want it masked, and its ids and news as they were", items[0], body)
	}
}
