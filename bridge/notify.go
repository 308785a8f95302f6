package bridge

import (
	"context"
	"errors"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// confirmTimeout bounds the query for a notification that cannot be believed alone:
// wallets wait only some seconds for their acknowledgement.
const confirmTimeout = 3 * time.Second

// Notify takes one delivery from a wallet and returns the wallet's own kind of
// answer. The answer that means "stored" comes after the commit, never before. A
// delivery that changes nothing, such as a repeat, costs one read.
//
// Faults: NotFound when there is no such wallet; Unsupported when it does not notify.
func (e *Engine) Notify(ctx context.Context, walletName string, d wallet.Delivery) (wallet.Reply, error) {
	t := e.wallets[walletName]
	if t == nil {
		return wallet.Reply{}, fault.New(fault.NotFound, "bridge.Notify", "There is no such wallet.")
	}
	notifier, ok := t.Wallet.(wallet.Notifier)
	if !ok {
		return wallet.Reply{}, fault.New(fault.Unsupported, "bridge.Notify", "This wallet does not notify.")
	}
	ctx = context.WithoutCancel(ctx)
	n, err := notifier.ParseNotification(ctx, d)
	if err == nil {
		err = e.applyNotification(ctx, t, n, d)
	}
	if err != nil {
		e.log.Warn("notification refused", "wallet", walletName, "fault", err)
	}
	return notifier.Reply(d, err), nil
}

func (e *Engine) applyNotification(ctx context.Context, t *till, n wallet.Notification, d wallet.Delivery) error {
	var faults []error
	for i := range n.Events {
		faults = append(faults, e.applyEvent(ctx, t, &n.Events[i], n.Confirm, d))
	}
	return errors.Join(faults...)
}

func (e *Engine) applyEvent(ctx context.Context, t *till, ev *wallet.Event, confirm bool, d wallet.Delivery) error {
	if ev.Kind == wallet.AgreementEvent {
		return e.applyAgreement(ctx, t, &ev.Agreement, confirm)
	}
	news, ref := newsOf(t.name, ev)
	id, err := e.findOrder(ctx, t, ref, ev.Refund.RequestID)
	if err == nil && confirm {
		return e.confirm(ctx, t, id, ref)
	}
	if err == nil {
		err = e.applyNews(ctx, id, news)
	}
	if fault.KindOf(err) == fault.NotFound {
		return e.keep(ctx, t, ev, id, d, err)
	}
	if fault.KindOf(err) == fault.Unknown {
		return e.confirm(ctx, t, id, ref)
	}
	return err
}

// newsOf is an event as news, and the payment it is about.
func newsOf(walletName string, ev *wallet.Event) (News, wallet.Ref) {
	news := News{Source: FromNotification, Wallet: walletName}
	if ev.Kind == wallet.RefundEvent {
		news.Refund = &ev.Refund
		return news, ev.Refund.Payment
	}
	news.Payment = &ev.Payment
	return news, ev.Payment.Ref
}

// applyNews commits what news means for an order. Its fault says that the news was
// not believed; attention it called for is committed all the same.
func (e *Engine) applyNews(ctx context.Context, id OrderID, news News) error {
	var doubt error
	_, err := e.update(ctx, id, func(c *Change) error {
		if doubt = c.Apply(news, e.clock()); doubt != nil && len(c.Events) > 0 {
			c.lookNow(e.clock())
		}
		return nil
	})
	if err != nil {
		return err
	}
	return doubt
}

// lookNow makes the order due at once.
func (c *Change) lookNow(now time.Time) { c.due = now }

// findOrder finds the order a wallet speaks of: by the request id we gave it, or else
// by its own payment id.
func (e *Engine) findOrder(ctx context.Context, t *till, ref wallet.Ref, refundRequest string) (OrderID, error) {
	for _, s := range [...]string{ref.RequestID, refundRequest} {
		if id, _, _, ok := parseRequestID(s); ok {
			return id, nil
		}
	}
	if ref.PaymentID != "" && t.byPaymentID {
		return e.store.OrderByPaymentID(ctx, PaymentKey{t.name, ref.PaymentID})
	}
	return "", fault.New(fault.NotFound, "bridge.findOrder", "No order matches.")
}

// confirm asks the wallet before anything is believed. While it gives no answer,
// nothing is acknowledged and the order is due at once.
func (e *Engine) confirm(ctx context.Context, t *till, id OrderID, ref wallet.Ref) error {
	order, err := e.store.Order(ctx, id)
	if err != nil {
		return err
	}
	c := NewChange(order)
	p, err := c.paymentOf(ref, t.name)
	if err != nil {
		return err
	}
	got, err := query(ctx, confirmTimeout, t, p)
	if err != nil {
		_, dueErr := e.update(ctx, id, func(c *Change) error {
			c.lookNow(e.clock())
			return nil
		})
		return errors.Join(fault.Wrap(fault.Unavailable, "bridge.confirm", err), dueErr)
	}
	return e.applyNews(ctx, id, News{Source: FromQuery, Wallet: t.name, Payment: &got})
}
