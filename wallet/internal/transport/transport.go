package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/fault"
)

// Limits of one call. A wallet that needs longer than these is treated as one that
// gave no answer; what it did is found out by a query.
const (
	DialTimeout   = 5 * time.Second
	HeaderTimeout = 15 * time.Second
	MaxBody       = 1 << 20
)

// Client returns an HTTP client for calls to wallets: bounded in time, pooled per
// host, without redirects, proxies from the environment respected.
func Client() *http.Client {
	dialer := &net.Dialer{Timeout: DialTimeout, KeepAlive: 30 * time.Second}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           dialer.DialContext,
			ForceAttemptHTTP2:     true,
			TLSHandshakeTimeout:   DialTimeout,
			ResponseHeaderTimeout: HeaderTimeout,
			ExpectContinueTimeout: time.Second,
			IdleConnTimeout:       90 * time.Second,
			MaxIdleConns:          256,
			MaxIdleConnsPerHost:   64,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Answer is what a wallet's server said, read whole.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends body to url and reads the whole answer, whatever its HTTP status.
//
// Faults: Unavailable when no byte of the request can have reached the server;
// Unknown when it may have, but no whole answer came back.
func Do(ctx context.Context, client *http.Client, method, url string, header http.Header, body []byte) (Answer, error) {
	const op = "transport.Do"
	var wrote atomic.Bool
	trace := &httptrace.ClientTrace{
		// A reused connection may have been closed by the far side; from the moment
		// a header is written nobody can say what arrived.
		WroteHeaderField: func(string, []string) { wrote.Store(true) },
		WroteHeaders:     func() { wrote.Store(true) },
	}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), method, url, bytes.NewReader(body))
	if err != nil {
		return Answer{}, fault.Wrap(fault.Internal, op, err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	// Without GetBody the client cannot send a POST a second time by itself.
	req.GetBody = nil
	resp, err := client.Do(req)
	if err != nil {
		return Answer{}, sort(op, err, wrote.Load())
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(io.LimitReader(resp.Body, MaxBody+1))
	if err == nil && len(read) > MaxBody {
		err = errors.New("the answer is larger than 1 MiB")
	}
	if err != nil {
		return Answer{}, fault.Wrap(fault.Unknown, op, err)
	}
	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: read}, nil
}

func sort(op string, err error, wrote bool) error {
	if wrote {
		return fault.Wrap(fault.Unknown, op, err)
	}
	return fault.Wrap(fault.Unavailable, op, err)
}
