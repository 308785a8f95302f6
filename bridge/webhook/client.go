package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"code.dny.dev/ssrf"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbox"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

const (
	dialTimeout    = 5 * time.Second
	attemptTimeout = 15 * time.Second
	mostAnswer     = 4 << 10 // of an answer's body are read, to keep the connection; store.MaxAnswer are kept
	mostHeader     = 16 << 10
	mostIdle       = 1024 // connections kept, of all endpoints together
)

const errRedirect = fault.Reason("the endpoint redirects, which it must not")

// Client returns the HTTP client for merchants' servers. It checks the address that is
// dialled, after the name was resolved, and uses no proxy and follows no redirect. All
// endpoints of a kind share one client. It has no limit of connections per host:
// endpoints behind the same host would wait for each other.
func Client(private bool) *http.Client {
	dialer := &net.Dialer{Timeout: dialTimeout, Control: noMetadata}
	if !private {
		dialer.Control = guard.Safe
	}
	return clientOf(&http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: dialTimeout,
		IdleConnTimeout: time.Minute, MaxIdleConns: mostIdle, MaxIdleConnsPerHost: outbox.MaxInFlight,
		MaxResponseHeaderBytes: mostHeader,
	})
}

// clientOf returns a client over a transport; a redirect is a failed attempt.
func clientOf(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect },
	}
}

// send makes one attempt; the time limit includes reading the answer.
func (d *Deliverer) send(ctx context.Context, e *Endpoint, m *bridge.Message) (store.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, d.limit)
	defer cancel()
	do := func(req *http.Request) (*http.Response, error) { return d.do(d.client(e), req, m) }
	return post(ctx, do, e.URL, m.ID, m.Body, d.now, e.Keys)
}

func post(ctx context.Context, do func(*http.Request) (*http.Response, error), url, id string, body []byte, now func() time.Time, keys []Key) (answered store.Answer, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return answered, err
	}
	req.Header = Headers(id, now(), body, keys...)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Minitill")
	resp, err := do(req)
	if err != nil {
		return answered, err
	}
	defer resp.Body.Close()
	answered.Status = resp.StatusCode
	rest := &io.LimitedReader{R: resp.Body, N: mostAnswer}
	if resp.StatusCode/100 != 2 {
		start, _ := io.ReadAll(io.LimitReader(rest, store.MaxAnswer)) // what came before an error is worth keeping
		answered.Body, err = string(start), refused(resp, now())
	}
	_, _ = io.Copy(io.Discard, rest)
	return answered, err
}

// Post sends a signed body that is no webhook of an order, over a Client, and returns why it
// was not accepted: the error's text is for the log, and its fault.Reason for people.
func Post(ctx context.Context, client *http.Client, url, id string, body []byte, now func() time.Time, keys ...Key) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	if _, err := post(ctx, client.Do, url, id, body, now, keys); err != nil {
		return failed{err}
	}
	return nil
}

// do sends a request, within a span where attempts are traced.
func (d *Deliverer) do(client *http.Client, req *http.Request, m *bridge.Message) (*http.Response, error) {
	if d.trace == nil {
		return client.Do(req)
	}
	traced, end := d.trace(req, m)
	resp, err := client.Do(traced)
	if err != nil {
		end(0)
		return nil, err
	}
	end(resp.StatusCode)
	return resp, nil
}

func (d *Deliverer) client(e *Endpoint) *http.Client {
	if e.Private {
		return d.private
	}
	return d.public
}

// note is the reason for a failed attempt as the merchant reads it. The error of the
// resolver, the network or TLS is in the log only.
func note(err error) string {
	for _, prohibited := range []error{ssrf.ErrProhibitedIP, ssrf.ErrProhibitedNetwork, ssrf.ErrProhibitedPort} {
		if errors.Is(err, prohibited) {
			return "the host is in a private or reserved network, which only the setting server.privateWebhooks allows"
		}
	}
	return fault.Network(err)
}
