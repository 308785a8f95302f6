package webhook

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"code.dny.dev/ssrf"
)

// Endpoint is one address of a merchant's backend.
type Endpoint struct {
	App  string
	Name string // as in bridge.App.Endpoints
	URL  string // https, or http where Private
	Keys []Key  // the newest signs first; two while a secret is rotated
	// Private allows addresses of the own network: loopback, private ranges, http.
	Private bool
}

func (e Endpoint) check() error {
	u, err := url.Parse(e.URL)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !e.Private):
		return fmt.Errorf("webhook endpoint %q of app %q: the URL must be https without credentials", e.Name, e.App)
	case len(e.Keys) == 0:
		return fmt.Errorf("webhook endpoint %q of app %q has no secret", e.Name, e.App)
	}
	return nil
}

const (
	dialTimeout    = 5 * time.Second
	attemptTimeout = 15 * time.Second
	mostAnswer     = 4 << 10 // of an answer's body are read, to keep the connection
)

var errRedirect = errors.New("webhook: an endpoint must not redirect")

// client is how an endpoint is called: the address that is really dialled is checked,
// whatever its name resolved to, and no proxy or redirect leads around that.
func client(private bool) *http.Client {
	dialer := &net.Dialer{Timeout: dialTimeout}
	if !private {
		dialer.Control = ssrf.New(ssrf.WithAnyPort()).Safe
	}
	return &http.Client{
		Timeout: attemptTimeout,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: dialTimeout,
			ResponseHeaderTimeout: attemptTimeout, IdleConnTimeout: time.Minute,
			MaxIdleConns: 256, MaxIdleConnsPerHost: 16, MaxResponseHeaderBytes: 16 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect },
	}
}
