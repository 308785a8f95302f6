package bridge

import (
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
}

// Apply is the rule: what news means for the order. It has no I/O, no clock and no
// randomness, and the same news again, late or in another order, changes nothing
// more. Money wins over every other state and is never taken back.
//
// The fault says why the news was not believed; what is worth a person's attention
// has been recorded all the same.
//
// Faults: NotFound for a payment or refund the order does not have; Forbidden for
// news of another wallet's payment; Invalid for an amount that does not match;
// Unknown for money news without an amount, which must be confirmed by a query.
func (c *Change) Apply(n News, now time.Time) error {
	if n.Refund != nil {
		return c.applyRefund(n, now)
	}
	return c.applyPayment(n, now)
}

func (c *Change) applyPayment(n News, now time.Time) error {
	p, err := c.paymentOf(n.Payment.Ref, n.Wallet)
	if err != nil {
		return err
	}
	next := learn(*p, n.Payment)
	switch status := n.Payment.Status; status {
	case wallet.Paid:
		return c.applyPaid(p, next, n, now)
	case wallet.Authorized:
		return c.applyAuthorized(p, next, n, now)
	case wallet.Failed, wallet.Canceled, wallet.Expired, wallet.Voided:
		c.applyClosed(p, next, n, now)
	case wallet.Pending:
		if p.Status == wallet.Created {
			next.Status = wallet.Pending
		}
		c.recordPayment(p, next, n, now)
	default: // a status we do not understand says nothing
		c.recordPayment(p, next, n, now)
	}
	return nil
}

// paymentOf finds the payment that a wallet speaks of.
func (c *Change) paymentOf(ref wallet.Ref, walletName string) (*Payment, error) {
	for i := range c.Order.Payments {
		p := &c.Order.Payments[i]
		switch {
		case ref.RequestID != "" && p.RequestID != ref.RequestID,
			ref.RequestID == "" && (p.Wallet != walletName || p.WalletPaymentID != ref.PaymentID):
			continue
		case p.Wallet != walletName:
			return nil, fault.New(fault.Forbidden, "bridge.Apply", "The payment belongs to another wallet.")
		case ref.PaymentID != "" && p.WalletPaymentID != "" && ref.PaymentID != p.WalletPaymentID:
			return nil, fault.New(fault.Invalid, "bridge.Apply", "The wallet's payment id is not the one it gave before.")
		}
		return p, nil
	}
	return nil, fault.New(fault.NotFound, "bridge.Apply", "The order has no such payment.")
}

// learn fills in what the news tells beside the status. What is known stays known.
func learn(p Payment, w *wallet.Payment) Payment {
	if p.WalletPaymentID == "" {
		p.WalletPaymentID = w.PaymentID
	}
	if w.Method != "" {
		p.Method = w.Method
	}
	if w.Action != nil {
		p.Action = w.Action
	}
	if p.ExpiresAt.IsZero() {
		p.ExpiresAt = toMillis(w.ExpiresAt)
	}
	return p
}

// applyPaid believes money whose amount matches, whatever the state before.
func (c *Change) applyPaid(p *Payment, next Payment, n News, now time.Time) error {
	if err := c.checkAmount(p, n, now); err != nil {
		return err
	}
	captured, err := c.captured(p, n)
	if err != nil {
		return err
	}
	partial := captured.Currency != c.Order.Amount.Currency || captured.Minor != c.Order.Amount.Minor
	if partial && (!c.Order.Hold || captured.Currency != c.Order.Amount.Currency ||
		captured.Minor <= 0 || captured.Minor > c.Order.Amount.Minor) {
		return c.mismatch(p, captured, n, now)
	}
	next.Status = wallet.Paid
	next.Paid = max(p.Paid, captured.Minor)
	next.Code = n.Payment.Code
	if p.Status != wallet.Paid {
		next.PaidAt = toMillis(n.Payment.OccurredAt)
	}
	closed := p.Status != wallet.Paid && p.Status != wallet.Authorized && !p.Open()
	double := p.Status != wallet.Paid && c.Order.Paid > 0
	number := p.Number
	c.recordPayment(p, next, n, now)
	switch {
	case double:
		c.raise(number, DoublePayment, nil, n, now)
	case closed:
		c.raise(number, LatePayment, nil, n, now)
	}
	return nil
}

// captured is how much of a payment the news says was taken. A wallet that names no sum
// took all of it, unless we asked it to take less: then only its answer to that tells.
func (c *Change) captured(p *Payment, n News) (wallet.Money, error) {
	op := p.Operation
	switch {
	case n.Payment.Captured != (wallet.Money{}):
		return n.Payment.Captured, nil
	case p.Status == wallet.Paid:
		return c.Order.Money(p.Paid), nil
	case op == nil || op.Void || op.Amount == c.Order.Amount.Minor:
		return n.Payment.Amount, nil
	case n.Source == FromWallet:
		return c.Order.Money(op.Amount), nil
	}
	return wallet.Money{}, fault.New(fault.Unknown, "bridge.Apply", "The wallet does not say how much it captured.")
}

func (c *Change) applyAuthorized(p *Payment, next Payment, n News, now time.Time) error {
	if p.Status == wallet.Paid {
		return nil
	}
	if err := c.checkAmount(p, n, now); err != nil {
		return err
	}
	if p.Status == wallet.Voided {
		return nil // an old story of money that was let go
	}
	if !p.Open() && p.Status != wallet.Authorized {
		// Held money is no claim yet: the order stays closed, and a person voids it.
		// News of the time before the end looks the same, hence only a query tells.
		if n.Source == FromQuery {
			c.raise(p.Number, LateAuthorization, nil, n, now)
		}
		return nil
	}
	next.Status = wallet.Authorized
	next.Authorized = c.Order.Amount.Minor
	next.Code = n.Payment.Code
	c.recordPayment(p, next, n, now)
	return nil
}

// applyClosed ends a payment without money. The first end stays.
func (c *Change) applyClosed(p *Payment, next Payment, n News, now time.Time) {
	if !p.Open() && p.Status != wallet.Authorized {
		return
	}
	next.Status = n.Payment.Status
	if n.TimedOut && next.Status == wallet.Canceled {
		next.Status = wallet.Expired
	}
	next.Code = n.Payment.Code
	c.recordPayment(p, next, n, now)
}

// checkAmount compares the amount of money news with the order's.
func (c *Change) checkAmount(p *Payment, n News, now time.Time) error {
	switch n.Payment.Amount {
	case c.Order.Amount:
		return nil
	case wallet.Money{}:
		return fault.New(fault.Unknown, "bridge.Apply", "The wallet named no amount.")
	}
	return c.mismatch(p, n.Payment.Amount, n, now)
}

func (c *Change) mismatch(p *Payment, observed wallet.Money, n News, now time.Time) error {
	c.raise(p.Number, AmountMismatch, &observed, n, now)
	return fault.New(fault.Invalid, "bridge.Apply", "The amount is not the order's.")
}

// recordPayment records next when it differs from what is known.
func (c *Change) recordPayment(p *Payment, next Payment, n News, now time.Time) {
	if !next.Open() {
		next.Action = nil
	}
	if next.Status != wallet.Authorized {
		next.Operation = nil // what was asked has been answered
	}
	if samePayment(p, &next) {
		return
	}
	next.Attention = slices.Clone(p.Attention)
	c.record(PaymentUpdated, n.Source, now, EventData{Payment: &next, Hint: n.Hint})
}

func samePayment(a, b *Payment) bool {
	return a.Status == b.Status && a.WalletPaymentID == b.WalletPaymentID && a.Method == b.Method &&
		a.Paid == b.Paid && a.Authorized == b.Authorized && sameAction(a.Action, b.Action) &&
		a.ExpiresAt.Equal(b.ExpiresAt) && a.Operation == b.Operation
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

// raise asks for a person's attention, once for each payment and reason.
func (c *Change) raise(number int, why Attention, observed *wallet.Money, n News, now time.Time) {
	p := *c.Order.Payment(number)
	if slices.Contains(p.Attention, why) {
		return
	}
	p.Attention = append(slices.Clone(p.Attention), why)
	c.record(OrderAttention, n.Source, now,
		EventData{Payment: &p, Attention: why, Observed: observed, Hint: n.Hint})
}

// flag asks for a person's attention to the order itself, once until something else
// does.
func (c *Change) flag(why Attention, source Source, now time.Time) {
	if c.Order.Attention != why {
		c.record(OrderAttention, source, now, EventData{Attention: why})
	}
}

func (c *Change) applyRefund(n News, now time.Time) error {
	r := c.refundOf(n.Refund.RefundRef)
	if r == nil {
		return c.foreignRefund(n, now)
	}
	if c.Order.Payments[r.Payment-1].Wallet != n.Wallet {
		return fault.New(fault.Forbidden, "bridge.Apply", "The refund belongs to another wallet.")
	}
	if amount := n.Refund.Amount; amount != (wallet.Money{}) && amount.Currency != c.Order.Amount.Currency {
		c.raise(r.Payment, RefundMismatch, &amount, n, now)
		return fault.New(fault.Invalid, "bridge.Apply", "The refund's currency is not the order's.")
	}
	// People at a wallet's console may change a refund's amount, but only a query
	// is believed about that.
	if a := n.Refund.Amount; a.Positive() && a.Minor != r.Amount && n.Source != FromQuery {
		c.raise(r.Payment, RefundMismatch, &a, n, now)
		return fault.New(fault.Invalid, "bridge.Apply", "The refund's amount is not what was asked for.")
	}
	next := *r
	if next.WalletRefundID == "" {
		next.WalletRefundID = n.Refund.RefundID
	}
	c.moveRefund(r, next, n, now)
	return nil
}

func (c *Change) refundOf(ref wallet.RefundRef) *Refund {
	for i := range c.Order.Refunds {
		r := &c.Order.Refunds[i]
		if ref.RequestID != "" && r.RequestID == ref.RequestID ||
			ref.RefundID != "" && r.WalletRefundID == ref.RefundID {
			return r
		}
	}
	return nil
}

// moveRefund lets a refund move forward: open, then failed, and money that went back
// wins over everything.
func (c *Change) moveRefund(r *Refund, next Refund, n News, now time.Time) {
	surprise := false
	switch n.Refund.Status {
	case wallet.RefundSucceeded:
		surprise = r.Status == wallet.RefundFailed
		next.Status = wallet.RefundSucceeded
		if a := n.Refund.Amount; a.Positive() && r.Status != wallet.RefundSucceeded {
			surprise = surprise || a.Minor != r.Amount
			next.Amount = a.Minor
		}
	case wallet.RefundFailed:
		if r.Status != wallet.RefundSucceeded {
			next.Status = wallet.RefundFailed
		}
	case wallet.RefundPending, wallet.RefundWaiting:
		if r.Status == wallet.RefundPending || r.Status == wallet.RefundWaiting {
			next.Status = n.Refund.Status
		}
	}
	if next == *r {
		return
	}
	if next.Status != r.Status {
		next.Code = n.Refund.Code
	}
	c.record(refundEvent(r.Status, next.Status), n.Source, now, EventData{Refund: &next})
	if surprise {
		c.raise(next.Payment, RefundMismatch, &n.Refund.Amount, n, now)
	}
}

func refundEvent(before, after wallet.RefundStatus) EventType {
	switch {
	case before == after:
		return PaymentUpdated
	case after == wallet.RefundSucceeded:
		return RefundSucceeded
	case after == wallet.RefundFailed:
		return RefundFailed
	}
	return RefundPending
}

// foreignRefund records money that went back without our asking, such as a refund
// made at the wallet's console.
func (c *Change) foreignRefund(n News, now time.Time) error {
	p, err := c.paymentOf(n.Refund.Payment, n.Wallet)
	if err != nil {
		return err
	}
	if n.Refund.Status != wallet.RefundSucceeded || n.Refund.RefundID == "" {
		return fault.New(fault.NotFound, "bridge.Apply", "The order has no such refund.")
	}
	if n.Refund.Amount.Currency != c.Order.Amount.Currency || !n.Refund.Amount.Positive() {
		c.raise(p.Number, RefundMismatch, &n.Refund.Amount, n, now)
		return fault.New(fault.Invalid, "bridge.Apply", "The refund's amount makes no sense for the order.")
	}
	number := p.Number
	r := Refund{
		Number: len(c.Order.Refunds) + 1, Payment: number, Status: wallet.RefundSucceeded,
		WalletRefundID: n.Refund.RefundID, Amount: n.Refund.Amount.Minor, Code: n.Refund.Code, CreatedAt: now,
	}
	c.record(RefundSucceeded, n.Source, now, EventData{Refund: &r})
	c.raise(number, ForeignRefund, &n.Refund.Amount, n, now)
	return nil
}

// expire ends an order whose time is up and whose wallet says that nothing was paid.
func (c *Change) expire(now time.Time) { c.closeOpen(wallet.Expired, FromTime, now) }

// closeOpen ends every open payment, or the order itself when it has none.
func (c *Change) closeOpen(status wallet.Status, source Source, now time.Time) {
	if len(c.Order.Payments) == 0 {
		if !c.Order.Final() {
			c.record(OrderCanceled, source, now, EventData{Closed: status})
		}
		return
	}
	for i := range c.Order.Payments {
		if next := c.Order.Payments[i]; next.Open() {
			next.Status, next.Action = status, nil
			c.record(PaymentUpdated, source, now, EventData{Payment: &next})
		}
	}
}

// openPayment starts a new attempt to pay the order at a wallet.
func (c *Change) openPayment(walletName, method string, source Source, now time.Time) {
	n := len(c.Order.Payments) + 1
	c.record(PaymentCreated, source, now, EventData{Payment: &Payment{
		Number: n, Wallet: walletName, Status: wallet.Created, Method: method,
		RequestID: c.Order.ID.requestID(opPayment, n), CreatedAt: now,
	}})
}

// refuse ends a payment that the wallet has refused to open.
func (c *Change) refuse(number int, code string, now time.Time) {
	if p := c.Order.Payment(number); p.Open() {
		next := *p
		next.Status, next.Code, next.Action = wallet.Failed, code, nil
		c.record(PaymentUpdated, FromWallet, now, EventData{Payment: &next})
	}
}

func toMillis(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Millisecond)
}
