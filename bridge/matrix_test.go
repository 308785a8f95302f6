package bridge

import (
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/internal/golden"
	"github.com/minitill/minitill/wallet"
)

// matrixState is a way in which the payment of an order can stand.
type matrixState struct {
	name  string
	hold  bool
	reach []wallet.Status // news that lead there
	then  func(*Change)   // what else has happened
}

var matrixStates = []matrixState{
	{name: "created"},
	{name: "pending", reach: []wallet.Status{wallet.Pending}},
	{name: "pending, the order canceled", reach: []wallet.Status{wallet.Pending}, then: func(c *Change) { c.Close(wallet.Canceled, FromMerchant, noon) }},
	{name: "authorized", hold: true, reach: []wallet.Status{wallet.Pending, wallet.Authorized}},
	{name: "authorized, a capture of 1000 open", hold: true, reach: []wallet.Status{wallet.Authorized}, then: func(c *Change) { operating(c, false, 1000) }},
	{name: "authorized, a void open", hold: true, reach: []wallet.Status{wallet.Authorized}, then: func(c *Change) { operating(c, true, 0) }},
	{name: "paid", reach: []wallet.Status{wallet.Pending, wallet.Paid}},
	{name: "paid, 1000 of what was held", hold: true, reach: []wallet.Status{wallet.Authorized}, then: func(c *Change) {
		n := named(says(1, wallet.Paid))
		n.Payment.Captured = usd(1000)
		_ = c.Apply(n, noon)
	}},
	{name: "paid and reversed", reach: []wallet.Status{wallet.Paid, wallet.Canceled}},
	{name: "failed", reach: []wallet.Status{wallet.Pending, wallet.Failed}},
	{name: "canceled", reach: []wallet.Status{wallet.Pending, wallet.Canceled}},
	{name: "expired", reach: []wallet.Status{wallet.Pending, wallet.Expired}},
	{name: "voided", hold: true, reach: []wallet.Status{wallet.Authorized, wallet.Voided}},
	{name: "failed, money held late", hold: true, reach: []wallet.Status{wallet.Pending, wallet.Failed, wallet.Authorized}},
}

// operating lets a merchant request a capture or void of held money.
func operating(c *Change, void bool, amount int64) {
	p := *c.Order.Payment(1)
	p.Operation = &Operation{Number: 1, RequestID: c.requestID(opCapture, 1), Void: void, Amount: amount, Calls: Calls{1, noon}}
	c.Record(PaymentUpdated, FromMerchant, noon, EventData{Payment: &p})
}

func (s *matrixState) begin(t *testing.T) *Change {
	t.Helper()
	c := begin(s.hold)
	for i, status := range s.reach {
		n := named(says(1, status))
		n.Source = FromQuery
		if err := c.Apply(n, noon.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
	}
	if s.then != nil {
		s.then(c)
	}
	return c
}

// named is news that names the payment by the wallet's id too.
func named(n News) News {
	n.Payment.PaymentID = "W1"
	return n
}

// matrixNews is what a wallet may say of a payment.
type matrixNews struct {
	name   string
	status wallet.Status
	edit   func(*wallet.Payment)
}

var matrixPaymentNews = []matrixNews{
	{name: "pending", status: wallet.Pending},
	{name: "authorized", status: wallet.Authorized},
	{name: "authorized, another amount", status: wallet.Authorized, edit: func(p *wallet.Payment) { p.Amount.Minor = 1235 }},
	{name: "authorized, no amount", status: wallet.Authorized, edit: func(p *wallet.Payment) { p.Amount = wallet.Money{} }},
	{name: "paid", status: wallet.Paid},
	{name: "paid, 1000 captured", status: wallet.Paid, edit: func(p *wallet.Payment) { p.Captured = usd(1000) }},
	{name: "paid, nothing captured", status: wallet.Paid, edit: func(p *wallet.Payment) { p.Captured = usd(0) }},
	{name: "paid, less than nothing captured", status: wallet.Paid, edit: func(p *wallet.Payment) { p.Captured = usd(-1) }},
	{name: "paid, another amount", status: wallet.Paid, edit: func(p *wallet.Payment) { p.Amount.Minor = 1235 }},
	{name: "paid, another currency", status: wallet.Paid, edit: func(p *wallet.Payment) { p.Amount.Currency = "EUR" }},
	{name: "paid, no amount", status: wallet.Paid, edit: func(p *wallet.Payment) { p.Amount = wallet.Money{} }},
	{name: "paid, another id", status: wallet.Paid, edit: func(p *wallet.Payment) { p.PaymentID = "W2" }},
	{name: "failed", status: wallet.Failed},
	{name: "canceled", status: wallet.Canceled},
	{name: "expired", status: wallet.Expired},
	{name: "voided", status: wallet.Voided},
	{name: "unknown status", status: "", edit: func(p *wallet.Payment) { p.Code = "IN_LIMBO" }},
}

// matrixSource is who brings news.
type matrixSource struct {
	name string
	of   News
}

var matrixSources = []matrixSource{
	{"notification", News{Source: FromNotification, Queryable: true}},
	{"final notification", News{Source: FromNotification}}, // of a wallet that cannot be queried
	{"unproven notification", News{Source: FromNotification, Queryable: true, Unproven: true}},
	{"query", News{Source: FromQuery, Queryable: true}},
	{"answer", News{Source: FromWallet, Queryable: true}},
}

// matrixPaymentSources are also the answer to a query that was sent while the payment was
// open, and that to closing it when the order's time is up.
var matrixPaymentSources = slices.Concat(matrixSources, []matrixSource{
	{"old query", News{Source: FromQuery, Queryable: true, Seen: wallet.Pending}},
	{"closing at the end", News{Source: FromQuery, Queryable: true, TimedOut: true}},
})

// TestEveryNewsOfAPaymentInEveryState is the rule about payments as a table. Beside the
// table, the same news a second time must change nothing, and the log must replay.
func TestEveryNewsOfAPaymentInEveryState(t *testing.T) {
	var g golden.Table
	for _, s := range matrixStates {
		g.Block(s.name)
		for _, what := range matrixPaymentNews {
			var cells cells
			for _, source := range matrixPaymentSources {
				c := s.begin(t)
				n := source.of
				n.Wallet, n.Payment = "sandbox", named(says(1, what.status)).Payment
				if what.edit != nil {
					what.edit(n.Payment)
				}
				before, events := c.Order, len(c.Events)
				err := c.Apply(n, noon.Add(time.Minute))
				cells.add(became(c, events, err), source.name)
				wantSound(t, s.name+" | "+what.name+" | "+source.name, &before, c, n)
			}
			cells.write(&g, what.name)
		}
	}
	g.Compare(t, "payments.golden")
}

// wantSound requires what holds in every cell of a table: money in our books is never taken
// out by news, the order that the log replays to is the order, and the news again, from
// the same source, records nothing more.
func wantSound(t *testing.T, cell string, before *Order, c *Change, n News) {
	t.Helper()
	after := c.Order
	if after.Paid < before.Paid || after.Refunded < before.Refunded || before.Status == wallet.Paid && after.Status != wallet.Paid {
		t.Errorf("%s: %s became %s", cell, standing(before), standing(&after))
	}
	for _, why := range before.Attention() {
		if !slices.Contains(after.Attention(), why) {
			t.Errorf("%s: the attention %s is gone", cell, why)
		}
	}
	if n.Unproven && (after.Paid != before.Paid || after.Reversed != before.Reversed || after.Status != before.Status || after.Refunded != before.Refunded) {
		t.Errorf("%s: news that needs a query was believed: %s became %s", cell, standing(before), standing(&after))
	}
	events := len(c.Events)
	_ = c.Apply(n, noon.Add(2*time.Minute))
	if len(c.Events) != events {
		t.Errorf("%s: the same news again recorded %d events", cell, len(c.Events)-events)
	}
	replayed := Replay(c.Events)
	if got, want := standing(&replayed), standing(&c.Order); got != want {
		t.Errorf("%s: the log replays to %s, want %s", cell, got, want)
	}
}

// refundState is a way in which a refund of 300 can stand.
type refundState struct {
	name   string
	refund *Refund
}

func refundStates() []refundState {
	ours := func(status wallet.RefundStatus, id string) *Refund {
		return &Refund{
			Number: 1, Payment: 1, Status: status, RequestID: testOrder.RequestID(OpRefund, 1, 0),
			WalletRefundID: id, Amount: 300, CreatedAt: noon, Calls: Calls{1, noon},
		}
	}
	return []refundState{
		{"no refund", nil},
		{"pending, its id not known", ours(wallet.RefundPending, "")},
		{"pending", ours(wallet.RefundPending, "R1")},
		{"waiting", ours(wallet.RefundWaiting, "R1")},
		{"waiting for a second operator", &Refund{
			Number: 1, Payment: 1, Status: wallet.RefundWaiting, RequestID: testOrder.RequestID(OpRefund, 1, 0), Amount: 300,
			CreatedAt: noon, Calls: Calls{0, noon}, Approval: Approval{State: ApprovalWaiting, Asked: Person{ID: "opr_ann", Name: "ann"}, Until: noon.Add(time.Hour), Taken: 1234},
		}},
		{"succeeded", ours(wallet.RefundSucceeded, "R1")},
		{"failed", ours(wallet.RefundFailed, "R1")},
		{"failed, its id not known", ours(wallet.RefundFailed, "")},
		{"made at the wallet's console", &Refund{
			Number: 1, Payment: 1, Status: wallet.RefundSucceeded, WalletRefundID: "R1", Amount: 300, CreatedAt: noon,
		}},
	}
}

var matrixRefundNews = []struct {
	name   string
	status wallet.RefundStatus
	edit   func(*News)
}{
	{"pending", wallet.RefundPending, nil},
	{"waiting", wallet.RefundWaiting, nil},
	{"succeeded", wallet.RefundSucceeded, nil},
	{"succeeded, no amount", wallet.RefundSucceeded, func(n *News) { n.Refund.Amount = wallet.Money{} }},
	{"succeeded, another amount", wallet.RefundSucceeded, func(n *News) { n.Refund.Amount.Minor = 200 }},
	{"succeeded, another currency", wallet.RefundSucceeded, func(n *News) { n.Refund.Amount.Currency = "EUR" }},
	{"succeeded, named by the wallet's id alone", wallet.RefundSucceeded, func(n *News) { n.Refund.RequestID = "" }},
	{"succeeded, another refund", wallet.RefundSucceeded, func(n *News) { n.Refund.RequestID, n.Refund.RefundID = "", "R2" }},
	{"succeeded, another refund of more than was paid", wallet.RefundSucceeded, func(n *News) {
		n.Refund.RequestID, n.Refund.RefundID, n.Refund.Amount = "", "R2", usd(1235)
	}},
	{"succeeded, of another payment's order", wallet.RefundSucceeded, func(n *News) {
		n.Refund.RequestID, n.Refund.RefundID, n.Refund.Payment.RequestID = "", "R2", testOrder.RequestID(OpPayment, 2, 0)
	}},
	{"succeeded, says another wallet", wallet.RefundSucceeded, func(n *News) { n.Wallet = "other" }},
	{"failed", wallet.RefundFailed, nil},
	{"unknown status", "", nil},
}

// TestEveryNewsOfARefundInEveryState is the rule about refunds as a table.
func TestEveryNewsOfARefundInEveryState(t *testing.T) {
	var g golden.Table
	for _, s := range refundStates() {
		g.Block(s.name)
		for _, what := range matrixRefundNews {
			var cells cells
			for _, source := range matrixSources {
				c := begin(false)
				mustApply(t, c, named(says(1, wallet.Paid)))
				if s.refund != nil {
					r := *s.refund
					c.Record(RefundPending, FromMerchant, noon, EventData{Refund: &r})
				}
				ref := wallet.RefundRef{RequestID: testOrder.RequestID(OpRefund, 1, 0), RefundID: "R1"}
				n := refundNews(ref, what.status, 300, source.of.Source)
				n.Queryable, n.Unproven = source.of.Queryable, source.of.Unproven
				if what.edit != nil {
					what.edit(&n)
				}
				before, events := c.Order, len(c.Events)
				err := c.Apply(n, noon.Add(time.Minute))
				cells.add(became(c, events, err), source.name)
				wantSound(t, s.name+" | "+what.name+" | "+source.name, &before, c, n)
			}
			cells.write(&g, what.name)
		}
	}
	g.Compare(t, "refunds.golden")
}
