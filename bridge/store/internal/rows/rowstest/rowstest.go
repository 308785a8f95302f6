package rowstest

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/internal/rows"
	"github.com/minitill/minitill/wallet"
)

// StoredForm returns an order as it is stored.
func StoredForm(o bridge.Order) string {
	doc, err := rows.Encode("test", &o)
	if err != nil {
		return err.Error()
	}
	return doc
}

// Sent is what the Resources of a dialect send: searches and statements, and writes.
type Sent struct {
	Texts  []string
	Writes []*rows.Write
}

// Statements lets Resources send everything they can, each filter of a list alone and
// some together.
func Statements(d *rows.Dialect) Sent {
	var s Sent
	r := rows.NewResources(&s, d, rows.NewChanges())
	ctx, at := context.Background(), time.UnixMilli(1)
	lists(ctx, &r)
	messages(ctx, &r)
	kept(ctx, &r, at)
	retention(ctx, &r)
	claim := &bridge.Claim{Scope: "s", Key: "k"}
	_, _, _ = r.Endpoints(ctx)
	_, _ = r.AddEndpoint(ctx, store.Endpoint{}, claim)
	_, _, _ = r.UpdateEndpoint(ctx, "a", "e", nil, func(*store.Endpoint) error { return nil })
	_, _ = r.APIKey(ctx, [32]byte{})
	_, _ = r.APIKeys(ctx, "a")
	_ = r.AddAPIKey(ctx, store.APIKey{})
	_ = r.RevokeAPIKey(ctx, "k", "by", at)
	_ = r.UseAPIKey(ctx, "k", at)
	_ = r.AddOperatorSession(ctx, store.OperatorSession{})
	_, _ = r.OperatorSession(ctx, [32]byte{})
	_, _ = r.OperatorSessions(ctx, "o")
	_ = r.UseOperatorSession(ctx, "s", at)
	_ = r.EndOperatorSession(ctx, "s", "by", at)
	_ = r.ForgetOperatorSessions(ctx, at)
	_ = r.AddAuditEntry(ctx, store.AuditEntry{})
	_ = r.CompleteAuditEntry(ctx, "a", "done")
	_, _ = r.AuditEntries(ctx, store.AuditQuery{})
	_, _ = r.AuditEntries(ctx, store.AuditQuery{Apps: []string{"a", "b"}, Before: "a"})
	_, _ = r.HeldClaim(ctx, "s", "k")
	_, _ = r.Restoration(ctx)
	_, _ = r.UnqueriedOrders(ctx)
	_, _ = r.LiftRestoration(ctx, store.Dismissal{})
	return s
}

func lists(ctx context.Context, r *rows.Resources) {
	for _, q := range []store.OrderQuery{
		{}, {Status: "paid"}, {Wallet: "sandbox"}, {Reference: "R"}, {Attention: store.AnyAttention},
		{Attention: "late_payment"}, {WalletPaymentID: "W1"}, {WalletPaymentID: "W1", Attention: "late_payment", Reference: "R"},
		{Status: "paid", Wallet: "sandbox", Reference: "R", Attention: "late_payment"}, {Before: "o"},
	} {
		_, _ = r.Orders(ctx, q)
	}
	for _, q := range []store.RefundQuery{
		{}, {Order: "o"}, {Status: wallet.RefundPending}, {Status: wallet.RefundSucceeded}, {Order: "o", Status: wallet.RefundFailed}, {Before: "r"},
	} {
		_, _ = r.Refunds(ctx, q)
	}
	_, _ = r.Feed(ctx, store.FeedQuery{After: bridge.EventKey{Order: "o", Sequence: 1}})
	_, _ = r.DueWallets(ctx)
	_, _ = r.Events(ctx, "o", 0)
	_, _ = r.OrderByPaymentID(ctx, bridge.PaymentKey{})
	_ = r.Ping(ctx)
	_ = r.Prune(ctx, time.UnixMilli(1))
	_, _, _ = r.Traces(ctx, "o", 1)
	_ = r.PruneTraces(ctx, time.UnixMilli(1))
	_ = r.PruneAnswers(ctx, time.UnixMilli(1))
}

// retention sends what archives and prunes.
func retention(ctx context.Context, r *rows.Resources) {
	_, _ = r.Snapshot(ctx, "o")
	_, _ = r.Horizon(ctx, "a")
	_, _ = r.Archives(ctx, "a", 0, 1)
	_ = r.AddArchive(ctx, "a", store.ArchiveFile{Number: 1})
	_, _ = r.ArchivedEvents(ctx, "a", store.Place{}, 1)
	_, _ = r.Compact(ctx, "a", make([]history.Snapshot, 1))
	_, _, _ = r.PruneMessages(ctx, time.UnixMilli(1), 0, 1)
}

func messages(ctx context.Context, r *rows.Resources) {
	for _, q := range []store.DeliveryQuery{
		{}, {ID: "m"}, {Order: "o"}, {Endpoint: "e"}, {Status: store.Delivered}, {Status: store.Dead}, {Status: store.Dismissed},
		{Status: store.Undelivered}, {Status: store.Undelivered, Endpoint: "e"}, {Status: store.Dead, Endpoint: "e"},
		{ID: "m", Order: "o", Endpoint: "e", Status: store.Dead}, {Before: "m"},
	} {
		_, _ = r.Deliveries(ctx, q)
	}
	_, _ = r.DueEndpoints(ctx, time.UnixMilli(1))
	_ = r.FinishMessage(ctx, "m", 0, store.Delivery{Status: store.Dead})
	_ = r.FinishMessage(ctx, "m", 0, store.Delivery{Status: store.Delivered})
	_, _ = r.ReplayMessage(ctx, "a", "m", time.UnixMilli(1), nil)
	_, _ = r.DismissMessage(ctx, "a", "m", store.Dismissal{}, nil)
}

// kept sends what is about agreements, notifications and documents.
func kept(ctx context.Context, r *rows.Resources, at time.Time) {
	for _, q := range []agreement.Query{{}, {Status: agreement.Active, Before: "a"}} {
		_, _ = r.Agreements(ctx, q)
	}
	_, _ = r.Agreement(ctx, "a")
	_, _ = r.AgreementByReference(ctx, "w", "r")
	_, _ = r.AgreementByToken(ctx, "w", "d")
	_, _ = r.AddAgreement(ctx, agreement.Agreement{}, &bridge.Claim{})
	_, _, _ = r.UpdateAgreement(ctx, "a", nil, func(c *agreement.Change) error {
		c.Answer = &bridge.KeyAnswer{}
		return nil
	})
	one, two := bridge.PaymentKey{Wallet: "one", PaymentID: "p"}, bridge.PaymentKey{Wallet: "two", PaymentID: "q"}
	_, _ = r.Inbox(ctx, "o", nil)
	_, _ = r.Inbox(ctx, "", []bridge.PaymentKey{one})
	_, _ = r.Inbox(ctx, "o", []bridge.PaymentKey{one, two})
	for _, q := range []store.InboxQuery{{Wallets: []string{"", "two"}}, {Wallets: []string{"", "two"}, Dismissed: true, Before: "n"}} {
		_, _ = r.InboxItems(ctx, q)
	}
	_, _ = r.Survey(ctx, at, []string{"a"}, 1)
	_ = r.KeepNotification(ctx, store.InboxItem{ReceivedAt: at})
	_ = r.ForgetNotification(ctx, "w", "e")
	_, _ = r.DismissNotification(ctx, "n", store.Dismissal{At: at})
	_ = r.ChangeDocument(ctx, "d", func([]byte) ([]byte, error) { return []byte("{}"), nil })
}

// oneRow is an answer of one row, whose values are all zero.
type oneRow struct{ read bool }

func (o *oneRow) Next() bool {
	first := !o.read
	o.read = true
	return first
}

func (*oneRow) Scan(...any) error { return nil }
func (*oneRow) Err() error        { return nil }

// Query implements rows.Database.
func (s *Sent) Query(_ context.Context, _ string, q *rows.Search, read func(rows.Rows) error) error {
	s.Texts = append(s.Texts, q.Text())
	return read(new(oneRow))
}

// Exec implements rows.Database.
func (s *Sent) Exec(_ context.Context, st *rows.Statement) (int64, error) {
	s.Texts = append(s.Texts, st.Text)
	return 1, nil
}

// ExecAll implements rows.Database.
func (s *Sent) ExecAll(_ context.Context, _ string, list []rows.Statement) ([]int64, error) {
	for i := range list {
		s.Texts = append(s.Texts, list[i].Text)
	}
	return make([]int64, len(list)), nil
}

// Write implements rows.Database. Messages are never found.
func (s *Sent) Write(_ context.Context, w *rows.Write) (bridge.Claim, error) {
	s.Writes = append(s.Writes, w)
	if w.Table == "outbox" {
		return bridge.Claim{}, rows.ErrStale
	}
	w.Wrote = true
	return bridge.Claim{}, nil
}

// ChangeRestoration implements rows.Database.
func (s *Sent) ChangeRestoration(context.Context, string, *rows.Statement, func(store.Restoration) (store.Restoration, error)) (store.Restoration, error) {
	s.Texts = append(s.Texts, rows.UpsertRestoration)
	return store.Restoration{}, nil
}
