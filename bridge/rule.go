package bridge

import (
	"cmp"
	"slices"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// News is what one source knows about one payment or one refund. Notifications,
// answers to queries and answers to operations all become the same thing.
type News struct {
	Source  Source
	Wallet  string // who says so
	Payment *wallet.Payment
	Refund  *wallet.Refund
	Hint    string // the client's resultCode, noted with what the wallet said
	// TimedOut says that the order's time was up when the wallet was asked to
	// close the payment, so that closed means expired.
	TimedOut bool
	// Operation is the request id of the capture or void that this answers.
	Operation string
	// Unproven news cannot be believed alone: it is compared, and a query decides.
	Unproven bool
	// Askable says that the wallet can be asked whether the news is true.
	Askable bool
	// Seen is how the payment stood when the wallet was asked; empty when it was not. An
	// answer says nothing about what was closed while it was on its way.
	Seen wallet.Status
	// Forgotten says that the wallet was asked under a request id of ours that the order
	// does not have, because the store was restored from a backup.
	Forgotten bool
}

// proves says that the news is the wallet's answer about the payment as it stands.
func (n *News) proves(p *Payment) bool {
	return n.Source == FromQuery && (n.Seen == "" || n.Seen == p.Status)
}

// The faults of news that is not applied yet, though nothing is wrong with it.
var (
	// errUnconfirmed is news that a query has to bear out.
	ErrUnconfirmed = fault.New(fault.Unknown, "bridge.Apply", "The wallet has to be asked whether this is true.")
	// errUndecided is news of a refund that may be one of ours: it waits until the
	// wallet has named the ids of those that are open.
	ErrUndecided = fault.New(fault.NotFound, "bridge.Apply", "The refund may be one that is open.")
	// errPaidSince is news of a payment that was short, and that has been paid meanwhile.
	ErrPaidSince = fault.New(fault.Invalid, "bridge.Apply", "The payment was paid since.")
)

// Apply is the rule: what news means for the order. It has no I/O, no clock and no
// randomness, and the same news again, late or in another order, changes nothing
// more. Money wins over every other state; what is taken back after it was paid is
// noted and flagged, and the payment stays paid.
//
// The fault says why the news was not believed; what is worth a person's attention
// has been recorded all the same.
//
// Faults: NotFound for a payment or refund the order does not have; Forbidden for
// news of another wallet's payment; Invalid for an amount that does not match;
// Unknown for news that a query has to bear out first.
func (c *Change) Apply(n News, now time.Time) error {
	n = n.masked()
	if n.Refund != nil {
		return c.applyRefund(n, now)
	}
	return c.applyPayment(n, now)
}

func (c *Change) applyPayment(n News, now time.Time) error {
	if n.Forgotten {
		c.remember(n, now)
	}
	p, err := c.PaymentOf(n.Payment.Ref, n.Wallet)
	if err != nil {
		return err
	}
	next := learn(*p, n.Payment)
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
		return ErrUnconfirmed // a status that we do not understand says nothing: a query may
	}
	if n.Payment.Status == wallet.Pending && p.Status == wallet.Created {
		next.Status = wallet.Pending
	}
	c.recordPayment(p, next, n, now)
	return nil
}

// remember adds a payment of ours that the store has forgotten. What became of it is news
// like any other.
func (c *Change) remember(n News, now time.Time) {
	if _, err := c.PaymentOf(n.Payment.Ref, n.Wallet); err == nil {
		return
	}
	c.Record(PaymentCreated, n.Source, now, EventData{Payment: &Payment{
		Number: len(c.Order.Payments) + 1, Wallet: n.Wallet, Status: wallet.Created, Method: n.Payment.Method,
		RequestID: n.Payment.RequestID, CreatedAt: now, Calls: Calls{1, now}, Wanted: n.Payment.Method,
	}})
}

// PaymentOf finds the payment that a wallet speaks of. Our request id decides; where it
// stands for two payments, since the payer paid twice, the wallet's id tells them apart.
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

// maxIDs bounds how many ids of one payment are kept.
const maxIDs = 16

// learn fills in what the news tells beside the status.
func learn(p Payment, w *wallet.Payment) Payment {
	p.learnID(w.PaymentID)
	for _, id := range w.OtherIDs {
		p.learnID(id)
	}
	p.learnNames(w)
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
	p.learnFacts(w)
	return p
}

// learnNames keeps the ids that the wallet says name one payment. Those of another one under
// the same request id are not mixed with them: the payer may have paid twice.
func (p *Payment) learnNames(w *wallet.Payment) {
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

func (p *Payment) learnID(id string) {
	switch {
	case id == "" || id == p.WalletPaymentID || slices.Contains(p.OtherIDs, id) || len(p.OtherIDs) >= maxIDs:
	case p.WalletPaymentID == "":
		p.WalletPaymentID = id
	default:
		p.OtherIDs = append(slices.Clone(p.OtherIDs), id)
	}
}

// applyPaid believes money whose amount matches, whatever the state before. A payment
// that has ended may have been paid before it ended, and the money given back since:
// then a query tells how it stands.
func (c *Change) applyPaid(p *Payment, next Payment, n News, now time.Time) error {
	captured, err := c.captured(p, n, now)
	if err != nil {
		return err
	}
	if p.Status == wallet.Paid {
		return c.applyPaidAgain(p, next, captured, n, now)
	}
	closed := !p.Open() && p.Status != wallet.Authorized
	if n.Unproven || closed && n.Askable && !n.proves(p) {
		return ErrUnconfirmed
	}
	if n.hearsay(p) {
		return c.applyHearsay(p, next, n, now)
	}
	double := c.Order.Paid > 0
	late := closed || c.Order.Closed != "" && n.Source != FromWallet && !n.TimedOut
	unasked := p.Operation != nil && (p.Operation.Void || captured.Minor != p.Operation.Amount)
	number := p.Number
	next.Status, next.Paid, next.LateHold = wallet.Paid, captured.Minor, false
	next.PaidID, next.PaidAt, next.Code = n.Payment.PaymentID, ToMillis(n.Payment.OccurredAt), n.Payment.Code
	c.recordPayment(p, next, n, now)
	switch {
	case double:
		c.RaisePayment(number, DoublePayment, nil, n, now)
	case late:
		c.RaisePayment(number, LatePayment, nil, n, now)
	}
	if unasked {
		c.RaisePayment(number, AmountMismatch, &captured, n, now)
	}
	c.noteOverpaid(number, n, now)
	c.clearExplained(number, n, now)
	return nil
}

// noteOverpaid asks for a person when a payer has sent more than was asked for: the
// payment is paid, and the rest may have to go back.
func (c *Change) noteOverpaid(number int, n News, now time.Time) {
	received := cmp.Or(n.Payment.Charged, n.Payment.Settled)
	switch {
	case !n.Payment.Overpaid:
	case received == (wallet.Money{}):
		c.RaisePayment(number, AmountMismatch, nil, n, now)
	default:
		c.RaisePayment(number, AmountMismatch, &received, n, now)
	}
}

// applyPaidAgain takes news that a payment is paid which is paid already. Under another
// of the wallet's ids it is money that was paid a second time, and a payment of its own,
// since it is refunded by its own id.
func (c *Change) applyPaidAgain(p *Payment, next Payment, captured wallet.Money, n News, now time.Time) error {
	id := n.Payment.PaymentID
	one := slices.Contains(next.SameIDs, id) && slices.Contains(next.SameIDs, p.PaidID)
	if id == "" || p.PaidID == "" || id == p.PaidID || one {
		if p.PaidID == "" {
			next.PaidID = id
		}
		if n.Unproven && captured.Minor > p.Paid {
			return ErrUnconfirmed
		}
		if n.hearsay(p) && captured.Minor > p.Paid {
			return c.applyHearsay(p, next, n, now)
		}
		next.Paid = max(p.Paid, captured.Minor)
		number := p.Number
		c.recordPayment(p, next, n, now)
		c.noteOverpaid(number, n, now)
		c.clearExplained(number, n, now)
		return nil
	}
	if n.hearsay(p) {
		c.RaisePayment(p.Number, UnconfirmedNews, nil, n, now)
		return nil
	}
	if n.Unproven {
		return ErrUnconfirmed
	}
	twin := Payment{
		Number: len(c.Order.Payments) + 1, Wallet: p.Wallet, Status: wallet.Paid, RequestID: p.RequestID,
		WalletPaymentID: id, PaidID: id, Method: next.Method, Paid: captured.Minor,
		PaidAt: ToMillis(n.Payment.OccurredAt), CreatedAt: now, Calls: p.Calls,
	}
	c.Record(PaymentUpdated, n.Source, now, EventData{Payment: &twin, Hint: n.Hint})
	c.RaisePayment(twin.Number, DoublePayment, nil, n, now)
	return nil
}

// captured is how much of a payment the news says was taken. The amount is compared
// first. A wallet that names no sum took all of it, unless we asked it to take less: then
// only its answer to that tells, or an inquiry that names what we asked for as the amount.
func (c *Change) captured(p *Payment, n News, now time.Time) (wallet.Money, error) {
	order, sum := c.Order.Amount, n.Payment.Captured
	if n.Payment.Short {
		return sum, c.short(p, n, now)
	}
	part := c.Order.Money(0)
	switch op := p.Operation; {
	case p.Status == wallet.Paid:
		part.Minor = p.Paid
	case op != nil && !op.Void:
		part.Minor = op.Amount
	}
	switch amount := n.Payment.Amount; {
	case amount == wallet.Money{}:
		return sum, c.withoutAmount(p, n, now)
	case amount == order:
	case c.Order.Hold && amount == part && part.Positive():
		if sum == (wallet.Money{}) {
			sum = part
		}
	default:
		return sum, c.mismatch(p, amount, n, now)
	}
	switch {
	case sum != wallet.Money{}:
	case part.Minor == 0 || p.Status == wallet.Paid || part == order:
		sum = order
		if p.Status == wallet.Paid {
			sum = part
		}
	case n.Operation != "" && n.Operation == p.Operation.RequestID:
		sum = part
	default:
		return sum, ErrUnconfirmed
	}
	partial := sum != order
	if partial && (!c.Order.Hold || sum.Currency != order.Currency || sum.Minor <= 0 || sum.Minor > order.Minor) {
		return sum, c.mismatch(p, sum, n, now)
	}
	return sum, nil
}

// short refuses money that does not settle the price, whatever sum it is: a query has to
// tell, and then a person decides. After the price was paid such news is old.
func (c *Change) short(p *Payment, n News, now time.Time) error {
	settled := n.Payment.Settled
	switch {
	case p.Status == wallet.Paid:
		return ErrPaidSince
	case settled == wallet.Money{}:
		return c.withoutAmount(p, n, now)
	}
	return c.mismatch(p, settled, n, now)
}

// withoutAmount refuses money news that names no amount: a query has to tell, and where
// even that does not, a person.
func (c *Change) withoutAmount(p *Payment, n News, now time.Time) error {
	another := n.Payment.PaymentID != "" && p.PaidID != "" && n.Payment.PaymentID != p.PaidID && !slices.Contains(p.SameIDs, n.Payment.PaymentID)
	switch {
	case p.Status == wallet.Paid && !another:
		return fault.New(fault.Invalid, "bridge.Apply", "The wallet named no amount.")
	case n.Source != FromQuery:
		return ErrUnconfirmed
	}
	c.RaisePayment(p.Number, AmountUnknown, nil, n, now)
	return fault.New(fault.Invalid, "bridge.Apply", "The wallet named no amount.")
}

func (c *Change) mismatch(p *Payment, observed wallet.Money, n News, now time.Time) error {
	c.RaisePayment(p.Number, AmountMismatch, &observed, n, now)
	return fault.New(fault.Invalid, "bridge.Apply", "The amount is not the order's.")
}

func (c *Change) applyAuthorized(p *Payment, next Payment, n News, now time.Time) error {
	switch {
	case p.Status == wallet.Paid, p.Status == wallet.Voided:
		return nil // older than what is known
	case n.Payment.Amount == wallet.Money{}:
		return c.withoutAmount(p, n, now)
	case n.Payment.Amount != c.Order.Amount:
		return c.mismatch(p, n.Payment.Amount, n, now)
	case n.Unproven && !p.Held():
		return ErrUnconfirmed
	case !p.Open() && p.Status != wallet.Authorized:
		return c.applyLateHold(p, next, n, now)
	case p.Open() && n.hearsay(p):
		return c.applyHearsay(p, next, n, now)
	}
	late, number := c.Order.Closed != "" && p.Open(), p.Number
	next.Status = wallet.Authorized
	next.Authorized = c.Order.Amount.Minor
	next.Code = n.Payment.Code
	c.recordPayment(p, next, n, now)
	if late {
		c.RaisePayment(number, LateAuthorization, nil, n, now)
	}
	return nil
}

// applyLateHold notes money that is held for a payment that has ended: it is no claim,
// the order stays as it is, and a person voids it. News of the time before the end looks
// the same, hence a query tells.
func (c *Change) applyLateHold(p *Payment, next Payment, n News, now time.Time) error {
	if n.Askable && !n.proves(p) && !p.LateHold {
		return ErrUnconfirmed
	}
	number := p.Number
	next.LateHold, next.Authorized = true, c.Order.Amount.Minor
	c.recordPayment(p, next, n, now)
	c.RaisePayment(number, LateAuthorization, nil, n, now)
	return nil
}

// applyClosed ends a payment without money. The first end stays. A payment that is paid
// stays paid, and what was taken back is seen.
func (c *Change) applyClosed(p *Payment, next Payment, n News, now time.Time) error {
	switch {
	case n.Unproven && (p.Held() || p.Open() || p.Status == wallet.Paid && p.Reversed == 0):
		return ErrUnconfirmed
	case p.Status == wallet.Paid:
		return c.applyReversal(p, next, n, now)
	case p.LateHold:
		next.LateHold = false
	case p.Open() || p.Status == wallet.Authorized:
		next.Status = n.Payment.Status
		if n.TimedOut && next.Status == wallet.Canceled {
			next.Status = wallet.Expired
		}
		next.Code = n.Payment.Code
	}
	c.recordPayment(p, next, n, now)
	return nil
}

// closing is what the end of a payment makes of the order: a payment that expires when
// the order does is the order's end.
func (c *Change) closing(next *Payment, now time.Time) wallet.Status {
	last := next.Number == len(c.Order.Payments) && c.Order.Closed == "" && c.Order.Paid == 0
	if last && next.Status == wallet.Expired && !now.Before(c.Order.ExpiresAt.Add(-ClockSkew)) {
		return wallet.Expired
	}
	return ""
}

// applyReversal notes that a wallet took back what was paid. News of the time before the
// payment, such as a first attempt at the cashier that failed, says nothing about it.
//
// A wallet that closes a payment when all of it is refunded may tell so before its answer
// to the refund: the news waits for that.
func (c *Change) applyReversal(p *Payment, next Payment, n News, now time.Time) error {
	at := ToMillis(n.Payment.OccurredAt)
	gone := c.Order.Money(p.Paid - p.Refunded)
	decided := p.Reversed == 0 && !p.ReversedAt.IsZero() && !at.After(p.ReversedAt) // by a person, as untrue
	if p.Reversed > 0 || gone.Minor <= 0 || decided || !at.IsZero() && !p.PaidAt.IsZero() && at.Before(p.PaidAt) {
		return nil
	}
	if c.Order.Left(p) <= 0 {
		return ErrUndecided
	}
	number := p.Number
	next.Reversed = gone.Minor
	if next.ReversedAt = at; at.IsZero() {
		next.ReversedAt = now
	}
	c.recordPayment(p, next, n, now)
	c.RaisePayment(number, PaymentReversed, &gone, n, now)
	return nil
}

// recordPayment records next when it differs from what is known.
func (c *Change) recordPayment(p *Payment, next Payment, n News, now time.Time) {
	if !next.Open() {
		next.Action, next.Places = nil, nil
	}
	if !next.Held() {
		next.Operation = nil // what was asked has been answered
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

// ToMillis is a time as it is stored: UTC, in milliseconds, and zero outside the years
// that a timestamp can be written in.
func ToMillis(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Millisecond)
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// masked is news without card numbers in the wallet's words. Its ids stay as they are: by
// them the wallet is asked.
func (n News) masked() News {
	n.Hint = wallet.MaskCardNumbers(n.Hint)
	if n.Payment != nil {
		p := maskedPayment(*n.Payment)
		n.Payment = &p
	}
	if n.Refund != nil {
		r := maskedRefund(*n.Refund)
		n.Refund = &r
	}
	return n
}

// MaskedEvent is an event as it is kept, masked like news.
func MaskedEvent(ev wallet.Event) wallet.Event {
	ev.Payment, ev.Refund = maskedPayment(ev.Payment), maskedRefund(ev.Refund)
	return ev
}

func maskedPayment(p wallet.Payment) wallet.Payment {
	p.Code, p.Method = wallet.MaskCardNumbers(p.Code), wallet.MaskCardNumbers(p.Method)
	return p
}

func maskedRefund(r wallet.Refund) wallet.Refund {
	r.Code = wallet.MaskCardNumbers(r.Code)
	return r
}

func SameRef(a, b wallet.Ref) bool {
	if a.RequestID != "" && b.RequestID != "" {
		return a.RequestID == b.RequestID
	}
	return a.PaymentID != "" && a.PaymentID == b.PaymentID
}
