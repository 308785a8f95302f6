package simulator

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unique"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/internal/provider"
)

// payment is one payment. What only an unfinished payment needs is in more and is released with
// it, so that a finished one stays below 500 bytes.
type payment struct {
	number    uint32
	sequence  uint32 // of its notifications
	status    status
	was       status // before its last change; 0: it did not exist
	hold      bool
	renamed   bool            // it got another id when the payer paid
	charged   bool            // by an agreement
	digest    provider.Digest // of the content, to distinguish a repeat from a reuse
	currency  wallet.Currency
	amount    int64
	fee       int64
	captured  int64
	had       int64 // captured before its last change
	refunded  int64
	refunding int64 // requested and not decided yet
	created   int64 // times are Unix milliseconds
	updated   int64
	expires   int64 // 0: never
	completes int64 // when a payment paid later is paid
	request   string
	method    string
	code      string
	returnTo  string
	notify    unique.Handle[string]
	more      *more
}

// more has what a payment needs until it is finished.
type more struct {
	description string
	moved       *move // the capture or void that ended the authorization
}

// move is a capture or a void, kept for its repeats.
type move struct {
	Request string `json:"request"`
	Amount  int64  `json:"amount"` // 0 is a void
}

type refund struct {
	number  uint32
	status  refundStatus
	was     refundStatus // before its last change; 0: it did not exist
	payment *payment
	request string
	amount  int64
	updated int64
	code    string
	notify  unique.Handle[string]
}

const (
	paymentPrefix = "sp_"
	renamedPrefix = "st_" // of a payment that got another id
	refundPrefix  = "sr_"
)

// id returns the payment's id: the one with which it was opened, until it gets another.
func (p *payment) id() string {
	if p.renamed {
		return fmt.Sprintf("%s%010d", renamedPrefix, p.number)
	}
	return p.firstID()
}

func (p *payment) firstID() string { return fmt.Sprintf("%s%010d", paymentPrefix, p.number) }
func (r *refund) id() string       { return fmt.Sprintf("%s%010d", refundPrefix, r.number) }

// number parses an id; ok is false for one that is not ours.
func numberOf(prefix, id string) (n uint32, ok bool) {
	digits, found := strings.CutPrefix(id, prefix)
	parsed, err := strconv.ParseUint(digits, 10, 32)
	return uint32(parsed), found && err == nil && len(digits) == 10
}

// extra returns more, which it creates when missing.
func (p *payment) extra() *more {
	if p.more == nil {
		p.more = new(more)
	}
	return p.more
}

// set changes the payment's status. What it captures then is set afterwards.
func (p *payment) set(s status, code string, now time.Time) {
	p.was, p.had = p.status, p.captured
	p.status, p.code, p.updated = s, code, now.UnixMilli()
}

// before returns the payment as it was before its last change; nil when it did not exist.
func (p *payment) before() *payment {
	if p.was == 0 {
		return nil
	}
	older := *p
	older.status, older.captured, older.code, older.updated = p.was, p.had, "", p.created
	older.renamed = p.renamed && p.was != pending && p.was != processing
	return &older
}

// shrink releases what a finished payment no longer needs.
func (p *payment) shrink() {
	if p.more == nil || !p.status.final() {
		return
	}
	if p.more.moved == nil {
		p.more = nil
		return
	}
	p.more = &more{moved: p.more.moved}
}

// settle applies the passing of time to the payment, and reports whether it changed. A payment
// paid later completes even after its expiry: the payer was in time.
func (p *payment) settle(now time.Time) bool {
	switch millis := now.UnixMilli(); {
	case p.status == processing && millis >= p.completes:
		p.pay(now)
	case p.status == pending && p.expires != 0 && millis >= p.expires:
		p.set(expired, "EXPIRED", now)
	default:
		return false
	}
	return true
}

// pay captures the payer's money, or authorizes it.
func (p *payment) pay(now time.Time) {
	if p.hold {
		p.set(authorized, "", now)
		return
	}
	p.set(paid, "", now)
	p.captured = p.amount
}

// refundable returns what may still be refunded.
func (p *payment) refundable() int64 { return p.captured - p.refunded - p.refunding }

func (p *payment) json() *paymentJSON {
	out := &paymentJSON{
		PaymentID: p.id(), RequestID: p.request, Status: p.status, Method: p.method,
		Amount: amountOf(p.currency, p.amount), ExpiresAt: p.expires, UpdatedAt: p.updated, Code: p.code,
	}
	if p.fee > 0 {
		out.Fee, out.PayerAmount = amountOf(p.currency, p.fee), amountOf(p.currency, p.amount+p.fee)
	}
	if p.captured > 0 {
		out.Captured = amountOf(p.currency, p.captured)
	}
	if p.refunded > 0 {
		out.Refunded = amountOf(p.currency, p.refunded)
	}
	return out
}

// answer returns the payment for answers, with its former id.
func (p *payment) answer() *paymentJSON {
	out := p.json()
	if p.renamed {
		out.OtherIDs = []string{p.firstID()}
	}
	return out
}

func (r *refund) json() *refundJSON {
	return &refundJSON{
		RefundID: r.id(), RefundRequestID: r.request, Status: r.status,
		PaymentID: r.payment.id(), PaymentRequestID: r.payment.request,
		Amount: amountOf(r.payment.currency, r.amount), UpdatedAt: r.updated, Code: r.code,
	}
}
