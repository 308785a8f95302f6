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

// The limits of one call. A call that exceeds one of them has no answer: its fault is
// Unknown, or Unavailable where no connection was made.
const (
	DialTimeout   = 5 * time.Second  // for a TCP connection, and again for the TLS handshake; of Client
	HeaderTimeout = 15 * time.Second // from the request's last byte to the answer's header; of Client
	CallTimeout   = 30 * time.Second // for the whole call, the answer's body included; of Do
	MaxBody       = 1 << 20          // bytes of an answer's body; of Do
)

// MaxConns bounds the connections of Client to one host.
const MaxConns = 256

// Client returns a new HTTP client for calls to wallets. It has the limits above and a
// connection pool of its own, follows no redirect, and takes proxies from the environment
// as http.ProxyFromEnvironment does.
func Client() *http.Client { return ClientOf(MaxConns) }

// ClientOf is Client with another bound for the connections to one host. A caller that makes
// no more than conns calls at once waits for no connection, and none that it has opened is
// closed between two calls of a burst.
func ClientOf(conns int) *http.Client {
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
			MaxConnsPerHost:       conns,
			MaxIdleConnsPerHost:   conns,
		},
		CheckRedirect: noRedirect,
	}
}

// WithoutRedirects returns client, or a copy of it that follows no redirect where client has
// no CheckRedirect of its own: a server that redirects a payment call is misconfigured or is
// not the wallet's.
func WithoutRedirects(client *http.Client) *http.Client {
	if client.CheckRedirect != nil {
		return client
	}
	bounded := *client
	bounded.CheckRedirect = noRedirect
	return &bounded
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Answer is an HTTP answer whose body was read completely.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends one request to address and reads the whole answer. An answer of any HTTP status
// is no error. The names in header are sent as they are spelled. Path and query are sent as
// address has them, since providers sign them; an address that net/http would rewrite is
// refused. An error does not quote address, which may hold a token.
//
// Faults: Internal for an address that is malformed, has a fragment, or would be sent in
// another spelling; Unavailable when ctx had ended before the call, or no connection was
// made; Unknown when the request may have arrived and no whole answer of at most MaxBody
// bytes came back within CallTimeout.
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

// unanswered is the fault of a call without a whole answer. Its Detail names the cause in
// words that merchants and payers may see.
func unanswered(kind fault.Kind, op string, err error) error {
	detail := "The wallet gave no whole answer: "
	if kind == fault.Unavailable {
		detail = "The wallet could not be called: "
	}
	return &fault.Error{Kind: kind, Op: op, Detail: detail + fault.Network(err) + ".", Err: err}
}

// errAddress is the cause for an address with a fragment, which is not sent, or with
// characters that net/http escapes: the server would see another path or query than the one
// that was signed.
var errAddress = errors.New("the address would not be sent as it is written")

const errTooLarge = fault.Reason("the answer is larger than 1 MiB")

// readAll reads a body of at most MaxBody bytes, into one allocation where its length is
// announced.
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

// withoutURL removes the address from an error, since a wallet's URL may hold a token.
func withoutURL(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
