package rows

import (
	stdjson "encoding/json"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

func benchOrder() bridge.Order {
	at := time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.UTC)
	return bridge.Order{
		ID: "ord_01JD8X5Q0ZK3V9M7T2B4C6D8EF", App: "shop", Status: wallet.Paid, Amount: wallet.Money{Minor: 1234, Currency: "USD"},
		Paid: 1234, Description: "Two teas", Reference: "R-1", Metadata: map[string]string{"table": "7", "branch": "north"},
		Items:   []wallet.Item{{SKU: "tea", Name: "Tea", Quantity: 2, Amount: wallet.Money{Minor: 1234, Currency: "USD"}}},
		Channel: wallet.MiniProgram, CreatedAt: at, ExpiresAt: at.Add(time.Hour),
		Payments: []bridge.Payment{{Number: 1, Wallet: "sandbox", Status: wallet.Paid, RequestID: "R1", Paid: 1234, CreatedAt: at, PaidAt: at}},
		Sequence: 3,
	}
}

func BenchmarkEncode(b *testing.B) {
	o := benchOrder()
	b.Run("stored form", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = Encode("", &o)
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = stdjson.Marshal(&o)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	o := benchOrder()
	text, _ := stdjson.Marshal(&o)
	b.Run("stored form", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var o bridge.Order
			_ = Decode("", text, &o)
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var o bridge.Order
			_ = stdjson.Unmarshal(text, &o)
		}
	})
}
