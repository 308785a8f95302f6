package app

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"

	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/wallet"
)

// readCatalog reads the file of an app's prices.
func (d *decoder) readCatalog(path string, app *appConfig) {
	if app.Catalog == "" {
		return
	}
	text, err := os.ReadFile(string(app.Catalog))
	if err != nil {
		d.found.add(path, "%s", fileFault(err))
		return
	}
	catalog, err := pricing.ReadCatalog(bytes.NewReader(withoutBOM(text)))
	for _, err := range each(err) {
		d.found.also(path, "%s", strings.TrimPrefix(err.Error(), "catalog: "))
	}
	app.pricer = catalog
}

// each returns the errors that were joined into err.
func each(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err != nil {
		return []error{err}
	}
	return nil
}

// checkCurrencies requires that some wallet of the app accepts each price of its catalog,
// and that each wallet accepts some price. Otherwise the mistake shows at the cashier only.
func (d *decoder) checkCurrencies(path string, app *appConfig, opened map[string]wallet.Wallet) {
	prices := app.currencies()
	if len(prices) == 0 || len(app.Wallets) == 0 {
		return
	}
	taken := map[wallet.Currency]bool{}
	for i, name := range app.Wallets {
		w, known := opened[name]
		if !known {
			return // it has mistakes of its own
		}
		any := false
		for _, c := range prices {
			some, limited := w.(wallet.Denominated)
			takes := !limited || some.Takes(c)
			taken[c], any = taken[c] || takes, any || takes
		}
		if !any {
			d.found.add(item(child(path, "wallets"), i), "wallet %q takes none of the currencies of the app's catalog (%s): change its currency, the catalog's, or the app's wallets", name, joined(prices))
		}
	}
	for _, c := range prices {
		if !taken[c] {
			d.found.add(child(path, "catalog"), "has prices in %s, which no wallet of the app takes", c)
		}
	}
}

// currencies returns the currencies of the catalog, in alphabetical order.
func (c *appConfig) currencies() (list []wallet.Currency) {
	if c.pricer == nil {
		return nil
	}
	items, _ := c.pricer.List(context.Background(), "") // the catalog is in memory and returns no error
	for _, item := range items {
		list = append(list, item.Amount.Currency)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
