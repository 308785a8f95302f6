package sqlite_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/wallet"
)

// A page of the log is 4 KiB that are copied, checksummed, written, synced and copied again
// by a checkpoint. In a small store each b-tree has its one page to write.
func TestThePagesThatACreateWrites(t *testing.T) {
	s, err := sqlite.Open(t.Context(), t.TempDir()+"/minitill.db")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sqlite.PagesOf(s)
	create := func() (stored, answered int) {
		c := storetest.NewOrder(t)
		c.Order.Reference = ""
		c.Claim = &bridge.Claim{Scope: "payer:1", Key: string(c.Order.ID), Subject: string(c.Order.ID), CreatedAt: storetest.Epoch}
		if _, err := s.CreateOrder(context.Background(), c); err != nil {
			t.Fatal(err)
		}
		stored = sqlite.PagesOf(s)
		_, err := s.UpdateOrder(context.Background(), c.Order.ID, func(u *bridge.Change) error {
			storetest.Add(u, bridge.OrderPending, bridge.EventData{Payment: &bridge.Payment{
				Number: 1, Wallet: "sandbox", Status: wallet.Pending, RequestID: "R1", WalletPaymentID: "W1", CreatedAt: storetest.Epoch,
			}})
			u.PaymentIDs = []bridge.PaymentKey{{Wallet: "sandbox", PaymentID: string(c.Order.ID)}}
			u.Answer = &bridge.KeyAnswer{Scope: c.Claim.Scope, Key: c.Claim.Key, Answer: bridge.Answer{Status: 201, Body: bytes.Repeat([]byte("b"), 1800)}}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return stored, sqlite.PagesOf(s)
	}
	const orders = 20
	var stored, answered int
	for range orders {
		a, b := create()
		stored, answered = stored+a, answered+b
	}
	t.Logf("pages of the log for each of %d orders: %.1f when it is stored, %.1f when the wallet has answered",
		orders, float64(stored)/orders, float64(answered)/orders)
	// 9 and 7 b-trees; beyond that what the tables grow by, since an order has some 3 KB here.
	if stored > 13*orders || answered > 9*orders {
		t.Errorf("pages: got %d and %d for %d orders, want at most 13 and 9 each", stored, answered, orders)
	}
}
