package rows_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/internal/rows/rowstest"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/store/storetest"
)

// old is a store that commit 6153293 wrote, opened by today's code.
type old struct {
	*testing.T
	storetest.Store
	orders map[string]bridge.Order // by reference
	docs   func(id bridge.OrderID) string
}

const fixtures = "testdata/6153293/"

// fixtureTime is when the last order of the fixtures was made, or a little later.
var fixtureTime = time.Date(2026, 1, 2, 13, 0, 0, 0, time.UTC)

func unzipped(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(fixtures + name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func oldSQLite(t *testing.T) *old {
	path := filepath.Join(t.TempDir(), "minitill.db")
	if err := os.WriteFile(path, unzipped(t, "sqlite.db.gz"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return &old{T: t, Store: s, docs: func(id bridge.OrderID) string { return docAt(t, path, id) }}
}

// docAt is the document of an order in an SQLite file.
func docAt(t *testing.T, path string, id bridge.OrderID) (doc string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("select doc from orders where id = ?", string(id)).Scan(&doc); err != nil {
		t.Errorf("the document of %s: %v", id, err)
	}
	return doc
}

func oldPostgres(t *testing.T) *old {
	url := pgtest.URL(t)
	load, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	_, err = load.Exec(t.Context(), string(unzipped(t, "postgres.sql.gz")), pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	_ = load.Close(t.Context()) // the dump has changed its search path
	s, c := postgresAt(t, url), pgtest.Connect(t, url)
	return &old{T: t, Store: s, docs: func(id bridge.OrderID) string {
		return strings.Join(pgtest.Column(t, c, "select doc from orders where id = $1", string(id)), "")
	}}
}

// TestStoresOfTheVersionBeforeKeepWorking opens stores that the version before wrote, reads all
// that is in them, and continues.
func TestStoresOfTheVersionBeforeKeepWorking(t *testing.T) {
	for name, open := range map[string]func(*testing.T) *old{"SQLite": oldSQLite, "PostgreSQL": oldPostgres} {
		t.Run(name, func(t *testing.T) {
			o := open(t)
			o.readOrders()
			o.wantOrders()
			o.wantReplay()
			o.wantLists()
			o.wantInbox()
			o.wantRest()
			o.goOnWithOrders()
			o.goOnWithMessages()
			o.goOnWithTheRest()
			o.wantReplay()
		})
	}
}

func (o *old) readOrders() {
	o.Helper()
	list, err := o.Orders(o.Context(), store.OrderQuery{App: "shop", Limit: 100})
	if err != nil {
		o.Fatalf("Orders: got %v, want nil", err)
	}
	o.orders = map[string]bridge.Order{}
	for _, order := range list {
		o.orders[order.Reference] = order
	}
}

// golden is the lines of orders.txt, by reference.
func golden(t *testing.T) (references []string, lines map[string]string) {
	t.Helper()
	text, err := os.ReadFile(fixtures + "orders.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines = map[string]string{}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		references = append(references, fields[0])
		lines[fields[0]] = strings.Join(fields, " ")
	}
	return references, lines
}

func (o *old) wantOrders() {
	o.Helper()
	references, want := golden(o.T)
	if len(o.orders) != len(want) {
		o.Errorf("orders: got %d, want %d", len(o.orders), len(want))
	}
	for _, reference := range references {
		order := o.orders[reference]
		got := fmt.Sprintf("%s %s %d %d %d", order.Reference, order.Status, order.Paid, order.Refunded, order.RefundOpen)
		for _, why := range order.Attention() {
			got += " " + string(why)
		}
		if got != want[reference] {
			o.Errorf("order %s: got %q, want %q", reference, got, want[reference])
		}
	}
}

// wantReplay checks that every row holds the very bytes that its events replay to.
func (o *old) wantReplay() {
	o.Helper()
	for reference, order := range o.orders {
		events, err := o.Events(o.Context(), order.ID, 0)
		if err != nil {
			o.Fatalf("Events of %s: got %v, want nil", reference, err)
		}
		if got, want := rowstest.StoredForm(bridge.Replay(events)), o.docs(order.ID); got != want {
			o.Errorf("order %s replays to\n%s\nwant\n%s", reference, got, want)
		}
	}
}

func (o *old) wantLists() {
	o.Helper()
	_, lines := golden(o.T)
	for _, why := range append(slices.Clone(bridge.Attentions), "any") {
		var want []string
		for reference, line := range lines {
			if reasons := strings.Fields(line)[5:]; slices.Contains(reasons, string(why)) || why == "any" && len(reasons) > 0 {
				want = append(want, reference)
			}
		}
		list, err := o.Orders(o.Context(), store.OrderQuery{App: "shop", Attention: string(why), Limit: 100})
		if err != nil {
			o.Fatalf("Orders: got %v, want nil", err)
		}
		var got []string
		for _, order := range list {
			got = append(got, order.Reference)
		}
		slices.Sort(got)
		if slices.Sort(want); !slices.Equal(got, want) {
			o.Errorf("orders with attention %s: got %v, want %v", why, got, want)
		}
	}
	for reference, order := range o.orders {
		for _, p := range order.Payments {
			for _, id := range p.IDs() {
				o.wantPaymentID(reference, p.Wallet, id)
			}
		}
	}
}

func (o *old) wantPaymentID(reference, walletName, id string) {
	o.Helper()
	list, err := o.Orders(o.Context(), store.OrderQuery{App: "shop", WalletPaymentID: id, Limit: 10})
	if err != nil || len(list) != 1 || list[0].Reference != reference {
		o.Errorf("orders with payment id %s: got %d, %v, want %s", id, len(list), err, reference)
	}
	owner, err := o.OrderByPaymentID(o.Context(), bridge.PaymentKey{Wallet: walletName, PaymentID: id})
	if err != nil || owner != o.orders[reference].ID {
		o.Errorf("OrderByPaymentID(%s): got %s, %v, want %s", id, owner, err, o.orders[reference].ID)
	}
}

func (o *old) wantInbox() {
	o.Helper()
	items, err := o.InboxItems(o.Context(), store.InboxQuery{Wallets: []string{"purse", "mute"}, Limit: 10})
	if err != nil || len(items) != 4 {
		o.Fatalf("InboxItems: got %d, %v, want 4", len(items), err)
	}
	want := []string{"evt-036", "evt-035", "evt-034", "evt-022"} // newest first
	for i, item := range items {
		var made time.Time
		if id, ok := bridge.ParseOrderID("ord_" + strings.TrimPrefix(item.ID, "ntf_")); ok {
			made = idTime(string(id))
		}
		if item.EventID != want[i] || !made.Equal(item.ReceivedAt) || item.Confirm || !item.Dismissal.At.IsZero() || len(item.Event) == 0 {
			o.Errorf("notification %d: got %+v, made at %v, want %s as it was kept", i, item, made, want[i])
		}
	}
	unknown := o.orders["unknown-payment"]
	if kept, err := o.Inbox(o.Context(), unknown.ID, nil); err != nil || len(kept) != 1 || kept[0].EventID != "evt-022" {
		o.Errorf("Inbox: got %d, %v, want the one of the order", len(kept), err)
	}
	if kept, err := o.Inbox(o.Context(), "", []bridge.PaymentKey{{Wallet: "purse", PaymentID: "W-\x00-odd"}}); err != nil || len(kept) != 1 {
		o.Errorf("Inbox: got %d, %v, want the one of the odd payment id", len(kept), err)
	}
	if _, err := o.DismissNotification(o.Context(), items[0].ID, storetest.Dismissal); err != nil {
		o.Errorf("DismissNotification: got %v, want nil", err)
	}
}

// idTime is the time in an id: ten characters of Crockford's base32 behind the prefix.
func idTime(id string) time.Time {
	var ms int64
	for _, c := range id[4:14] {
		ms = ms<<5 | int64(strings.IndexRune("0123456789ABCDEFGHJKMNPQRSTVWXYZ", c))
	}
	return time.UnixMilli(ms).UTC()
}

// wantRest checks what is not about one order.
func (o *old) wantRest() {
	o.Helper()
	ctx := o.Context()
	for reference, answered := range map[string]bool{"key-paid": true, "key-created": false, "key-give-back-pending": false, "key-give-back-succeeded": true} {
		c, err := o.HeldClaim(ctx, "merchant/shop", reference)
		if err != nil || (c.Answer != nil) != answered {
			o.Errorf("the claim %s: got %+v, %v, want it answered: %v", reference, c, err, answered)
		}
	}
	for _, status := range agreement.Statuses {
		if list, err := o.Agreements(ctx, agreement.Query{App: "shop", Status: status, Limit: 10}); err != nil || len(list) != 1 {
			o.Errorf("agreements that are %s: got %d, %v, want 1", status, len(list), err)
		}
	}
	endpoints, version, err := o.Endpoints(ctx)
	if err != nil || len(endpoints) != 2 || endpoints[0].Disabled || !endpoints[1].Disabled || version != 0 {
		o.Errorf("Endpoints: got %+v at version %d, %v, want two, the second disabled", endpoints, version, err)
	}
	for id, revoked := range map[string]bool{"1": false, "2": true} {
		if k, err := o.APIKey(ctx, sha256.Sum256([]byte(id))); err != nil || k.ID != "key_"+id || k.RevokedAt.IsZero() == revoked {
			o.Errorf("APIKey: got %+v, %v, want key_%s", k, err, id)
		}
	}
	if r, err := o.Restoration(ctx); err != nil || r.Epoch != 0 {
		o.Errorf("Restoration: got %+v, %v, want none", r, err)
	}
	first, err := o.DueWallets(ctx)
	if names := slices.Sorted(maps.Keys(first)); err != nil || !slices.Equal(names, []string{"", "mute", "purse"}) {
		o.Errorf("DueWallets: got %q, %v, want mute, purse and orders without payment", names, err)
	}
}

// goOnWithOrders changes every order, and checks those that are due.
func (o *old) goOnWithOrders() {
	o.Helper()
	for reference, order := range o.orders {
		got, err := o.UpdateOrder(o.Context(), order.ID, func(c *bridge.Change) error {
			storetest.Add(c, bridge.OrderAttention, bridge.EventData{Attention: bridge.UnknownPayment, Hint: "9000"})
			return nil
		})
		if err != nil || got.Sequence != order.Sequence+1 || !slices.Contains(got.Attention(), bridge.UnknownPayment) {
			o.Errorf("UpdateOrder of %s: got sequence %d, %v, want %d", reference, got.Sequence, err, order.Sequence+1)
		}
		read, err := o.Order(o.Context(), order.ID)
		if err != nil || asJSON(o.T, read) != asJSON(o.T, got) {
			o.Errorf("Order %s: got %s, %v, want %s", reference, asJSON(o.T, read), err, asJSON(o.T, got))
		}
	}
	due, err := o.ClaimDueOrders(o.Context(), fixtureTime.AddDate(0, 0, 7), time.Hour, map[string]int{"mute": 100, "purse": 100})
	if err != nil || len(due) == 0 {
		o.Errorf("ClaimDueOrders: got %d, %v, want some", len(due), err)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (o *old) goOnWithMessages() {
	o.Helper()
	ctx, count := o.Context(), map[store.DeliveryStatus]int{}
	list, err := o.Deliveries(ctx, store.DeliveryQuery{App: "shop", Limit: 500})
	if err != nil {
		o.Fatalf("Deliveries: got %v, want nil", err)
	}
	for _, d := range list {
		count[d.Status]++
	}
	if count[store.Delivered] != 3 || count[store.Dead] != 3 || count[store.Undelivered] != 192 {
		o.Errorf("deliveries: got %v, want 3 delivered, 3 dead and 192 undelivered", count)
	}
	dead, err := o.Deliveries(ctx, store.DeliveryQuery{App: "shop", Status: store.Dead, Limit: 1})
	if err != nil || len(dead) != 1 {
		o.Fatalf("Deliveries: got %d, %v, want 1", len(dead), err)
	}
	if _, err := o.DismissMessage(ctx, "shop", dead[0].ID, storetest.Dismissal, nil); err != nil {
		o.Errorf("DismissMessage: got %v, want nil", err)
	}
	claimed, err := o.ClaimMessages(ctx, "shop", "hook", fixtureTime, time.Minute, 5)
	if err != nil || len(claimed) != 5 {
		o.Fatalf("ClaimMessages: got %d, %v, want 5", len(claimed), err)
	}
	for _, m := range claimed {
		o.finish(ctx, m)
	}
}

func (o *old) goOnWithTheRest() {
	o.Helper()
	ctx, events := o.Context(), 0
	for _, order := range o.orders {
		read, err := o.Order(ctx, order.ID)
		if err != nil {
			o.Fatalf("Order: got %v, want nil", err)
		}
		events += int(read.Sequence)
	}
	(&storetest.Follower{App: "shop", Limit: 100}).Until(o.T, o.Store, events)
	if err := o.RemoveEndpoint(ctx, "shop", "whe_1"); err != nil {
		o.Errorf("RemoveEndpoint: got %v, want nil", err)
	}
	if _, version, err := o.Endpoints(ctx); err != nil || version != 1 {
		o.Errorf("Endpoints: got version %d, %v, want 1", version, err)
	}
	if r, err := o.MarkRestored(ctx, fixtureTime, time.Time{}); err != nil || r.Epoch != 1 {
		o.Errorf("MarkRestored: got %+v, %v, want the first epoch", r, err)
	}
	if n, err := o.UnqueriedOrders(ctx); err != nil || n != len(o.orders) {
		o.Errorf("UnqueriedOrders: got %d, %v, want all %d", n, err, len(o.orders))
	}
}

func (o *old) finish(ctx context.Context, m bridge.Message) {
	o.Helper()
	if err := o.FinishMessage(ctx, m.ID, m.Attempts, store.Delivery{Status: store.Delivered, At: fixtureTime}); err != nil {
		o.Errorf("FinishMessage: got %v, want nil", err)
	}
	list, err := o.Deliveries(ctx, store.DeliveryQuery{App: "shop", ID: m.ID, Limit: 1})
	if err != nil || len(list) != 1 || list[0].Status != store.Delivered || list[0].Attempts != m.Attempts+1 {
		o.Errorf("message %s: got %+v, %v, want it delivered", m.ID, list, err)
	}
}
