package simulator

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/url"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// news is a copy of a payment at the time of its callback.
type news struct{ payment }

// beijing is the zone of finish_time.
var beijing = time.FixedZone("CST", 8*60*60)

func (p *Provider) delivery() provider.Delivery[news] {
	return provider.Delivery[news]{
		Request: p.callback, Faults: p.faults, HTTP: p.cfg.HTTP, Now: p.cfg.Now, Log: p.cfg.Log,
		Ladder: provider.Ladder{Gaps: p.cfg.Ladder, Scale: 1 / float64(p.cfg.TimeScale)},
		Settle: func(what any, now time.Time) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.settle(what.(*payment), now)
		},
	}
}

// notify sends the callback of success. Failure and expiry have no callback.
func (p *Provider) notify(pay *payment) {
	p.news.Send(&provider.Notice[news]{Box: pay.id, URL: pay.callback, News: news{*pay}, RequestID: pay.request, PaymentID: pay.id})
}

// callback builds one attempt.
func (p *Provider) callback(n *provider.Notice[news], try provider.Try) (provider.Message, error) {
	data := p.reported(&n.News.payment)
	code := "SUCCESS"
	if try.Rule.Fault == ForgedCode {
		code = "FAIL"
	}
	if try.Rule.Fault == FewerMembers {
		data = data.without("remarks", "convenience_fee", "merchant_id", "exchange_rate", "tip", "finish_time")
	}
	return p.envelope(code, data, try.Rule), nil
}

// reported returns a callback's data.
func (p *Provider) reported(pay *payment) message {
	amount := pay.charged()
	if p.cfg.Apart {
		amount = pay.amount
	}
	m := message{}.with("finish_time", text(pay.changed.In(beijing).Format("20060102150405"))).with("order_id", text(pay.id)).
		with("amount", p.amount(Notify, amount).asText()).with("tip", text(number(pay.tip).digits)).
		with("bizpay_order_id", text(pay.acquirer)).with("remarks", text(pay.remarks)).with("merchant_id", text(p.cfg.MerchantID))
	if pay.fee > 0 {
		m = m.with("convenience_fee", number(pay.fee).asText())
	}
	if pay.card {
		return m.with("order_status", text(cardWord(pay.status))).with("reference", text(pay.request))
	}
	return m.with("sale_num", text(pay.saleNumber)).with("exchange_rate", text("5.057030"))
}

// cardWord returns a card's status in a callback.
func cardWord(s status) string {
	if s == paid {
		return "captured"
	}
	return "authorised"
}

// envelope encrypts data and returns it as a callback.
func (p *Provider) envelope(code string, data message, rule Rule) provider.Message {
	sealed, digest := seal(data, p.key, rule)
	return p.wrapped(code, sealed, digest, rule)
}

func (p *Provider) wrapped(code, sealed, digest string, rule Rule) provider.Message {
	outer := message{{"rsp_code", text(code)}, {"rsp_msg", text("success")}, {"merchant_id", text(p.cfg.MerchantID)}, {"data", text(sealed)}, {"md5", text(digest)}}
	if rule.Fault == provider.UnsignedNotification {
		outer = outer.without("md5")
	}
	header := http.Header{"Content-Type": {"application/json"}}
	body := []byte(outer.json())
	switch rule.Fault {
	case WrappedBody:
		body = []byte(base64.StdEncoding.EncodeToString(body))
	case FormBody:
		form := url.Values{}
		for _, m := range outer {
			form.Set(m.name, m.value.text)
		}
		header.Set("Content-Type", "application/x-www-form-urlencoded")
		body = []byte(form.Encode())
	}
	return provider.Message{Header: header, Body: body}
}

// Sign returns any text as the encrypted data of a callback, for tests of receivers.
func (p *Provider) Sign(plain []byte) provider.Message {
	digest := upperMD5(string(plain))
	if m, err := parse(plain); err == nil {
		digest = m.digest()
	}
	sealed, digest := sealText(bytes.Clone(plain), digest, p.key, Rule{})
	return p.wrapped("SUCCESS", sealed, digest, Rule{})
}
