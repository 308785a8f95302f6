package wallettest

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var notifications = []question{
	{
		"a notification says what happened",
		"an order learns by it within a second that it was paid",
		notificationReports,
	},
	{
		"a repeated delivery is the same event",
		"wallets deliver at least once; the event id makes the processing happen once",
		repeatedDelivery,
	},
	{
		"every flipped byte of what was signed is Unauthenticated",
		"what the signature does not cover can be forged",
		flippedBytes,
	},
	{
		"a notification without its signature is Unauthenticated",
		"any caller can send JSON to a public URL",
		unsignedDelivery,
	},
	{
		"a stale notification is Unauthenticated",
		"an old notification may be a replay",
		staleDelivery,
	},
	{
		"an unknown kind of event is left out",
		"a wallet may add kinds; refusing them would make it retry for ever",
		unknownKind,
	},
	{
		"a body that is truncated, too large or malformed is an error and no panic",
		"any caller can send one, and it must not stop the server",
		nonsense,
	},
	{
		"a refund's notification says what happened",
		"a refund that an operator approves ends hours after the request",
		refundNotification,
	},
}

var replies = []question{
	{
		"each fault has its reply",
		"a wrong reply makes the wallet retry for ever, or loses a payment",
		repliesDiffer,
	},
}

// deliveries returns a payment's notifications; the question is skipped where the wallet or its
// provider has none.
func (a *trial) deliveries(ref wallet.Ref) []wallet.Delivery {
	a.Helper()
	all, err := a.Provider.Notifications(a.Context(), ref)
	a.can(err, "notify")
	if len(all) == 0 {
		a.Fatalf("the provider has no notification about %+v", ref)
	}
	return all
}

// delivery returns the notification of a paid payment.
func (a *trial) delivery() (wallet.Notifier, wallet.Payment, wallet.Delivery) {
	a.Helper()
	notifier := capability[wallet.Notifier](a)
	payment := a.paid(a.request(a.money(1234)))
	all := a.deliveries(payment.Ref)
	return notifier, payment, all[len(all)-1]
}

// events returns all events of a payment's notifications; none where the wallet or its provider
// does not notify.
func (a *trial) events(ref wallet.Ref) []wallet.Event {
	a.Helper()
	notifier, ok := wallet.As[wallet.Notifier](a.Wallet)
	all, err := a.Provider.Notifications(a.Context(), ref)
	if !ok || err != nil {
		return nil
	}
	var events []wallet.Event
	for _, d := range all {
		notification, err := notifier.ParseNotification(a.Context(), d)
		a.must(err, "ParseNotification")
		a.canBeWritten(notification)
		a.distinct(notification.Events)
		events = append(events, notification.Events...)
	}
	return events
}

// distinct checks that the events of one notification have different ids.
func (a *trial) distinct(events []wallet.Event) {
	a.Helper()
	seen := map[string]bool{}
	for _, event := range events {
		if event.ID == "" || seen[event.ID] {
			a.wrong("one notification has an event whose id is %q, which is empty or there twice", event.ID)
		}
		seen[event.ID] = true
	}
}

func notificationReports(a *trial) {
	notifier, payment, d := a.delivery()
	notification, err := notifier.ParseNotification(a.Context(), d)
	a.must(err, "ParseNotification")
	if len(notification.Events) == 0 {
		a.wrong("the notification has no event")
		return
	}
	event := notification.Events[len(notification.Events)-1]
	if event.ID == "" || event.Kind != wallet.PaymentEvent {
		a.wrong("the event is %q of kind %q, want an id and the kind payment", event.ID, event.Kind)
	}
	if !a.names(event.Payment.Ref, payment.Ref) {
		a.wrong("the event names %+v, want %+v", event.Payment.Ref, payment.Ref)
	}
	a.sameMoney("the event's amount", reportedAmount(event.Payment), a.money(1234))
	if !notification.Confirm && event.Payment.Status != wallet.Paid {
		a.wrong("the event says %q, want paid, or Confirm", event.Payment.Status)
	}
	if got, ok := a.query(payment.Ref); notification.Confirm && (!ok || got.Status != wallet.Paid) {
		a.wrong("a notification to be confirmed needs a query that says paid, got %q", got.Status)
	}
}

// names reports whether an event's ref finds the payment.
func (a *trial) names(got, want wallet.Ref) bool {
	if got.RequestID == want.RequestID {
		return true
	}
	byID, ok := wallet.As[wallet.PaymentIDNotifier](a.Wallet)
	return ok && byID.NotifiesByPaymentID() && got.RequestID == "" && got.PaymentID == want.PaymentID
}

func repeatedDelivery(a *trial) {
	notifier, _, d := a.delivery()
	first, err := notifier.ParseNotification(a.Context(), d)
	a.must(err, "ParseNotification")
	second, err := notifier.ParseNotification(a.Context(), clone(d))
	a.must(err, "ParseNotification again")
	for i := range first.Events {
		if i >= len(second.Events) || first.Events[i].ID != second.Events[i].ID {
			a.wrong("the events differ: %+v and %+v", first.Events, second.Events)
			return
		}
	}
	if reply := notifier.Reply(d, nil); reply.Status < 200 || reply.Status > 299 {
		a.wrong("Reply(nil): got HTTP %d, want one that acknowledges", reply.Status)
	}
}

func clone(d wallet.Delivery) wallet.Delivery {
	d.Header, d.Body = d.Header.Clone(), bytes.Clone(d.Body)
	return d
}

// refuses checks that a delivery does not verify.
func (a *trial) refuses(notifier wallet.Notifier, d wallet.Delivery, because string) {
	a.Helper()
	notification, err := notifier.ParseNotification(a.Context(), d)
	a.isKind(err, because, fault.Unauthenticated)
	if len(notification.Events) > 0 {
		a.wrong("%s: got %d events, want none", because, len(notification.Events))
	}
}

func flippedBytes(a *trial) {
	notifier, _, d := a.delivery()
	from, to := a.Signed.Body(d.Body)
	for i := from; i < to; i++ {
		flipped := clone(d)
		flipped.Body[i] ^= 1
		a.refuses(notifier, flipped, "a flipped byte of the body")
	}
	for _, name := range a.Signed.Headers {
		for _, value := range flips(d.Header.Get(name)) {
			flipped := clone(d)
			flipped.Header.Set(name, value)
			a.refuses(notifier, flipped, "a flipped byte of "+name)
		}
	}
	if a.Signed.Method {
		flipped := clone(d)
		flipped.Method = http.MethodPut
		a.refuses(notifier, flipped, "another method")
	}
	if !a.Signed.Path {
		return
	}
	for _, path := range flips(d.Path) {
		flipped := clone(d)
		flipped.Path = path
		a.refuses(notifier, flipped, "a flipped byte of the path")
	}
}

// flips returns s with one bit of one byte changed. Several bits are tried, because the last
// digit of base64 has bits that a lenient decoder ignores.
func flips(s string) []string {
	var all []string
	for i := range len(s) {
		for _, bit := range []byte{1, 2, 4} {
			b := []byte(s)
			b[i] ^= bit
			all = append(all, string(b))
		}
	}
	return all
}

func unsignedDelivery(a *trial) {
	notifier, _, d := a.delivery()
	for _, name := range a.Signed.Headers {
		bare := clone(d)
		bare.Header.Del(name)
		a.refuses(notifier, bare, "without "+name)
		twice := clone(d)
		twice.Header.Add(name, d.Header.Get(name)+"x")
		// A duplicate header may be refused, and may be accepted if the value that is used
		// verifies.
		if _, err := notifier.ParseNotification(a.Context(), twice); err != nil {
			a.isKind(err, "with two of "+name, fault.Unauthenticated)
		}
	}
	nothing := clone(d)
	nothing.Header = http.Header{}
	if len(a.Signed.Headers) > 0 {
		a.refuses(notifier, nothing, "without headers")
	}
}

func staleDelivery(a *trial) {
	if a.Signed.Tolerance == 0 {
		a.Skip("the wallet's notifications have no timestamp")
	}
	notifier, _, d := a.delivery()
	for _, late := range []time.Duration{a.Signed.Past - 2*time.Second, 2*time.Second - a.Signed.Tolerance} {
		inTime := clone(d)
		inTime.ReceivedAt = d.ReceivedAt.Add(late)
		_, err := notifier.ParseNotification(a.Context(), inTime)
		a.must(err, "ParseNotification "+late.String()+" after signing")
	}
	for _, late := range []time.Duration{a.Signed.Past + 2*time.Second, -a.Signed.Tolerance - 2*time.Second} {
		stale := clone(d)
		stale.ReceivedAt = d.ReceivedAt.Add(late)
		a.refuses(notifier, stale, "received "+late.String()+" after signing")
	}
}

func unknownKind(a *trial) {
	notifier := capability[wallet.Notifier](a)
	if a.UnknownKind == nil {
		a.Skip("the wallet's notifications have no kinds")
	}
	d, err := farSide[Signer](a).Sign(a.Context(), a.UnknownKind)
	a.can(err, "sign any body")
	notification, err := notifier.ParseNotification(a.Context(), d)
	a.must(err, "ParseNotification of an unknown kind")
	if len(notification.Events) > 0 {
		a.wrong("got events %+v, want none", notification.Events)
	}
}

func nonsense(a *trial) {
	notifier, _, d := a.delivery()
	bodies := [][]byte{nil, {}, []byte("null"), []byte("[]"), []byte("{}"), []byte(`"x"`), []byte("\x00\xff"),
		bytes.Repeat([]byte("["), 1<<16), []byte(strings.Repeat(`{"a":`, 1<<14)), bytes.Repeat([]byte(" "), 2<<20)}
	for i := range d.Body {
		if i%7 == 0 {
			bodies = append(bodies, d.Body[:i])
		}
	}
	signer, _ := a.Provider.(Signer)
	for _, body := range bodies {
		a.isNonsense(notifier, signer, d, body)
	}
}

// isNonsense sends a body unsigned and, where the provider can, signed.
func (a *trial) isNonsense(notifier wallet.Notifier, signer Signer, d wallet.Delivery, body []byte) {
	a.Helper()
	forged := clone(d)
	forged.Body = body
	_, err := notifier.ParseNotification(a.Context(), forged)
	a.isKind(err, "an unsigned nonsense", fault.Unauthenticated, fault.Invalid, fault.TooLarge)
	if signer == nil {
		return
	}
	signed, err := signer.Sign(a.Context(), body)
	if err != nil {
		return
	}
	notification, err := notifier.ParseNotification(a.Context(), signed)
	if err != nil {
		a.isKind(err, "a signed nonsense", fault.Unauthenticated, fault.Invalid, fault.TooLarge)
	} else if len(notification.Events) > 0 {
		a.wrong("a signed nonsense: got events %+v", notification.Events)
	}
}

func refundNotification(a *trial) {
	capability[wallet.Notifier](a)
	refunder := capability[wallet.Refunder](a)
	payment := a.paid(a.request(a.money(1000)))
	refund := a.partly(refunder, payment, 400)
	var found bool
	for _, event := range a.events(payment.Ref) {
		if event.Kind != wallet.RefundEvent {
			continue
		}
		found = true
		got := event.Refund
		if got.RefundRef.RequestID != refund.RefundRef.RequestID && got.RefundID != refund.RefundID {
			a.wrong("the event names %+v, want %+v", got.RefundRef, refund.RefundRef)
		}
		a.sameMoney("the event's amount", got.Amount, a.money(400))
	}
	if !found {
		a.Skip("the wallet does not notify of refunds")
	}
}

func repliesDiffer(a *trial) {
	notifier, _, d := a.delivery()
	acknowledged := notifier.Reply(d, nil)
	for _, kind := range fault.Kinds() {
		reply := notifier.Reply(d, fault.New(kind, "wallettest", ""))
		if reply.Status < 100 || reply.Status > 599 {
			a.wrong("Reply(%s): got HTTP %d", kind, reply.Status)
		}
	}
	// What did not verify may be genuine: a key was changed, or a clock is wrong.
	for _, kind := range []fault.Kind{fault.Internal, fault.Unavailable, fault.Unknown, fault.Unauthenticated, fault.TooLarge} {
		again := notifier.Reply(d, fault.New(kind, "wallettest", "the store is unavailable"))
		if again.Status == acknowledged.Status && bytes.Equal(again.Body, acknowledged.Body) {
			a.wrong("Reply(%s) acknowledges what was not stored", kind)
		}
		a.holdsNoSecret("a reply", string(again.Body))
	}
}
