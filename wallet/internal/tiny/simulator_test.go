package tiny_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// Simulator is the smallest provider that package provider makes possible, as a fixture: the
// payments of examples/tinypay, whose doc.go has the protocol, with every fault that is not
// specific to a wallet and two that are. HTTP 400 refuses what cannot be read, 401 a wrong
// signature.
type Simulator struct {
	publicURL *url.URL
	key       string
	faults    *provider.Faults
	news      *provider.Dispatcher[[]byte]
	control   *provider.Control

	mu    sync.Mutex // guards the books and what is filed in them
	books *provider.Books[*payment]
}

type payment struct {
	Kind     string `json:"kind"`
	ID       string `json:"id"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	State    string `json:"state"` // open, paid or refused
	URL      string `json:"url"`
	notify   string
	digest   provider.Digest
}

var faults = provider.Declared{
	Endpoints: []string{"/pay", "/query"},
	Calls:     provider.CallFaults(provider.UnsignedAnswer, provider.Refused),
	News:      provider.NewsFaults(provider.ForgeNotification),
}

// NewSimulator returns a provider that payers and merchants reach at publicURL.
func NewSimulator(publicURL, key string, client *http.Client, now func() time.Time) (*Simulator, error) {
	base, err := url.Parse(publicURL)
	if err != nil || !provider.WebURL(publicURL) {
		return nil, fmt.Errorf("simulator: not a URL: %s", publicURL)
	}
	s := &Simulator{publicURL: base, key: key, faults: provider.NewFaults(faults, 1)}
	s.books = provider.NewBooks(provider.Keep[*payment]{
		Most: 1000, Idle: func(p *payment) bool { return p.State != "open" && s.news.Waiting(p) == 0 },
		Of: func(p *payment) (string, []string) { return p.ID, nil },
	})
	s.news = provider.NewDispatcher(provider.Delivery[[]byte]{
		Request: s.request, Faults: s.faults, HTTP: client, Now: now,
		Acknowledged: func(a *provider.Attempt, _ http.Header, body []byte) bool {
			return a.Status == 200 && string(body) == "ok"
		},
		Ladder: provider.Ladder{Gaps: []time.Duration{time.Second, time.Minute, time.Hour}},
	})
	s.control = &provider.Control{Faults: s.faults, Actions: map[string]provider.Action{
		"POST settle": provider.Command(func(_ *http.Request, _ string, input struct{ RequestID, Outcome string }) (any, error) {
			return struct{}{}, s.Settle(input.RequestID, input.Outcome)
		}),
	}}
	return s, nil
}

// Run delivers notifications until ctx ends, and RunOnce those that are due now.
func (s *Simulator) Run(ctx context.Context) error   { return s.news.Run(ctx) }
func (s *Simulator) RunOnce(ctx context.Context) int { return s.news.RunOnce(ctx) }

// Settle lets the payer of an open payment decide: "pay" or "decline".
func (s *Simulator) Settle(requestID, outcome string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.books.Newest(requestID)
	if p == nil {
		return fmt.Errorf("%w: %s", provider.ErrNoPayment, requestID)
	}
	if state := map[string]string{"pay": "paid", "decline": "refused"}[outcome]; state != "" && p.State == "open" {
		p.State = state
		s.news.Send(&provider.Notice[[]byte]{Box: p, URL: p.notify, News: text(p), RequestID: p.ID})
	}
	return nil
}

// request signs one attempt to notify.
func (s *Simulator) request(n *provider.Notice[[]byte], try provider.Try) (provider.Message, error) {
	u, err := url.Parse(n.URL)
	if err != nil {
		return provider.Message{}, err
	}
	signed := "POST " + u.RequestURI()
	if try.Rule.Fault == provider.ForgeNotification {
		signed = "forged"
	}
	return provider.Message{Header: http.Header{"Tiny-Signature": {s.sign(signed, n.News)}}, Body: n.News}, nil
}

func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := provider.Below(s.publicURL.Path, r.URL.Path)
	if command, found := strings.CutPrefix(path, "/control/"); found {
		s.control.Serve(w, r, command)
		return
	}
	s.faults.Serve(w, r, path, func(rule provider.Rule) func() {
		status, answer := s.call(w, r, path, rule)
		return func() {
			if rule.Fault != provider.UnsignedAnswer {
				w.Header().Set("Tiny-Signature", s.sign(strconv.Itoa(status)+" "+s.publicURL.Path+path, answer))
			}
			provider.WriteRaw(w, status, "application/json", string(answer))
		}
	})
}

// call authenticates and executes.
func (s *Simulator) call(w http.ResponseWriter, r *http.Request, path string, rule provider.Rule) (status int, answer []byte) {
	body, err := provider.Body(w, r, 4<<10)
	var requested struct{ ID, Amount, Currency, Notify string }
	switch want := s.sign(r.Method+" "+s.publicURL.Path+path, body); {
	case err != nil:
		return http.StatusBadRequest, nil
	case !hmac.Equal([]byte(r.Header.Get("Tiny-Signature")), []byte(want)):
		return http.StatusUnauthorized, nil
	case json.Unmarshal(body, &requested) != nil || requested.ID == "":
		return http.StatusBadRequest, nil
	case rule.Fault == provider.Refused:
		return http.StatusPaymentRequired, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.books.Newest(requested.ID)
	switch {
	case path == "/pay":
		return s.open(p, &payment{
			Kind: "payment", ID: requested.ID, Amount: requested.Amount, Currency: requested.Currency, State: "open",
			URL: s.publicURL.String() + "/cashier/" + url.PathEscape(requested.ID), notify: requested.Notify, digest: provider.DigestOf(requested),
		})
	case path != "/query" || p == nil:
		return http.StatusNotFound, nil
	}
	return http.StatusOK, text(p)
}

// open files a payment, or finds the one that this request already opened.
func (s *Simulator) open(known, requested *payment) (status int, answer []byte) {
	switch {
	case known == nil:
		if known = requested; !s.books.Add(requested, requested.ID) {
			return http.StatusTooManyRequests, nil
		}
	case known.digest != requested.digest:
		return http.StatusConflict, nil
	}
	return http.StatusOK, text(known)
}

func (s *Simulator) sign(line string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(s.key))
	mac.Write(append([]byte(line+"\n"), body...))
	return hex.EncodeToString(mac.Sum(nil))
}

func text(v any) []byte {
	written, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own types always encode
	}
	return written
}
