package bridge

import (
	"context"
	"time"

	"github.com/minitill/minitill/wallet"
)

// App is one mini program and its merchant. A server can hold several; each is blind
// to the others.
type App struct {
	Name    string   // in tokens, URLs and JSON
	Title   string   // the merchant's name, as payers read it
	Wallets []string // names of its wallets; the first is the default
	Pricer  Pricer   // nil: orders come from the merchant API only
	Guests  bool     // sessions without an auth code are allowed
	Hold    bool     // authorize only; capture comes later
	// Expiry is how long a payer has; 15 minutes when zero.
	Expiry time.Duration
	// ReturnURL is where the return page sends the payer. Empty: it stays there.
	ReturnURL string
	// ReturnOrigins are where an order's own ReturnURL may lead besides the origin of the
	// app's: "https://shop.example".
	ReturnOrigins []string
	// Origins are the web origins of the app's pages; "*" is all. With nil the app takes
	// calls from every origin that the server does.
	Origins []string
	// Accent is the colour of the payer's pages, "#rrggbb". Empty: the default.
	Accent string
	// Endpoints are the names of the webhook endpoints that hear of the app's orders.
	Endpoints []string
}

// Pricer says what an order costs. The client names items and quantities only; an
// amount never comes from it.
type Pricer interface {
	// Price returns the order's amount. An item that cannot be sold is an Invalid
	// fault that names it: "items[0].sku".
	Price(ctx context.Context, req PriceRequest) (Price, error)
}

// PriceRequest is what a client wants to buy.
type PriceRequest struct {
	App   string
	Payer Payer
	Items []ItemRequest
}

// ItemRequest is one line of a client's order.
type ItemRequest struct {
	SKU      string
	Quantity int64
}

// Price is what an order costs and why.
type Price struct {
	Amount      wallet.Money // positive
	Description string       // what the payer reads at the cashier
	Reference   string       // the merchant's own number; may be empty
	Items       []wallet.Item
	Metadata    map[string]string
}

// PricerFunc makes a function a Pricer.
type PricerFunc func(ctx context.Context, req PriceRequest) (Price, error)

// Price calls f.
func (f PricerFunc) Price(ctx context.Context, req PriceRequest) (Price, error) { return f(ctx, req) }

// Lister is a Pricer that can show what it sells.
type Lister interface {
	List(ctx context.Context, app string) ([]CatalogItem, error)
}

// CatalogItem is one thing to buy.
type CatalogItem struct {
	SKU         string       `json:"sku"`
	Name        string       `json:"name"`
	Description string       `json:"description,omitempty"`
	Image       string       `json:"image,omitempty"`
	Amount      wallet.Money `json:"amount"`
}
