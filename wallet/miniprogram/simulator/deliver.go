package simulator

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

const (
	inFlight     = 8    // notifications sent at one time
	attemptsKept = 4096 // of all payments and contracts
)

// Attempt is one try to deliver a notification.
type Attempt = provider.Attempt

func (p *Provider) newDispatcher() *provider.Dispatcher[news] {
	return provider.NewDispatcher(provider.Delivery[news]{
		Request: p.message, Acknowledged: p.acknowledged, Settle: p.settleDue,
		Ladder: provider.Ladder{Gaps: p.cfg.Ladder, Scale: 1 / float64(p.cfg.TimeScale)},
		Faults: p.faults, Workers: inFlight, Delay: time.Minute, Kept: attemptsKept,
		HTTP: p.cfg.HTTP, Now: p.cfg.Now, Log: p.cfg.Log,
	})
}

// Run settles payments and sends notifications as they fall due, until ctx ends. It then waits
// for those in progress and returns the context's error.
func (p *Provider) Run(ctx context.Context) error { return p.news.Run(ctx) }

// RunOnce settles payments, makes one attempt at every notification that is due, in order, and
// returns how many attempts it made. It may be called beside Run.
func (p *Provider) RunOnce(ctx context.Context) int { return p.news.RunOnce(ctx) }

// remind schedules the payment's next change by the passing of time.
func (p *Provider) remind(pay *payment) {
	if at := pay.ends(); !at.IsZero() {
		p.news.Remind(pay, at)
	}
}

func (p *Provider) settleDue(what any, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settle(what.(*payment), now)
}

// message returns one attempt to send a notification, newly signed.
func (p *Provider) message(n *provider.Notice[news], try provider.Try) (provider.Message, error) {
	receiver, err := url.Parse(n.URL)
	if err != nil {
		return provider.Message{}, err
	}
	if try.Rule.Fault == FailAfterSuccess {
		p.news.SendBehind(n, &provider.Notice[news]{URL: n.URL, News: n.News.opposite(), RequestID: n.RequestID})
	}
	body := encode(p.distortNews(n.News.distorted(try.Rule.Fault)))
	return provider.Message{Header: p.newsHeader(receiver.EscapedPath(), body, try), Body: body}, nil
}

func (p *Provider) newsHeader(path string, body []byte, try provider.Try) http.Header {
	at := try.At
	h := http.Header{"Content-Type": {"application/json; charset=UTF-8"}}
	switch try.Rule.Fault {
	case UnsignedNotification:
		return h
	case ForgeNotification:
		body = append([]byte(" "), body...)
	case SkewedNotification:
		at = at.Add(-time.Hour)
	}
	p.signNews(h, path, at, body)
	return h
}

// acknowledged reads the receiver's answer and reports whether it ends the delivery: S, and F
// where the wallet takes it as final. U and all others mean a retry, and so does an unsigned
// answer where a signature is required.
func (p *Provider) acknowledged(a *Attempt, header http.Header, body []byte) bool {
	if !p.readAck(a, header, body) || a.Status != http.StatusOK || p.cfg.RequireSignedAck && !a.Signed {
		return false
	}
	return a.Result == statusDone || a.Result == statusFailed && !p.profile.retryRefused
}

// readAck records the receiver's answer. An answer with a wrong signature has no meaning.
func (p *Provider) readAck(a *Attempt, header http.Header, body []byte) bool {
	if header.Get(headerSignature) != "" {
		if err := p.verifyAck(a.URL, header, body); err != nil {
			a.Err = "the answer's signature is not valid"
			return false
		}
		a.Signed = true
	}
	var ack struct {
		Result result `json:"result"`
	}
	if err := json.Unmarshal(body, &ack); err != nil {
		a.Err = "the answer is not JSON"
		return false
	}
	a.Result, a.Code = ack.Result.Status, ack.Result.Code
	return true
}

func (p *Provider) verifyAck(address string, header http.Header, body []byte) error {
	receiver, err := url.Parse(address)
	if err != nil {
		return err
	}
	client := cmp.Or(header.Get(headerClient), p.cfg.ClientID)
	return p.verify(header, client, headerResponseTime, body, receiver.EscapedPath())
}
