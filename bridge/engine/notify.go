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

// confirmTimeout bounds the query for a notification that cannot be believed alone:
// wallets wait only some seconds for their acknowledgement.
const confirmTimeout = 3 * time.Second

// Notify takes one delivery from a wallet and returns the wallet's own kind of
// answer. The answer that means "stored" comes after the commit, never before. A
// delivery that changes nothing, such as a repeat, costs one read.
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
	if err != nil {
		e.log.Warn("notification refused", "wallet", walletName, "fault", err)
	}
	return notifier.Reply(d, err), unproven
}

// unprovenFault is what the caller hears of a delivery that could not be verified or read.
// Anybody can send one.
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
		if i > 0 && ev.ID == n.Events[0].ID { // an adapter's ids tell events apart; ours must
			ev.ID += "#" + strconv.Itoa(i)
		}
		result = worse(result, e.applyEvent(ctx, t, &ev, n.Confirm, d))
	}
	return result
}

// worse is the outcome that a wallet has to hear of: what is not stored before what is
// wrong, and that before what is kept for lack of an order.
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

// applyEvent applies one event, or keeps it where a person and the next look find it.
//
// Faults: NotFound when it is kept because no order matches; Invalid when it was not
// believed and the order is flagged; Unavailable when it was not stored, or is not borne
// out yet: the wallet sends it again.
func (e *Engine) applyEvent(ctx context.Context, t *outbound.Wallet, ev *wallet.Event, unproven bool, d wallet.Delivery) error {
	if ev.Kind == wallet.AgreementEvent {
		return e.charges.Apply(ctx, t, &ev.Agreement, unproven)
	}
	news, ref := newsOf(t, ev)
	news.Unproven = unproven
	id, err := e.findOrder(ctx, t, ref, ev.Refund.RequestID)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return unstored(err)
	}
	item := inboxItem(t, ev, id, d)
	item.Confirm = unproven
	switch {
	case ev.Unreadable != "":
		item.Reason = "unreadable: " + wallet.MaskCardNumbers(ev.Unreadable)
		return e.keep(ctx, item, bridge.UnreadableNews, nil)
	case err != nil:
		item.Reason = "no order matches"
		return e.keep(ctx, item, bridge.UnknownPayment, err)
	}
	doubt, err := e.applyNews(ctx, id, news)
	switch {
	case err != nil && fault.KindOf(err) == fault.NotFound:
		item.Reason = "there is no such order"
		return e.keep(ctx, item, bridge.UnknownPayment, err)
	case err != nil:
		return unstored(err)
	case doubt == nil, errors.Is(doubt, bridge.ErrPaidSince):
		return nil
	case errors.Is(doubt, bridge.ErrUnconfirmed):
		return e.confirm(ctx, t, item, news, ref)
	case errors.Is(doubt, bridge.ErrUndecided):
		item.Reason = "it may be a refund of ours whose id is not known yet"
		return e.keepFor(ctx, item, nil)
	case fault.KindOf(doubt) == fault.NotFound:
		item.Reason = "the order has no such payment or refund"
		return e.keep(ctx, item, bridge.UnknownPayment, doubt)
	case fault.KindOf(doubt) == fault.Forbidden:
		item.Reason, item.Order = foreignOrder, ""
		return e.keep(ctx, item, bridge.UnknownPayment, doubt)
	}
	return doubt
}

const foreignOrder = "the order is another wallet's"

// unstored is a fault of the store as a wallet hears it: nothing is acknowledged. It is
// never taken for a fault of the wallet.
func unstored(err error) error { return fault.Wrap(fault.Unavailable, "engine.Notify", err) }

// newsOf is an event as news, and the payment it is about.
func newsOf(t *outbound.Wallet, ev *wallet.Event) (bridge.News, wallet.Ref) {
	news := bridge.News{Source: bridge.FromNotification, Wallet: t.Name, Askable: outbound.CanAsk(t)}
	if ev.Kind == wallet.RefundEvent {
		news.Refund = &ev.Refund
		return news, ev.Refund.Payment
	}
	news.Payment = &ev.Payment
	return news, ev.Payment.Ref
}

// news is what a wallet answered about a payment or a refund.
func (e *Engine) news(source bridge.Source, walletName string, p *wallet.Payment, r *wallet.Refund) bridge.News {
	t := e.wallets[walletName]
	return bridge.News{Source: source, Wallet: walletName, Payment: p, Refund: r, Askable: t != nil && outbound.CanAsk(t)}
}

// applyNews commits what news means for an order. doubt says that the news was not
// believed; attention it called for is committed all the same. err is the store's.
func (e *Engine) applyNews(ctx context.Context, id bridge.OrderID, news bridge.News) (doubt, err error) {
	_, err = e.update(ctx, id, func(c *bridge.Change) error {
		if doubt = c.Apply(news, e.clock()); doubt != nil && len(c.Events) > 0 {
			c.LookNow(e.clock())
		}
		return nil
	})
	return doubt, err
}

// findOrder finds the order a wallet speaks of: by the request id we gave it, or else
// by its own payment id.
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

// confirm asks the wallet before news is believed. While it does not bear the news out,
// the news is kept with the order, which is due at once, and the wallet hears that it is
// not stored.
func (e *Engine) confirm(ctx context.Context, t *outbound.Wallet, item store.InboxItem, news bridge.News, ref wallet.Ref) error {
	item.Reason = "the wallet has not borne it out yet"
	answer, err := e.confirmation(ctx, t, item.Order, news, ref)
	if err == nil {
		answer.ProveBy(&news)
		said := judgeNews(answer, &news)
		if said == borneOut {
			answer.Payment = bridge.WithFacts(answer.Payment, news.Payment)
		}
		doubt, err := e.applyNews(ctx, item.Order, *answer)
		switch {
		case err != nil:
			return unstored(err)
		case doubt == nil && said == borneOut:
			return nil
		case doubt == nil && said == contradicted: // it may lag: the next look decides
			item.Confirm = true
			return e.keepFor(ctx, item, nil)
		case doubt != nil && answer.Payment != nil && answer.Payment.Short && fault.KindOf(doubt) == fault.Invalid:
			return nil // flagged, as the wallet tells it itself: the same once more says no more
		case doubt != nil && fault.KindOf(doubt) == fault.Invalid:
			return doubt // flagged
		}
	}
	item.Confirm = true
	if err != nil && fault.KindOf(err) == fault.Unsupported {
		item.Reason = "the wallet cannot be asked whether it is true"
		return e.keep(ctx, item, bridge.UnconfirmedNews, nil)
	}
	return e.keepFor(ctx, item, fault.Wrap(fault.Unavailable, "engine.confirm", cmp.Or[error](err, bridge.ErrUnconfirmed)))
}

// confirmation is what the wallet answers when it is asked about what it told.
func (e *Engine) confirmation(ctx context.Context, t *outbound.Wallet, id bridge.OrderID, news bridge.News, ref wallet.Ref) (*bridge.News, error) {
	order, err := e.store.Order(ctx, id)
	if err != nil {
		return nil, err
	}
	answer := bridge.News{Source: bridge.FromQuery, Wallet: t.Name, Askable: true}
	if news.Refund != nil {
		got, err := t.QueryRefund(ctx, confirmTimeout, news.Refund.RefundRef)
		answer.Refund = &got
		return &answer, err
	}
	p, err := bridge.NewChange(order).PaymentOf(ref, t.Name)
	if err != nil {
		return nil, err
	}
	answer.Seen = p.Status
	asked := p.Ref()
	if ref.PaymentID != "" {
		asked.PaymentID = ref.PaymentID
	}
	got, err := t.Query(ctx, confirmTimeout, asked)
	answer.Payment = &got
	return &answer, err
}

// support is what a wallet's answer says of news.
type support uint8

const (
	behind       support = iota // it knows less than the news
	borneOut                    // it says the same
	contradicted                // it says that the matter ended in another way
)

// judgeNews compares what a wallet answered with news of the same payment or refund.
func judgeNews(answer, news *bridge.News) support {
	if news.Refund != nil {
		return judgeStatus(answer.Refund.Status, news.Refund.Status, wallet.RefundSucceeded, wallet.RefundFailed)
	}
	return judgeStatus(answer.Payment.Status, news.Payment.Status,
		wallet.Paid, wallet.Failed, wallet.Canceled, wallet.Expired, wallet.Voided)
}

func judgeStatus[S comparable](answer, news S, final ...S) support {
	switch {
	case answer == news:
		return borneOut
	case slices.Contains(final, answer):
		return contradicted
	}
	return behind
}
