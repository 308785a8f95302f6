package indextest

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// Stream is an index.Source of many orders of the app shop, which it makes as it is read:
// three orders in ten have one amount, one in a hundred has one payer, and a few are voided
// or need attention.
type Stream struct{ Orders int }

// interval is the time between two orders of a stream, so that a million are of a year.
const interval = 30 * time.Second

// CreatedAt returns when the nth order was created.
func (s *Stream) CreatedAt(n int) time.Time { return Noon.Add(time.Duration(n-s.Orders) * interval) }

// ID returns the id of the nth order.
func (s *Stream) ID(n int) bridge.OrderID {
	var u ulid.ULID
	binary.BigEndian.PutUint64(u[8:], uint64(n))
	_ = u.SetTime(uint64(s.CreatedAt(n).UnixMilli()))
	return bridge.OrderID("ord_" + u.String())
}

func (s *Stream) number(id bridge.OrderID) int {
	u, _ := ulid.ParseStrict(string(id)[4:])
	return int(binary.BigEndian.Uint64(u[8:]))
}

// Feed implements index.Source.
func (s *Stream) Feed(_ context.Context, q store.FeedQuery) (list []store.FeedEvent, err error) {
	if q.App != "shop" {
		return nil, nil
	}
	n := 0
	if q.After.Order != "" {
		n = s.number(q.After.Order)
	}
	for ; n < s.Orders && len(list) < q.Limit; n++ {
		for _, e := range s.events(n) {
			later := n > 0 && q.After.Order == "" || e.Order != q.After.Order || e.Sequence > q.After.Sequence
			if later && len(list) < q.Limit {
				list = append(list, store.FeedEvent{Event: e, Currency: "PHP"})
			}
		}
	}
	return list, nil
}

// Restoration implements index.Source.
func (s *Stream) Restoration(context.Context) (store.Restoration, error) {
	return store.Restoration{}, nil
}

// spread returns a number below bound that looks random and is the same for the same n.
func spread(n, bound int) int {
	h := uint64(n)*0x9e3779b97f4a7c15 + 0x7f4a7c15
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	return int((h >> 33) % uint64(bound))
}

func (s *Stream) order(n int) bridge.Order {
	id, at := s.ID(n), s.CreatedAt(n)
	amount, payer := money(int64(100+spread(n, 50_000)), "PHP"), fmt.Sprint("payer-", n/5)
	if spread(n+1, 10) < 3 {
		amount.Minor = 1250
	}
	if spread(n+2, 100) == 0 {
		payer = "payer-heavy"
	}
	if spread(n+3, 20) == 0 {
		amount.Currency = "USD"
	}
	name := []string{"gcash", "gcash", "gcash", "alipay", "maya"}[spread(n+4, 5)]
	return bridge.Order{
		ID: id, App: "shop", Amount: amount, Reference: fmt.Sprintf("INV-%08d", n), Description: "Tea for two",
		Payer: bridge.Payer{ID: payer, Wallet: name}, CreatedAt: at, ExpiresAt: at.Add(time.Hour), Status: wallet.Created,
		Payments: []bridge.Payment{{
			Number: 1, Wallet: name, Status: wallet.Created, RequestID: id.RequestID(bridge.OpPayment, 1, 0), CreatedAt: at,
		}},
	}
}

// events returns the events of the nth order.
func (s *Stream) events(n int) []bridge.Event {
	o := s.order(n)
	c := bridge.NewChange(bridge.Order{ID: o.ID})
	c.Record(bridge.OrderCreated, bridge.FromMerchant, o.CreatedAt, bridge.EventData{Order: &o})
	p := c.Order.Payments[0]
	p.Status, p.WalletPaymentID = wallet.Pending, fmt.Sprintf("20261120%010d", n)
	c.Record(bridge.PaymentUpdated, bridge.FromWallet, o.CreatedAt.Add(100*time.Millisecond), bridge.EventData{Payment: &p})
	data := bridge.EventData{}
	switch end := spread(n+5, 100); {
	case n%333_333 == 7:
		p.Status = wallet.Voided
	case end < 80:
		p.Status, p.Paid = wallet.Paid, o.Amount.Minor
	case end < 85:
		p.Status = wallet.Failed
	default:
		p.Status, data.Closed = wallet.Expired, wallet.Expired
	}
	last := p
	data.Payment = &last
	c.Record(bridge.PaymentUpdated, bridge.FromNotification, o.CreatedAt.Add(time.Duration(20+spread(n, 600))*time.Second), data)
	if n%100_000 == 99 {
		c.Record(bridge.OrderAttention, bridge.FromNotification, o.CreatedAt.Add(time.Hour),
			bridge.EventData{Attention: bridge.LatePayment, Flag: &bridge.Flag{Why: bridge.LatePayment}})
	}
	return c.Events
}
