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

const (
	attemptTimeout = 10 * time.Second
	attemptsKept   = 64      // of one mailbox
	maxAck         = 1 << 20 // of what a receiver answers
)

// Attempt is one try to deliver a notification.
type Attempt struct {
	RequestID string      `json:"requestId"` // the payment's, or the reference of a contract
	URL       string      `json:"url"`
	Number    int         `json:"number"` // 1 is the first
	At        time.Time   `json:"at"`
	Header    http.Header `json:"header,omitempty"`
	Body      string      `json:"body,omitempty"`
	Fault     Fault       `json:"fault,omitempty"` // what the switches made of it

	Status int    `json:"status"`           // HTTP; 0 when no answer came
	Result string `json:"result,omitempty"` // S, F, U or what else was answered
	Code   string `json:"code,omitempty"`
	Signed bool   `json:"signed"` // the answer, rightly
	Err    string `json:"error,omitempty"`
}

// send makes one attempt, with whatever fault is switched on, and says whether the
// notice is done with.
func (p *Provider) send(ctx context.Context, n *notice) (made int, done bool) {
	rule := p.switches.take(Notify)
	switch rule.Fault {
	case LoseNotification:
		p.record(n, Attempt{Fault: rule.Fault})
		return 0, true
	case DelayNotification:
		p.putOff(n, or(rule.Delay, time.Minute))
		return 0, false
	case DoubleNotification:
		p.record(n, p.post(ctx, n, rule.Fault))
		made++
	case FailAfterSuccess:
		p.contradict(n)
	}
	a := p.post(ctx, n, rule.Fault)
	p.record(n, a)
	return made + 1, p.ends(a)
}

// putOff holds a notice back without using up one of its tries.
func (p *Provider) putOff(n *notice, delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n.due = p.cfg.Now().Add(delay)
}

// contradict puts the opposite of a notice behind it.
func (p *Provider) contradict(n *notice) {
	p.mu.Lock()
	defer p.mu.Unlock()
	opposite := &notice{box: n.box, url: n.url, news: n.news.opposite(), due: n.due}
	n.box.notices = slices.Insert(n.box.notices, 1, opposite)
}

// ends says whether the answer to an attempt is the last word: S, and F where the wallet
// takes it for one. U and everything else mean "again", and so does what is not signed
// where it must be.
func (p *Provider) ends(a Attempt) bool {
	if a.Status != http.StatusOK || p.cfg.RequireSignedAck && !a.Signed {
		return false
	}
	return a.Result == statusDone || a.Result == statusFailed && !p.profile.retryRefused
}

// post sends the notice once, signed anew.
func (p *Provider) post(ctx context.Context, n *notice, fault Fault) Attempt {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	body := encode(p.toldIn(n.news.bent(fault)))
	a := Attempt{Fault: fault, Body: string(body)}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.url.String(), bytes.NewReader(body))
	if err != nil {
		a.Err = err.Error()
		return a
	}
	path := n.url.EscapedPath()
	req.Header = p.newsHeader(path, body, fault)
	a.Header = req.Header.Clone()
	resp, err := p.cfg.HTTP.Do(req)
	if err != nil {
		a.Err = err.Error()
		return a
	}
	defer resp.Body.Close()
	p.judge(&a, resp, path)
	return a
}

func (p *Provider) newsHeader(path string, body []byte, fault Fault) http.Header {
	at := p.cfg.Now()
	h := http.Header{"Content-Type": {"application/json; charset=UTF-8"}}
	switch fault {
	case UnsignedNotification:
		return h
	case ForgeNotification:
		body = append(bytes.Clone(body), ' ')
	case SkewedNotification:
		at = at.Add(-time.Hour)
	}
	p.signNews(h, path, at, body)
	return h
}

// judge reads the receiver's answer.
func (p *Provider) judge(a *Attempt, resp *http.Response, path string) {
	a.Status = resp.StatusCode
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAck))
	if err != nil {
		a.Err = err.Error()
		return
	}
	if resp.Header.Get(headerSignature) != "" {
		client := or(resp.Header.Get(headerClient), p.cfg.ClientID)
		err := p.verify(resp.Header, client, headerResponseTime, body, path)
		if err != nil { // of what is signed wrongly nothing can be believed
			a.Err = "the answer's signature is not valid"
			return
		}
		a.Signed = true
	}
	var ack struct {
		Result result `json:"result"`
	}
	if err := json.Unmarshal(body, &ack); err != nil {
		a.Err = "the answer is not JSON"
		return
	}
	a.Result, a.Code = ack.Result.Status, ack.Result.Code
}

// record keeps the attempt, the oldest falling out.
func (p *Provider) record(n *notice, a Attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cfg.Log.Debug("simulated notification", "request", n.box.about, "fault", a.Fault, "status", a.Status, "result", a.Result)
	a.RequestID, a.URL, a.Number, a.At = n.box.about, n.url.String(), n.tries+1, p.cfg.Now()
	if len(n.box.attempts) >= attemptsKept {
		n.box.attempts = n.box.attempts[1:]
	}
	n.box.attempts = append(n.box.attempts, a)
}
