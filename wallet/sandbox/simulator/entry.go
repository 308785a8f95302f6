package simulator

import (
	"time"
	"unique"

	"github.com/minitill/minitill/wallet"
)

// entry is one line of the journal: the records a change left behind, whole.
type entry struct {
	Payment   *paymentEntry `json:"p,omitempty"`
	Refund    *refundEntry  `json:"r,omitempty"`
	Agreement *agreement    `json:"a,omitempty"`
	Notice    *noticeEntry  `json:"n,omitempty"`
	Done      *doneEntry    `json:"d,omitempty"`
}

type paymentEntry struct {
	Number      uint32          `json:"n"`
	Sequence    uint32          `json:"q,omitempty"`
	Status      status          `json:"s"`
	Was         uint8           `json:"w,omitempty"` // a status, by its number
	Hold        bool            `json:"h,omitempty"`
	Renamed     bool            `json:"rn,omitempty"`
	Charged     bool            `json:"ch,omitempty"`
	Digest      []byte          `json:"g"`
	Currency    wallet.Currency `json:"c"`
	Amount      int64           `json:"a"`
	Fee         int64           `json:"f,omitempty"`
	Captured    int64           `json:"ac,omitempty"`
	Had         int64           `json:"ah,omitempty"`
	Refunded    int64           `json:"ar,omitempty"`
	Refunding   int64           `json:"ap,omitempty"`
	Created     int64           `json:"tc"`
	Updated     int64           `json:"tu"`
	Expires     int64           `json:"te,omitempty"`
	Completes   int64           `json:"tp,omitempty"`
	Request     string          `json:"id"`
	Method      string          `json:"m,omitempty"`
	Code        string          `json:"x,omitempty"`
	ReturnTo    string          `json:"ru,omitempty"`
	Notify      string          `json:"nu,omitempty"`
	Description string          `json:"o,omitempty"`
	Moved       *move           `json:"mv,omitempty"`
}

type refundEntry struct {
	Number  uint32       `json:"n"`
	Status  refundStatus `json:"s"`
	Was     uint8        `json:"w,omitempty"` // a status, by its number
	Payment uint32       `json:"p"`
	Request string       `json:"id"`
	Amount  int64        `json:"a"`
	Updated int64        `json:"tu"`
	Code    string       `json:"x,omitempty"`
	Notify  string       `json:"nu,omitempty"`
}

// subject is what notices report on.
type subject interface {
	notice(event, address string, at time.Time, n news) *notice
}

// about names what a notice reports on: an agreement, or else a payment.
type about struct {
	Payment   uint32 `json:"p"`
	Agreement uint32 `json:"ag,omitempty"` // 1 + its number; 0: none
}

type noticeEntry struct {
	about
	Event    string `json:"id"`
	Sequence uint32 `json:"q"`
	URL      string `json:"u"`
	Body     string `json:"b"`
	Due      int64  `json:"t"`
}

type doneEntry struct {
	about
	Event string `json:"id"`
}

func (c change) entry() entry {
	var e entry
	if c.payment != nil {
		e.Payment = c.payment.entry()
	}
	if c.refund != nil {
		e.Refund = c.refund.entry()
	}
	e.Agreement = c.agreement
	if c.notice != nil {
		e.Notice = noticeEntryOf(c.notice)
	}
	return e
}

func (p *payment) entry() *paymentEntry {
	e := &paymentEntry{
		Number: p.number, Sequence: p.sequence, Status: p.status, Was: uint8(p.was),
		Hold: p.hold, Renamed: p.renamed, Charged: p.charged, Digest: p.digest[:],
		Currency: p.currency, Amount: p.amount, Fee: p.fee,
		Captured: p.captured, Had: p.had, Refunded: p.refunded, Refunding: p.refunding,
		Created: p.created, Updated: p.updated, Expires: p.expires, Completes: p.completes,
		Request: p.request, Method: p.method, Code: p.code, ReturnTo: p.returnTo, Notify: p.notify.Value(),
	}
	if p.more != nil {
		e.Description, e.Moved = p.more.description, p.more.moved
	}
	return e
}

func (e *paymentEntry) payment() *payment {
	p := &payment{
		number: e.Number, sequence: e.Sequence, status: e.Status, was: status(e.Was),
		hold: e.Hold, renamed: e.Renamed, charged: e.Charged, currency: e.Currency, amount: e.Amount, fee: e.Fee,
		captured: e.Captured, had: e.Had, refunded: e.Refunded, refunding: e.Refunding,
		created: e.Created, updated: e.Updated, expires: e.Expires, completes: e.Completes,
		request: e.Request, method: e.Method, code: e.Code, returnTo: e.ReturnTo, notify: unique.Make(e.Notify),
	}
	copy(p.digest[:], e.Digest)
	if e.Description != "" || e.Moved != nil {
		p.more = &more{description: e.Description, moved: e.Moved}
	}
	return p
}

func (r *refund) entry() *refundEntry {
	return &refundEntry{
		Number: r.number, Status: r.status, Was: uint8(r.was), Payment: r.payment.number, Request: r.request,
		Amount: r.amount, Updated: r.updated, Code: r.code, Notify: r.notify.Value(),
	}
}

func (e *refundEntry) refund(of *payment) *refund {
	return &refund{
		number: e.Number, status: e.Status, was: refundStatus(e.Was), payment: of, request: e.Request,
		amount: e.Amount, updated: e.Updated, code: e.Code, notify: unique.Make(e.Notify),
	}
}

func noticeEntryOf(n *notice) *noticeEntry {
	return &noticeEntry{
		about: n.News.about, Event: n.EventID, Sequence: n.News.sequence,
		URL: n.URL, Body: string(n.News.body), Due: n.At.UnixMilli(),
	}
}

// notice is what was reported about a payment or an agreement.
func (e *noticeEntry) notice(of subject) *notice {
	return of.notice(e.Event, e.URL, time.UnixMilli(e.Due), news{sequence: e.Sequence, body: []byte(e.Body)})
}
