package simulator

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"
)

// tolerance is how far a request's time may be from the clock.
const tolerance = 60 * time.Second

// signature returns the signature of a message: all parts concatenated.
func (p *Provider) signature(timestamp, method, path string, body []byte) string {
	mac, _ := p.key.Sign(context.Background(), []byte(timestamp+method+path+string(body))) // HMAC cannot fail
	return base64.StdEncoding.EncodeToString(mac)
}

// signed returns the headers of a callback.
func (p *Provider) signed(at time.Time, path string, body []byte) http.Header {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	h := http.Header{"Content-Type": {"application/json"}}
	h.Set(p.cfg.HeaderPrefix+"KEY", p.cfg.APIKey)
	h.Set(p.cfg.HeaderPrefix+"TIMESTAMP", timestamp)
	h.Set(p.cfg.HeaderPrefix+"SIGN", p.signature(timestamp, http.MethodPost, path, body))
	return h
}

// authentic verifies a request's signature over its raw request line, the query included.
func (p *Provider) authentic(r *http.Request, body []byte) bool {
	timestamp := r.Header.Get(p.cfg.HeaderPrefix + "TIMESTAMP")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || r.Header.Get(p.cfg.HeaderPrefix+"KEY") != p.cfg.APIKey {
		return false
	}
	if off := p.cfg.Now().Sub(time.Unix(seconds, 0)); off > tolerance+time.Second || off < -tolerance {
		return false
	}
	want := p.signature(timestamp, r.Method, r.RequestURI, body)
	return hmac.Equal([]byte(want), []byte(r.Header.Get(p.cfg.HeaderPrefix+"SIGN")))
}

// Sign returns the headers of a callback to a path, for tests.
func (p *Provider) Sign(path string, body []byte) http.Header {
	return p.signed(p.cfg.Now(), path, body)
}
