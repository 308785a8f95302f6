package simulator

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// notice is one notification on its way.
type notice struct {
	payment   *payment
	event     string
	sequence  uint32
	url       string
	body      []byte
	tries     int
	due       int64
	held      bool   // may be overtaken by the payment's other notices
	postponed int64  // when a switch holds it back until then
	parked    bool   // to be told together with others
	durable   *batch // to be on disk before it is sent
}

func (p *Provider) noticePayment(pay *payment, now time.Time) *notice {
	return newNotice(pay, pay.notify.Value(), noticeJSON{Type: "payment", Payment: pay.json()}, now)
}

func (p *Provider) noticeRefund(r *refund, now time.Time) *notice {
	return newNotice(r.payment, r.notify.Value(), noticeJSON{Type: "refund", Refund: r.json()}, now)
}

// newNotice returns nil when nobody wants to know.
func newNotice(pay *payment, address string, content noticeJSON, now time.Time) *notice {
	if address == "" {
		return nil
	}
	pay.sequence++
	content.Sequence = pay.sequence
	content.EventID = fmt.Sprintf("se_%010d_%d", pay.number, pay.sequence)
	body, err := json.Marshal(content)
	if err != nil {
		panic(err) // our own types always encode
	}
	return &notice{
		payment: pay, event: content.EventID, sequence: content.Sequence,
		url: address, body: body, due: now.UnixMilli(),
	}
}

// enqueue puts a notice behind the others of its payment.
func (p *Provider) enqueue(n *notice) {
	more := n.payment.extra()
	more.notices = append(more.notices, n)
	p.schedule(n.due, n.payment)
}

// next is the notice whose turn it is: the oldest, unless it is held back and may be
// overtaken. Nil when nothing may be sent yet.
func (m *more) next(now int64) *notice {
	for _, n := range m.notices {
		if n.due <= now {
			return n
		}
		if !n.held {
			return nil
		}
	}
	return nil
}

// earliest is when the payment's notices need attention again.
func (m *more) earliest() int64 {
	at := m.notices[0].due
	for _, n := range m.notices {
		at = min(at, n.due)
		if !n.held {
			break
		}
	}
	return at
}

func (m *more) remove(n *notice) {
	m.notices = slices.DeleteFunc(m.notices, func(other *notice) bool { return other == n })
}

// receiver is the host whose slowness must not hold up others.
func (n *notice) receiver() string {
	u, err := url.Parse(n.url)
	if err != nil {
		return n.url
	}
	return u.Host
}
