package signing

import (
	"bytes"
	"crypto/ed25519"
	"time"
)

// Receipt states the final status of an order. Anyone can verify it, and it does not expire.
// All amounts are minor units of Currency, in digits.
type Receipt struct {
	App             string
	Order           string
	Status          string // final, in the order's words
	Currency        string
	Value           string // of the order
	Paid            string // may be empty; then it is left out
	Refunded        string // may be empty; then it is left out
	Wallet          string
	WalletPaymentID string
	At              time.Time // when the order reached this status, to the millisecond
	IssuedAt        time.Time // zero when issuing means now; to the second
}

// receiptSigner is the key that signs receipts, with its constant header. The key is captured
// by a function, so that printing the structure does not print it.
type receiptSigner struct {
	header          string
	appendSignature func(dst, message []byte) []byte
}

func newReceiptSigner(key ReceiptKey) (receiptSigner, error) {
	if key.Seed.IsZero() {
		return receiptSigner{}, invalid("signing.NewTokens", "The first receipt key has no seed to sign with.", keyCause(key.ID))
	}
	private := ed25519.NewKeyFromSeed(key.Seed.bytes())
	return receiptSigner{
		header: tokenHeader("EdDSA", key.ID),
		appendSignature: func(dst, message []byte) []byte {
			return append(dst, ed25519.Sign(private, message)...)
		},
	}, nil
}

// IssueReceipt returns r as a token with the audience "receipt". Equal receipts with equal
// IssuedAt yield the same bytes.
//
// Faults: Internal when App, Order, Status, Currency, Value or At is missing, a text
// is not UTF-8, or the token would exceed [MaxTokenSize].
func (t *Tokens) IssueReceipt(r Receipt) (string, error) {
	const op = "signing.IssueReceipt"
	if err := required(op, "app", r.App, "order", r.Order, "status", r.Status,
		"currency", r.Currency, "value", r.Value); err != nil {
		return "", err
	}
	if r.At.IsZero() {
		return "", required(op, "at", "")
	}
	if err := printable(op, r.App, r.Order, r.Status, r.Currency, r.Value,
		r.Paid, r.Refunded, r.Wallet, r.WalletPaymentID); err != nil {
		return "", err
	}
	if r.IssuedAt.IsZero() {
		r.IssuedAt = t.now()
	}
	return seal(op, t.receipts.header, receiptClaimsOf(t.issuer, r), t.receipts.appendSignature)
}

// ParseReceipt verifies a receipt and returns its content.
//
// Faults: Unauthenticated, with a Detail that says whether the token is missing, of another
// audience, or not valid.
func (t *Tokens) ParseReceipt(token string) (Receipt, error) {
	var claims receiptClaims
	if _, err := t.receipt.parse("signing.ParseReceipt", token, &claims); err != nil {
		return Receipt{}, err
	}
	return claims.receipt(), nil
}

// receiptClaims are the members of a receipt, in the order in which they are signed.
type receiptClaims struct {
	registered
	App             string       `json:"app"`
	Order           string       `json:"order"`
	Status          string       `json:"status"`
	Amount          amountClaim  `json:"amount"`
	Paid            *amountClaim `json:"paid,omitempty"`
	Refunded        *amountClaim `json:"refunded,omitempty"`
	Wallet          string       `json:"wallet,omitempty"`
	WalletPaymentID string       `json:"walletPaymentId,omitempty"`
	At              time.Time    `json:"at"`
}

func receiptClaimsOf(issuer string, r Receipt) *receiptClaims {
	return &receiptClaims{
		registered: registered{Issuer: issuer, Audience: audienceReceipt, IssuedAt: r.IssuedAt.Unix()},
		App:        r.App, Order: r.Order, Status: r.Status,
		Amount:   amountClaim{Currency: r.Currency, Value: r.Value},
		Paid:     optionalAmount(r.Currency, r.Paid),
		Refunded: optionalAmount(r.Currency, r.Refunded),
		Wallet:   r.Wallet, WalletPaymentID: r.WalletPaymentID,
		At: r.At.UTC().Truncate(time.Millisecond),
	}
}

func (c *receiptClaims) receipt() Receipt {
	r := Receipt{
		App: c.App, Order: c.Order, Status: c.Status,
		Currency: c.Amount.Currency, Value: c.Amount.Value,
		Wallet: c.Wallet, WalletPaymentID: c.WalletPaymentID,
		At: c.At, IssuedAt: time.Unix(c.IssuedAt, 0).UTC(),
	}
	if c.Paid != nil {
		r.Paid = c.Paid.Value
	}
	if c.Refunded != nil {
		r.Refunded = c.Refunded.Value
	}
	return r
}

func optionalAmount(currency, value string) *amountClaim {
	if value == "" {
		return nil
	}
	return &amountClaim{Currency: currency, Value: value}
}

// receiptPublics checks the keys and returns their public halves by id.
func receiptPublics(keys []ReceiptKey) (map[string]ed25519.PublicKey, error) {
	const op = "signing.NewTokens"
	if len(keys) == 0 {
		return nil, invalid(op, "There is no receipt key.", nil)
	}
	publics := make(map[string]ed25519.PublicKey, len(keys))
	for _, key := range keys {
		if flaw := keyIDFlaw(key.ID); flaw != "" {
			return nil, invalid(op, "The id of a receipt key "+flaw+".", keyCause(key.ID))
		}
		public, flaw := key.public()
		if flaw != "" {
			return nil, invalid(op, "A receipt key "+flaw+".", keyCause(key.ID))
		}
		if _, taken := publics[key.ID]; taken {
			return nil, invalid(op, "Two receipt keys have the same id.", keyCause(key.ID))
		}
		publics[key.ID] = public
	}
	return publics, nil
}

// public returns the half that verifies, or an error that says why there is none.
func (k ReceiptKey) public() (key ed25519.PublicKey, flaw string) {
	if k.Seed.IsZero() {
		if len(k.Public) != ed25519.PublicKeySize {
			return nil, "has neither a seed nor a public key of 32 bytes"
		}
		return bytes.Clone(k.Public), ""
	}
	if len(k.Seed.bytes()) != ed25519.SeedSize {
		return nil, "has a seed that is not 32 bytes long"
	}
	if weak := weakness(k.Seed, ed25519.SeedSize); weak != "" {
		return nil, "has a seed that " + weak
	}
	derived := ed25519.NewKeyFromSeed(k.Seed.bytes()).Public().(ed25519.PublicKey)
	if len(k.Public) != 0 && !derived.Equal(k.Public) {
		return nil, "has a public key that is not its seed's"
	}
	return derived, ""
}
