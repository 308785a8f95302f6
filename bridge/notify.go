package bridge

import (
	"context"
	"errors"
	"slices"
	"strconv"
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
// Faults: NotFound when there is no such wallet; Unsupported when it does not notify;
// Unauthenticated beside the wallet's reply when nothing proves that the wallet sent it.
func (e *Engine) Notify(ctx context.Context, walletName string, d wallet.Delivery) (wallet.Reply, error) {
	t := e.wallets[walletName]
	if t == nil {
		return wallet.Reply{}, fault.New(fault.NotFound, "bridge.Notify", "There is no such wallet.")
	}
	notifier, ok := wallet.As[wallet.Notifier](t.Wallet)
	if !ok {
		return wallet.Reply{}, fault.New(fault.Unsupported, "bridge.Notify", "This wallet does not notify.")
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
		return fault.Wrap(fault.Unauthenticated, "bridge.Notify", err)
	}
	return nil
}

// applyNotification applies the events of a notification, each in a change of its own. The
// worst outcome decides the answer.
func (e *Engine) applyNotification(ctx context.Context, t *till, n wallet.Notification, d wallet.Delivery) error {
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
func (e *Engine) applyEvent(ctx context.Context, t *till, ev *wallet.Event, unproven bool, d wallet.Delivery) error {
	if ev.Kind == wallet.AgreementEvent {
		return e.applyAgreement(ctx, t, &ev.Agreement, unproven)
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
		return e.keep(ctx, item, UnreadableNews, nil)
	case err != nil:
		item.Reason = "no order matches"
		return e.keep(ctx, item, UnknownPayment, err)
	}
	doubt, err := e.applyNews(ctx, id, news)
	switch {
	case err != nil && fault.KindOf(err) == fault.NotFound:
		item.Reason = "there is no such order"
		return e.keep(ctx, item, UnknownPayment, err)
	case err != nil:
		return unstored(err)
	case doubt == nil, errors.Is(doubt, errPaidSince):
		return nil
	case errors.Is(doubt, errUnconfirmed):
		return e.confirm(ctx, t, item, news, ref)
	case errors.Is(doubt, errUndecided):
		item.Reason = "it may be a refund of ours whose id is not known yet"
		return e.keepFor(ctx, item, nil)
	case fault.KindOf(doubt) == fault.NotFound:
		item.Reason = "the order has no such payment or refund"
		return e.keep(ctx, item, UnknownPayment, doubt)
	case fault.KindOf(doubt) == fault.Forbidden:
		item.Reason, item.Order = foreignOrder, ""
		return e.keep(ctx, item, UnknownPayment, doubt)
	}
	return doubt
}

const foreignOrder = "the order is another wallet's"

// unstored is a fault of the store as a wallet hears it: nothing is acknowledged. It is
// never taken for a fault of the wallet.
func unstored(err error) error { return fault.Wrap(fault.Unavailable, "bridge.Notify", err) }

// newsOf is an event as news, and the payment it is about.
func newsOf(t *till, ev *wallet.Event) (News, wallet.Ref) {
	news := News{Source: FromNotification, Wallet: t.name, Askable: canAsk(t)}
	if ev.Kind == wallet.RefundEvent {
		news.Refund = &ev.Refund
		return news, ev.Refund.Payment
	}
	news.Payment = &ev.Payment
	return news, ev.Payment.Ref
}

// news is what a wallet answered about a payment or a refund.
func (e *Engine) news(source Source, walletName string, p *wallet.Payment, r *wallet.Refund) News {
	t := e.wallets[walletName]
	return News{Source: source, Wallet: walletName, Payment: p, Refund: r, Askable: t != nil && canAsk(t)}
}

// applyNews commits what news means for an order. doubt says that the news was not
// believed; attention it called for is committed all the same. err is the store's.
func (e *Engine) applyNews(ctx context.Context, id OrderID, news News) (doubt, err error) {
	_, err = e.update(ctx, id, func(c *Change) error {
		if doubt = c.Apply(news, e.clock()); doubt != nil && len(c.Events) > 0 {
			c.lookNow(e.clock())
		}
		return nil
	})
	return doubt, err
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
	if ref.PaymentID != "" {
		return e.store.OrderByPaymentID(ctx, PaymentKey{t.name, ref.PaymentID})
	}
	return "", fault.New(fault.NotFound, "bridge.findOrder", "No order matches.")
}

// confirm asks the wallet before news is believed. While it does not bear the news out,
// the news is kept with the order, which is due at once, and the wallet hears that it is
// not stored.
func (e *Engine) confirm(ctx context.Context, t *till, item InboxItem, news News, ref wallet.Ref) error {
	item.Reason = "the wallet has not borne it out yet"
	answer, err := e.confirmation(ctx, t, item.Order, news, ref)
	if err == nil {
		answer.proveBy(&news)
		said := judgeNews(answer, &news)
		if said == borneOut {
			answer.Payment = withFacts(answer.Payment, news.Payment)
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
		return e.keep(ctx, item, UnconfirmedNews, nil)
	}
	return e.keepFor(ctx, item, fault.Wrap(fault.Unavailable, "bridge.confirm", cmpOr(err, errUnconfirmed)))
}

// confirmation is what the wallet answers when it is asked about what it told.
func (e *Engine) confirmation(ctx context.Context, t *till, id OrderID, news News, ref wallet.Ref) (*News, error) {
	order, err := e.store.Order(ctx, id)
	if err != nil {
		return nil, err
	}
	answer := News{Source: FromQuery, Wallet: t.name, Askable: true}
	if news.Refund != nil {
		got, err := queryRefund(ctx, confirmTimeout, t, news.Refund.RefundRef)
		answer.Refund = &got
		return &answer, err
	}
	p, err := NewChange(order).paymentOf(ref, t.name)
	if err != nil {
		return nil, err
	}
	answer.Seen = p.Status
	asked := p.Ref()
	if ref.PaymentID != "" {
		asked.PaymentID = ref.PaymentID
	}
	got, err := query(ctx, confirmTimeout, t, asked)
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
func judgeNews(answer, news *News) support {
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
