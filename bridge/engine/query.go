package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// query sends status queries about all payments and refunds that may still change: those
// that are open or have ended unpaid, those that notifications in the inbox are about, and
// with whole those that are paid too.
func (e *Engine) query(ctx context.Context, o *bridge.Order, hint string, whole bool, inbox []finding) ([]finding, error) {
	whole = whole || o.Flagged(bridge.LatePayment) || o.IdleQueries < 0
	answers, paymentsErr := e.queryPayments(ctx, o, hint, whole, inbox)
	refunds, refundsErr := e.queryRefunds(ctx, o, inbox)
	answers = append(answers, refunds...)
	return append(answers, e.queryForeignRefunds(ctx, o, inbox)...), errors.Join(paymentsErr, refundsErr)
}

// queryPayments sends the status queries about the order's payments.
func (e *Engine) queryPayments(ctx context.Context, o *bridge.Order, hint string, whole bool, inbox []finding) (answers []finding, err error) {
	for i := range o.Payments {
		p := &o.Payments[i]
		t := e.wallets[p.Wallet]
		if t == nil || !outbound.CanQuery(t) {
			continue
		}
		for _, ref := range queryRefs(p, whole, inbox) {
			f, queryErr := e.queryPayment(ctx, o, p.Number, ref, hint)
			t.PauseQueries(e.clock(), queryErr)
			if queryErr != nil {
				err = errors.Join(err, queryErr)
				continue
			}
			answers = append(answers, f)
		}
	}
	return answers, err
}

// queryRefunds sends the status queries about the order's refunds. A refund that was surely
// not executed needs none; one that was never approved is queried after a restore only, since
// it may have been approved after the backup.
func (e *Engine) queryRefunds(ctx context.Context, o *bridge.Order, inbox []finding) (answers []finding, err error) {
	for i := range o.Refunds {
		r := &o.Refunds[i]
		t := e.wallets[o.Payments[r.Payment-1].Wallet]
		notified := slices.ContainsFunc(inbox, func(f finding) bool { return f.isAboutRefund(r) })
		queryable := t != nil && (outbound.Can[wallet.RefundQuerier](t.Wallet) || r.Open() && !r.Calls.Unconfirmed())
		if !queryable || r.RequestID == "" || !r.Sent() && o.IdleQueries >= 0 || r.Status == wallet.RefundSucceeded && !notified || superseded(t, o, r) {
			continue
		}
		f, queryErr := e.queryRefund(ctx, o, r.Number)
		if queryErr != nil {
			err = errors.Join(err, queryErr)
			continue
		}
		answers = append(answers, f)
	}
	return answers, err
}

// queryForeignRefunds queries the refunds that notifications in the inbox name and the order
// does not have.
func (e *Engine) queryForeignRefunds(ctx context.Context, o *bridge.Order, inbox []finding) (answers []finding) {
	for _, f := range inbox {
		news := f.news.Refund
		t := e.wallets[f.news.Wallet]
		ours := news != nil && slices.ContainsFunc(o.Refunds, func(r bridge.Refund) bool { return f.isAboutRefund(&r) })
		if news == nil || ours || t == nil || !outbound.Can[wallet.RefundQuerier](t.Wallet) {
			continue
		}
		sentAt := e.clock()
		got, queryErr := t.QueryRefund(ctx, e.timeout, news.RefundRef)
		if queryErr == nil {
			answers = append(answers, finding{sentAt: sentAt, lag: t.Lag(), news: bridge.News{Source: bridge.FromQuery, Wallet: t.Name, Refund: &got, Queryable: true}})
		}
	}
	return answers
}

// isAboutRefund reports whether a notification is about a refund of the order.
func (f *finding) isAboutRefund(r *bridge.Refund) bool {
	news := f.news.Refund
	return news != nil && (news.RequestID != "" && news.RequestID == r.RequestID || news.RefundID != "" && news.RefundID == r.WalletRefundID)
}

// queryRefs returns the refs by which to query a payment: none when nothing about it is
// open. A notification under another id of the wallet adds a query by that id.
func queryRefs(p *bridge.Payment, whole bool, inbox []finding) (refs []wallet.Ref) {
	if p.Open() || p.Held() || p.Status == wallet.Paid && whole || p.Status != wallet.Paid && p.Status != wallet.Voided {
		refs = append(refs, p.Ref())
	}
	for _, f := range inbox {
		news := f.news.Payment
		if news == nil || f.news.Wallet != p.Wallet || !bridge.SameRef(news.Ref, p.Ref()) {
			continue
		}
		if ref := (wallet.Ref{RequestID: p.RequestID, PaymentID: cmp.Or(news.PaymentID, p.Ref().PaymentID)}); !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// queryPayment sends a status query about a payment by one of its refs. A wallet that does
// not know the payment gives a finding too: it is absent.
func (e *Engine) queryPayment(ctx context.Context, o *bridge.Order, number int, ref wallet.Ref, hint string) (finding, error) {
	p := o.Payment(number)
	f := finding{payment: number, calls: p.Calls, sentAt: e.clock()}
	if p.Operation != nil {
		f.calls = p.Operation.Calls
	}
	t, err := e.wallets.Named(p.Wallet)
	if err != nil {
		return f, err
	}
	f.lag = t.Lag()
	got, err := t.Query(ctx, e.timeout, ref)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		f.absent = true
		return f, nil
	}
	f.news = bridge.News{Source: bridge.FromQuery, Wallet: p.Wallet, Payment: &got, Hint: hint, Queryable: true, Seen: p.Status}
	return f, err
}

// queryRefund sends a status query about a refund. A refund that was surely not executed is
// absent without a query.
func (e *Engine) queryRefund(ctx context.Context, o *bridge.Order, number int) (finding, error) {
	r := &o.Refunds[number-1]
	p := o.Payment(r.Payment)
	f := finding{refund: number, calls: r.Calls, sentAt: e.clock()}
	if r.Status == wallet.RefundPending && !r.Calls.Unconfirmed() {
		f.absent = true
		return f, nil
	}
	t, err := e.wallets.Named(p.Wallet)
	if err != nil {
		return f, err
	}
	f.lag = t.Lag()
	ref := wallet.RefundRef{RequestID: r.RequestID, RefundID: r.WalletRefundID, Payment: p.Ref(), LastSentAt: r.Calls.Since(r.CreatedAt), Books: refund.Books(o, r)}
	got, err := t.QueryRefund(ctx, e.timeout, ref)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		f.absent = true
		return f, nil
	}
	f.news = bridge.News{Source: bridge.FromQuery, Wallet: p.Wallet, Refund: &got, Queryable: true}
	return f, err
}
