package input

import (
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// The limits. Texts are counted in characters.
const (
	MaxLines         = 100 // of an order
	MaxQuantity      = 100_000
	MaxSKU           = 128
	MaxText          = 256 // what people read: a description, a title, a line's name, a reason
	MaxReference     = 128 // the merchant's number of an order
	MaxMetadata      = 50  // entries
	MaxMetadataKey   = 40
	MaxMetadataValue = 500
	MaxName          = 40  // of an app or wallet
	MaxMethod        = 64  // a payment method of a wallet
	MaxMethodToken   = 512 // bytes of a provider's token
	MaxPayerID       = 128 // at its wallet
	MaxID            = 64  // of an order, payment, refund or agreement of ours
	MaxReturnURL     = 1024
	MaxEndpointURL   = 2048 // bytes
	MaxEvents        = 32   // that an endpoint names
	MaxNote          = 1024 // a person's, for the books
	MaxOperator      = 64   // the name of the person who acts
	MaxWord          = 64   // an attention, an outcome, a result code
	MaxLanguage      = 35   // a BCP 47 tag
	MaxCode          = 2048 // a wallet's code for a sign-in or an agreement
	MaxHint          = 4096 // the text of a client's result
	MaxToken         = 4096
	MaxCurrency      = 16                 // a currency's code
	MaxDigits        = 40                 // of an amount, with its sign and point
	MaxParameter     = 255                // bytes of a query's parameter
	MaxPage          = 100                // entries of a page
	MaxOverlap       = 7 * 24 * time.Hour // of two secrets of an endpoint
	MinExpiry        = time.Minute
	MaxExpiry        = 30 * 24 * time.Hour
)

// CheckTexts refuses texts that must not be stored, given as names and values in turn; see
// wallet.TextFlaw. The APIs check what they decode; CheckTexts is for programs that call the
// engine directly, and for answers of price servers.
//
// Faults: Invalid, which names each text.
func CheckTexts(op string, pairs ...string) error {
	var wrong fault.Fields
	for i := 0; i < len(pairs); i += 2 {
		if flaw := wallet.TextFlaw(pairs[i+1]); flaw != "" {
			wrong.Add(pairs[i], flaw)
		}
	}
	return wrong.Invalid(op)
}
