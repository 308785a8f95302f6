package wallettest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
)

// Trouble is what a Line does to one call.
type Trouble string

// The troubles.
const (
	Refuse      Trouble = "refuse"       // no connection is made
	CutBefore   Trouble = "cut before"   // connected, then closed; nothing executed
	CutAfter    Trouble = "cut after"    // executed, the answer lost
	ServerError Trouble = "server error" // executed, answered 502 with HTML by a proxy
	Garbage     Trouble = "garbage"      // executed, the answer's body is no JSON
	Empty       Trouble = "empty"        // executed, the answer's body is empty
	Truncate    Trouble = "truncate"     // executed, half of the answer's body arrives
	Oversize    Trouble = "oversize"     // executed, the answer's body exceeds all limits
	Alter       Trouble = "alter"        // executed, one digit of the answer's body changed
	Unsign      Trouble = "unsign"       // executed, the provider's own headers removed
	Redirect    Trouble = "redirect"     // executed, answered by a redirect to elsewhere
	Keep        Trouble = "keep"         // the answer arrives, and is kept for Stray
	Stray       Trouble = "stray"        // executed, answered with what Keep kept: a complete answer to another call
)

var errCut = errors.New("wallettest: the line was cut")

// Line is the HTTP connection between a wallet and its provider. It is an http.RoundTripper
// that passes calls on, and fails the next ones as Next says.
type Line struct {
	next http.RoundTripper
	dead *http.Transport // whose dials are refused

	mu      sync.Mutex
	trouble []Trouble
	calls   int
	kept    kept
}

// kept is an answer that Stray returns.
type kept struct {
	status int
	header http.Header
	body   []byte
}

// NewLine returns a line over next; nil means an http.Transport of its own.
func NewLine(next http.RoundTripper) *Line {
	if next == nil {
		next = http.DefaultTransport.(*http.Transport).Clone()
	}
	return &Line{next: next, dead: &http.Transport{DialContext: refuse}}
}

func refuse(_ context.Context, network, address string) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("connection refused: " + address)}
}

// Client returns a client that calls over the line, for wallet.Env.
func (l *Line) Client() *http.Client { return &http.Client{Transport: l} }

// Next sets how the next calls fail, in order, one each.
func (l *Line) Next(troubles ...Trouble) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trouble = append(l.trouble, troubles...)
}

// Calls returns how many requests were attempted.
func (l *Line) Calls() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls
}

func (l *Line) take() Trouble {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	if len(l.trouble) == 0 {
		return ""
	}
	first := l.trouble[0]
	l.trouble = l.trouble[1:]
	return first
}

// RoundTrip implements http.RoundTripper.
func (l *Line) RoundTrip(r *http.Request) (*http.Response, error) {
	trouble := l.take()
	switch trouble {
	case Refuse:
		return l.dead.RoundTrip(r)
	case CutBefore:
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, errCut
	}
	resp, err := l.next.RoundTrip(r)
	if err != nil || trouble == "" {
		return resp, err
	}
	return l.spoil(resp, trouble)
}

// spoil changes or replaces an answer.
func (l *Line) spoil(resp *http.Response, trouble Trouble) (*http.Response, error) {
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	switch trouble {
	case CutAfter:
		return nil, errCut
	case ServerError:
		resp.StatusCode, resp.Status = http.StatusBadGateway, "502 Bad Gateway"
		resp.Header = http.Header{"Content-Type": {"text/html"}}
		body = []byte("<html><body>502 Bad Gateway</body></html>")
	case Garbage:
		body = []byte("{\"\x00\xff garbage")
	case Empty:
		body = nil
	case Truncate:
		body = body[:len(body)/2]
	case Oversize:
		body = append(body, bytes.Repeat([]byte(" "), 2<<20)...)
	case Alter:
		body = altered(body)
	case Unsign:
		unsign(resp.Header)
	case Redirect:
		resp.StatusCode, resp.Status = http.StatusTemporaryRedirect, "307 Temporary Redirect"
		resp.Header.Set("Location", "https://elsewhere.example/")
	case Keep:
		l.keep(kept{resp.StatusCode, resp.Header.Clone(), body})
	case Stray:
		stray := l.keep(kept{})
		resp.StatusCode, resp.Header, body = stray.status, stray.header, stray.body
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return resp, nil
}

// keep replaces the answer that is kept, and returns the previous one.
func (l *Line) keep(k kept) kept {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.kept
	l.kept = k
	return before
}

// altered changes the last digit, which a parser alone does not detect.
func altered(body []byte) []byte {
	i := bytes.LastIndexAny(body, "0123456789")
	if i < 0 {
		return append(body, ' ')
	}
	out := bytes.Clone(body)
	out[i] ^= 1
	return out
}

func unsign(h http.Header) {
	for name := range h {
		switch strings.ToLower(name) {
		case "content-type", "content-length", "date":
		default:
			h.Del(name)
		}
	}
}
