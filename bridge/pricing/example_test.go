package pricing_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/minitill/minitill/bridge/pricing"
)

// A catalog prices the items that a client names.
func ExampleReadCatalog() {
	catalog, err := pricing.ReadCatalog(strings.NewReader(`{"currency": "USD", "items": [{"sku": "latte", "name": "Latte", "price": "4.50"}]}`))
	if err != nil {
		panic(err)
	}
	price, err := catalog.Price(context.Background(), pricing.Request{Items: []pricing.ItemRequest{{SKU: "latte", Quantity: 2}}})
	fmt.Println(price.Amount, price.Description, err)
	// Output: 9.00 USD 2 × Latte <nil>
}
