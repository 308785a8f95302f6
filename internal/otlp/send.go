package otlp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// mostAnswer bounds what is read of a collector's answer.
const mostAnswer = 16 << 10

// newClient returns a client with a transport of its own, which follows no redirect: the
// header with the secret is for the configured address alone. Proxies are those of the
// environment.
func newClient() *http.Client {
	return &http.Client{
		Timeout:       sendTimeout,
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConns: 1, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: sendTimeout},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// unavailable is a failure after which the same request may be sent again.
type unavailable struct {
	cause error
	after time.Duration // as the collector says; zero when it does not
}

func (u *unavailable) Error() string { return u.cause.Error() }

// post sends one request, and returns how many of its spans the collector rejected.
func (e *Exporter) post(ctx context.Context, body []byte) (rejected int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.config.URL, bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("the address is not valid")
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("User-Agent", "Minitill")
	if e.config.Header != "" {
		req.Header.Set(e.config.Header, string(e.config.Secret.Reveal()))
	}
	resp, err := e.client.Do(req)
	if err != nil {
		return 0, &unavailable{cause: withoutURL(err)}
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	switch resp.StatusCode {
	case http.StatusOK:
		return rejectedSpans(answer), nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return 0, &unavailable{refusal(resp), retryAfter(resp)}
	}
	return 0, refusal(resp)
}

func refusal(resp *http.Response) error {
	return fmt.Errorf("the collector answered %d", resp.StatusCode)
}

// retryAfter returns the Retry-After of a collector in seconds, at most longestPause.
func retryAfter(resp *http.Response) time.Duration {
	seconds, err := strconv.ParseUint(resp.Header.Get("Retry-After"), 10, 16)
	if err != nil {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, longestPause)
}

// withoutURL returns the cause of a failed request: the address may have a secret.
func withoutURL(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// The fields of ExportTraceServiceResponse and of its ExportTracePartialSuccess that are read.
const (
	fieldPartialSuccess protowire.Number = 1
	fieldRejectedSpans  protowire.Number = 1
)

// rejectedSpans returns how many spans a collector rejected of a request that it accepted;
// zero for an answer that cannot be read.
func rejectedSpans(answer []byte) int {
	partial, _ := field(answer, fieldPartialSuccess, protowire.BytesType)
	message, n := protowire.ConsumeBytes(partial)
	if n < 0 {
		return 0
	}
	value, _ := field(message, fieldRejectedSpans, protowire.VarintType)
	count, n := protowire.ConsumeVarint(value)
	if n < 0 || count > batchSize {
		return 0
	}
	return int(count)
}

// field returns the message from the value of a field on.
func field(message []byte, wanted protowire.Number, kind protowire.Type) (value []byte, ok bool) {
	for len(message) > 0 {
		number, of, n := protowire.ConsumeTag(message)
		if n < 0 {
			return nil, false
		}
		message = message[n:]
		if number == wanted && of == kind {
			return message, true
		}
		if n = protowire.ConsumeFieldValue(number, of, message); n < 0 {
			return nil, false
		}
		message = message[n:]
	}
	return nil, false
}
