package simulator

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The headers of signed messages.
const (
	headerClient       = "Client-Id"
	headerRequestTime  = "Request-Time"
	headerResponseTime = "Response-Time"
	headerSignature    = "Signature"
)

// signatureForm is how a signature's bytes are written into a header.
type signatureForm int

const (
	percentForm signatureForm = iota // percent-encoded standard Base64: what official clients can read
	plainForm                        // standard Base64 with padding
)

var errSignature = errors.New("not a signature header")

// message returns what is signed: no newline at its end, the body as it is sent.
func message(method, path, client, moment string, body []byte) []byte {
	head := method + " " + path + "\n" + client + "." + moment + "."
	return append([]byte(head), body...)
}

// sign sets the three headers of a message.
func (p *Provider) sign(h http.Header, timeHeader, path string, at time.Time, body []byte) {
	moment := p.profile.header(at)
	text := message(http.MethodPost, path, p.cfg.ClientID, moment, body)
	signature, err := p.signer.Sign(context.Background(), text)
	if err != nil {
		panic(err) // the key was checked; its arithmetic does not fail
	}
	h.Set(headerClient, p.cfg.ClientID)
	h.Set(timeHeader, moment)
	h.Set(headerSignature, p.signatureHeader(signature))
}

func (p *Provider) signatureHeader(signature []byte) string {
	value := base64.StdEncoding.EncodeToString(signature)
	if p.profile.form == percentForm {
		value = url.QueryEscape(value)
	}
	return strings.Join([]string{
		"algorithm=RSA256", "keyVersion=" + p.signer.KeyID(), "signature=" + value,
	}, p.profile.separator)
}

// Sign returns the headers of a notification with this body for this path of the merchant's,
// signed now. It is for tests of notifications that the wallet does not send.
func (p *Provider) Sign(path string, body []byte) http.Header {
	h := http.Header{"Content-Type": {"application/json; charset=UTF-8"}}
	p.signNews(h, path, p.cfg.Now(), body)
	return h
}

// signNews signs a notification. Some wallets do not name the client in it.
func (p *Provider) signNews(h http.Header, path string, at time.Time, body []byte) {
	p.sign(h, headerRequestTime, path, at, body)
	if p.profile.anonymous {
		h.Del(headerClient)
	}
}

// verify verifies a message of the merchant's; paths are those that it may have signed.
func (p *Provider) verify(h http.Header, client, timeHeader string, body []byte, paths ...string) error {
	version, signature, err := parseSignature(h.Get(headerSignature))
	if err != nil {
		return err
	}
	for _, path := range paths {
		text := message(http.MethodPost, path, client, h.Get(timeHeader), body)
		if err = p.verifier.Verify(context.Background(), version, text, signature); err == nil {
			return nil
		}
	}
	return err
}

// parseSignature reads "algorithm=RSA256, keyVersion=1, signature=…". Members may come
// in any order; algorithm and keyVersion may be missing.
func parseSignature(header string) (version string, signature []byte, err error) {
	const longest = 4096
	if len(header) > longest {
		return "", nil, errSignature
	}
	seen := make(map[string]bool)
	for member := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(member), "=")
		if seen[name] {
			return "", nil, errSignature
		}
		seen[name] = true
		switch name {
		case "algorithm":
			if !strings.EqualFold(value, "RSA256") && !strings.EqualFold(value, "SHA256withRSA") {
				return "", nil, errSignature
			}
		case "keyVersion":
			number, err := strconv.ParseUint(value, 10, 31)
			if err != nil {
				return "", nil, errSignature
			}
			version = strconv.FormatUint(number, 10)
		case "signature":
			if signature, err = decodeSignature(value); err != nil {
				return "", nil, errSignature
			}
		}
	}
	if len(signature) == 0 {
		return "", nil, errSignature
	}
	return version, signature, nil
}

// decodeSignature reads all three forms that clients send: percent-encoded, plain, and
// Base64 for URLs. A plus sign stays one, since it belongs to the alphabet.
func decodeSignature(value string) ([]byte, error) {
	if strings.Contains(value, "%") {
		unescaped, err := url.PathUnescape(value)
		if err != nil {
			return nil, err
		}
		value = unescaped
	}
	value = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(value, "="))
	return base64.RawStdEncoding.Strict().DecodeString(value)
}

// authenticate checks who called and when.
func (p *Provider) authenticate(r *http.Request, path string, body []byte, now time.Time) *result {
	client := r.Header.Get(headerClient)
	paths := []string{path}
	if r.URL.RawQuery != "" {
		paths = append(paths, path+"?"+r.URL.RawQuery)
	}
	if err := p.verify(r.Header, client, headerRequestTime, body, paths...); err != nil {
		return refuse("INVALID_SIGNATURE", "the signature is not valid")
	}
	if client != p.cfg.ClientID {
		return refuse("INVALID_CLIENT", "the client id is not known")
	}
	at, err := parseTime(r.Header.Get(headerRequestTime))
	if err != nil || now.Sub(at).Abs() > tolerance {
		return refuse("TIMESTAMP_INVALID", "Request-Time is more than five minutes off")
	}
	return nil
}
