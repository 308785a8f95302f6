package simulator

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// The headers of every signed message.
const (
	headerKey       = "Sandbox-Key"
	headerTimestamp = "Sandbox-Timestamp"
	headerSignature = "Sandbox-Signature"
)

// tolerance is how far a timestamp may be from the clock, in both directions.
const tolerance = 5 * time.Minute

// mac returns the HMAC of lines joined by LF.
func (p *Provider) mac(lines ...string) []byte {
	mac, err := p.key.Sign(context.Background(), []byte(strings.Join(lines, "\n")))
	if err != nil {
		panic(err) // an HMAC in memory cannot fail
	}
	return mac
}

func (p *Provider) signature(lines ...string) string {
	return base64.StdEncoding.EncodeToString(p.mac(lines...))
}

// sign signs a message whose lines follow the timestamp.
func (p *Provider) sign(header http.Header, at time.Time, lines ...string) {
	timestamp := strconv.FormatInt(at.UnixMilli(), 10)
	header.Set(headerKey, p.cfg.KeyID)
	header.Set(headerTimestamp, timestamp)
	header.Set(headerSignature, p.signature(append([]string{timestamp}, lines...)...))
}

// signed returns a notification signed at a given time.
func (p *Provider) signed(address string, body []byte, at time.Time) (provider.Message, error) {
	u, err := url.Parse(address)
	if err != nil {
		return provider.Message{}, err
	}
	header := http.Header{"Content-Type": {"application/json"}}
	p.sign(header, at, http.MethodPost, u.RequestURI(), string(body))
	return provider.Message{URL: address, Header: header, Body: body}, nil
}

// authenticate verifies a call's signature and then its age.
func (p *Provider) authenticate(r *http.Request, path string, body []byte, now time.Time) *refusal {
	timestamp := r.Header.Get(headerTimestamp)
	want := p.signature(timestamp, r.Method, path, string(body))
	if r.Header.Get(headerKey) != p.cfg.KeyID || !hmac.Equal([]byte(r.Header.Get(headerSignature)), []byte(want)) {
		return refuse("BAD_SIGNATURE", "the key or the signature is wrong")
	}
	millis, err := strconv.ParseInt(timestamp, 10, 64)
	if age := now.Sub(time.UnixMilli(millis)); err != nil || age.Abs() > tolerance {
		return refuse("STALE_TIMESTAMP", "the timestamp is more than five minutes off")
	}
	return nil
}
