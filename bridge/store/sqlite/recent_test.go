package sqlite

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// TestWhatIsRememberedIsCheckedAgainstTheFile lets two stores of one file write one order
// in turn, each remembering its own last write.
func TestWhatIsRememberedIsCheckedAgainstTheFile(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "till.db")
	var nodes [2]*Store
	for i := range nodes {
		s, err := Open(ctx, path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		nodes[i] = s
	}
	id, err := bridge.NewOrderID(time.UnixMilli(1), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	o := bridge.Order{ID: id, App: "shop", Amount: wallet.Money{Minor: 1, Currency: "USD"}, Sequence: 1}
	c := bridge.NewChange(bridge.Order{})
	c.Order, c.Events = o, []bridge.Event{{Order: id, Sequence: 1, Type: bridge.OrderCreated, Data: bridge.EventData{Order: &o}}}
	if _, err := nodes[0].CreateOrder(ctx, c); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		_, err := nodes[i%2].UpdateOrder(ctx, id, func(c *bridge.Change) error {
			c.Order.IdleQueries++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	read, err := nodes[0].UpdateOrder(ctx, id, func(*bridge.Change) error { return nil })
	if err != nil || read.IdleQueries != 6 {
		t.Errorf("a change that changes nothing saw %d idle queries, %v; want 6", read.IdleQueries, err)
	}
	refused := fmt.Errorf("no")
	if _, err := nodes[0].UpdateOrder(ctx, id, func(c *bridge.Change) error {
		if c.Order.IdleQueries != 6 {
			return refused // about an order as it was: to be decided again
		}
		c.Order.IdleQueries++
		return nil
	}); err != nil {
		t.Errorf("a change was refused for what had been remembered: %v", err)
	}
}
