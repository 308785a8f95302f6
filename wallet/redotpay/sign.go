package redotpay

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/wire"
)

// The headers of requests and webhooks, in net/http's canonical form.
const (
	headerAppKey     = "X-R-Ak"
	headerTime       = "X-R-Ts"
	headerKeyVersion = "X-R-Key-Version"
	headerSignature  = "X-R-Signature"
)

var (
	errHeaders   = errors.New("a header of the signature is missing, repeated or malformed")
	errSignature = errors.New("the signature is malformed")
)

// seal signs requests and verifies webhooks.
type seal struct {
	appKey       string
	key          *signing.RSASigner // nil: requests are not signed, in the sandbox only
	version      string             // of the merchant's key
	platform     *signing.RSAVerifier
	past, future time.Duration // how far a webhook's timestamp may be from the clock
	unsigned     bool          // webhooks without a signature are accepted, in the sandbox only
}

// header returns the headers of a request whose path and body are signed as they are sent.
func (s *seal) header(ctx context.Context, at time.Time, method, uri string, body []byte) (http.Header, error) {
	stamp := strconv.FormatInt(at.UnixMilli(), 10)
	h := http.Header{
		"Content-Type": {"application/json"}, headerAppKey: {s.appKey}, headerTime: {stamp}, headerKeyVersion: {s.version},
	}
	if s.key == nil {
		return h, nil
	}
	signature, err := s.key.Sign(ctx, requestMessage(method, uri, s.appKey, stamp, body))
	if err != nil {
		return nil, err
	}
	h[headerSignature] = []string{base64.StdEncoding.EncodeToString(signature)}
	return h, nil
}

// requestMessage returns what a request's signature covers.
func requestMessage(method, uri, appKey, stamp string, body []byte) []byte {
	m := make([]byte, 0, len(method)+len(uri)+len(appKey)+len(stamp)+len(body)+4)
	m = append(append(append(m, method...), ' '), uri...)
	return appendPayload(append(m, '\n'), appKey, stamp, body)
}

// webhookMessage returns what a webhook's signature covers: neither method nor path.
func webhookMessage(appKey, stamp string, body []byte) []byte {
	return appendPayload(make([]byte, 0, len(appKey)+len(stamp)+len(body)+2), appKey, stamp, body)
}

func appendPayload(m []byte, appKey, stamp string, body []byte) []byte {
	m = append(append(m, appKey...), '.')
	return append(append(append(m, stamp...), '.'), body...)
}

// verify checks a webhook's signature, and only then its timestamp. proven is false for a
// webhook without a signature, where the sandbox's are accepted.
func (s *seal) verify(ctx context.Context, h http.Header, body []byte, now time.Time) (proven bool, err error) {
	if s.unsigned && len(h.Values(headerSignature)) == 0 {
		return false, nil
	}
	stamp, _ := wire.SingleHeader(h, headerTime)
	version, _ := wire.SingleHeader(h, headerKeyVersion)
	text, _ := wire.SingleHeader(h, headerSignature)
	if len(stamp) != stampDigits || !natural(stamp) || !natural(version) || text == "" {
		return false, errHeaders
	}
	signature, err := decodeSignature(text)
	if err != nil {
		return false, err
	}
	if err := s.platform.Verify(ctx, version, webhookMessage(s.appKey, stamp, body), signature); err != nil {
		return false, err
	}
	at, err := wire.Unix(wire.Literal(stamp), time.Millisecond)
	if err != nil {
		return false, err
	}
	return true, wire.Fresh(at, now, s.past, s.future)
}

// decodeSignature decodes Base64, and Base64 that was percent-encoded, in which a plus sign
// stays one.
func decodeSignature(s string) ([]byte, error) {
	if strings.Contains(s, "%") {
		plain, err := url.PathUnescape(s)
		if err != nil {
			return nil, errSignature
		}
		s = plain
	}
	if strings.ContainsAny(s, "\r\n") { // which the decoder would skip
		return nil, errSignature
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, errSignature
	}
	return signature, nil
}

const stampDigits = 13 // milliseconds, from the year 2001 to 2286

// natural reports whether s is a natural number without leading zeros.
func natural(s string) bool {
	return s != "" && s[0] != '0' && strings.Trim(s, "0123456789") == ""
}
