package contract

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/wallet"
)

// sampleActions are an action of each type, with all members that the type can have.
var sampleActions = []wallet.Action{
	{Type: wallet.ActionPaymentURL, PaymentURL: "https://wallet.example/cashier?bizNo=7&sign=a%2Bb%3D"},
	{Type: wallet.ActionTradeNO, TradeNO: "2026010222001"},
	{Type: wallet.ActionOrderStr, OrderStr: "app_id=1&sign=a%2Bb"},
	{Type: wallet.ActionRedirect, URL: "https://wallet.example/pay?id=1"},
	{Type: wallet.ActionQR, Content: "https://wallet.example/q/1"},
	{Type: wallet.ActionQR, Content: "https://wallet.example/q/1", Image: "data:image/svg+xml;base64,PHN2Zy8+"},
	{Type: wallet.ActionQR, Content: "https://wallet.example/q/1", Image: "data:image/svg+xml;base64,PHN2Zy8+", URL: "https://wallet.example/pay?id=1"},
	{Type: wallet.ActionDeeplink, URL: "wallet://pay?id=1"},
	{Type: wallet.ActionChooseMethod, Methods: []wallet.Method{{ID: "balance", Name: "Balance"}, {ID: "card", Name: "Card"}}},
	{Type: wallet.ActionSign, URL: "https://wallet.example/sign?id=1"},
}

func TestTheContractHasAnActionOfEachType(t *testing.T) {
	seen := map[string]bool{}
	for _, action := range sampleActions {
		seen[string(action.Type)] = true
		fits(t, "Action", action)
	}
	for _, want := range constants(t, "wallet", "ActionType") {
		if !seen[want] {
			t.Errorf("no sample is a %s", want)
		}
	}
	golden(t, "actions.json", sampleActions)
}

// fits compares v with a schema of the document.
func fits(t *testing.T, schema string, v any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	Schema(t, schema, text)
}

func TestTheContractHasOrdersAsClientsSeeThem(t *testing.T) {
	var views []view.Order
	for _, order := range sampleOrders() {
		view := view.NewOrder(&order, view.ForClient)
		fits(t, "ClientOrder", view)
		views = append(views, view)
	}
	golden(t, "orders.json", views)
}

// sampleOrders are an order without a payment, one that waits, and one with
// everything that an order can have.
func sampleOrders() []bridge.Order {
	made := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	bare := bridge.Order{
		ID: "ord_01KAGD3Z8Q9M5X7T2V4B6N8C0R", App: "demo", Status: wallet.Created,
		Amount: wallet.Money{Minor: 900, Currency: "USD"}, CreatedAt: made, ExpiresAt: made.Add(30 * time.Minute),
	}
	first := bridge.Payment{Number: 1, Wallet: "sandbox", Status: wallet.Pending, RequestID: "01KAGD3Z8Q9M5X7T2V4B6N8C0RP1", CreatedAt: made}
	waiting := bare
	waiting.Status, waiting.Description, waiting.Payer = wallet.Pending, "2 × Flat white", bridge.Payer{ID: "208800001", Wallet: "sandbox"}
	waiting.Payments = []bridge.Payment{first}
	return []bridge.Order{bare, waiting, fullOrder(waiting)}
}

// fullOrder is o paid, partly refunded and partly taken back by its wallet.
func fullOrder(o bridge.Order) bridge.Order {
	later := o.CreatedAt.Add(time.Hour)
	failed := o.Payments[0]
	failed.Status = wallet.Failed
	paid := bridge.Payment{
		Number: 2, Wallet: "sandbox", Status: wallet.Paid, RequestID: "01KAGD3Z8Q9M5X7T2V4B6N8C0RP2", WalletPaymentID: "sp_0000000001",
		OtherIDs: []string{"sp_0000000002"}, Method: "balance", Paid: 900, Reversed: 100, ReversedAt: later, CreatedAt: o.CreatedAt,
	}
	o.Status, o.Paid, o.Refunded, o.RefundOpen, o.Reversed = wallet.Paid, 900, 300, 200, 100
	o.Reference = "R-1042"
	o.Items = []wallet.Item{{SKU: "flat-white", Name: "Flat white", Quantity: 2, Amount: o.Amount}}
	o.Payments = []bridge.Payment{failed, paid}
	o.Refunds = []bridge.Refund{
		{Number: 1, Payment: 2, Status: wallet.RefundSucceeded, Amount: 300, Reason: "One cup was cold", CreatedAt: later},
		{Number: 2, Payment: 2, Status: wallet.RefundWaiting, Amount: 200, CreatedAt: later},
	}
	o.Flags = []bridge.Flag{{Why: bridge.PaymentReversed, Payment: 2}, {Why: bridge.DoublePayment, Payment: 2}}
	return o
}
