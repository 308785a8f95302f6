package quote

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// answer is the price of an order as the merchant's server sends it.
type answer struct {
	Amount      wallet.Money      `json:"amount"`
	Description string            `json:"description"`
	Reference   string            `json:"reference"`
	Items       []wallet.Item     `json:"items"`
	Metadata    map[string]string `json:"metadata"`
}

// readPrice decodes an answer strictly: an unknown member is an error.
func readPrice(body []byte) (pricing.Price, error) {
	var a answer
	if err := json.Unmarshal(body, &a, json.RejectUnknownMembers(true)); err != nil {
		return pricing.Price{}, fmt.Errorf("the price cannot be read: %w", err)
	}
	if err := a.check(); err != nil {
		return pricing.Price{}, err
	}
	return pricing.Price{
		Amount: a.Amount, Description: a.Description, Reference: a.Reference, Items: a.Items, Metadata: a.Metadata,
	}, nil
}

// check applies the limits of orders that the merchant creates.
func (a *answer) check() error {
	switch {
	case !a.Amount.Positive():
		return errors.New("the price's amount must be more than zero")
	case !text(a.Description, input.MaxText):
		return fmt.Errorf("the price's description must be plain text of at most %d characters", input.MaxText)
	case !text(a.Reference, input.MaxReference):
		return fmt.Errorf("the price's reference must be plain text of at most %d characters", input.MaxReference)
	case len(a.Items) > input.MaxLines:
		return fmt.Errorf("the price has more than %d lines", input.MaxLines)
	case len(a.Metadata) > input.MaxMetadata:
		return fmt.Errorf("the price has more than %d members of metadata", input.MaxMetadata)
	}
	for i := range a.Items {
		if item := &a.Items[i]; !text(item.SKU, input.MaxSKU) || !text(item.Name, input.MaxText) || item.Amount.Currency != a.Amount.Currency {
			return fmt.Errorf("line %d of the price is too long or in another currency", i)
		}
	}
	for name, value := range a.Metadata {
		if !text(name, input.MaxMetadataKey) || utf8.RuneCountInString(value) > input.MaxMetadataValue || wallet.TextFlaw(value) != "" {
			return errors.New("a member of the price's metadata is too long, or is not to be kept")
		}
	}
	return nil
}

// text reports whether s has at most most characters, no control characters, and may be stored.
func text(s string, most int) bool {
	return utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, unicode.IsControl) && wallet.TextFlaw(s) == ""
}

// refusal names the items that cannot be sold, in the form of a problem.
type refusal struct {
	Errors []struct {
		Field  string `json:"field"`
		Detail string `json:"detail"`
	} `json:"errors"`
}

// readRefusal returns the items that cannot be sold. Other text of the merchant's server is
// not for clients.
func readRefusal(body []byte) error {
	var r refusal
	if err := json.Unmarshal(body, &r); err != nil || len(r.Errors) == 0 || len(r.Errors) > input.MaxLines {
		return fault.InvalidField("quote.Price", "items", "cannot be sold as they are")
	}
	var refused fault.Fields
	for _, e := range r.Errors {
		if !strings.HasPrefix(e.Field, "items") || !text(e.Field, input.MaxWord) || !text(e.Detail, input.MaxText) {
			return fault.InvalidField("quote.Price", "items", "cannot be sold as they are")
		}
		refused.Add(e.Field, e.Detail)
	}
	return refused.Invalid("quote.Price")
}
