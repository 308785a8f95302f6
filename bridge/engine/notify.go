package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// confirmTimeout bounds the status query that confirms a notification: wallets wait only
// some seconds for the acknowledgement.
const confirmTimeout = 3 * time.Second

// Notify processes one delivery from a wallet and returns the reply that the wallet expects.
// It acknowledges after the commit, never before. A delivery that changes nothing, such as a
// repeat, costs one read.
//
// Faults: NotFound when there is no such wallet; Unsupported when it does not notify;
// Unauthenticated beside the wallet's reply when nothing proves that the wallet sent it.
func (e *Engine) Notify(ctx context.Context, walletName string, d wallet.Delivery) (wallet.Reply, error) {
	t := e.wallets[walletName]
	if t == nil {
		return wallet.Reply{}, fault.New(fault.NotFound, "engine.Notify", "There is no such wallet.")
	}
	notifier, ok := wallet.As[wallet.Notifier](t.Wallet)
	if !ok {
		return wallet.Reply{}, fault.New(fault.Unsupported, "engine.Notify", "This wallet does not notify.")
	}
	ctx = context.WithoutCancel(ctx)
	n, err := notifier.ParseNotification(ctx, d)
	unproven := unprovenFault(err)
	if err == nil {
		err = e.applyNotification(ctx, t, n, d)
	}
	e.notified(walletName, err)
	if err != nil {
		e.log.WarnContext(ctx, "notification refused", "wallet", walletName, "fault", err)
	}
	return notifier.Reply(d, err), unproven
}

// unprovenFault returns Unauthenticated for a delivery that could not be verified or parsed,
// since any caller can send one; nil otherwise.
func unprovenFault(err error) error {
	switch kind := fault.KindOf(err); {
	case err != nil && (kind == fault.Unauthenticated || kind == fault.Invalid):
		return fault.Wrap(fault.Unauthenticated, "engine.Notify", err)
	}
	return nil
}

// applyNotification applies the events of a notification, each in a change of its own. The
// worst outcome decides the answer.
func (e *Engine) applyNotification(ctx context.Context, t *outbound.Wallet, n wallet.Notification, d wallet.Delivery) error {
	var result error
	for i := range n.Events {
		ev := n.Events[i]
		if i > 0 && ev.ID == n.Events[0].ID { // an adapter's ids distinguish events; ours must
			ev.ID += "#" + strconv.Itoa(i)
		}
		within := e.notificationContext(ctx, heard{t.Name, occurred(&ev), d.ReceivedAt})
		result = worse(result, e.applyEvent(within, t, &ev, &n, d))
	}
	return result
}

// occurred returns when an event occurred, by the wallet's clock; zero where it does not say.
func occurred(ev *wallet.Event) time.Time {
	if ev.Kind == wallet.RefundEvent {
		return ev.Refund.OccurredAt
	}
	return ev.Payment.OccurredAt
}

// worse returns the fault that decides the reply: a fault of the store comes before an
// invalid event, and that before an event without an order.
func worse(a, b error) error {
	rank := func(err error) int {
		switch fault.KindOf(err) {
		case fault.NotFound:
			return 1
		case fault.Invalid, fault.Forbidden, fault.Unauthenticated, fault.TooLarge, fault.Conflict:
			return 2
		}
		return 3
	}
	switch {
	case a == nil:
		return b
	case b == nil || rank(a) >= rank(b):
		return a
	}
	return b
}

// applyEvent applies one event, or stores it in the inbox for the next status query and for
// a person.
//
// Faults: NotFound when it is in the inbox because no order matches; Invalid when it was
// refused and the order is flagged; Unavailable when it was not stored, or is not confirmed
// yet: the wallet sends it again.
func (e *Engine) applyEvent(ctx context.Context, t *outbound.Wallet, ev *wallet.Event, n *wallet.Notification, d wallet.Delivery) error {
	if ev.Kind == wallet.AgreementEvent {
		return e.charges.Apply(ctx, t, &ev.Agreement, n.Confirm)
	}
	news, ref := newsOf(t, ev)
	news.Unproven, news.WithoutHold = n.Confirm, n.WithoutHold
	id, err := e.findOrder(ctx, t, ref, ev.Refund.RequestID)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return unstored(err)
	}
	if err != nil || ev.Unreadable != "" {
		return e.keepUnapplied(ctx, inboxItem(t, ev, n, id, d), ev, err)
	}
	rejected, err := e.applyNews(ctx, id, news)
	if err == nil && (rejected == nil || errors.Is(rejected, bridge.ErrPaidSince)) {
		return nil
	}
	item := inboxItem(t, ev, n, id, d) // not before: it takes as long as to apply the news
	switch {
	case err != nil && fault.KindOf(err) == fault.NotFound:
		item.Reason = "there is no such order"
		return e.keepAndRaise(ctx, item, bridge.UnknownPayment, err)
	case err != nil:
		return unstored(err)
	case errors.Is(rejected, bridge.ErrUnconfirmed):
		return e.confirm(ctx, t, item, news, ref)
	case errors.Is(rejected, bridge.ErrUndecided):
		item.Reason = "it may be a refund of ours whose id is not known yet"
		return e.keepAndQuery(ctx, item, nil)
	case fault.KindOf(rejected) == fault.NotFound:
		item.Reason = "the order has no such payment or refund"
		return e.keepAndRaise(ctx, item, bridge.UnknownPayment, rejected)
	case fault.KindOf(rejected) == fault.Forbidden:
		item.Reason, item.Order = foreignOrder, ""
		return e.keepAndRaise(ctx, item, bridge.UnknownPayment, rejected)
	}
	return rejected
}

// keepUnapplied stores an event that cannot be read, or has no order, in the inbox. unmatched
// is the fault of the search for its order.
func (e *Engine) keepUnapplied(ctx context.Context, item store.InboxItem, ev *wallet.Event, unmatched error) error {
	if ev.Unreadable != "" {
		item.Reason = "unreadable: " + wallet.MaskCardNumbers(ev.Unreadable)
		return e.keepAndRaise(ctx, item, bridge.UnreadableNews, nil)
	}
	item.Reason = "no order matches"
	return e.keepAndRaise(ctx, item, bridge.UnknownPayment, unmatched)
}

const foreignOrder = "the order is another wallet's"

// unstored makes a fault of the store Unavailable, so that the notification is not
// acknowledged and not treated as a fault of the wallet.
func unstored(err error) error { return fault.Wrap(fault.Unavailable, "engine.Notify", err) }

// newsOf returns an event as news, and the payment that it is about.
func newsOf(t *outbound.Wallet, ev *wallet.Event) (bridge.News, wallet.Ref) {
	news := bridge.News{Source: bridge.FromNotification, Wallet: t.Name, Queryable: outbound.CanQuery(t)}
	if ev.Kind == wallet.RefundEvent {
		news.Refund = &ev.Refund
		return news, ev.Refund.Payment
	}
	news.Payment = &ev.Payment
	return news, ev.Payment.Ref
}

// news returns a wallet's answer about a payment or a refund as news.
func (e *Engine) news(source bridge.Source, walletName string, p *wallet.Payment, r *wallet.Refund) bridge.News {
	t := e.wallets[walletName]
	return bridge.News{Source: source, Wallet: walletName, Payment: p, Refund: r, Queryable: t != nil && outbound.CanQuery(t)}
}

// applyNews applies news to an order and commits the change. rejected is the fault of Apply;
// the flags that the news calls for are committed all the same. err is the store's.
func (e *Engine) applyNews(ctx context.Context, id bridge.OrderID, news bridge.News) (rejected, err error) {
	_, err = e.update(ctx, id, func(c *bridge.Change) error {
		if rejected = c.Apply(news, e.clock()); rejected != nil && len(c.Events) > 0 {
			c.QueryNow(e.clock())
		}
		return nil
	})
	return rejected, err
}

// findOrder finds the order that a wallet refers to, by our request id or else by the
// wallet's own payment id.
func (e *Engine) findOrder(ctx context.Context, t *outbound.Wallet, ref wallet.Ref, refundRequest string) (bridge.OrderID, error) {
	for _, s := range [...]string{ref.RequestID, refundRequest} {
		if id, _, _, ok := bridge.ParseRequestID(s); ok {
			return id, nil
		}
	}
	if ref.PaymentID != "" {
		return e.store.OrderByPaymentID(ctx, bridge.PaymentKey{Wallet: t.Name, PaymentID: ref.PaymentID})
	}
	return "", fault.New(fault.NotFound, "engine.findOrder", "No order matches.")
}

// confirm sends a status query before news is applied. While the answer does not confirm the
// news, confirm stores it in the inbox, makes the order due at once, and returns Unavailable
// so that the wallet sends the notification again.
func (e *Engine) confirm(ctx context.Context, t *outbound.Wallet, item store.InboxItem, news bridge.News, ref wallet.Ref) error {
	item.Reason = "the wallet's status query does not confirm it yet"
	answer, err := e.confirmation(ctx, t, item.Order, news, ref)
	if err == nil {
		answer.ProveBy(&news)
		verdict := compareNews(answer, &news)
		if verdict == confirmed {
			answer.Payment = bridge.WithFacts(answer.Payment, news.Payment)
		}
		rejected, err := e.applyNews(ctx, item.Order, *answer)
		switch {
		case err != nil:
			return unstored(err)
		case rejected == nil && verdict == confirmed:
			return nil
		case rejected == nil && verdict == contradicted: // the answer may lag: the next query decides
			item.Confirm = true
			return e.keepAndQuery(ctx, item, nil)
		case rejected != nil && answer.Payment != nil && answer.Payment.Short && fault.KindOf(rejected) == fault.Invalid:
			return nil // flagged; a repeat of the notification would bring nothing new
		case rejected != nil && fault.KindOf(rejected) == fault.Invalid:
			return rejected // flagged
		}
	}
	item.Confirm = true
	if err != nil && fault.KindOf(err) == fault.Unsupported {
		item.Reason = "the wallet has no status query that could confirm it"
		return e.keepAndRaise(ctx, item, bridge.UnconfirmedNews, nil)
	}
	return e.keepAndQuery(ctx, item, fault.Wrap(fault.Unavailable, "engine.confirm", cmp.Or[error](err, bridge.ErrUnconfirmed)))
}

// confirmation queries the payment or refund of a notification at its wallet.
func (e *Engine) confirmation(ctx context.Context, t *outbound.Wallet, id bridge.OrderID, news bridge.News, ref wallet.Ref) (*bridge.News, error) {
	order, err := e.store.Order(ctx, id)
	if err != nil {
		return nil, err
	}
	answer := bridge.News{Source: bridge.FromQuery, Wallet: t.Name, Queryable: true}
	if news.Refund != nil {
		got, err := t.QueryRefund(context.WithoutCancel(ctx), confirmTimeout, news.Refund.RefundRef)
		answer.Refund = &got
		return &answer, err
	}
	p, err := bridge.NewChange(order).PaymentOf(ref, t.Name)
	if err != nil {
		return nil, err
	}
	answer.Seen = p.Status
	query := p.Ref()
	if ref.PaymentID != "" {
		query.PaymentID = ref.PaymentID
	}
	got, err := t.Query(context.WithoutCancel(ctx), confirmTimeout, query)
	answer.Payment = &got
	return &answer, err
}

// comparison is how a wallet's answer relates to a notification.
type comparison uint8

const (
	staleAnswer  comparison = iota // the answer is older than the notification
	confirmed                      // both have the same status
	contradicted                   // the answer has another final status
)

// compareNews compares a wallet's answer with a notification of the same payment or refund.
func compareNews(answer, news *bridge.News) comparison {
	if news.Refund != nil {
		return compareStatus(answer.Refund.Status, news.Refund.Status, wallet.RefundSucceeded, wallet.RefundFailed)
	}
	return compareStatus(answer.Payment.Status, news.Payment.Status,
		wallet.Paid, wallet.Failed, wallet.Canceled, wallet.Expired, wallet.Voided)
}

func compareStatus[S comparable](answer, news S, final ...S) comparison {
	switch {
	case answer == news:
		return confirmed
	case slices.Contains(final, answer):
		return contradicted
	}
	return staleAnswer
}
