package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// notice is one notification that is not delivered yet. Those of one payment, or of one
// agreement, are sent in order.
type notice = provider.Notice[news]

// news is the content of a notice.
type news struct {
	about
	payment  *payment // nil when it is about an agreement
	sequence uint32
	body     []byte
	durable  *batch // to be on disk before it is sent
}

func (p *Provider) noticePayment(pay *payment, now time.Time) *notice {
	return newNotice(pay, pay.notify.Value(), noticeJSON{Type: "payment", Payment: pay.json()}, now)
}

func (p *Provider) noticeRefund(r *refund, now time.Time) *notice {
	return newNotice(r.payment, r.notify.Value(), noticeJSON{Type: "refund", Refund: r.json()}, now)
}

// newNotice returns nil when there is no address.
func newNotice(pay *payment, address string, content noticeJSON, now time.Time) *notice {
	if address == "" {
		return nil
	}
	pay.sequence++
	content.Sequence = pay.sequence
	content.EventID = fmt.Sprintf("se_%010d_%d", pay.number, pay.sequence)
	return pay.notice(content.EventID, address, now, news{sequence: content.Sequence, body: text(content)})
}

func (p *payment) notice(event, address string, at time.Time, n news) *notice {
	n.payment, n.about = p, about{Payment: p.number}
	return &notice{
		Box: p, URL: address, At: at, News: n,
		RequestID: p.request, PaymentID: p.id(), EventID: event,
	}
}

// noticeAgreement returns the notice that an agreement was signed, with the code, or that it
// has ended. It is nil when there is no address.
func (p *Provider) noticeAgreement(a *agreement, code string, now time.Time) *notice {
	if a.Notify == "" {
		return nil
	}
	a.Sequence++
	content := noticeJSON{
		EventID: fmt.Sprintf("se_%s_%d", a.id(), a.Sequence), Sequence: a.Sequence, Type: "agreement", Agreement: a.json(),
	}
	content.Agreement.AuthCode = code
	return a.notice(content.EventID, a.Notify, now, news{sequence: a.Sequence, body: text(content)})
}

func (a *agreement) notice(event, address string, at time.Time, n news) *notice {
	n.about = about{Agreement: 1 + a.Number}
	return &notice{Box: a, URL: address, At: at, News: n, RequestID: a.Reference, PaymentID: a.id(), EventID: event}
}

// delivery is how notices are delivered.
func (p *Provider) delivery() provider.Delivery[news] {
	return provider.Delivery[news]{
		Request: p.requestOf, Batch: p.batchOf, Acknowledged: acknowledged,
		Settle: p.letPass, Durable: p.durable, Done: p.done,
		Ladder: p.cfg.Ladder, Faults: p.faults, Workers: p.cfg.Workers, Timeout: p.cfg.AttemptTimeout,
		Kept: p.cfg.AttemptsKept, HTTP: p.cfg.HTTP, Now: p.cfg.Now, Log: p.cfg.Log,
	}
}

// requestOf returns one attempt to send a notice, newly signed.
func (p *Provider) requestOf(n *notice, try provider.Try) (provider.Message, error) {
	m, err := p.signed(n.URL, distorted(p.distortNews(n.News.body), try.Rule.Fault), try.At)
	if err == nil && try.Rule.Fault == ForgeNotification {
		m.Header.Set(headerSignature, p.signature("forged"))
	}
	return m, err
}

// batchOf returns several notices in one notification, each altered as the injected faults say.
func (p *Provider) batchOf(all []*notice, try provider.Try) (provider.Message, error) {
	body := batchJSON{EventID: "sb_" + all[0].EventID}
	for _, n := range all {
		body.Events = append(body.Events, json.RawMessage(p.distortNews(n.News.body)))
	}
	return p.signed(all[0].URL, text(body), try.At)
}

// acknowledged reports whether the receiver has stored the notice.
func acknowledged(a *Attempt, _ http.Header, body []byte) bool {
	var answer struct {
		Code string `json:"code"`
	}
	if json.Unmarshal(body, &answer) == nil {
		a.Code = answer.Code
	}
	return a.Status == http.StatusOK && (a.Code == "OK" || a.Code == "KEPT")
}

// letPass settles a payment. Its notice waits for the disk before it is sent.
func (p *Provider) letPass(what any, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commit(p.settle(what.(*payment), now))
}

// durable returns when a notice is on disk.
func (p *Provider) durable(n *notice) error {
	if p.journal == nil {
		return nil
	}
	return p.journal.commit(n.News.durable)
}

// done records that a notice is finished. After a crash that loses the record it is sent again.
func (p *Provider) done(n *notice) {
	if p.journal != nil {
		p.journal.append(entry{Done: &doneEntry{n.News.about, n.EventID}})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n.News.payment != nil {
		n.News.payment.shrink()
	}
}
