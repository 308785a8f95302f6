package simulator

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// news is the content of a webhook: a payment or refund, or a card call of the direct dialect.
type news struct {
	report report
	paid   bool
	event  *cardEvent
	call   *callback // of the direct dialect
}

// notifyOf sends the webhook of an order, or of a refund, to the dialect's address.
func (p *Provider) notifyOf(o *order, r *refund) {
	n := &provider.Notice[*news]{Box: o, URL: p.notify, RequestID: o.outer, PaymentID: o.sn}
	switch {
	case p.cfg.Direct != nil:
		n.URL, n.News = o.notifyURL, &news{call: p.callback(o), paid: o.status == paid}
	case r != nil:
		n.News = &news{report: r.webhook(), paid: r.status == refundSucceeded}
	default:
		n.News = &news{report: o.webhook(), paid: o.status == paid}
	}
	p.dispatch.Send(n)
}

// message returns one attempt, newly signed.
func (p *Provider) message(n *provider.Notice[*news], try provider.Try) (provider.Message, error) {
	switch {
	case n.News.event != nil:
		return asJSON(n.News.event)
	case n.News.call != nil:
		return asJSON(p.distortedCallback(*n.News.call, try.Rule.Fault, n.News.paid))
	}
	body, err := json.Marshal(p.distorted(Notify, n.News.report, n.News.paid).bend(try.Rule.Fault))
	if err != nil {
		return provider.Message{}, err
	}
	h, err := p.webhookHeader(try.At, body, try.Rule.Fault)
	return provider.Message{Header: h, Body: body}, err
}

func asJSON(v any) (provider.Message, error) {
	body, err := json.Marshal(v)
	return provider.Message{Header: http.Header{"Content-Type": {"application/json"}}, Body: body}, err
}

// webhookHeader signs a webhook as the platform does.
func (p *Provider) webhookHeader(at time.Time, body []byte, fault Fault) (http.Header, error) {
	switch fault {
	case provider.SkewedNotification:
		at = at.Add(-time.Hour)
	case provider.ForgeNotification:
		body = append(bytes.Clone(body), ' ')
	}
	stamp := strconv.FormatInt(at.UnixMilli(), 10)
	h := http.Header{"Content-Type": {"application/json"}, "X-R-Ts": {stamp}, "X-R-Key-Version": {p.signer.KeyID()}}
	if fault == provider.UnsignedNotification {
		return h, nil
	}
	signature, err := p.signer.Sign(context.Background(), []byte(p.cfg.AppKey+"."+stamp+"."+string(body)))
	if err != nil {
		return nil, err
	}
	text := base64.StdEncoding.EncodeToString(signature)
	if fault == PercentSignature {
		text = url.QueryEscape(text)
	}
	h["X-R-Signature"] = []string{text}
	return h, nil
}

// Sign returns the headers of a webhook with any body, for tests of receivers.
func (p *Provider) Sign(body []byte) (http.Header, error) {
	return p.webhookHeader(p.cfg.Now(), body, "")
}

// acknowledged reports whether a receiver's answer ends the delivery.
func (p *Provider) acknowledged(a *provider.Attempt, _ http.Header, body []byte) bool {
	if p.cfg.Direct != nil {
		a.Result = string(body)
		return a.Status == http.StatusOK && string(body) == "SUCCESS"
	}
	var ack struct {
		Code      string `json:"code"`
		RequestID string `json:"requestId"`
	}
	if json.Unmarshal(body, &ack) != nil {
		a.Err = "the answer is not JSON"
		return false
	}
	a.Result = ack.Code
	return a.Status == http.StatusOK && ack.Code == "SUCCESS" && ack.RequestID != ""
}

// callback is a callback of the direct dialect.
type callback struct {
	OrderSn         string          `json:"order_sn"`
	MerchantOrderSn string          `json:"merchant_order_sn"`
	Status          string          `json:"status"`
	Amount          json.RawMessage `json:"amount,omitempty"`
	Currency        string          `json:"currency,omitempty"`
	Signature       string          `json:"signature,omitempty"`
}

func (p *Provider) callback(o *order) *callback {
	return &callback{
		OrderSn: o.sn, MerchantOrderSn: o.outer, Status: directStatus[o.status], Amount: p.unit(o.amount), Currency: string(o.amount.Currency),
	}
}

// distortedCallback signs a callback that a fault has altered.
func (p *Provider) distortedCallback(c callback, fault Fault, settled bool) callback {
	rule := p.faults.Draw(Notify, func(r Rule) bool { return settled || r.Fault != provider.AmountMissing }, reportFaults...)
	c = c.bend(rule.Fault).bend(fault)
	switch c.Signature = p.callbackMAC(c); fault {
	case provider.ForgeNotification:
		c.Signature = strings.Repeat("0", len(c.Signature))
	case provider.UnsignedNotification:
		c.Signature = ""
	}
	return c
}

func (c callback) bend(fault Fault) callback {
	switch fault {
	case provider.AmountMissing:
		c.Amount, c.Currency = nil, ""
	case provider.AmountHuge:
		c.Amount = json.RawMessage(hugeAmount)
	case provider.UnknownStatus:
		c.Status = "reviewing"
	case provider.WrongAmount:
		c.Amount = append(bytes.Clone(c.Amount[:len(c.Amount)-1]), (c.Amount[len(c.Amount)-1]-'0'+1)%10+'0')
	case provider.WrongCurrency:
		c.Currency = "EUR"
	case NumberAsText:
		c.Amount = quoted(c.Amount)
	}
	return c
}

// callbackMAC is the concatenation's HMAC, in which the secret is key and prefix.
func (p *Provider) callbackMAC(c callback) string {
	d := p.cfg.Direct
	mac := hmac.New(sha256.New, d.Secret.Reveal())
	mac.Write([]byte(string(d.Secret.Reveal()) + d.MerchantCode + c.OrderSn + c.MerchantOrderSn +
		strings.Trim(string(c.Amount), `"`) + c.Currency + c.Status))
	if d.Base64 {
		return base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// SignCallback returns a callback's body with its signature, for tests of receivers.
func (p *Provider) SignCallback(body []byte) ([]byte, error) {
	var c callback
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, err
	}
	c.Signature = p.callbackMAC(c)
	return json.Marshal(c)
}
