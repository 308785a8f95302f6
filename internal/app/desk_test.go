package app

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// drawer is a wallet that pays at once, cannot query refunds, and loses the
// answers to them.
type drawer struct{}

func (drawer) payment(ref wallet.Ref) wallet.Payment {
	return wallet.Payment{Ref: ref, Status: wallet.Paid, Amount: wallet.Money{Minor: 300, Currency: "USD"}}
}

func (d drawer) CreatePayment(_ context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	return d.payment(wallet.Ref{RequestID: req.RequestID, PaymentID: "W1"}), nil
}

func (d drawer) QueryPayment(_ context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return d.payment(ref), nil
}

func (drawer) Refund(context.Context, wallet.RefundRequest) (wallet.Refund, error) {
	return wallet.Refund{}, fault.New(fault.Unknown, "drawer", "No answer.")
}

// newTestDesk is a desk over a store in memory whose clock the test moves.
func newTestDesk(t *testing.T) (d *desk, advance func(time.Duration)) {
	t.Helper()
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	store := memstore.New()
	engine, err := engine.New(engine.Config{
		Store: store, Wallets: map[string]wallet.Wallet{"drawer": drawer{}}, PublicURL: "https://pay.example", Now: clock,
		Apps: []engine.App{{Name: "shop", Wallets: []string{"drawer"}, Endpoints: []string{"webhook"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	d = &desk{engine: engine, store: store, wallets: []string{"drawer"}, by: "ann", clock: clock}
	return d, func(by time.Duration) { now = now.Add(by) }
}

// paid is an order of three dollars that was paid.
func (d *desk) paid(t *testing.T) bridge.Order {
	t.Helper()
	price := &pricing.Price{Amount: wallet.Money{Minor: 300, Currency: "USD"}, Description: "Tea"}
	outcome, err := d.engine.CreateOrder(t.Context(), engine.OrderRequest{App: "shop", Price: price, Source: bridge.FromMerchant}, nil)
	if err != nil || outcome.Subject.Status != wallet.Paid {
		t.Fatalf("got %s, %v", outcome.Subject.Status, err)
	}
	return outcome.Subject
}

// prints is what a command prints, which must not fail.
func prints(t *testing.T, run func(out *bytes.Buffer) error) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestResolvingAnOrderFromAShell(t *testing.T) {
	d, advance := newTestDesk(t)
	o := d.paid(t)
	_, err := d.engine.Refund(t.Context(), o.ID, refund.Request{Amount: o.Money(200), Source: bridge.FromMerchant}, nil)
	if fault.KindOf(err) != fault.Unknown {
		t.Fatal(err)
	}
	advance(10 * time.Minute)
	if _, err := d.engine.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	resolve := func(c resolveCommand) (string, error) {
		var out bytes.Buffer
		err := c.resolve(t.Context(), d, &out)
		return out.String(), err
	}
	id := string(o.ID)
	for name, test := range map[string]struct {
		command resolveCommand
		want    string
	}{
		"no id":                  {resolveCommand{ID: "x", Attention: "refund_unconfirmed", Note: "x"}, `"x" is not the id`},
		"no outcome while open":  {resolveCommand{ID: id, Attention: "refund_unconfirmed", Note: "x"}, "say what became of it"},
		"an outcome of another":  {resolveCommand{ID: id, Attention: "refund_unconfirmed", Note: "x", Outcome: "voided"}, "outcome: must be one of: refunded, failed"},
		"an amount that is none": {resolveCommand{ID: id, Attention: "refund_unconfirmed", Note: "x", Outcome: "refunded", Amount: "1.234"}, "1.234"},
		"too much":               {resolveCommand{ID: id, Attention: "refund_unconfirmed", Note: "x", Outcome: "refunded", Amount: "9.00"}, "amount: "},
		"no such reason":         {resolveCommand{ID: id, Attention: "late_payment", Note: "x"}, "The order has no such attention (conflict)"},
		"an agreement's amount":  {resolveCommand{ID: "agr_" + id[4:], Attention: "agreement_unsigned", Note: "x", Amount: "1"}, "no amount"},
		"no such agreement":      {resolveCommand{ID: "agr_" + id[4:], Attention: "agreement_unsigned", Note: "x"}, "not_found"},
	} {
		if _, err := resolve(test.command); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
	output, err := resolve(resolveCommand{ID: id, Attention: "refund_unconfirmed", Note: "seen at the console", Outcome: "refunded", Amount: "1.50"})
	if err != nil {
		t.Fatal(err)
	}
	wantMatches(t, output, id+`  paid  3\.00 USD`, `paid 3\.00, refunded 1\.50`, `needs attention: nothing`)
	events, err := d.engine.Events(t.Context(), o.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	last := events[len(events)-1]
	for _, e := range events {
		if e.Source == bridge.FromOperator && e.Data.By != "ann" {
			t.Errorf("event %s of the operator is by %q, want ann", e.Type, e.Data.By)
		}
	}
	if c := last.Data.Cleared; last.Source != bridge.FromOperator || c == nil || c.By != "ann" || c.Note != "seen at the console" || c.Outcome != "refunded" {
		t.Errorf("the last event is %+v", last)
	}
}

func TestResolvingAnAgreementFromAShell(t *testing.T) {
	d, advance := newTestDesk(t)
	a := agreement.Agreement{ID: "agr_01KDZ98CG0W1KYQN1WG05Q6SFX", App: "shop", Wallet: "drawer", Reference: "R", Status: agreement.Pending, CreatedAt: d.now()}
	if _, err := d.store.AddAgreement(t.Context(), a, nil); err != nil {
		t.Fatal(err)
	}
	advance(25 * time.Hour)
	c := resolveCommand{ID: string(a.ID), Attention: "agreement_unsigned", Note: "will not sign", Outcome: "ended"}
	wantMatches(t, prints(t, func(out *bytes.Buffer) error { return c.resolve(t.Context(), d, out) }), string(a.ID)+`  ended`, `needs attention: nothing`)
	got, err := d.store.Agreement(t.Context(), a.ID)
	if err != nil || got.Status != agreement.Ended || len(got.Resolutions) != 1 || got.Resolutions[0].By != "ann" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// keep puts a notification into the desk's inbox.
func (d *desk) keep(t *testing.T, id, walletName string, order bridge.OrderID, body string) {
	t.Helper()
	err := d.store.KeepNotification(t.Context(), store.InboxItem{
		ID: id, Wallet: walletName, EventID: id, Order: order, PaymentID: "W1", Body: []byte(body), Reason: "no order matches", ReceivedAt: d.now(),
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheInboxFromAShell(t *testing.T) {
	d, advance := newTestDesk(t)
	o := d.paid(t)
	d.keep(t, "ntf_1", "drawer", o.ID, `{"accessToken":"tell-nobody","n":1}`)
	advance(time.Second)
	d.keep(t, "ntf_2", "removed", "", "x")
	list := func(c listInboxCommand) string {
		return prints(t, func(out *bytes.Buffer) error { return c.list(t.Context(), d, out) })
	}
	output := list(listInboxCommand{Limit: 100})
	wantMatches(t, output, `NOTIFICATION +WALLET`, `ntf_1 +drawer +`+string(o.ID)+` +W1 .*no order matches`)
	if strings.Contains(output, "ntf_2") {
		t.Errorf("a wallet that is not configured is listed without --wallet:\n%s", output)
	}
	wantMatches(t, list(listInboxCommand{Wallet: []string{"removed"}, Limit: 100}), `ntf_2 +removed`)
	wantMatches(t, list(listInboxCommand{Wallet: []string{"removed", "drawer"}, Limit: 1}), `ntf_2`, `There are more: --cursor ntf_2`)
	wantMatches(t, list(listInboxCommand{Wallet: []string{"removed", "drawer"}, Limit: 1, Cursor: "ntf_2"}), `ntf_1`)

	show := showInboxCommand{ID: "ntf_1"}
	output = prints(t, func(out *bytes.Buffer) error { return show.show(t.Context(), d, out) })
	wantMatches(t, output, `ntf_1  drawer`, `no order matches`, `\{"accessToken":"\[redacted\]","n":1\} \(utf-8\)`)

	retry := retryInboxCommand{ID: "ntf_1"}
	wantMatches(t, prints(t, func(out *bytes.Buffer) error { return retry.retry(t.Context(), d, out) }), `ntf_1 is still kept: no order matches`)
	var out bytes.Buffer
	if err := (&retryInboxCommand{ID: "ntf_9"}).retry(t.Context(), d, &out); fault.KindOf(err) == fault.NotFound || err == nil || !strings.Contains(err.Error(), "not_found") {
		t.Errorf("got %v", err)
	}

	dismiss := dismissInboxCommand{ID: "ntf_1", Note: "a duplicate"}
	wantMatches(t, prints(t, func(out *bytes.Buffer) error { return dismiss.dismiss(t.Context(), d, out) }), `ntf_1 was dismissed by ann: a duplicate`)
	if output := list(listInboxCommand{Limit: 100}); strings.Contains(output, "ntf_1") {
		t.Errorf("it is still listed:\n%s", output)
	}
	wantMatches(t, list(listInboxCommand{Dismissed: true, Limit: 100}), `ntf_1`)
	wantMatches(t, prints(t, func(out *bytes.Buffer) error { return show.show(t.Context(), d, out) }), `dismissed by ann at .*: a duplicate`)
	if err := (&dismissInboxCommand{ID: "ntf_1", Note: " "}).dismiss(t.Context(), d, &out); err == nil {
		t.Error("it was dismissed without a note")
	}
}

func TestDismissingDeadWebhooksFromAShell(t *testing.T) {
	d, _ := newTestDesk(t)
	d.paid(t)
	messages, err := d.store.Deliveries(t.Context(), store.DeliveryQuery{App: "shop", Limit: 10})
	if err != nil || len(messages) == 0 {
		t.Fatalf("got %v, %v", messages, err)
	}
	m := messages[len(messages)-1]
	c := dismissCommand{Delivery: []string{m.ID}, Note: "no receiver"}
	var out bytes.Buffer
	if err := c.dismiss(t.Context(), d, &out); err == nil || !strings.Contains(err.Error(), "conflict") {
		t.Errorf("one that is not dead: got %v", err)
	}
	if err := d.store.FinishMessage(t.Context(), m.ID, m.Attempts, store.Delivery{Status: store.Dead, At: d.now()}); err != nil {
		t.Fatal(err)
	}
	wantMatches(t, prints(t, func(out *bytes.Buffer) error { return c.dismiss(t.Context(), d, out) }), m.ID+` is dismissed`)
	list, err := d.store.Deliveries(t.Context(), store.DeliveryQuery{App: "shop", Status: store.Dismissed, Limit: 10})
	if err != nil || len(list) != 1 || list[0].ID != m.ID {
		t.Errorf("got %+v, %v", list, err)
	}
	for _, id := range []string{"dlv_x", "ord_1", "dlv_01JZZZZZZZZZZZZZZZZZZZZZZZ-1-webhook"} {
		if err := (&dismissCommand{Delivery: []string{id}, Note: "x"}).dismiss(t.Context(), d, &out); err == nil {
			t.Errorf("%s was dismissed", id)
		}
	}
}

func TestARestoredStoreFromAShell(t *testing.T) {
	d, advance := newTestDesk(t)
	print := func(c restoredCommand) (string, error) {
		var out bytes.Buffer
		err := c.print(t.Context(), d, &out)
		return out.String(), err
	}
	never, err := print(restoredCommand{})
	if err != nil {
		t.Fatal(err)
	}
	wantMatches(t, never, `never restored`)
	d.paid(t)
	advance(time.Hour)
	if _, err := d.store.MarkRestored(t.Context(), d.now(), d.now().Add(-24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	held, err := print(restoredCommand{})
	if err != nil {
		t.Fatal(err)
	}
	wantMatches(t, held, `epoch 1, restored 2026-01-02T13:00:00Z`, `Refunds are held`, `still to be queried: 1`)
	if _, err := print(restoredCommand{Lift: true, Note: "compared"}); err == nil || !strings.Contains(err.Error(), "1 orders have not been queried") {
		t.Errorf("lifted too early: %v", err)
	}
	if _, err := print(restoredCommand{Lift: true}); err == nil {
		t.Error("lifted without a note")
	}
	if _, err := print(restoredCommand{Note: "x"}); err == nil {
		t.Error("a note without --lift was taken")
	}
	if _, err := d.engine.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	lifted, err := print(restoredCommand{Lift: true, Note: "compared with the statements"})
	if err != nil {
		t.Fatal(err)
	}
	wantMatches(t, lifted, `epoch 1`, `lifted .* by ann: compared with the statements`)
	if again, err := print(restoredCommand{}); err != nil || again != lifted {
		t.Errorf("got %q, %v", again, err)
	}
}

func TestACommandCreatesNoMissingStore(t *testing.T) {
	data := t.TempDir()
	for _, args := range [][]string{
		{"resolve", "ord_01JZZZZZZZZZZZZZZZZZZZZZZZ", "--attention", "late_payment", "--note", "x"}, {"inbox"}, {"inbox", "retry", "ntf_1"},
		{"restored"}, {"dismiss", "dlv_1", "--note", "x"},
	} {
		wantMatches(t, refused(t, 1, append(args, "--data", data)...), `there is no store at .*minitill\.db`)
	}
	if list, err := filepath.Glob(filepath.Join(data, "*")); err != nil || len(list) > 0 {
		t.Errorf("the directory has %v, %v", list, err)
	}
}

func TestTheDeskOfTheDemoReachesTheDemosWallet(t *testing.T) {
	c := sandboxConfig()
	c.Data = filePath(t.TempDir())
	d, err := newDesk(t.Context(), &c, memstore.New(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.wallets) != 1 || d.wallets[0] != sandboxWallet || d.by == "" {
		t.Errorf("got %+v", d)
	}
	if _, err := d.engine.App(demoApp); err != nil {
		t.Error(err)
	}
}
