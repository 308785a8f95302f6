package refund

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/bridgetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

func anyWallet(string) bool { return true }

// withRefund is a paid order with a refund of 200 under way.
func withRefund(t *testing.T) *bridge.Change {
	t.Helper()
	c := bridgetest.Unpaid(false)
	bridgetest.Apply(t, c, bridgetest.News(bridge.FromNotification, wallet.Paid))
	if _, err := Reserve(c, &Request{Amount: bridgetest.USD(200), Source: bridge.FromMerchant}, "", anyWallet, bridgetest.Noon); err != nil {
		t.Fatal(err)
	}
	return c
}

func reversed(p bridge.Payment, minor int64) bridge.Payment {
	p.Reversed, p.ReversedAt = minor, bridgetest.Noon
	return p
}

// named is a wallet's news of the payment that names it by the wallet's id too.
func named(status wallet.Status) bridge.News {
	n := bridgetest.News(bridge.FromNotification, status)
	n.Payment.PaymentID = "W1"
	return n
}

// refundNews is the first wallet's news of a refund of the payment.
func refundNews(ref wallet.RefundRef, status wallet.RefundStatus, minor int64, source bridge.Source) bridge.News {
	ref.Payment = wallet.Ref{RequestID: bridgetest.ID.RequestID(bridge.OpPayment, 1, 0)}
	return bridge.News{Source: source, Wallet: "first", Refund: &wallet.Refund{RefundRef: ref, Status: status, Amount: bridgetest.USD(minor)}}
}

// explain is a fault as the caller reads it.
func explain(err error) string {
	f := fault.Of(err)
	words := []string{f.Kind.String()}
	if f.Detail != "" {
		words = append(words, f.Detail)
	}
	for _, field := range f.Fields {
		words = append(words, field.Name+" "+field.Detail)
	}
	return strings.ReplaceAll(strings.Join(words, ": "), strings.TrimSuffix(bridgetest.ID.PaymentID(0), "0"), "pay_…-")
}

// reasons are an order's open reasons for attention.
func reasons(o *bridge.Order) string {
	var list []string
	for _, why := range o.Attention() {
		list = append(list, string(why))
	}
	return strings.Join(list, " ")
}

// wantReplay wants the event log, as it is stored, to replay to the order.
func wantReplay(t rapid.TB, c *bridge.Change) {
	t.Helper()
	var events []bridge.Event
	if err := json.Unmarshal(encode(t, c.Events), &events); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(encode(t, c.Order)), string(encode(t, bridge.Replay(events)))); diff != "" {
		t.Errorf("the event log does not replay to the order:\n%s", diff)
	}
}

func encode(t rapid.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
