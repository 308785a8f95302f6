package explore_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// violation is something that must not be at the end of a run, or ever.
type violation struct {
	kind   string // the same for all violations of one sort
	detail string
}

func (w *world) violated(kind, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.found = append(w.found, violation{kind, fmt.Sprintf(format, args...)})
}

// committed checks what must hold after each commit. before is nil for a new order.
func (w *world) committed(before, after *bridge.Order) {
	w.order = after.ID
	w.expired = w.expired || after.Status == wallet.Expired
	if after.Refunded+after.RefundOpen > after.Paid {
		w.violated("more is refunded or promised than was paid", "%d + %d of %d", after.Refunded, after.RefundOpen, after.Paid)
	}
	open := 0
	for i := range after.Payments {
		if after.Payments[i].Open() {
			open++
		}
	}
	if open > 1 {
		w.violated("two payments are open at once", "%d payments are open", open)
	}
	if before == nil {
		return
	}
	if after.Paid < before.Paid || after.Refunded < before.Refunded || before.Status == wallet.Paid && after.Status != wallet.Paid {
		w.violated("the books went back", "from %s, %d, %d to %s, %d, %d",
			before.Status, before.Paid, before.Refunded, after.Status, after.Paid, after.Refunded)
	}
}

// opened is called when a wallet opens a payment.
func (w *world) opened(a *account, p *farPayment) {
	switch {
	case w.canceled:
		w.violated("a payment was opened after the order was canceled", "%s at %s", short(p.request), a.name)
	case w.expired:
		w.violated("a payment was opened after the order had expired", "%s at %s", short(p.request), a.name)
	}
	for _, b := range w.accounts {
		for _, q := range b.payments {
			if q != p && !q.late && (q.now.status == wallet.Pending || q.now.status == wallet.Authorized || q.now.status == wallet.Paid) {
				w.violated("a payment was opened beside another", "%s at %s, while %s is %s", short(p.request), a.name, short(q.request), q.now.status)
			}
		}
	}
}

// acknowledged requires news that is still true, and was acknowledged, to be booked, kept,
// flagged, or due for a status query.
func (w *world) acknowledged(n *notice) {
	if w.order == "" {
		return
	}
	o := w.read()
	i := slices.IndexFunc(o.Payments, func(p bridge.Payment) bool { return p.RequestID == n.payment.request })
	if i >= 0 && booked(&o, &o.Payments[i], n) || len(o.Attention())+len(w.resolved) > 0 || n.forged || !o.DueAt.IsZero() && !o.DueAt.After(time.Now().Add(w.scenario.skew)) {
		return
	}
	if !w.inSight(&o, n.account, n.payment) {
		w.violated("news was acknowledged without a trace", "%s; the order is due at %s", n.words(), o.DueAt.Format(time.TimeOnly))
	}
}

// inSight reports whether a person can see that something is wrong with a payment: the order
// has an attention, or the inbox keeps its news.
func (w *world) inSight(o *bridge.Order, a *account, p *farPayment) bool {
	kept, err := w.store.Inbox(context.Background(), o.ID, []bridge.PaymentKey{{Wallet: a.name, PaymentID: p.id}})
	if err != nil {
		panic(err)
	}
	return len(kept) > 0 || len(o.Attention()) > 0
}

// booked reports whether the order knows what a notification said, as far as it is still true.
func booked(o *bridge.Order, p *bridge.Payment, n *notice) bool {
	far := n.payment.now
	switch {
	case n.event.Kind == wallet.RefundEvent:
		return slices.ContainsFunc(o.Refunds, func(r bridge.Refund) bool {
			return r.Payment == p.Number && (r.RequestID == n.event.Refund.RequestID || r.WalletRefundID == n.event.Refund.RefundID) && r.Status == n.event.Refund.Status
		})
	case far.status != n.event.Payment.Status:
		return true
	case far.reversed:
		return p.Paid == 0 && p.Status != wallet.Authorized
	}
	return p.Status == far.status
}

// patience is how long everything has to settle, or to be brought to a person's
// attention, once nothing goes wrong any more.
const patience = 31 * 24 * time.Hour

// quiet lets time pass, without faults, until nothing is left to learn; then the
// merchant repeats what was not answered, and everything is queried once more.
func (w *world) quiet() {
	w.deliverAll()
	w.settle()
	if w.order == "" {
		return
	}
	for _, a := range slices.Concat(w.scenario.before, w.scenario.script, w.scenario.also) {
		if w.unanswered(a) {
			w.note(a.words)
			w.run(a)
		}
	}
	w.deliverAll()
	w.settle()
	if _, err := w.idle(1).Refresh(context.Background(), w.order); err != nil {
		w.note("… querying everything: " + err.Error())
	}
}

// unanswered reports whether a is a request that was begun and has no answer yet.
func (w *world) unanswered(a action) bool {
	for _, r := range w.requests {
		if "the merchant requests: "+r.what == a.words && r.begun && !r.done && !r.declined {
			return a.ready(w)
		}
	}
	return false
}

// settle queries what is due as long as anything is, within patience. What a person is
// notified of, and does not change any more, is not waited for.
func (w *world) settle() {
	until := time.Now().Add(patience)
	var sequence int64
	var changed time.Time
	for range mostSteps {
		due := w.due()
		if due.IsZero() || due.After(until) {
			return
		}
		o := w.read()
		if o.Sequence != sequence {
			sequence, changed = o.Sequence, due
		}
		if len(o.Attention()) > 0 && due.Sub(changed) > lastStep {
			return
		}
		w.queryDue(due)
	}
	o := w.read()
	w.violated("an order that is queried for ever", "%d steps, %d events", mostSteps, o.Sequence)
}

// lastStep is longer than the time in which late money is queried.
const lastStep = 30 * time.Hour

func (w *world) queryDue(due time.Time) {
	time.Sleep(time.Until(due))
	w.queried = w.dueInStore()
	if _, err := w.idle(1).RunOnce(context.Background()); err != nil {
		w.note("… querying what is due: " + err.Error())
	}
	synctest.Wait()
	w.deliverAll()
}

// judge compares our books with the wallets', and finds what is open without attention.
func (w *world) judge() {
	if w.order == "" {
		if slices.ContainsFunc(w.accounts, func(a *account) bool { return len(a.payments) > 0 }) {
			w.violated("a payment without an order", "")
		}
		return
	}
	o := w.read()
	w.note("at the end: " + summary(&o))
	w.judgePayments(&o)
	w.judgeRefunds(&o)
	w.judgeRequests()
	w.judgeSilence(&o)
	w.judgeEvents(&o)
	w.judgeNet(&o)
}

// summary is what a reader of a trace wants to know of an order.
func summary(o *bridge.Order) string {
	var text strings.Builder
	fmt.Fprintf(&text, "the order is %s with %d paid and %d refunded", o.Status, o.Paid, o.Refunded)
	for _, p := range o.Payments {
		fmt.Fprintf(&text, "; %s at %s is %s", short(p.RequestID), p.Wallet, p.Status)
	}
	for _, r := range o.Refunds {
		fmt.Fprintf(&text, "; %s of %d is %s", short(r.RequestID), r.Amount, r.Status)
	}
	fmt.Fprintf(&text, "; attention %v", o.Attention())
	return text.String()
}

func flagged(o *bridge.Order, fitting ...bridge.Attention) bool {
	return slices.ContainsFunc(o.Attention(), func(a bridge.Attention) bool { return slices.Contains(fitting, a) })
}

func (w *world) judgePayments(o *bridge.Order) {
	captures, known := 0, 0
	for _, a := range w.accounts {
		for _, far := range a.payments {
			if far.now.captured > 0 && !far.now.reversed {
				captures++
			}
			i := slices.IndexFunc(o.Payments, func(p bridge.Payment) bool { return p.RequestID == far.request && p.Wallet == a.name && far.is(&p, a) })
			if i < 0 {
				w.violated("a payment at the wallet that the order does not have", "%s", short(far.request))
				continue
			}
			if known++; far.now.reversed {
				w.judgeReversed(o, &o.Payments[i], far)
			} else {
				w.judgePayment(o, &o.Payments[i], far)
			}
		}
	}
	if captures > 1 && !w.raised(o, bridge.DoublePayment) {
		w.violated("two payments were paid, and no attention is raised", "%d", captures)
	}
	for _, p := range o.Payments {
		far := w.account(p.Wallet).payment(p.Ref())
		if far == nil && p.Paid > 0 {
			w.violated("money in the order that no wallet has", "%s has %d", short(p.RequestID), p.Paid)
		}
	}
}

// judgePayment requires equal sums, or what a wallet does not report to need attention.
func (w *world) judgePayment(o *bridge.Order, p *bridge.Payment, far *farPayment) {
	a := w.account(p.Wallet)
	switch {
	case (a.gone || a.kit.has(noAmount|noSum)) && len(o.Attention()) > 0:
	case p.Open() && flagged(o, bridge.PaymentUnresolved): // a person finds out
	case untold(a, p, far) && w.inSight(o, a, far):
	case far.now.captured > p.Paid:
		w.violated("money at the wallet that the order does not have", "%s: %d captured, %d paid", short(p.RequestID), far.now.captured, p.Paid)
	case far.now.captured < p.Paid:
		w.violated("money in the order that no wallet has", "%s: %d captured, %d paid", short(p.RequestID), far.now.captured, p.Paid)
	case far.now.status == wallet.Authorized && p.Status != wallet.Authorized && len(o.Attention()) == 0:
		w.violated("held money that the order does not have", "%s is %s", short(p.RequestID), p.Status)
	}
}

// untold reports whether a wallet does not report what became of a payment: it answers nothing
// any more, refuses a repeat, names no amounts, or notifies by an id that the order was
// never given.
func untold(a *account, p *bridge.Payment, far *farPayment) bool {
	return a.gone || far.denied || a.kit.has(noAmount) || a.kit.has(byID) && !slices.Contains(p.IDs(), far.id)
}

// judgeReversed requires money that the wallet gave back to be either never booked or
// flagged.
func (w *world) judgeReversed(o *bridge.Order, p *bridge.Payment, far *farPayment) {
	switch {
	case p.Paid > 0 && far.now.gone > 0 && !w.raised(o, bridge.PaymentReversed):
		w.violated("paid money was reversed, and no attention is raised", "%s: %d paid", short(p.RequestID), p.Paid)
	case p.Paid == 0 && p.Status == wallet.Authorized:
		w.violated("held money was released by the wallet, and the order still holds it", "%s", short(p.RequestID))
	}
}

func (w *world) judgeRefunds(o *bridge.Order) {
	for _, a := range w.accounts {
		for _, p := range a.payments {
			if sum := p.refunded(a); sum > p.now.captured {
				w.violated("more was refunded than captured", "%s: %d of %d", short(p.request), sum, p.now.captured)
			}
		}
		for _, far := range a.refunds {
			i := slices.IndexFunc(o.Refunds, func(r bridge.Refund) bool {
				return r.RequestID == far.request && (far.request != "" || r.WalletRefundID == far.id)
			})
			if i < 0 {
				w.violated("a refund at the wallet that the order does not have", "%s", short(far.request))
				continue
			}
			w.judgeRefund(o, &o.Refunds[i], far, a)
		}
	}
	for _, r := range o.Refunds {
		a := w.account(o.Payment(r.Payment).Wallet)
		if r.Status == wallet.RefundSucceeded && a.refund(r.RequestID) == nil && r.RequestID+r.WalletRefundID != "" && !flagged(o, bridge.RefundMismatch) {
			w.violated("a refund in the order that the wallet never made", "%s", short(r.RequestID))
		}
	}
}

// judgeRefund requires a refund that was made to be booked. Where the wallet cannot be
// asked, a person may have to be.
func (w *world) judgeRefund(o *bridge.Order, r *bridge.Refund, far *farRefund, a *account) {
	if !r.Sent() {
		w.violated("a refund at the wallet that no second operator has approved", "%s, %s", short(r.RequestID), r.Approval.State)
	}
	switch {
	case r.Status == wallet.RefundSucceeded && r.Amount == far.amount:
	case a.gone && len(o.Attention()) > 0:
	case a.kit.has(noRefundQuery) && r.Status == wallet.RefundPending && flagged(o, bridge.RefundUnconfirmed):
	default:
		w.violated("a refund at the wallet that is not booked", "%s: %d at the wallet; %d, %s in the order",
			short(r.RequestID), far.amount, r.Amount, r.Status)
	}
}

// judgeRequests requires each request of the merchant to have moved money at most once,
// under whichever key.
func (w *world) judgeRequests() {
	for _, r := range w.requests {
		made := 0
		for _, a := range w.accounts {
			for _, far := range a.refunds {
				if far.reason == r.what {
					made++
				}
			}
		}
		if made > 1 {
			w.violated("one request was refunded twice", "%s: %d times", r.what, made)
		}
	}
}

// judgeSilence requires everything that is not final to be in sight of a person.
func (w *world) judgeSilence(o *bridge.Order) {
	if len(o.Attention()) > 0 {
		return
	}
	for _, p := range o.Payments {
		switch {
		case p.Open():
			w.violated("a payment is open in silence", "%s is %s", short(p.RequestID), p.Status)
		case p.Operation != nil:
			w.violated("a capture or void is open in silence", "%s", short(p.Operation.RequestID))
		}
	}
	if o.RefundOpen > 0 {
		w.violated("a refund is open in silence", "%d", o.RefundOpen)
	}
	if !o.Final() && o.DueAt.IsZero() {
		w.violated("an order is open and never queried", "%s", o.Status)
	}
}

// judgeEvents requires the log to replay to the order, and no merchant to be notified that an
// order has ended that is paid afterwards, unless attention is raised as well.
func (w *world) judgeEvents(o *bridge.Order) {
	events := w.events()
	if got, want := asJSON(bridge.Replay(events)), asJSON(*o); got != want {
		w.violated("the event log does not replay to the order", "%s\n%s", got, want)
	}
	w.judgeArchived(o)
	var ended bridge.EventType
	for _, e := range events {
		switch e.Type {
		case bridge.OrderCanceled, bridge.OrderExpired, bridge.OrderFailed:
			ended = e.Type
		}
	}
	if ended != "" && ended != bridge.OrderFailed && o.Status == wallet.Paid && len(o.Attention())+len(w.resolved) == 0 {
		w.violated("the merchant is notified that the order has ended, and it is paid", "%s", ended)
	}
	if w.choices.taken.faults() == 0 {
		w.judgeAttention(o)
	}
}

// judgeAttention requires no attention when nothing went wrong, beside that to money that
// the scenario brings late, or without an amount.
func (w *world) judgeAttention(o *bridge.Order) {
	if w.scenario.alpha.has(noAmount) {
		return
	}
	for _, a := range o.Attention() {
		switch a {
		case bridge.LatePayment, bridge.LateAuthorization, bridge.DoublePayment:
		case bridge.PaymentUnresolved:
			if !w.scenario.alpha.has(clings | mumbles) { // it does not end by itself there
				w.violated("attention without a reason", "%v", a)
			}
		case bridge.ForeignRefund, bridge.PaymentReversed, bridge.RefundMismatch, bridge.AmountUnknown, bridge.AmountMismatch:
			if !strings.HasPrefix(w.scenario.name, "hostile") && !w.scenario.alpha.has(noAmount) {
				w.violated("attention without a reason", "%v", a)
			}
		default:
			w.violated("attention without a reason", "%v", a)
		}
	}
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}
