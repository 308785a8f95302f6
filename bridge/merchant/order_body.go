package merchant

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// orderBody is the request for an order. The amount decides; the items are for display.
type orderBody struct {
	Amount      *amountBody       `json:"amount" validate:"required"`
	Description string            `json:"description" validate:"required,max=256"`
	Reference   string            `json:"reference" validate:"max=128"`
	Wallet      string            `json:"wallet" validate:"max=40"`
	Method      string            `json:"method" validate:"max=64"`
	Channel     wallet.Channel    `json:"channel" validate:"omitempty,oneof=mini_program h5 web app"`
	Payer       *payerBody        `json:"payer"`
	Items       []itemBody        `json:"items" validate:"max=100,dive"`
	Metadata    map[string]string `json:"metadata" validate:"max=50"`
	Capture     string            `json:"capture" validate:"omitempty,oneof=automatic manual"`
	ExpiresIn   *int64            `json:"expiresIn" validate:"omitempty,min=60,max=2592000"` // seconds
	ReturnURL   string            `json:"returnUrl" validate:"max=1024"`
	Agreement   *string           `json:"agreement" validate:"omitempty,max=64"`
	MethodToken wallet.Token      `json:"methodToken" validate:"max=512" text:"no"`
}

type payerBody struct {
	ID     string `json:"id" validate:"required,max=128"`
	Wallet string `json:"wallet" validate:"max=40"`
}

type itemBody struct {
	SKU      string      `json:"sku" validate:"max=128"`
	Name     string      `json:"name" validate:"required,max=256"`
	Quantity int64       `json:"quantity" validate:"min=1,max=100000"`
	Amount   *amountBody `json:"amount" validate:"required"` // of the whole line
}

// request returns the engine's request for a valid body.
//
// Faults: Invalid, naming every member that breaks a rule beyond those of the tags.
func (b *orderBody) request(app *engine.App) (engine.OrderRequest, error) {
	var found fault.Fields
	price := pricing.Price{
		Amount: b.Amount.positive("amount", &found), Description: b.Description,
		Reference: b.Reference, Metadata: b.Metadata,
	}
	price.Items = b.items(price.Amount.Currency, &found)
	b.checkTexts(&found)
	b.checkMetadata(&found)
	agreement := b.agreement(&found)
	if b.Method != "" && b.Wallet == "" && b.Agreement == nil {
		found.Add("method", "needs the wallet whose method it is")
	}
	b.checkMethodToken(&found)
	if b.ReturnURL != "" && !isWebAddress(b.ReturnURL) {
		found.Add("returnUrl", "must be an http or https URL")
	}
	return engine.OrderRequest{
		App: app.Name, Wallet: b.Wallet, Method: b.Method, Channel: b.Channel,
		Payer: b.payer(app, &found), Price: &price, ReturnURL: b.ReturnURL,
		Hold: b.hold(), Expiry: b.expiry(), Source: bridge.FromMerchant, Unpaid: b.Wallet == "" && b.Agreement == nil,
		Agreement: agreement, MethodToken: b.MethodToken,
	}, found.Invalid("merchant")
}

// checkMethodToken refuses what is not a provider's token; its message does not repeat it.
func (b *orderBody) checkMethodToken(found *fault.Fields) {
	switch {
	case b.MethodToken == "":
	case wallet.MayBeCardNumber(string(b.MethodToken)):
		found.Add("methodToken", "must be the provider's token, never a card number")
	case strings.ContainsFunc(string(b.MethodToken), func(r rune) bool { return r <= ' ' || r >= unicode.MaxASCII }):
		found.Add("methodToken", "must be visible ASCII characters without blanks")
	case b.Wallet == "":
		found.Add("methodToken", "needs the wallet whose token it is")
	}
}

// agreement is the agreement under which the order is charged. It decides payer and method.
func (b *orderBody) agreement(found *fault.Fields) bridge.AgreementID {
	if b.Agreement == nil {
		return ""
	}
	id, ok := bridge.ParseAgreementID(*b.Agreement)
	if !ok {
		found.Add("agreement", "is not an agreement of this app")
	}
	if b.Payer != nil {
		found.Add("payer", "is the agreement's")
	}
	if b.Method != "" {
		found.Add("method", "is the agreement's")
	}
	return id
}

// items are the lines in the order's currency.
func (b *orderBody) items(currency wallet.Currency, found *fault.Fields) []wallet.Item {
	items := make([]wallet.Item, len(b.Items))
	for i, line := range b.Items {
		path := "items[" + strconv.Itoa(i) + "]"
		before := len(*found)
		amount := line.Amount.money(path+".amount", found)
		switch {
		case len(*found) > before || currency == "":
		case amount.Currency != currency:
			found.Add(path+".amount.currency", "must be the order's, "+string(currency))
		case amount.Minor < 0:
			found.Add(path+".amount", "must be at least zero")
		}
		checkText(path+".sku", line.SKU, found)
		checkText(path+".name", line.Name, found)
		items[i] = wallet.Item{SKU: line.SKU, Name: line.Name, Quantity: line.Quantity, Amount: amount}
	}
	return items
}

// payer is the only one who may pay the order. The payer's wallet defaults to the order's.
func (b *orderBody) payer(app *engine.App, found *fault.Fields) bridge.Payer {
	if b.Payer == nil {
		return bridge.Payer{}
	}
	checkText("payer.id", b.Payer.ID, found)
	p := bridge.Payer{ID: b.Payer.ID, Wallet: b.Payer.Wallet}
	if p.Wallet == "" {
		p.Wallet = b.Wallet
	}
	if b.Payer.Wallet != "" && !slices.Contains(app.Wallets, b.Payer.Wallet) {
		found.Add("payer.wallet", "is not a wallet of this app")
	}
	return p
}

func (b *orderBody) checkTexts(found *fault.Fields) {
	checkText("description", b.Description, found)
	checkText("reference", b.Reference, found)
	checkText("wallet", b.Wallet, found)
	checkText("method", b.Method, found)
}

func checkText(name, s string, found *fault.Fields) {
	if !web.IsText(s) {
		found.Add(name, "must have no control characters")
	}
}

// checkMetadata allows line breaks in values.
func (b *orderBody) checkMetadata(found *fault.Fields) {
	for _, key := range slices.Sorted(maps.Keys(b.Metadata)) {
		value := b.Metadata[key]
		switch {
		case key == "" || utf8.RuneCountInString(key) > input.MaxMetadataKey || !web.IsText(key):
			found.Add("metadata", fmt.Sprintf("must have keys of 1 to %d characters, none a control character", input.MaxMetadataKey))
		case utf8.RuneCountInString(value) > input.MaxMetadataValue:
			found.Add("metadata."+key, fmt.Sprintf("must have at most %d characters", input.MaxMetadataValue))
		case strings.ContainsFunc(value, isOddControl):
			found.Add("metadata."+key, "must have no control characters but tabs and line breaks")
		}
	}
}

func isOddControl(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) }

// hold reports whether the payment is authorized only; nil leaves it to the app.
func (b *orderBody) hold() *bool {
	if b.Capture == "" {
		return nil
	}
	return new(b.Capture == "manual")
}

// expiry is how long the payer has; zero leaves it to the app.
func (b *orderBody) expiry() time.Duration {
	if b.ExpiresIn == nil {
		return 0
	}
	return time.Duration(*b.ExpiresIn) * time.Second
}

// isWebAddress reports whether s is an http or https URL without credentials.
func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}
