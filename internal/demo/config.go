package demo

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Config is what the shop needs from the server around it.
type Config struct {
	// PublicURL is the origin of payment URLs. A visitor with another name of this machine
	// is redirected there, because the cashier sends messages to its own origin only. Empty:
	// no redirect.
	PublicURL   string
	App         string // whose catalog it shows; may be empty where there is one app
	Wallet      string // the wallet payers come with; "sandbox" when empty
	BaseURL     string // where the client API answers; the page's own origin when empty
	HelperURL   string // "/sdk/minitill.js" when empty
	AuthCodeURL string // gives {"authCode"} for ?user=; "/sandbox/authcode" when empty
	Guests      bool   // payers do not sign in: the wallet has no auth codes
	// FrameSources are the origins of the cashier, where it is not the page's own.
	FrameSources []string

	// Missing answers requests below /demo/ without a route; nil: in plain text.
	Missing http.Handler

	// Allow reports whether an order token allows to read the order's events.
	Allow func(ctx context.Context, order, token string) bool
	// Events are an order's events so far, oldest first.
	Events func(ctx context.Context, order string) ([]Event, error)
}

// Event is one line of an order's history, as the contract shows it.
type Event struct {
	ID       string          `json:"id"`
	Order    string          `json:"order"`
	Sequence int64           `json:"sequence"`
	Type     string          `json:"type"`
	At       time.Time       `json:"at"`
	Source   string          `json:"source"`
	Data     json.RawMessage `json:"data,omitempty"`
}

func (c Config) withDefaults() Config {
	c.Wallet = or(c.Wallet, "sandbox")
	c.HelperURL = or(c.HelperURL, "/sdk/minitill.js")
	if c.AuthCodeURL = or(c.AuthCodeURL, "/sandbox/authcode"); c.Guests {
		c.AuthCodeURL = ""
	}
	return c
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
