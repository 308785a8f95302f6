package pricing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Catalog is a Pricer that reads its items from a file.
type Catalog struct {
	items []CatalogItem
	bySKU map[string]int
}

type catalogFile struct {
	Currency wallet.Currency `json:"currency"`
	Items    []struct {
		SKU         string          `json:"sku"`
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Image       string          `json:"image"`
		Price       string          `json:"price"` // in major units: "4.50"
		Currency    wallet.Currency `json:"currency"`
	} `json:"items"`
}

// ReadCatalog reads a catalog:
//
//	{"currency": "USD", "items": [{"sku": "latte", "name": "Latte", "price": "4.50"}]}
//
// All mistakes in it are reported together.
func ReadCatalog(r io.Reader) (*Catalog, error) {
	var file catalogFile
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	c := &Catalog{bySKU: map[string]int{}}
	var mistakes []error
	for i, f := range file.Items {
		if f.Currency == "" {
			f.Currency = file.Currency
		}
		amount, err := wallet.ParseDecimal(f.Currency, f.Price)
		if err == nil && !amount.Positive() {
			err = errors.New("the price must be more than zero")
		}
		if _, twice := c.bySKU[f.SKU]; twice || f.SKU == "" || f.Name == "" {
			err = errors.Join(err, errors.New("a sku of its own and a name are required"))
		}
		err = errors.Join(err, input.CheckTexts("pricing.ReadCatalog", "sku", f.SKU, "name", f.Name, "description", f.Description))
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("catalog: items[%d] %q: %w", i, wallet.MaskCardNumbers(f.SKU), err))
			continue
		}
		c.bySKU[f.SKU] = len(c.items)
		c.items = append(c.items, CatalogItem{
			SKU: f.SKU, Name: f.Name, Description: f.Description, Image: f.Image, Amount: amount,
		})
	}
	return c, errors.Join(mistakes...)
}

// List returns the items of the catalog.
func (c *Catalog) List(context.Context, string) ([]CatalogItem, error) { return c.items, nil }

// InMemory reports that prices are in memory.
func (c *Catalog) InMemory() bool { return true }

// Price adds up the lines of an order.
func (c *Catalog) Price(_ context.Context, req Request) (Price, error) {
	var price Price
	var wrong fault.Fields
	for i, line := range req.Items {
		name := "items[" + strconv.Itoa(i) + "]"
		at, known := c.bySKU[line.SKU]
		switch {
		case !known:
			wrong.Add(name+".sku", "is not in the catalog")
		case line.Quantity < 1 || line.Quantity > input.MaxQuantity:
			wrong.Add(name+".quantity", fmt.Sprintf("must be 1 to %d", input.MaxQuantity))
		default:
			if err := add(&price, c.items[at], line.Quantity); err != nil {
				wrong.Add(name, err.Error())
			}
		}
	}
	if err := wrong.Invalid("pricing.Price"); err != nil {
		return Price{}, err
	}
	return price, nil
}

// add appends a line and its amount to a price.
func add(p *Price, item CatalogItem, quantity int64) error {
	line, err := item.Amount.Times(quantity)
	if err != nil {
		return errors.New("comes to more than an order can be")
	}
	if len(p.Items) == 0 {
		p.Amount = line.Zero()
	}
	sum, err := p.Amount.Add(line)
	switch {
	case errors.Is(err, wallet.ErrMixed):
		return errors.New("is sold in another currency than the lines before")
	case err != nil:
		return errors.New("comes to more than an order can be")
	}
	p.Amount = sum
	p.Items = append(p.Items, wallet.Item{SKU: item.SKU, Name: item.Name, Quantity: quantity, Amount: line})
	if p.Description != "" {
		p.Description += ", "
	}
	if quantity > 1 {
		p.Description += strconv.FormatInt(quantity, 10) + " × "
	}
	p.Description += item.Name
	return nil
}
