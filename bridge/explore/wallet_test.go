package explore_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// lag is how long a query may still answer as of before a change.
const lag = 30 * time.Second

// account is what happened at a wallet: the truth that our books are compared with.
type account struct {
	world     *world
	name      string
	kit       kit
	gone      bool              // it answers nothing any more
	requested map[string]string // what was requested first, by request id
	payments  []*farPayment
	refunds   []*farRefund
}

// farPayment is a payment as its wallet has it.
type farPayment struct {
	request   string
	id        string
	hold      bool
	amount    int64
	now       farState
	before    farState // what a query that lags still answers
	changed   time.Time
	late      bool // it was paid after it had ended
	hasMethod bool
	second    bool // it was charged under the request of another
	denied    bool // a repeat of what was done was refused, so that its answer does not name the sum
}

type farState struct {
	status   wallet.Status // empty: there is no such payment
	captured int64
	taken    string // the request id of the capture or void that was executed
	reversed bool   // captured money was given back by a cancel
	gone     int64  // how much of it
}

// farRefund is a refund that was executed.
type farRefund struct {
	request string
	id      string
	payment *farPayment
	amount  int64
	reason  string // which request of the merchant it is for
	made    time.Time
}

func (a *account) payment(ref wallet.Ref) *farPayment {
	for _, p := range a.payments {
		if p.request == ref.RequestID && p.id == ref.PaymentID {
			return p
		}
	}
	for _, p := range a.payments {
		if p.request == ref.RequestID {
			return p
		}
	}
	return nil
}

func (a *account) refund(request string) *farRefund {
	for _, r := range a.refunds {
		if r.request == request {
			return r
		}
	}
	return nil
}

// sameMeaning notes the content of a request, and requires each repeat of it to be the same.
func (a *account) sameMeaning(request string, meaning ...any) {
	text := fmt.Sprint(meaning...)
	if first, ok := a.requested[request]; ok && first != text {
		a.world.violated("one request id was used with two meanings", "%s: first %s, then %s", short(request), first, text)
		return
	}
	a.requested[request] = text
}

// open executes a request for a payment.
func (a *account) open(req *wallet.PaymentRequest) *farPayment {
	p := &farPayment{
		request: req.RequestID, id: a.name + "-" + strconv.Itoa(len(a.payments)+1), hold: req.Hold, amount: req.Amount.Minor,
		hasMethod: a.kit.has(namesMethod),
	}
	a.payments = append(a.payments, p)
	a.change(p, farState{status: wallet.Pending})
	a.world.opened(a, p)
	return p
}

// change moves a payment on; a query may lag behind it.
func (a *account) change(p *farPayment, to farState) {
	p.before, p.now, p.changed = p.now, to, time.Now()
}

// report puts news of a payment, as it stands now, among the notifications to come.
func (a *account) report(p *farPayment) {
	if a.kit.has(noNotify) {
		return
	}
	news := a.reports(p, p.now)
	if a.kit.has(byID) {
		news.RequestID = ""
	}
	a.world.notify(a, p, wallet.Event{Kind: wallet.PaymentEvent, Payment: news})
}

// pay lets the payer pay, or authorize, a payment.
func (a *account) pay(p *farPayment) {
	to := farState{status: wallet.Paid, captured: p.amount}
	if p.hold {
		to = farState{status: wallet.Authorized}
	}
	if a.kit.has(paidElsewhere) {
		p.id += "-paid"
	}
	a.change(p, to)
	a.report(p)
}

// giveBack executes a refund. It has no upper bound, so that a request for more than
// was captured is seen.
func (a *account) giveBack(p *farPayment, req *wallet.RefundRequest) *farRefund {
	r := &farRefund{request: req.RequestID, id: "r" + strconv.Itoa(len(a.refunds)+1), payment: p, amount: req.Amount.Minor, reason: req.Reason, made: time.Now()}
	a.refunds = append(a.refunds, r)
	if a.kit.has(tellsRefunds) {
		news := r.answer()
		if a.kit.has(byID) {
			news.RequestID, news.Payment.RequestID = "", ""
		}
		a.world.notify(a, p, wallet.Event{Kind: wallet.RefundEvent, Refund: news})
	}
	return r
}

func (p *farPayment) refunded(a *account) int64 {
	var sum int64
	for _, r := range a.refunds {
		if r.payment == p {
			sum += r.amount
		}
	}
	return sum
}

// as is the payment in a state, as the answer to an operation on it names it.
func (p *farPayment) as(s farState) wallet.Payment {
	got := wallet.Payment{
		Ref:    wallet.Ref{RequestID: p.request, PaymentID: p.id},
		Status: s.status, Amount: usd(p.amount), OccurredAt: p.changed,
	}
	if p.hasMethod {
		got.Method = "BALANCE"
	}
	switch s.status {
	case wallet.Pending:
		got.Action = &wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: "https://wallet.test/" + p.id}
	case wallet.Paid:
		got.Captured = usd(s.captured)
	}
	return got
}

// reports is the payment in a state, as queries and notifications name it.
func (a *account) reports(p *farPayment, s farState) wallet.Payment {
	got := p.as(s)
	switch {
	case a.kit.has(mumbles) && s.status == wallet.Pending:
		got.Status = "strange"
	case a.kit.has(noAmount):
		got.Amount, got.Captured = wallet.Money{}, wallet.Money{}
	case a.kit.has(noSum):
		got.Captured = wallet.Money{}
	case a.kit.has(sumAsAmount) && s.status == wallet.Paid:
		got.Amount, got.Captured = got.Captured, wallet.Money{}
	}
	return got
}

func (r *farRefund) answer() wallet.Refund {
	return wallet.Refund{
		RefundRef: wallet.RefundRef{RequestID: r.request, RefundID: r.id, Payment: wallet.Ref{RequestID: r.payment.request, PaymentID: r.payment.id}},
		Status:    wallet.RefundSucceeded, Amount: usd(r.amount),
	}
}

// kit is in what a wallet differs from one that can do everything and reports everything.
type kit uint

const (
	noQuery        kit = 1 << iota // payments cannot be queried or canceled; it notifies until acknowledged
	noCancel                       // payments cannot be canceled
	noNotify                       // it does not notify
	noRefund                       // no refunds
	noRefundQuery                  // refunds cannot be queried
	confirms                       // its notifications must be confirmed by a query
	tellsRefunds                   // it notifies of refunds
	byID                           // its notifications name its own ids only
	renames                        // a repeated request gives the payment another id
	clings                         // it refuses to close a payment that is not paid
	noAmount                       // it names no amounts
	noSum                          // it names what was captured only in the answer to the capture
	mumbles                        // queried about a payment that is not paid, it names a status of its own
	sumAsAmount                    // queried about a payment, it names what was captured as the amount
	refusesRepeats                 // it refuses each repeat of what it has executed
	paidElsewhere                  // what is paid has another id from then on
	bundles                        // it sends all that waits in one notification
	charges                        // it has agreements, and charges at once
	namesMethod                    // it names the method that the payer looks at
)

func (k kit) has(other kit) bool { return k&other != 0 }

// line is a node's connection to a wallet.
type line struct {
	*account
	node *node
}

// connect returns a's wallet as an engine on n sees it.
func (a *account) connect(n *node) wallet.Wallet {
	l := line{a, n}
	switch {
	case a.kit.has(charges):
		return struct {
			creator
			querier
			canceler
			holder
			refunder
			refundQuerier
			notifier
			agreer
		}{creator{l}, querier{l}, canceler{l}, holder{l}, refunder{l}, refundQuerier{l}, notifier{l}, agreer{l}}
	case a.kit.has(noNotify):
		return struct {
			creator
			querier
			canceler
			holder
			refunder
			refundQuerier
		}{creator{l}, querier{l}, canceler{l}, holder{l}, refunder{l}, refundQuerier{l}}
	case a.kit.has(noQuery):
		return struct {
			creator
			holder
			refunder
			refundQuerier
			notifier
		}{creator{l}, holder{l}, refunder{l}, refundQuerier{l}, notifier{l}}
	case a.kit.has(noCancel):
		return struct {
			creator
			querier
			holder
			refunder
			refundQuerier
			notifier
		}{creator{l}, querier{l}, holder{l}, refunder{l}, refundQuerier{l}, notifier{l}}
	case a.kit.has(noRefundQuery):
		return struct {
			creator
			querier
			canceler
			holder
			refunder
			notifier
		}{creator{l}, querier{l}, canceler{l}, holder{l}, refunder{l}, notifier{l}}
	case a.kit.has(noRefund):
		return struct {
			creator
			querier
			canceler
			holder
			notifier
		}{creator{l}, querier{l}, canceler{l}, holder{l}, notifier{l}}
	}
	return struct {
		creator
		querier
		canceler
		holder
		refunder
		refundQuerier
		notifier
	}{creator{l}, querier{l}, canceler{l}, holder{l}, refunder{l}, refundQuerier{l}, notifier{l}}
}

type (
	creator       struct{ l line }
	querier       struct{ l line }
	canceler      struct{ l line }
	holder        struct{ l line }
	refunder      struct{ l line }
	refundQuerier struct{ l line }
	notifier      struct{ l line }
)

func (c creator) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	c.l.sameMeaning(req.RequestID, req.Amount, req.Payer, req.Method, req.Channel, req.Hold, req.ExpiresAt)
	got := c.l.call(ctx, "create "+short(req.RequestID), func() []effect { return c.l.creating(&req) })
	return got.payment, got.err
}

func (q querier) QueryPayment(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	got := q.l.call(ctx, "query "+short(ref.RequestID), func() []effect { return q.l.querying(ref) })
	return got.payment, got.err
}

func (c canceler) Cancel(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	got := c.l.call(ctx, "cancel "+short(ref.RequestID), func() []effect { return c.l.canceling(ref) })
	return got.payment, got.err
}

func (h holder) Capture(ctx context.Context, req wallet.CaptureRequest) (wallet.Payment, error) {
	h.l.sameMeaning(req.RequestID, req.Payment.RequestID, req.Amount)
	to := farState{status: wallet.Paid, captured: req.Amount.Minor, taken: req.RequestID}
	got := h.l.call(ctx, "capture "+short(req.RequestID), func() []effect { return h.l.taking(req.Payment, to) })
	return got.payment, got.err
}

func (h holder) Void(ctx context.Context, req wallet.VoidRequest) (wallet.Payment, error) {
	to := farState{status: wallet.Voided, taken: req.RequestID}
	got := h.l.call(ctx, "void "+short(req.RequestID), func() []effect { return h.l.taking(req.Payment, to) })
	return got.payment, got.err
}

func (r refunder) Refund(ctx context.Context, req wallet.RefundRequest) (wallet.Refund, error) {
	r.l.sameMeaning(req.RequestID, req.Payment.RequestID, req.Amount, req.Reason)
	got := r.l.call(ctx, "refund "+short(req.RequestID), func() []effect { return r.l.refunding(&req) })
	return got.refund, got.err
}

func (q refundQuerier) QueryRefund(ctx context.Context, ref wallet.RefundRef) (wallet.Refund, error) {
	got := q.l.call(ctx, "query refund "+short(ref.RequestID), func() []effect { return q.l.queryingRefund(ref) })
	return got.refund, got.err
}

// ParseNotification finds the notice whose number is the body.
func (n notifier) ParseNotification(_ context.Context, d wallet.Delivery) (wallet.Notification, error) {
	number, err := strconv.Atoi(string(d.Body))
	if err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Invalid, "explore", err)
	}
	event := n.l.world.notices[number].event
	notice := n.l.world.notices[number]
	return wallet.Notification{Events: append([]wallet.Event{event}, notice.more...), Confirm: n.l.kit.has(confirms) || notice.forged}, nil
}

func (n notifier) NotifiesByPaymentID() bool { return n.l.kit.has(byID) }

func (notifier) Reply(_ wallet.Delivery, err error) wallet.Reply {
	if err == nil || fault.KindOf(err) == fault.NotFound {
		return wallet.Reply{Status: http.StatusOK}
	}
	return wallet.Reply{Status: http.StatusServiceUnavailable}
}

// short is the operation's part of a request id, such as "P1", in a trace.
func short(request string) string {
	if at := slices.IndexFunc([]byte(request[min(26, len(request)):]), func(b byte) bool { return b >= 'A' }); at >= 0 {
		return request[26+at:]
	}
	return request
}

func usd(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "USD"} }
