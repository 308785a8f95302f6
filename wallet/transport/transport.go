package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
)

// Limits of one call. A wallet that needs longer than these is treated as one that
// gave no answer; what it did is found out by a query.
const (
	DialTimeout   = 5 * time.Second
	HeaderTimeout = 15 * time.Second
	CallTimeout   = 30 * time.Second // all of it, a dripping body too
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
		CheckRedirect: noRedirect,
	}
}

// WithoutRedirects returns client with our rule for redirects, unless it has one of its own:
// a wallet that redirects a payment call is misconfigured or not the wallet.
func WithoutRedirects(client *http.Client) *http.Client {
	if client.CheckRedirect != nil {
		return client
	}
	bounded := *client
	bounded.CheckRedirect = noRedirect
	return &bounded
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Answer is what a wallet's server said, read whole.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends body to address and reads the whole answer, whatever its HTTP status. The
// client's redirect rule is its own: use Client or WithoutRedirects.
//
// Faults: Internal when path and query would not be sent as address has them; Unavailable
// when no byte of the request can have reached the server; Unknown when it may have, but
// no whole answer came back.
func Do(ctx context.Context, client *http.Client, method, address string, header http.Header, body []byte) (Answer, error) {
	const op = "transport.Do"
	if err := ctx.Err(); err != nil {
		return Answer{}, fault.Wrap(fault.Unavailable, op, err)
	}
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	var reach reach
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, reach.trace()), method, address, bytes.NewReader(body))
	if err == nil && !strings.HasSuffix(address, req.URL.RequestURI()) && req.URL.Path != "" {
		err = errAddress
	}
	if err != nil {
		return Answer{}, fault.Wrap(fault.Internal, op, withoutURL(err))
	}
	for name, values := range header {
		req.Header[name] = values
	}
	// Without GetBody the client cannot send a POST a second time by itself.
	req.GetBody = nil
	resp, err := client.Do(req)
	if err != nil {
		return Answer{}, unanswered(reach.kind(), op, withoutURL(err))
	}
	defer resp.Body.Close()
	read, err := readAll(resp)
	if err != nil {
		return Answer{}, unanswered(fault.Unknown, op, err)
	}
	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: read}, nil
}

// unanswered is the fault of a call without a whole answer. Its detail says why in words
// that are fit to show.
func unanswered(kind fault.Kind, op string, err error) error {
	detail := "The wallet gave no whole answer: "
	if kind == fault.Unavailable {
		detail = "The wallet could not be called: "
	}
	return &fault.Error{Kind: kind, Op: op, Detail: detail + fault.Network(err) + ".", Err: err}
}

// errAddress is of an address that has a fragment, which no server is sent, or characters
// that would be escaped on the way: another path and query than the one that was signed.
var errAddress = errors.New("the address would not be sent as it is written")

const errTooLarge = fault.Reason("the answer is larger than 1 MiB")

// readAll reads a bounded body, at once where its length is known.
func readAll(resp *http.Response) ([]byte, error) {
	if resp.ContentLength > MaxBody {
		return nil, errTooLarge
	}
	if resp.ContentLength >= 0 {
		body := make([]byte, resp.ContentLength)
		_, err := io.ReadFull(resp.Body, body)
		return body, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxBody+1))
	if err == nil && len(body) > MaxBody {
		err = errTooLarge
	}
	return body, err
}

// withoutURL drops the address from an error: a wallet's URL may hold a token.
func withoutURL(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
