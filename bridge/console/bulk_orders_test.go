package console

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// flaggedMany makes orders of the shop that are paid and have a reason for attention.
func (w *world) flaggedMany(n int, why bridge.Attention) (ids []bridge.OrderID) {
	w.Helper()
	for range n {
		o := w.paid()
		w.raise(o.ID, why)
		ids = append(ids, o.ID)
	}
	return ids
}

func (w *world) raise(id bridge.OrderID, why bridge.Attention) {
	w.Helper()
	_, err := w.store.UpdateOrder(w.Context(), id, func(c *bridge.Change) error {
		c.RaiseOrderAttention(why, bridge.FromTime, w.clock.Now())
		return nil
	})
	w.must(nil, err)
}

var untilField = regexp.MustCompile(`name="until" value="(\d+)"`)

// counts opens the page of a filter, and returns the form of what is counted there.
func (b *browser) counts(query, want string) (form []string) {
	b.Helper()
	b.clock.Advance(time.Second)
	a := b.get("/console/bulk?"+query).want(200, want)
	found := untilField.FindStringSubmatch(a.Body.String())
	if found == nil {
		b.Fatalf("the page has no form: %s", a.text())
	}
	form = []string{"key", newKey(), "until", found[1]}
	for _, pair := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		form = append(form, name, value)
	}
	return form
}

// many is the newest bulk about orders.
func (w *world) many() bulk {
	w.Helper()
	list, err := w.console.bulks(w.Context(), ordersDocument)
	w.must(nil, err)
	if len(list) == 0 {
		w.Fatal("there is no bulk")
	}
	return list[0]
}

func (w *world) runOnce(times int) {
	w.Helper()
	for range times {
		w.must(nil, w.console.RunOnce(w.Context()))
	}
}

func (w *world) statuses(ids []bridge.OrderID) (n map[wallet.Status]int) {
	n = map[wallet.Status]int{}
	for _, id := range ids {
		n[w.again(id).Status]++
	}
	return n
}

func TestManyOrdersAreCountedAndTheirWalletsQueried(t *testing.T) {
	w := newWorld(t)
	var ids []bridge.OrderID
	for range 7 {
		ids = append(ids, w.order("shop").ID)
	}
	club := w.order("club").ID
	b := w.signedIn("sup", "support")
	b.get("/console/orders?status=pending").want(200, "Query all of these at their wallets")
	form := b.counts("status=pending", "7 orders match")
	later := w.order("shop").ID
	w.purse.status = wallet.Paid
	b.post("/console/bulk/refresh", form...).want(400, "Reason is required")
	b.post("/console/bulk/refresh", append(form, "reason", "the wallet was down")...).want(303)
	b.post("/console/bulk/refresh", append(form, "reason", "again")...).want(303) // the same form
	if list, err := w.console.bulks(t.Context(), ordersDocument); len(list) != 1 || err != nil || list[0].Reason != "the wallet was down" {
		t.Errorf("a second press: got %+v, %v, want the first bulk", list, err)
	}
	form[1] = newKey()
	b.post("/console/bulk/refresh", append(form, "reason", "again")...).want(409, "under way")
	b.post("/console/bulk/refresh", append(form[2:], "reason", "again")...).want(400, "open the page again")
	w.runOnce(1)
	if got := w.statuses(ids); got[wallet.Paid] != ordersBatch {
		t.Errorf("after a batch: got %v, want %d paid", got, ordersBatch)
	}
	b.get("/console/bulk").want(200, "5 of 7", "status pending", "the wallet was down")
	w.runOnce(2)
	if got := w.statuses(ids); got[wallet.Paid] != 7 {
		t.Errorf("got %v, want all paid", got)
	}
	if o := w.again(later); o.Status != wallet.Pending {
		t.Errorf("an order that was made after the count is %s, want it left alone", o.Status)
	}
	if len(w.purse.calls) != 0 {
		t.Errorf("the wallet was asked to %v; no money moves in bulk", w.purse.calls)
	}
	_ = w.again(club)
	b.get("/console/bulk").want(200, "7 of 7", "ended").lacks("/cancel\"")
	if e := w.audit(); e[2].Action != "orders.refresh" || e[2].Subject != w.many().ID || e[2].Reason != "the wallet was down" || !strings.HasPrefix(e[2].Outcome, "done, 7 orders with status pending, created from the beginning before 2026-01-02 12:00 UTC") {
		t.Errorf("the audit log has %+v", e[2])
	}
	w.runOnce(1)
	w.signedIn("fin", "finance").get("/console/audit").want(200, "Done 7 orders with status pending")
}

func TestAReasonIsClearedAtManyOrdersWithANote(t *testing.T) {
	w := newWorld(t)
	ids := w.flaggedMany(6, bridge.LatePayment)
	other := w.flaggedMany(1, bridge.ForeignRefund)[0]
	w.raise(ids[1], bridge.DoublePayment)
	b := w.signedIn("sup", "support")
	b.get("/console/attention?reason=late_payment").want(200, "Query or clear many")
	w.clock.Advance(time.Second)
	b.get("/console/bulk?attention=any").want(200, "7 orders match", "choose one reason").lacks("bulk/clear")
	form := append(b.counts("attention=late_payment", "6 orders match"), "reason", "all were delivered")
	w.clock.Advance(time.Second)
	w.raise(ids[2], bridge.LatePayment) // the reason stands already
	w.clear(ids[3])
	w.clock.Advance(time.Second)
	w.raiseAgain(ids[3])
	b.post("/console/bulk/clear", form...).want(303)
	w.runOnce(3)
	for i, id := range ids {
		o := w.again(id)
		if stands := strings.Contains(fmt.Sprint(o.Attention()), string(bridge.LatePayment)); stands != (i == 3) {
			t.Errorf("order %d: got %v", i, o.Attention())
		}
		h, err := w.engine.History(t.Context(), id)
		w.must(nil, err)
		cleared := h.Events[len(h.Events)-1].Data.Cleared
		if i != 3 && (cleared == nil || cleared.Note != "all were delivered" || cleared.By != "sup" || cleared.Outcome != "") {
			t.Errorf("order %d: the last event is %+v, want the note and who wrote it", i, h.Events[len(h.Events)-1])
		}
	}
	if got := w.attention(ids[1]); len(got) != 1 || got[0] != bridge.DoublePayment {
		t.Errorf("another reason of an order: got %v, want it to stand", got)
	}
	if got := w.attention(other); len(got) != 1 {
		t.Errorf("an order with another reason: got %v, want it to stand", got)
	}
	b.get("/console/bulk").want(200, "6 of 6, of which 1 stayed as it was", "raised again", string(ids[3]), "Clear “Late payment”")
	if len(w.purse.calls) != 0 {
		t.Errorf("the wallet was asked to %v; no money moves in bulk", w.purse.calls)
	}
}

// clear clears the late payment of an order, and raiseAgain has it raised anew.
func (w *world) clear(id bridge.OrderID) {
	w.Helper()
	b := w.signedIn("fin", "finance")
	page := b.get("/console/orders/" + string(id))
	b.post("/console/orders/"+string(id)+"/resolve", page.form("attention", "late_payment", "reason", "seen")...).want(303)
}

func (w *world) raiseAgain(id bridge.OrderID) {
	w.Helper()
	_, err := w.store.UpdateOrder(w.Context(), id, func(c *bridge.Change) error {
		c.RaisePaymentAttention(1, bridge.LatePayment, nil, bridge.News{Source: bridge.FromTime}, w.clock.Now())
		return nil
	})
	w.must(nil, err)
}

// TestWhatNeedsAnOutcomeIsLeft: a note alone does not end an open payment.
func TestWhatNeedsAnOutcomeIsLeft(t *testing.T) {
	w := newWorld(t)
	id := w.order("shop").ID
	_, err := w.store.UpdateOrder(t.Context(), id, func(c *bridge.Change) error {
		c.RaisePaymentAttention(1, bridge.PaymentUnresolved, nil, bridge.News{Source: bridge.FromTime}, w.clock.Now())
		return nil
	})
	w.must(nil, err)
	b := w.signedIn("sup", "support")
	b.post("/console/bulk/clear", append(b.counts("attention=payment_unresolved", "1 order matches"), "reason", "old")...).want(303)
	w.runOnce(2)
	if o := w.again(id); len(o.Attention()) != 1 || o.Status != wallet.Pending {
		t.Errorf("got %s with %v, want the order as it was", o.Status, o.Attention())
	}
	if m := w.many(); m.Open() || m.Failed != 1 || m.Last != id || m.Why == "" {
		t.Errorf("got %+v, want an end with the order that was left", m)
	}
}

// dying is a store of documents that fails from a call on.
type dying struct {
	store.Documents
	calls *int
}

func (d dying) ChangeDocument(ctx context.Context, name string, change func([]byte) ([]byte, error)) error {
	if *d.calls--; *d.calls < 0 {
		return errors.New("the node stops")
	}
	return d.Documents.ChangeDocument(ctx, name, change)
}

func TestABulkGoesOnAfterACrashAndClearsNothingTwice(t *testing.T) {
	w := newWorld(t)
	ids := w.flaggedMany(7, bridge.LatePayment)
	b := w.signedIn("sup", "support")
	b.post("/console/bulk/clear", append(b.counts("attention=late_payment", "7 orders match"), "reason", "delivered")...).want(303)
	crashed := *w.console
	crashed.documents = dying{w.store, new(1)} // it takes the lease, and cannot store how far it came
	if err := crashed.RunOnce(t.Context()); err == nil {
		t.Fatal("the batch was not interrupted")
	}
	left := func() (n int) {
		for _, id := range ids {
			n += len(w.attention(id))
		}
		return n
	}
	w.runOnce(1)
	if got := left(); got != 7-ordersBatch {
		t.Errorf("while another node has the lease: got %d left, want %d as before", got, 7-ordersBatch)
	}
	w.clock.Advance(bulkLease)
	w.runOnce(3)
	if got, m := left(), w.many(); got != 0 || m.Open() || m.Finished+m.Gone() != 7 || m.Failed != 0 {
		t.Errorf("got %d left and %+v, want none and the end", got, m)
	}
	b.get("/console/bulk").want(200, "2 of 7; 5 matched no more, ended")
	for _, id := range ids {
		h, err := w.engine.History(t.Context(), id)
		w.must(nil, err)
		cleared := 0
		for _, e := range h.Events {
			if e.Data.Cleared != nil {
				cleared++
			}
		}
		if cleared != 1 {
			t.Errorf("%s was cleared %d times", id, cleared)
		}
	}
}

// TestABatchOfALostLeaseDoesNotCount: another node has gone on meanwhile.
func TestABatchOfALostLeaseDoesNotCount(t *testing.T) {
	w := newWorld(t)
	w.flaggedMany(12, bridge.LatePayment)
	b := w.signedIn("sup", "support")
	b.post("/console/bulk/refresh", append(b.counts("attention=late_payment", "12 orders match"), "reason", "x")...).want(303)
	slow := w.many()
	w.runOnce(1)
	w.must(nil, w.console.orderBatch(t.Context(), &slow))
	if m := w.many(); m.Finished != ordersBatch {
		t.Errorf("got %d, want %d", m.Finished, ordersBatch)
	}
}

func TestABulkIsCanceled(t *testing.T) {
	w := newWorld(t)
	ids := w.flaggedMany(7, bridge.LatePayment)
	b := w.signedIn("sup", "support")
	b.post("/console/bulk/clear", append(b.counts("attention=late_payment", "7 orders match"), "reason", "x")...).want(303)
	w.runOnce(1)
	cancel := "/console/bulk/" + w.many().ID + "/cancel"
	w.signedIn("club", "support@club").post(cancel).want(404)
	w.signedIn("eye", "viewer").post(cancel).want(403)
	b.post("/console/replays/" + w.many().ID + "/cancel").want(404)
	b.post(cancel).want(303)
	w.runOnce(2)
	left := 0
	for _, id := range ids {
		left += len(w.attention(id))
	}
	if left != 7-ordersBatch {
		t.Errorf("got %d left, want %d", left, 7-ordersBatch)
	}
	b.get("/console/bulk").want(200, "5 of 7", "canceled by sup")
	if e := w.audit()[0]; e.Action != "orders.note" || e.Subject != w.many().ID || e.Reason != "canceled" {
		t.Errorf("the audit log ends with %+v", e)
	}
}

func TestABulkEndsWithTheRightOfItsOperator(t *testing.T) {
	w := newWorld(t)
	ids := w.flaggedMany(7, bridge.LatePayment)
	b := w.signedIn("sup", "support")
	w.signedIn("adm", "admin")
	b.post("/console/bulk/clear", append(b.counts("attention=late_payment", "7 orders match"), "reason", "x")...).want(303)
	o, err := w.operators.Book.Named(t.Context(), "sup")
	w.must(nil, err)
	_, err = w.operators.Disable(t.Context(), o.ID, "adm")
	w.must(nil, err)
	w.runOnce(2)
	for _, id := range ids {
		if len(w.attention(id)) != 1 {
			t.Errorf("%s was cleared for an operator who is disabled", id)
		}
	}
	if m := w.many(); m.Open() || !strings.Contains(m.Canceled, "sup may not do this any more") {
		t.Errorf("got %+v, want an end", m)
	}
}

func TestWhatABulkRefuses(t *testing.T) {
	w := newWorld(t)
	w.flaggedMany(1, bridge.LatePayment)
	b := w.signedIn("sup", "support")
	now := strconv.FormatInt(w.clock.Now().UnixMilli(), 10)
	later := strconv.FormatInt(w.clock.Now().Add(time.Hour).UnixMilli(), 10)
	for name, c := range map[string]struct {
		kind string
		form []string
		want string
	}{
		"no count":             {"refresh", []string{"reason", "x"}, "count the orders first"},
		"a count of tomorrow":  {"refresh", []string{"reason", "x", "until", later}, "count the orders first"},
		"a text":               {"refresh", []string{"reason", "x", "until", now, "q", "payer-7"}, "does not select"},
		"no reason to clear":   {"clear", []string{"reason", "x", "until", now}, "one reason"},
		"any reason to clear":  {"clear", []string{"reason", "x", "until", now, "attention", "any"}, "one reason"},
		"a reason that is not": {"clear", []string{"reason", "x", "until", now, "attention", "sunshine"}, "is not a reason"},
		"no note":              {"clear", []string{"until", now, "attention", "late_payment"}, "Reason is required"},
		"an empty range":       {"refresh", []string{"reason", "x", "until", now, "from", "2031-01-01T00:00"}, "before the end"},
	} {
		t.Run(name, func(t *testing.T) {
			w.T = t
			b.post("/console/bulk/"+c.kind, c.form...).want(400, c.want)
		})
	}
	b.get("/console/bulk?q=payer-7").want(400, "does not select")
	b.get("/console/bulk?from=2031-01-01T00:00").want(400, "before the end")
	if list, err := w.console.bulks(t.Context(), ordersDocument); len(list) != 0 || err != nil {
		t.Errorf("got %+v, %v, want none", list, err)
	}
}

func (w *world) attention(id bridge.OrderID) []bridge.Attention {
	w.Helper()
	o := w.again(id)
	return o.Attention()
}
