package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
)

const (
	dialTimeout    = 5 * time.Second
	attemptTimeout = 15 * time.Second
	mostAnswer     = 4 << 10 // of an answer's body are read, to keep the connection
	mostHeader     = 16 << 10
	mostIdle       = 1024 // connections kept, of all endpoints together
)

var errRedirect = errors.New("webhook: an endpoint must not redirect")

// Client is how a merchant's server is called: the address that is really dialled is checked,
// whatever its name resolved to, and no proxy or redirect leads around that. All
// endpoints of a kind share one, so that a thousand of them cost what their connections
// cost and no more. A host has no limit of connections: endpoints behind the same host
// would wait for each other.
func Client(private bool) *http.Client {
	dialer := &net.Dialer{Timeout: dialTimeout}
	if !private {
		dialer.Control = guard.Safe
	}
	return calling(&http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: dialTimeout,
		IdleConnTimeout: time.Minute, MaxIdleConns: mostIdle, MaxIdleConnsPerHost: claimMost,
		MaxResponseHeaderBytes: mostHeader,
	})
}

func calling(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect },
	}
}

// send makes one attempt, within the time limit, its answer included.
func (d *Deliverer) send(ctx context.Context, e *Endpoint, m *bridge.Message) error {
	ctx, cancel := context.WithTimeout(ctx, d.limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(m.Body))
	if err != nil {
		return err
	}
	req.Header = Headers(m.ID, d.now(), m.Body, e.Keys...)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Minitill")
	resp, err := d.client(e).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, mostAnswer))
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the endpoint answered %d", resp.StatusCode)
	}
	return nil
}

func (d *Deliverer) client(e *Endpoint) *http.Client {
	if e.Private {
		return d.private
	}
	return d.public
}

const longestNote = 200 // bytes

// note is what an operator reads about a failed attempt. What the endpoint has said,
// as in its certificate, may be in it, so only what every store takes stays.
func note(err error) string {
	text := strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, err.Error())
	return strings.ToValidUTF8(text[:min(len(text), longestNote)], "")
}
