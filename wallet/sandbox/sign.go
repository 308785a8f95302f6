package sandbox

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/wire"
)

// The headers of every signed message, in Go's canonical form.
const (
	headerKey       = "Sandbox-Key"
	headerTimestamp = "Sandbox-Timestamp"
	headerSignature = "Sandbox-Signature"
)

// tolerance is how far a timestamp may be from the clock, in both directions.
const tolerance = 5 * time.Minute

var errHeaders = errors.New("the signature headers are missing, repeated or malformed")

// seal signs requests and verifies answers and notifications.
type seal struct {
	key   *signing.HMAC
	keyID []string // a header value, shared by all requests and never changed
}

var (
	jsonType = []string{"application/json"}
	strict   = base64.StdEncoding.Strict() // otherwise a flipped last bit would not be detected
	messages = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}
)

// headers signs a request and returns all its headers.
func (s seal) headers(ctx context.Context, at time.Time, path string, body []byte) (http.Header, error) {
	timestamp := strconv.FormatInt(at.UnixMilli(), 10)
	message := messages.Get().(*[]byte)
	defer messages.Put(message)
	*message = appendMessage((*message)[:0], timestamp, http.MethodPost, path, "", body)
	mac, err := s.key.Sign(ctx, *message)
	if err != nil {
		return nil, err
	}
	values := []string{timestamp, base64.StdEncoding.EncodeToString(mac)}
	return http.Header{
		"Content-Type":  jsonType,
		headerKey:       s.keyID,
		headerTimestamp: values[0:1:1],
		headerSignature: values[1:2:2],
	}, nil
}

// verify checks who sent body and when. status is empty except for answers.
func (s seal) verify(ctx context.Context, h http.Header, now time.Time, method, path, status string, body []byte) error {
	timestamp, okTime := wire.SingleHeader(h, headerTimestamp)
	keyID, okKey := wire.SingleHeader(h, headerKey)
	encoded, okSignature := wire.SingleHeader(h, headerSignature)
	var signature [33]byte
	if !okTime || !okKey || !okSignature || len(encoded) != strict.EncodedLen(32) {
		return errHeaders
	}
	n, err := strict.Decode(signature[:], []byte(encoded))
	if err != nil {
		return errHeaders
	}
	message := messages.Get().(*[]byte)
	defer messages.Put(message)
	*message = appendMessage((*message)[:0], timestamp, method, path, status, body)
	if err := s.key.Verify(ctx, keyID, *message, signature[:n]); err != nil {
		return err
	}
	return fresh(timestamp, now)
}

// fresh checks a timestamp that has been verified.
func fresh(timestamp string, now time.Time) error {
	millis, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return errHeaders
	}
	return wire.Fresh(time.UnixMilli(millis), now, tolerance, tolerance)
}

// appendMessage appends the canonical message: lines joined by LF, the body last and unchanged.
func appendMessage(b []byte, timestamp, method, path, status string, body []byte) []byte {
	for _, line := range [...]string{timestamp, method, path} {
		b = append(append(b, line...), '\n')
	}
	if status != "" {
		b = append(append(b, status...), '\n')
	}
	return append(b, body...)
}
