package quote

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/fault"
)

// Limits of one request.
const (
	requestTimeout = 5 * time.Second
	mostAnswer     = 64 << 10
)

// Config is the merchant's server and how to call it. URL, Keys and HTTP are required.
type Config struct {
	URL  string
	Keys []webhook.Key // the newest signs first; two while a secret is rotated
	// HTTP follows no redirects: the address authenticates the answer.
	HTTP *http.Client
	Now  func() time.Time
}

// Asker is a pricing.Pricer that requests prices from the merchant's server.
type Asker struct {
	url  string
	keys []webhook.Key
	http *http.Client
	now  func() time.Time
}

var _ pricing.Pricer = (*Asker)(nil)

// New returns an asker. It sends nothing.
func New(c Config) *Asker {
	a := &Asker{url: c.URL, keys: c.Keys, http: c.HTTP, now: c.Now}
	if a.now == nil {
		a.now = time.Now
	}
	return a
}

// question is the body of a request.
type question struct {
	App   string         `json:"app"`
	Payer payer          `json:"payer"`
	Items []questionItem `json:"items"`
}

type payer struct {
	ID     string `json:"id"`
	Wallet string `json:"wallet"`
	Guest  bool   `json:"guest"`
}

type questionItem struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

// Price requests the price of an order.
//
// Faults: Invalid with the fields that the merchant's server named, for items that cannot
// be sold; Unavailable when it answered without a valid price, or not at all.
func (a *Asker) Price(ctx context.Context, req pricing.Request) (pricing.Price, error) {
	q := question{App: req.App, Payer: payer{ID: req.Payer.ID, Wallet: req.Payer.Wallet, Guest: req.Payer.Guest}}
	for _, item := range req.Items {
		q.Items = append(q.Items, questionItem(item))
	}
	body, err := json.Marshal(q)
	if err != nil {
		return pricing.Price{}, fault.Wrap(fault.Internal, "quote.Price", err)
	}
	status, answer, err := a.send(ctx, body)
	if err != nil {
		return pricing.Price{}, noPrice(fault.Network(err), err)
	}
	switch status {
	case http.StatusOK:
		price, err := readPrice(answer)
		if err != nil {
			return pricing.Price{}, noPrice("its answer is not a price", err)
		}
		return price, nil
	case http.StatusUnprocessableEntity:
		return pricing.Price{}, readRefusal(answer)
	}
	refused := fault.Reason(fmt.Sprintf("it answered %d", status))
	return pricing.Price{}, noPrice(string(refused), refused)
}

// send sends a request and reads the whole answer.
func (a *Asker) send(ctx context.Context, body []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header = webhook.Headers("quo_"+ulid.Make().String(), a.now(), body, a.keys...)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Minitill")
	resp, err := a.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer+1))
	if err == nil && len(answer) > mostAnswer {
		err = fault.Reason(fmt.Sprintf("its answer is larger than %d bytes", mostAnswer))
	}
	return resp.StatusCode, answer, err
}

// noPrice is the fault for a missing price; why is fit to show.
func noPrice(why string, cause error) error {
	return &fault.Error{
		Kind: fault.Unavailable, Op: "quote.Price", RetryAfter: time.Second, Err: cause,
		Detail: "The merchant's server names no price now: " + why + ". Nothing was done; try again.",
	}
}
