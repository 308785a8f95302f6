package bridge

import (
	"slices"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// News is what one source reports about one payment or one refund. Notifications, answers
// to status queries and answers to operations all become News. Exactly one of Payment and
// Refund is set.
type News struct {
	Source  Source
	Wallet  string // the configured name of the wallet that reports it
	Payment *wallet.Payment
	Refund  *wallet.Refund
	Hint    string // the client's resultCode, recorded with the event
	// TimedOut means that the order was overdue when the engine sent the cancel of the payment
	// to the wallet, so that canceled means expired.
	TimedOut bool
	// Operation is the request id of the capture or void that this answers.
	Operation string
	// Unproven news decides nothing by itself: a status query must confirm it.
	Unproven bool
	// WithoutHold is the status that the news proves of a payment of an order that holds
	// nothing; see wallet.Notification.
	WithoutHold wallet.Status
	// Queryable means that the wallet has a status query, which can confirm the news.
	Queryable bool
	// Seen is the status of the payment when the status query was sent; empty for other
	// news. An answer proves nothing about a payment that was closed in the meantime.
	Seen wallet.Status
	// Recovered means that a restored store lacks the payment or refund: the status query
	// used a request id that the order does not have.
	Recovered bool
}

// withoutHold returns what the news says about a payment that was requested without a hold.
func (n News) withoutHold() News {
	if n.WithoutHold == "" {
		return n
	}
	proven := *n.Payment
	proven.Status = n.WithoutHold
	n.Payment, n.Unproven, n.WithoutHold = &proven, false, ""
	return n
}

// proves reports whether the news is the wallet's answer about the payment as it stands.
func (n *News) proves(p *Payment) bool {
	return n.Source == FromQuery && (n.Seen == "" || n.Seen == p.Status)
}

// The faults of news that Change.Apply does not apply yet, though nothing is wrong with it.
var (
	// ErrUnconfirmed is returned for news that a status query must confirm first.
	ErrUnconfirmed = fault.New(fault.Unknown, "bridge.Apply", "A status query must confirm this first.")
	// ErrUndecided is returned for news of a refund that may be one of ours. It can be
	// applied once the wallet has named the ids of the refunds that are open.
	ErrUndecided = fault.New(fault.NotFound, "bridge.Apply", "The refund may be one that is open.")
	// ErrPaidSince is returned for news of a short payment that was paid in full since.
	ErrPaidSince = fault.New(fault.Invalid, "bridge.Apply", "The payment was paid since.")
)

// Apply applies news to the order. It has no I/O, no clock and no randomness. The same news
// again, late or in another order, changes nothing more. Captured money wins over every
// other state; a reversal of captured money is recorded and flagged, and the payment stays
// paid.
//
// The fault says why the news was not applied; a flag that the news calls for is recorded
// all the same, so the caller commits the change after a fault too.
//
// Faults: NotFound for a payment or refund that the order does not have; Forbidden for news
// from another wallet than the payment's; Invalid for an amount that does not match;
// ErrUnconfirmed, ErrUndecided and ErrPaidSince.
func (c *Change) Apply(n News, now time.Time) error {
	n = n.masked()
	if n.Refund != nil {
		return c.applyRefund(n, now)
	}
	return c.applyPayment(n, now)
}

func (c *Change) applyPayment(n News, now time.Time) error {
	if n.Recovered {
		c.addRecoveredPayment(n, now)
	}
	p, err := c.PaymentOf(n.Payment.Ref, n.Wallet)
	if err != nil {
		return err
	}
	if !c.Order.Hold {
		n = n.withoutHold()
	}
	next := merge(*p, n.Payment)
	n.Payment = withoutFees(n.Payment, c.Order.Amount, next.Fees)
	switch status := n.Payment.Status; status {
	case wallet.Paid:
		return c.applyPaid(p, next, n, now)
	case wallet.Authorized:
		return c.applyAuthorized(p, next, n, now)
	case wallet.Failed, wallet.Canceled, wallet.Expired, wallet.Voided:
		return c.applyClosed(p, next, n, now)
	}
	known := n.Payment.Status == wallet.Pending || n.Payment.Status == wallet.Created
	if n.Unproven || !known && n.Source == FromNotification {
		return ErrUnconfirmed // an unknown status proves nothing; a query may return a known one
	}
	if n.Payment.Status == wallet.Pending && p.Status == wallet.Created {
		next.Status = wallet.Pending
	}
	c.RecordPayment(p, next, n, now)
	return nil
}

// addRecoveredPayment adds a payment that a restored store lacks. Its status is then applied
// like any other news.
func (c *Change) addRecoveredPayment(n News, now time.Time) {
	if _, err := c.PaymentOf(n.Payment.Ref, n.Wallet); err == nil {
		return
	}
	c.Record(PaymentCreated, n.Source, now, EventData{Payment: &Payment{
		Number: len(c.Order.Payments) + 1, Wallet: n.Wallet, Status: wallet.Created, Method: n.Payment.Method,
		RequestID: n.Payment.RequestID, CreatedAt: now, Calls: Calls{1, now}, Wanted: n.Payment.Method,
	}})
}

// PaymentOf finds the payment that a wallet refers to. Our request id decides; where two
// payments share it, because the payer paid twice, the wallet's id tells them apart.
//
// Faults: NotFound; Forbidden when the payment is at another wallet.
func (c *Change) PaymentOf(ref wallet.Ref, walletName string) (*Payment, error) {
	var found *Payment
	for i := range c.Order.Payments {
		p := &c.Order.Payments[i]
		if ref.RequestID != "" && p.RequestID != ref.RequestID ||
			ref.RequestID == "" && (p.Wallet != walletName || !slices.Contains(p.IDs(), ref.PaymentID)) {
			continue
		}
		if found == nil || ref.PaymentID != "" && p.PaidID == ref.PaymentID {
			found = p
		}
	}
	switch {
	case found == nil:
		return nil, fault.New(fault.NotFound, "bridge.Apply", "The order has no such payment.")
	case found.Wallet != walletName:
		return nil, fault.New(fault.Forbidden, "bridge.Apply", "The payment belongs to another wallet.")
	}
	return found, nil
}

// maxIDs bounds how many ids of one payment are stored.
const maxIDs = 16

// merge returns a payment with the ids, method, action, expiry and fees of the news. The
// status and the amounts are left to the caller.
func merge(p Payment, w *wallet.Payment) Payment {
	p.mergeID(w.PaymentID)
	for _, id := range w.OtherIDs {
		p.mergeID(id)
	}
	p.mergeSameIDs(w)
	if w.Method != "" {
		p.Method = w.Method
	}
	if w.Action != nil {
		p.Action = w.Action
	}
	if len(w.Places) > 0 {
		p.Places = w.Places
	}
	if at := ToMillis(w.ExpiresAt); !at.IsZero() {
		p.ExpiresAt = at
	}
	p.mergeFacts(w)
	return p
}

// mergeSameIDs stores the ids that the wallet says name one payment. Ids of another payment
// under the same request id stay apart: the payer may have paid twice.
func (p *Payment) mergeSameIDs(w *wallet.Payment) {
	if len(w.OtherIDs) == 0 {
		return
	}
	names := append([]string{w.PaymentID}, w.OtherIDs...)
	known := func(id string) bool { return slices.Contains(p.SameIDs, id) }
	switch paid := p.PaidID != "" && slices.Contains(names, p.PaidID); {
	case slices.ContainsFunc(names, known):
	case paid, p.PaidID == "" && len(p.SameIDs) == 0:
		p.SameIDs = nil
	default:
		return
	}
	for _, id := range names {
		if id != "" && !known(id) && len(p.SameIDs) < maxIDs {
			p.SameIDs = append(slices.Clone(p.SameIDs), id)
		}
	}
}

func (p *Payment) mergeID(id string) {
	switch {
	case id == "" || id == p.WalletPaymentID || slices.Contains(p.OtherIDs, id) || len(p.OtherIDs) >= maxIDs:
	case p.WalletPaymentID == "":
		p.WalletPaymentID = id
	default:
		p.OtherIDs = append(slices.Clone(p.OtherIDs), id)
	}
}

// RecordPayment records next when it differs from what is known.
func (c *Change) RecordPayment(p *Payment, next Payment, n News, now time.Time) {
	if !next.Open() {
		next.Action, next.Places = nil, nil
	}
	if !next.Held() {
		next.Operation = nil // it has ended with the hold
	}
	if samePayment(p, &next) {
		return
	}
	c.Record(PaymentUpdated, n.Source, now, EventData{Payment: &next, Hint: n.Hint, Closed: c.closing(&next, now)})
}

func samePayment(a, b *Payment) bool {
	return a.Status == b.Status && a.WalletPaymentID == b.WalletPaymentID && len(a.OtherIDs) == len(b.OtherIDs) &&
		len(a.SameIDs) == len(b.SameIDs) && a.PaidID == b.PaidID && a.Method == b.Method && a.Paid == b.Paid && a.Authorized == b.Authorized &&
		a.Settled == b.Settled && slices.Equal(a.Fees, b.Fees) &&
		a.Reversed == b.Reversed && a.LateHold == b.LateHold && sameAction(a.Action, b.Action) && slices.EqualFunc(a.Places, b.Places, samePlace) &&
		a.ExpiresAt.Equal(b.ExpiresAt) && a.Operation == b.Operation && a.Calls.Same(b.Calls)
}

func samePlace(a, b wallet.Place) bool {
	return a.Method == b.Method && sameAction(&a.Action, &b.Action)
}

func sameAction(a, b *wallet.Action) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := *a, *b
	x.Methods, y.Methods = nil, nil
	return slices.Equal(a.Methods, b.Methods) && x.Type == y.Type && x.PaymentURL == y.PaymentURL &&
		x.TradeNO == y.TradeNO && x.OrderStr == y.OrderStr && x.URL == y.URL && x.Content == y.Content && x.Image == y.Image
}

// ToMillis returns a time as it is stored: UTC, in milliseconds, and zero outside the years
// that a timestamp can be written in.
func ToMillis(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Millisecond)
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// SameRef reports whether two refs name the same payment: by our request id where both have
// it, else by the wallet's id.
func SameRef(a, b wallet.Ref) bool {
	if a.RequestID != "" && b.RequestID != "" {
		return a.RequestID == b.RequestID
	}
	return a.PaymentID != "" && a.PaymentID == b.PaymentID
}
