package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"
)

// Attempt is one try to deliver a notification.
type Attempt struct {
	EventID   string
	PaymentID string
	RequestID string // the payment's
	URL       string
	Number    int // 1 is the first
	At        time.Time
	Fault     Fault // what the switches made of it
	Status    int   // 0 when no answer came
	Code      string
	Err       string
}

// Acknowledged says that the receiver has stored the news.
func (a Attempt) Acknowledged() bool {
	return a.Status == http.StatusOK && (a.Code == "OK" || a.Code == "KEPT")
}

// send makes one attempt, with whatever fault is switched on, and says whether the
// notice is done with.
func (p *Provider) send(ctx context.Context, n *notice) (done bool) {
	if n.durable != nil {
		if err := p.journal.commit(n.durable); err != nil {
			return false
		}
	}
	rule := p.faults.notification()
	switch rule.Fault {
	case BatchEvents:
		p.park(n, rule)
		return false
	case LoseNotification:
		p.record(n, Attempt{Fault: rule.Fault})
		return true
	case DelayNotification, ReorderNotification:
		p.postpone(n, rule)
		return false
	case DoubleNotification:
		p.record(n, p.post(ctx, n, rule.Fault))
	}
	a := p.post(ctx, n, rule.Fault)
	p.record(n, a)
	return a.Acknowledged()
}

// postpone holds a notice back without using up one of its tries.
func (p *Provider) postpone(n *notice, rule Rule) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n.held = rule.Fault == ReorderNotification
	n.postponed = p.cfg.Now().Add(or(rule.Delay, 2*time.Second)).UnixMilli()
}

// post sends the notice once, signed anew.
func (p *Provider) post(ctx context.Context, n *notice, fault Fault) Attempt {
	return p.postBody(ctx, n.url, bent(p.toldIn(n.body), fault), fault)
}

func (p *Provider) postBody(ctx context.Context, address string, body []byte, fault Fault) Attempt {
	a := Attempt{Fault: fault}
	ctx, cancel := context.WithTimeout(ctx, p.cfg.AttemptTimeout)
	defer cancel()
	req, err := p.signed(ctx, address, body, p.cfg.Now())
	if err != nil {
		a.Err = err.Error()
		return a
	}
	if fault == ForgeNotification {
		req.Header.Set(headerSignature, p.signature("forged"))
	}
	resp, err := p.cfg.HTTP.Do(req)
	if err != nil {
		a.Err = err.Error()
		return a
	}
	defer resp.Body.Close()
	a.Status, a.Code = resp.StatusCode, codeOf(resp.Body)
	return a
}

// signed builds a notification request, signed at a moment.
func (p *Provider) signed(ctx context.Context, address string, body []byte, at time.Time) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	p.sign(req.Header, at, http.MethodPost, req.URL.RequestURI(), string(body))
	return req, nil
}

// codeOf reads the receiver's answer; anything but a code is no code.
func codeOf(body io.Reader) string {
	const most = 4 << 10
	text, err := io.ReadAll(io.LimitReader(body, most))
	var answer struct {
		Code string `json:"code"`
	}
	if err != nil || json.Unmarshal(text, &answer) != nil {
		return ""
	}
	return answer.Code
}

// record keeps the attempt in the log, the oldest falling out.
func (p *Provider) record(n *notice, a Attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a.EventID, a.PaymentID, a.RequestID = n.event, n.payment.id(), n.payment.request
	a.URL, a.Number, a.At = n.url, n.tries+1, p.cfg.Now()
	if len(p.attempts) >= 2*p.cfg.AttemptsKept {
		p.attempts = slices.Clone(p.attempts[len(p.attempts)-p.cfg.AttemptsKept:])
	}
	p.attempts = append(p.attempts, a)
	p.made++
}

func (p *Provider) attemptCount() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.made
}
