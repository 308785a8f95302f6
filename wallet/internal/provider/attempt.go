package provider

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"
)

// maxAck bounds what is read of a receiver's answer, in bytes.
const maxAck = 64 << 10

// Attempt is one attempt to deliver a notification.
type Attempt struct {
	RequestID string      `json:"requestId"` // the merchant's id of what the notification is about
	PaymentID string      `json:"paymentId,omitempty"`
	EventID   string      `json:"eventId,omitempty"`
	URL       string      `json:"url"`
	Number    int         `json:"number"` // 1 is the first
	At        time.Time   `json:"at"`
	Header    http.Header `json:"header,omitempty"`
	Body      string      `json:"body,omitempty"`
	Fault     Fault       `json:"fault,omitempty"` // the fault that was injected

	Status       int    `json:"status"`           // HTTP; 0 when no answer came
	Result       string `json:"result,omitempty"` // what the receiver answered, in the wallet's words
	Code         string `json:"code,omitempty"`
	Signed       bool   `json:"signed"`       // whether the answer has a valid signature
	Acknowledged bool   `json:"acknowledged"` // it ended the delivery
	Err          string `json:"error,omitempty"`
}

// attemptLog has the latest attempts; it holds up to twice as many as it keeps.
type attemptLog struct {
	kept int
	list []Attempt
}

func (l *attemptLog) add(a Attempt) {
	if len(l.list) >= 2*l.kept {
		l.list = slices.Clone(l.list[len(l.list)-l.kept:])
	}
	l.list = append(l.list, a)
}

func (l *attemptLog) all() []Attempt {
	return slices.Clone(l.list[max(0, len(l.list)-l.kept):])
}

// post sends a notice once.
func (d *Dispatcher[T]) post(ctx context.Context, n *Notice[T], rule Rule) Attempt {
	try := d.try(n, rule)
	message, err := d.cfg.Request(n, try)
	if err != nil {
		return Attempt{At: try.At, Fault: rule.Fault, Err: err.Error()}
	}
	message.URL = cmp.Or(message.URL, n.URL)
	if n.first == nil {
		n.first = &message
	}
	return d.exchange(ctx, message, try)
}

func (d *Dispatcher[T]) try(n *Notice[T], rule Rule) Try {
	return Try{Number: n.tries + 1, At: d.cfg.Now(), Rule: rule, First: n.first}
}

// exchange sends a message and reads the answer.
func (d *Dispatcher[T]) exchange(ctx context.Context, message Message, try Try) (a Attempt) {
	a = Attempt{At: try.At, Fault: try.Rule.Fault, URL: message.URL, Header: message.Header, Body: string(message.Body)}
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	defer cancel()
	req, err := message.HTTP(ctx)
	if err != nil {
		a.Err = err.Error()
		return a
	}
	resp, err := d.cfg.HTTP.Do(req)
	if err != nil {
		a.Err = err.Error()
		return a
	}
	defer resp.Body.Close()
	d.judge(&a, resp)
	return a
}

// judge evaluates the receiver's answer.
func (d *Dispatcher[T]) judge(a *Attempt, resp *http.Response) {
	a.Status = resp.StatusCode
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAck))
	if err != nil {
		a.Err = err.Error()
		return
	}
	if d.cfg.Acknowledged == nil {
		a.Acknowledged = a.Status/100 == 2
		return
	}
	a.Acknowledged = d.cfg.Acknowledged(a, resp.Header, body)
}

// record adds an attempt at a notice to the log.
func (d *Dispatcher[T]) record(n *Notice[T], a Attempt) {
	a.RequestID, a.PaymentID, a.EventID = n.RequestID, n.PaymentID, n.EventID
	a.URL, a.Number = cmp.Or(a.URL, n.URL), n.tries+1
	if d.cfg.Log.Enabled(context.Background(), slog.LevelDebug) {
		d.cfg.Log.Debug("simulated notification", "request", a.RequestID, "fault", a.Fault, "status", a.Status, "result", a.Result)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.attempt.add(a)
}
