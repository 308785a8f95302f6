package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/signing"
)

const (
	listenEvery = 500 * time.Millisecond // between two reads of the feed
	listenPause = 5 * time.Second        // after a fault of the till
	forwardTime = 15 * time.Second       // for one webhook, as a till allows an endpoint
)

// listenCommand forwards the webhooks of a till to a program under development.
type listenCommand struct {
	remote
	To         string `arg:"" help:"Where to, such as http://127.0.0.1:3000/hooks."`
	SecretFile string `name:"secret-file" placeholder:"FILE" help:"The secret that signs them, whsec_…; a new one is printed unless given."`
	After      string `placeholder:"EVENT" help:"Forward what came after this event, evt_…, and not only what comes."`
	Anywhere   bool   `help:"Allow a target that is not on this machine."`
}

// Run forwards webhooks until ctx ends.
func (c *listenCommand) Run(ctx context.Context, env Env) error {
	api, err := c.connect()
	if err != nil {
		return err
	}
	l, secret, err := c.listener(api, env.Out)
	if err != nil {
		return err
	}
	if l.after == "" {
		if l.after, err = newestEvent(ctx, api); err != nil {
			return err
		}
	}
	fmt.Fprintf(env.Out, "Forwarding the webhooks of %s to %s, signed with %s\n", strings.TrimSuffix(api.base, "/v1"), l.to, secret.Reveal())
	l.run(ctx)
	return nil
}

// listener returns the forwarder, and the secret that signs.
func (c *listenCommand) listener(api *apiClient, out io.Writer) (*listener, signing.Secret, error) {
	to, err := url.Parse(c.To)
	if err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https" {
		return nil, signing.Secret{}, fmt.Errorf("%q is not a URL such as http://127.0.0.1:3000/hooks", c.To)
	}
	secret := webhook.GenerateSecret()
	if c.SecretFile != "" {
		if secret, err = signing.ReadSecretFile(c.SecretFile); err != nil {
			return nil, secret, err
		}
	}
	key, err := webhook.ParseKey(secret)
	if err != nil {
		return nil, secret, err
	}
	return &listener{api: api, to: c.To, key: key, out: out, after: c.After, http: targetClient(c.Anywhere), now: time.Now}, secret, nil
}

var errNotHere = errors.New("the target is not on this machine; --anywhere allows it")

// targetClient returns a client of the target. It checks the address that is dialed, since a
// name may resolve to any.
func targetClient(anywhere bool) *http.Client {
	dialer := &net.Dialer{Timeout: forwardTime, Control: func(_, address string, _ syscall.RawConn) error {
		host, _, _ := net.SplitHostPort(address)
		if ip := net.ParseIP(host); !anywhere && (ip == nil || !ip.IsLoopback()) {
			return errNotHere
		}
		return nil
	}}
	return &http.Client{
		Timeout: forwardTime, Transport: &http.Transport{DialContext: dialer.DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// listener forwards the events of a till.
type listener struct {
	api   *apiClient
	to    string
	key   webhook.Key
	out   io.Writer
	after string // the last event that was read
	away  bool   // the till did not answer the last time
	http  *http.Client
	now   func() time.Time
}

// run reads the feed until ctx ends. What happens while the till cannot be reached is
// forwarded when it can.
func (l *listener) run(ctx context.Context) {
	for ctx.Err() == nil {
		pause := listenEvery
		if err := l.poll(ctx); err != nil && ctx.Err() == nil {
			pause = listenPause
			if !l.away {
				fmt.Fprintln(l.out, "the till cannot be read; what happens meanwhile follows:", err)
			}
			l.away = true
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// feedEvent is an event as the merchant API shows it.
type feedEvent struct {
	ID       string           `json:"id"`
	Order    bridge.OrderID   `json:"order"`
	Sequence int64            `json:"sequence"`
	Type     bridge.EventType `json:"type"`
	At       time.Time        `json:"at"`
	Source   bridge.Source    `json:"source"`
	Data     any              `json:"data"`
}

// poll forwards the events after the last one, up to the end of the feed.
func (l *listener) poll(ctx context.Context) error {
	for {
		var page struct {
			Events []feedEvent `json:"events"`
		}
		query := url.Values{"limit": {"100"}}
		if l.after != "" {
			query.Set("after", l.after)
		}
		if _, err := l.api.get(ctx, "/events", query, &page); err != nil {
			return err
		}
		if l.away {
			l.away = false
			fmt.Fprintf(l.out, "the till is back; %d or more events were missed and follow\n", len(page.Events))
		}
		for i := range page.Events {
			if err := l.forward(ctx, &page.Events[i]); err != nil {
				return err
			}
			l.after = page.Events[i].ID
		}
		if len(page.Events) == 0 {
			return nil
		}
	}
}

// forward sends one event as its webhook, and prints what became of it. A fault is of the
// till: what the target answers is printed.
func (l *listener) forward(ctx context.Context, e *feedEvent) error {
	if !e.Type.Webhook() {
		return nil
	}
	var order json.RawMessage
	if _, err := l.api.get(ctx, "/orders/"+url.PathEscape(string(e.Order)), nil, &order); err != nil {
		return err
	}
	e.Data = map[string]any{"order": order}
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	began := l.now()
	answer, err := l.send(ctx, "dlv_"+strings.TrimPrefix(e.ID, "evt_")+"-listen", body)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		answer = fmt.Sprintf("not delivered: %v; --after %s forwards it again", err, l.after)
	}
	fmt.Fprintf(l.out, "%s  %s  %s  %d ms  %s\n", e.ID, e.Type, answer, l.now().Sub(began).Milliseconds(), e.Order)
	return nil
}

// send posts a signed webhook, and returns the status of the answer.
func (l *listener) send(ctx context.Context, id string, body []byte) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.to, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header = webhook.Headers(id, l.now(), body, l.key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := l.http.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode/100 != 2 {
		return "", errors.New(resp.Status)
	}
	return resp.Status, nil
}

// newestEvent returns the last event of the newest order, from where on there is news; empty
// without an order.
func newestEvent(ctx context.Context, api *apiClient) (string, error) {
	var orders struct {
		Orders []struct {
			ID bridge.OrderID `json:"id"`
		} `json:"orders"`
	}
	if _, err := api.get(ctx, "/orders", url.Values{"limit": {"1"}}, &orders); err != nil || len(orders.Orders) == 0 {
		return "", err
	}
	after := ""
	for {
		var page struct {
			Events []feedEvent `json:"events"`
		}
		query := url.Values{"limit": {"100"}}
		if after != "" {
			query.Set("after", after)
		}
		if _, err := api.get(ctx, "/orders/"+url.PathEscape(string(orders.Orders[0].ID))+"/events", query, &page); err != nil || len(page.Events) == 0 {
			return after, err
		}
		after = page.Events[len(page.Events)-1].ID
	}
}
