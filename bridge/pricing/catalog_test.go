package pricing

import (
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet"
)

func TestACatalogReportsAllItsMistakes(t *testing.T) {
	_, err := ReadCatalog(strings.NewReader(`{"currency": "USD", "items": [
		{"sku": "a", "name": "A", "price": "1.005"},
		{"sku": "b", "name": "B", "price": "0"},
		{"sku": "c", "name": "", "price": "1"},
		{"sku": "d", "name": "D", "price": "1", "currency": "XXX"},
		{"sku": "e", "name": "E", "price": "1"},
		{"sku": "e", "name": "E again", "price": "1"}]}`))
	if err == nil {
		t.Fatal("the catalog was accepted")
	}
	for _, want := range []string{"items[0]", "items[1]", "items[2]", "items[3]", "items[5]"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
	if strings.Contains(err.Error(), "items[4]") {
		t.Errorf("%v names a good item", err)
	}
}

func FuzzCatalog(f *testing.F) {
	f.Add(`{"currency": "USD", "items": [{"sku": "latte", "name": "Latte", "price": "4.50"}]}`, int64(2))
	f.Add(`{"items": [{"sku": "x", "name": "x", "price": "9223372036854775807", "currency": "JPY"}]}`, int64(100000))
	f.Fuzz(func(t *testing.T, file string, quantity int64) {
		c, err := ReadCatalog(strings.NewReader(file))
		if err != nil {
			return
		}
		req := Request{}
		for _, item := range c.items {
			req.Items = append(req.Items, ItemRequest{SKU: item.SKU, Quantity: quantity})
		}
		price, err := c.Price(t.Context(), req)
		if err != nil || len(req.Items) == 0 {
			return
		}
		var sum wallet.Money
		for i, item := range price.Items {
			if i == 0 {
				sum = item.Amount.Zero()
			}
			if sum, err = sum.Add(item.Amount); err != nil {
				t.Fatal(err)
			}
		}
		if price.Amount != sum || !price.Amount.Positive() {
			t.Errorf("the price is %v, its lines come to %v", price.Amount, sum)
		}
	})
}
