package payprotocol

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/wire"
)

var (
	errHeaders = errors.New("the signature headers are missing, repeated or malformed")
	errKey     = errors.New("the key is not ours")
)

var strict = base64.StdEncoding.Strict() // or a flipped last bit would not matter

// seal signs requests and verifies callbacks, with one secret.
type seal struct {
	key    *signing.HMAC
	keyID  string
	prefix string // of the header names, such as X-PAY-

	paths        []string      // the paths that a callback may have signed; see CallbackPaths
	past, future time.Duration // how far the time of a callback may be from the clock
}

// message returns the text that is signed: time, method, path with query, and body, without
// separators.
func message(timestamp, method, path string, body []byte) []byte {
	b := make([]byte, 0, len(timestamp)+len(method)+len(path)+len(body))
	b = append(append(append(b, timestamp...), method...), path...)
	return append(b, body...)
}

// headers signs a request and returns all its headers.
func (s *seal) headers(ctx context.Context, at time.Time, method, path string, body []byte) (http.Header, error) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	mac, err := s.key.Sign(ctx, message(timestamp, method, path, body))
	if err != nil {
		return nil, err
	}
	h := http.Header{"Content-Type": {"application/json"}}
	h.Set(s.prefix+"KEY", s.keyID)
	h.Set(s.prefix+"TIMESTAMP", timestamp)
	h.Set(s.prefix+"SIGN", base64.StdEncoding.EncodeToString(mac))
	return h, nil
}

// verify checks who sent a callback to path, and when.
func (s *seal) verify(ctx context.Context, h http.Header, now time.Time, method, path string, body []byte) error {
	keyID, okKey := wire.SingleHeader(h, s.prefix+"KEY")
	timestamp, okTime := wire.SingleHeader(h, s.prefix+"TIMESTAMP")
	encoded, okSign := wire.SingleHeader(h, s.prefix+"SIGN")
	if !okKey || !okTime || !okSign {
		return errHeaders
	}
	if keyID != s.keyID {
		return errKey
	}
	mac, err := strict.DecodeString(encoded)
	if err != nil {
		return errHeaders
	}
	if err := s.matches(ctx, timestamp, method, path, body, mac); err != nil {
		return err
	}
	return s.fresh(timestamp, now)
}

// matches tries the paths that may have been signed.
func (s *seal) matches(ctx context.Context, timestamp, method, path string, body, mac []byte) (err error) {
	for _, candidate := range s.paths {
		signed := strings.ReplaceAll(candidate, pathSlot, path)
		if err = s.key.Verify(ctx, s.key.KeyID(), message(timestamp, method, signed, body), mac); err == nil {
			return nil
		}
	}
	return err
}

// fresh checks a timestamp that has been verified.
func (s *seal) fresh(timestamp string, now time.Time) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || strconv.FormatInt(seconds, 10) != timestamp {
		return errHeaders
	}
	return wire.Fresh(time.Unix(seconds, 0), now, s.past, s.future)
}
