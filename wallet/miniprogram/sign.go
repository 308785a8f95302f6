package miniprogram

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/wire"
)

var errClient = errors.New("the message is meant for another client")

// seal signs requests and replies, and verifies answers and notifications.
type seal struct {
	clientID string
	profile  *Profile
	key      signing.Signer
	known    *signing.RSAVerifier
}

var jsonType = []string{"application/json; charset=UTF-8"}

// headers signs a request, or with headerResponseTime an acknowledgement, and returns
// all its headers.
func (s *seal) headers(ctx context.Context, timeHeader string, at time.Time, method, path string, body []byte) (http.Header, error) {
	stamp := formatTime(at, s.profile.TimeFormat)
	signature, err := s.key.Sign(ctx, message(method, path, s.clientID, stamp, body))
	if err != nil {
		return nil, err
	}
	return http.Header{
		"Content-Type":  jsonType,
		headerClient:    {s.clientID},
		timeHeader:      {stamp},
		headerSignature: {s.profile.formatMark(s.key.KeyID(), signature)},
	}, nil
}

// message returns the text that is signed: two lines, no line feed at the end, the body as it
// is sent.
func message(method, path, clientID, stamp string, body []byte) []byte {
	b := make([]byte, 0, len(method)+len(path)+len(clientID)+len(stamp)+len(body)+4)
	b = append(append(append(b, method...), ' '), path...)
	b = append(append(append(b, '\n'), clientID...), '.')
	b = append(append(append(b, stamp...), '.'), body...)
	return b
}

// verify checks who sent body and when. The time is checked only after the signature over its
// text. One of the paths must be the signed one.
func (s *seal) verify(ctx context.Context, h http.Header, timeHeader string, now time.Time, method string, body []byte, paths ...string) error {
	header, ok := wire.SingleHeader(h, headerSignature)
	if !ok {
		return unsigned(h)
	}
	mark, err := parseMark(header)
	if err != nil {
		return err
	}
	stamp, ok := wire.SingleHeader(h, timeHeader)
	if !ok {
		return errHeaders
	}
	clientID, err := s.client(h)
	if err != nil {
		return err
	}
	err = errSignature
	for _, path := range paths {
		err = s.known.Verify(ctx, mark.version, message(method, path, clientID, stamp, body), mark.signature)
		if err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	return s.fresh(stamp, now)
}

func unsigned(h http.Header) error {
	if len(h[headerSignature]) == 0 {
		return errUnsigned
	}
	return errSignature
}

// client checks the client that the message names, which must be us: one wallet key signs for
// many merchants. A message without a client is taken as ours, since one wallet's documents
// leave the header out; the signature covers the name in both cases.
func (s *seal) client(h http.Header) (string, error) {
	values := h[headerClient]
	switch {
	case len(values) == 0:
		return s.clientID, nil
	case len(values) > 1:
		return "", errHeaders
	case values[0] != s.clientID:
		return "", errClient
	}
	return s.clientID, nil
}

// fresh checks a time that has been verified.
func (s *seal) fresh(stamp string, now time.Time) error {
	at, err := wire.ISO(stamp)
	if err != nil {
		return errHeaders
	}
	if !s.profile.CheckTime {
		return nil
	}
	return wire.Fresh(at, now, s.profile.TimeTolerance, s.profile.TimeTolerance)
}

// signedPaths returns the paths over which a notification may have been signed: without its
// query, as the family's documents say, or with it.
func signedPaths(pathAndQuery string) []string {
	path, _, query := strings.Cut(pathAndQuery, "?")
	if !query {
		return []string{path}
	}
	return []string{path, pathAndQuery}
}
