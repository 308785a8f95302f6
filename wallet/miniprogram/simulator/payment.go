package simulator

import (
	"slices"
	"time"

	"github.com/minitill/minitill/wallet"
)

// status is how a payment stands.
type status uint8

const (
	pending    status = iota + 1
	processing        // the payer paid, the wallet has not finished
	authorized
	paid
	failed
	expired
	canceled
	voided
)

var statusNames = [...]string{
	pending: "PENDING", processing: "PROCESSING", authorized: "AUTHORIZED", paid: "PAID",
	failed: "FAILED", expired: "EXPIRED", canceled: "CANCELED", voided: "VOIDED",
}

// String is for messages and pages; the protocol has other words.
func (s status) String() string { return statusNames[s] }

// open reports whether the payer may still decide.
func (s status) open() bool { return s == pending }

// final reports whether only refunds can follow.
func (s status) final() bool { return s >= paid }

// payment is one payment. Sums are minor units of the amount's currency.
type payment struct {
	id, request string
	firstID     string // with which it was opened; differs from id where that was changed at payment
	product     string
	partner     string
	amount      wallet.Money
	status      status
	was         status    // before its last change; 0: it did not exist
	had         int64     // captured before its last change
	changed     time.Time // the last time
	hold        bool
	quiet       bool // answered at once, so nothing is notified of it
	captured    int64
	returned    int64 // refunded, also by cancel
	refunding   int64 // requested and not decided yet

	title, order                  string
	returnURL, notifyURL, voidURL string
	created, expires              time.Time
	completes                     time.Time // when processing ends
	decided                       time.Time // when the payer paid or failed to
	closed                        time.Time // when the merchant canceled or voided
	code, reason                  string    // why it failed
	movements                     []movement
	refunds                       []*refund
	reported                      *news // the latest, delivered or not
}

// movement is one line of a payment's account.
type movement struct {
	id, kind string
	request  string // the merchant's, where there is one
	amount   int64
	at       time.Time
}

// movementOf returns what a capture's or void's request ID already did.
func (p *payment) movementOf(kind, request string) *movement {
	for i := range p.movements {
		if p.movements[i].kind == kind && p.movements[i].request == request {
			return &p.movements[i]
		}
	}
	return nil
}

func (p *payment) in(minor int64) wallet.Money {
	return wallet.Money{Minor: minor, Currency: p.amount.Currency}
}

// refundable returns what may still be refunded.
func (p *payment) refundable() int64 { return p.captured - p.returned - p.refunding }

// same reports whether a repeated request is about the same payment.
func (p *payment) same(other *payment) bool {
	return p.amount == other.amount && p.product == other.product && p.notifyURL == other.notifyURL
}

// turn changes the payment's status. What it captures then is set afterwards.
func (p *payment) turn(s status, now time.Time) {
	p.was, p.had, p.changed = p.status, p.captured, now
	p.status = s
}

// before returns the payment as it was before its last change; nil when it did not exist.
func (p *payment) before() *payment {
	if p.was == 0 {
		return nil
	}
	older := *p
	older.status, older.captured, older.code, older.reason = p.was, p.had, "", ""
	if p.was == pending || p.was == processing {
		older.id = p.firstID
	}
	older.movements = slices.DeleteFunc(slices.Clone(p.movements), func(m movement) bool { return !m.at.Before(p.changed) })
	return &older
}

// take applies a payment by the payer: the money is captured, or authorized.
func (p *Provider) take(pay *payment, now time.Time) {
	pay.decided = now
	if p.faults.Happens(ChangeID, "") {
		pay.id = p.newID(now)
		p.books.Rename(pay, pay.id)
	}
	if pay.hold {
		pay.turn(authorized, now)
		pay.move(movement{p.newID(now), "AUTHORIZATION", "", pay.amount.Minor, now})
		p.remind(pay)
		return
	}
	pay.turn(paid, now)
	pay.captured = pay.amount.Minor
	pay.move(movement{p.newID(now), "PAYMENT", "", pay.amount.Minor, now})
	p.notify(pay)
}

// fail ends an unpaid payment.
func (p *Provider) fail(pay *payment, s status, code, reason string, now time.Time) {
	pay.turn(s, now)
	pay.code, pay.reason, pay.decided = code, reason, now
	if s != expired || p.profile.expiryNotified {
		p.notify(pay)
	}
}

func (p *Provider) decline(pay *payment, now time.Time) {
	p.fail(pay, failed, "USER_BALANCE_NOT_ENOUGH", "the balance is not enough", now)
}

// release releases held money, or what captures have left of it.
func (p *Provider) release(pay *payment, request string, now time.Time) {
	pay.move(movement{p.newID(now), "VOID", request, pay.amount.Minor - pay.captured, now})
	pay.turn(voided, now)
	pay.closed = now
	if pay.captured > 0 {
		pay.status = paid
	}
}

func (p *payment) move(m movement) { p.movements = append(p.movements, m) }

// holdLife is how long an authorization lasts.
const holdLife = 7 * 24 * time.Hour

// settle applies the passing of time to a payment before it is read. A payment in processing
// was paid in time and does not expire.
func (p *Provider) settle(pay *payment, now time.Time) {
	switch {
	case pay.status == processing && !now.Before(pay.completes):
		p.take(pay, now)
	case pay.status == pending && !now.Before(pay.expires):
		p.fail(pay, expired, "PROCESS_FAIL", "the payment has expired", now)
	case pay.status == authorized && !now.Before(pay.decided.Add(holdLife)):
		p.release(pay, "", now)
	}
}

// ends returns when the passing of time changes the payment; zero for never.
func (p *payment) ends() time.Time {
	switch p.status {
	case processing:
		return p.completes
	case pending:
		return p.expires
	case authorized:
		return p.decided.Add(holdLife)
	}
	return time.Time{}
}
