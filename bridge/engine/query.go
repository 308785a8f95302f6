package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// ask queries the wallets about all payments and refunds whose end is not known, and
// about what may have changed since: what kept notifications are about, and with whole
// what is paid too.
func (e *Engine) ask(ctx context.Context, o *bridge.Order, hint string, whole bool, earlier []finding) ([]finding, error) {
	whole = whole || o.Flagged(bridge.LatePayment) || o.Looks < 0
	answers, paymentsErr := e.askPayments(ctx, o, hint, whole, earlier)
	refunds, refundsErr := e.askRefunds(ctx, o, earlier)
	answers = append(answers, refunds...)
	return append(answers, e.askForeignRefunds(ctx, o, earlier)...), errors.Join(paymentsErr, refundsErr)
}

func (e *Engine) askPayments(ctx context.Context, o *bridge.Order, hint string, whole bool, earlier []finding) (answers []finding, err error) {
	for i := range o.Payments {
		p := &o.Payments[i]
		t := e.wallets[p.Wallet]
		if t == nil || !outbound.CanAsk(t) {
			continue
		}
		for _, ref := range questions(p, whole, earlier) {
			f, askErr := e.askPayment(ctx, o, p.Number, ref, hint)
			t.PauseLooks(e.clock(), askErr)
			if askErr != nil {
				err = errors.Join(err, askErr)
				continue
			}
			answers = append(answers, f)
		}
	}
	return answers, err
}

func (e *Engine) askRefunds(ctx context.Context, o *bridge.Order, earlier []finding) (answers []finding, err error) {
	for i := range o.Refunds {
		r := &o.Refunds[i]
		t := e.wallets[o.Payments[r.Payment-1].Wallet]
		told := slices.ContainsFunc(earlier, func(f finding) bool { return f.tellsOf(r) })
		askable := t != nil && (outbound.Can[wallet.RefundQuerier](t.Wallet) || r.Open() && !r.Calls.Doubtful())
		if !askable || r.RequestID == "" || r.Status == wallet.RefundSucceeded && !told || superseded(t, o, r) {
			continue
		}
		f, askErr := e.askRefund(ctx, o, r.Number)
		if askErr != nil {
			err = errors.Join(err, askErr)
			continue
		}
		answers = append(answers, f)
	}
	return answers, err
}

// askForeignRefunds asks about the refunds that kept notifications name and the order does
// not have.
func (e *Engine) askForeignRefunds(ctx context.Context, o *bridge.Order, earlier []finding) (answers []finding) {
	for _, f := range earlier {
		news := f.news.Refund
		t := e.wallets[f.news.Wallet]
		ours := news != nil && slices.ContainsFunc(o.Refunds, func(r bridge.Refund) bool { return f.tellsOf(&r) })
		if news == nil || ours || t == nil || !outbound.Can[wallet.RefundQuerier](t.Wallet) {
			continue
		}
		asked := e.clock()
		got, askErr := t.QueryRefund(ctx, e.timeout, news.RefundRef)
		if askErr == nil {
			answers = append(answers, finding{asked: asked, lag: t.Lag(), news: bridge.News{Source: bridge.FromQuery, Wallet: t.Name, Refund: &got, Askable: true}})
		}
	}
	return answers
}

// tellsOf says that a kept notification is about a refund of the order.
func (f *finding) tellsOf(r *bridge.Refund) bool {
	news := f.news.Refund
	return news != nil && (news.RequestID != "" && news.RequestID == r.RequestID || news.RefundID != "" && news.RefundID == r.WalletRefundID)
}

// questions are the names by which a wallet is asked about a payment: none when nothing
// is open about it. Kept news under another of the wallet's ids is asked about by that.
func questions(p *bridge.Payment, whole bool, earlier []finding) (refs []wallet.Ref) {
	if p.Open() || p.Held() || p.Status == wallet.Paid && whole || p.Status != wallet.Paid && p.Status != wallet.Voided {
		refs = append(refs, p.Ref())
	}
	for _, f := range earlier {
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

// askPayment asks a wallet how a payment stands, by one of its names. That the wallet
// does not know it is a finding too.
func (e *Engine) askPayment(ctx context.Context, o *bridge.Order, number int, ref wallet.Ref, hint string) (finding, error) {
	p := o.Payment(number)
	f := finding{payment: number, calls: p.Calls, asked: e.clock()}
	if p.Operation != nil {
		f.calls = p.Operation.Calls
	}
	t, err := e.wallets.Reach(p.Wallet)
	if err != nil {
		return f, err
	}
	f.lag = t.Lag()
	got, err := t.Query(ctx, e.timeout, ref)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		f.absent = true
		return f, nil
	}
	f.news = bridge.News{Source: bridge.FromQuery, Wallet: p.Wallet, Payment: &got, Hint: hint, Askable: true, Seen: p.Status}
	return f, err
}

// askRefund asks a wallet how a refund stands. One that was surely not executed is absent.
func (e *Engine) askRefund(ctx context.Context, o *bridge.Order, number int) (finding, error) {
	r := &o.Refunds[number-1]
	p := o.Payment(r.Payment)
	f := finding{refund: number, calls: r.Calls, asked: e.clock()}
	if r.Status == wallet.RefundPending && !r.Calls.Doubtful() {
		f.absent = true
		return f, nil
	}
	t, err := e.wallets.Reach(p.Wallet)
	if err != nil {
		return f, err
	}
	f.lag = t.Lag()
	ref := wallet.RefundRef{RequestID: r.RequestID, RefundID: r.WalletRefundID, Payment: p.Ref(), AskedAt: r.Calls.Since(r.CreatedAt), Books: o.RefundBooks(r)}
	got, err := t.QueryRefund(ctx, e.timeout, ref)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		f.absent = true
		return f, nil
	}
	f.news = bridge.News{Source: bridge.FromQuery, Wallet: p.Wallet, Refund: &got, Askable: true}
	return f, err
}
