package pricing

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Pricer returns the price of an order. A client names items and quantities only, and never
// an amount.
type Pricer interface {
	// Price returns the order's amount. An item that cannot be sold is an Invalid
	// fault that names it: "items[0].sku".
	Price(ctx context.Context, req Request) (Price, error)
}

// InMemory reports whether a Pricer answers from memory: a call costs nothing and has no
// effect. Such a Pricer has a method InMemory, as Catalog has.
func InMemory(p Pricer) bool {
	local, ok := p.(interface{ InMemory() bool })
	return ok && local.InMemory()
}

// Request is what a client wants to buy.
type Request struct {
	App   string
	Payer bridge.Payer
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

// Func is a function that is a Pricer.
type Func func(ctx context.Context, req Request) (Price, error)

// Price calls f.
func (f Func) Price(ctx context.Context, req Request) (Price, error) { return f(ctx, req) }

// Lister is a Pricer that can list its items.
type Lister interface {
	// List returns the items of an app.
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

// CheckPrice checks the amount and the texts of a price.
//
// Faults: Invalid.
func CheckPrice(p Price) error {
	if err := p.Amount.Currency.Valid(); err != nil {
		return fault.InvalidField("pricing.price", "amount.currency", "is not a currency that is known")
	}
	if !p.Amount.Positive() {
		return fault.InvalidField("pricing.price", "amount", "must be more than zero")
	}
	return input.CheckTexts("pricing.price", p.texts()...)
}

// texts returns the names and values of a price's texts in turn; see input.CheckTexts.
func (p *Price) texts() []string {
	pairs := []string{"description", p.Description, "reference", p.Reference}
	for i := range p.Items {
		item := fmt.Sprintf("items[%d].", i)
		pairs = append(pairs, item+"sku", p.Items[i].SKU, item+"name", p.Items[i].Name)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Metadata)) {
		pairs = append(pairs, "metadata", name, "metadata", p.Metadata[name])
	}
	return pairs
}
