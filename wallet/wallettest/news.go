package wallettest

import (
	"encoding/json"
	"reflect"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var news = []question{
	{
		"events of one notification have different ids",
		"an event with the id of another is taken for its repeat, and lost",
		severalEvents,
	},
	{
		"an event with a value out of range is kept for an operator",
		"refused, it would be delivered for ever or lost; read wrongly, it would be booked",
		unreadableNews,
	},
	{
		"a query's answer with a value out of range yields no other value",
		"a time that cannot be stored would fail every write of its order",
		unreadableAnswer,
	},
}

func severalEvents(a *trial) {
	capability[wallet.Notifier](a)
	refunder := capability[wallet.Refunder](a)
	a.can(farSide[Batcher](a).Batch(a.Context()), "tell several events at once")
	payment := a.paid(a.request(a.money(1000)))
	a.partly(refunder, payment, 400)
	kinds := map[wallet.EventKind]bool{}
	for _, event := range a.events(payment.Ref) { // which checks the ids
		kinds[event.Kind] = true
	}
	if !kinds[wallet.PaymentEvent] || !kinds[wallet.RefundEvent] {
		a.wrong("got events of %v, want the payment's and the refund's", kinds)
	}
}

func unreadableNews(a *trial) {
	capability[wallet.Notifier](a)
	sender := farSide[OutOfRangeSender](a)
	for _, what := range []OutOfRange{HugeAmount, HugeTime} {
		payment := a.create(a.request(a.money(1234)))
		a.can(sender.SendOutOfRange(a.Context(), what), "send "+string(what))
		a.settle(payment.Ref, Pay)
		a.deliveries(payment.Ref)
		events := a.events(payment.Ref)
		if len(events) == 0 {
			a.wrong("%s: got no event", what)
			continue
		}
		a.isKept(events[len(events)-1], payment.Ref, what)
	}
}

// isKept checks that an event says what it is about, why it cannot be read, and no more.
func (a *trial) isKept(event wallet.Event, ref wallet.Ref, what OutOfRange) {
	a.Helper()
	if event.Unreadable == "" || event.ID == "" || event.Kind != wallet.PaymentEvent {
		a.wrong("%s: got %+v, want an unreadable event with an id and its kind", what, event)
	}
	if !a.names(event.Payment.Ref, ref) {
		a.wrong("%s: the event names %+v, want %+v", what, event.Payment.Ref, ref)
	}
	bare := wallet.Payment{Ref: event.Payment.Ref, OtherIDs: event.Payment.OtherIDs}
	if !reflect.DeepEqual(event.Payment, bare) {
		a.wrong("%s: got %+v, want the ids and nothing else", what, event.Payment)
	}
}

func unreadableAnswer(a *trial) {
	querier := capability[wallet.Querier](a)
	sender := farSide[OutOfRangeSender](a)
	payment := a.paid(a.request(a.money(1234)))
	a.can(sender.SendOutOfRange(a.Context(), HugeTime), "send "+string(HugeTime))
	got, err := querier.QueryPayment(a.Context(), payment.Ref)
	a.must(err, "QueryPayment, with "+string(HugeTime))
	if _, err := json.Marshal(got); err != nil || got.Status != wallet.Paid || !got.OccurredAt.IsZero() {
		a.wrong("got %+v, want paid without that time", got)
	}
	a.can(sender.SendOutOfRange(a.Context(), HugeAmount), "send "+string(HugeAmount))
	_, err = querier.QueryPayment(a.Context(), payment.Ref)
	a.isKind(err, "QueryPayment, with "+string(HugeAmount), fault.Unknown)
}
