package simulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// news is the content of a callback: a copy of an order or a refund at the time of its change.
type news struct {
	order  *order
	refund *refund
	status int
}

// notifyStatus sends the callback of an order that has just changed. Only some statuses have one.
func (p *Provider) notifyStatus(o *order) {
	if n := p.notice(o); n != nil {
		n.Box = o
		p.news.Send(n)
	}
}

// notifyOnce makes one more attempt now.
func (p *Provider) notifyOnce(o *order) {
	if n := p.notice(o); n != nil {
		n.Once = true
		p.news.Send(n)
	}
}

func (p *Provider) notice(o *order) *provider.Notice[news] {
	if o.status != paid && o.status != partly && o.status != failed {
		return nil
	}
	return &provider.Notice[news]{URL: o.notifyURL, News: news{order: o, status: o.status}, RequestID: o.trade, PaymentID: o.number}
}

func (p *Provider) notifyRefund(r *refund) {
	if n := p.refundNotice(r); n != nil {
		n.Box = r
		p.news.Send(n)
	}
}

func (p *Provider) notifyRefundOnce(r *refund) {
	if n := p.refundNotice(r); n != nil {
		n.Once = true
		p.news.Send(n)
	}
}

func (p *Provider) refundNotice(r *refund) *provider.Notice[news] {
	if r.open() {
		return nil
	}
	return &provider.Notice[news]{URL: r.notify, News: news{refund: r, status: r.status}, RequestID: r.order.trade, PaymentID: r.order.number}
}

// callback builds one attempt.
func (p *Provider) callback(n *provider.Notice[news], try provider.Try) (provider.Message, error) {
	if try.Rule.Fault == OldTimestamp && try.First != nil {
		return *try.First, nil
	}
	body, err := p.callbackBody(n, try.Rule.Fault)
	if err != nil {
		return provider.Message{}, err
	}
	u, err := url.Parse(n.URL)
	if err != nil {
		return provider.Message{}, err
	}
	at, path := try.At, u.RequestURI()
	switch try.Rule.Fault {
	case SkewedNotification:
		at = at.Add(-time.Hour)
	case OtherPath:
		path = ""
	}
	header := p.signed(at, path, body)
	switch try.Rule.Fault {
	case ForgeNotification:
		header = p.signed(at, path, append([]byte(" "), body...))
	case UnsignedNotification:
		header = http.Header{"Content-Type": {"application/json"}}
	case OtherKey:
		header.Set(p.cfg.HeaderPrefix+"KEY", p.cfg.APIKey+"x")
	}
	return provider.Message{Header: header, Body: body}, nil
}

func (p *Provider) callbackBody(n *provider.Notice[news], bend Fault) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	status := n.News.status
	if bend == CallbackFails && status == paid && !n.Once { // before the correct callback, which follows directly
		status = failed
		if n.Box != nil {
			boolean := *n
			p.news.SendBehind(n, &provider.Notice[news]{Box: n.Box, URL: n.URL, News: boolean.News, RequestID: n.RequestID, PaymentID: n.PaymentID})
		}
	}
	if n.News.refund != nil {
		return json.Marshal(n.News.refund.json(n.News.status, bend))
	}
	return json.Marshal(n.News.order.json(p.cfg.OrgID, status, bend))
}

// acknowledged reports whether a callback need not be sent again. The documents demand the
// plain word; the provider's own sample answers it as JSON text.
func acknowledged(a *provider.Attempt, _ http.Header, body []byte) bool {
	a.Result = string(body)
	return a.Status == http.StatusOK && (a.Result == "success" || a.Result == `"success"`)
}
