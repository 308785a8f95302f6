package view_test

import (
	"fmt"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/wallet"
)

// The merchant sees the metadata of an order; the client does not.
func ExampleNewOrder() {
	o := bridge.Order{
		ID: "ord_01JZZZZZZZZZZZZZZZZZZZZZZZ", Status: wallet.Created, Amount: wallet.Money{Minor: 480, Currency: "JPY"},
		Metadata: map[string]string{"table": "7"},
	}
	fmt.Println(view.NewOrder(&o, view.ForMerchant).Metadata)
	fmt.Println(view.NewOrder(&o, view.ForClient).Metadata)
	// Output:
	// map[table:7]
	// map[]
}
