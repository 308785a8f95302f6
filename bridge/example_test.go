package bridge_test

import (
	"fmt"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// A notification of a paid payment makes its order paid. The same news again changes
// nothing, and an order is the fold of its events.
func ExampleChange_Apply() {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	tea := bridge.Order{
		ID: "ord_01JZZZZZZZZZZZZZZZZZZZZZZZ", Amount: wallet.Money{Minor: 480, Currency: "JPY"},
		CreatedAt: now, ExpiresAt: now.Add(15 * time.Minute),
	}
	c := bridge.NewChange(bridge.Order{ID: tea.ID})
	c.Record(bridge.OrderCreated, bridge.FromClient, now, bridge.EventData{Order: &tea})
	if err := c.OpenPayment("purse", "", bridge.FromClient, now); err != nil {
		panic(err)
	}
	news := bridge.News{Source: bridge.FromNotification, Wallet: "purse", Payment: &wallet.Payment{
		Ref: wallet.Ref{RequestID: c.Order.OpenPayment().RequestID}, Status: wallet.Paid, Amount: tea.Amount,
	}}
	for range 2 {
		err := c.Apply(news, now)
		fmt.Println(c.Order.Status, c.Order.Money(c.Order.Paid), len(c.Events), err)
	}
	fmt.Println(bridge.Replay(c.Events).Status)
	// Output:
	// paid 480 JPY 3 <nil>
	// paid 480 JPY 3 <nil>
	// paid
}
