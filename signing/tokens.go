package signing

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/minitill/minitill/fault"
)

// DefaultSessionTTL is how long a session token is valid where the configuration does not set
// it.
const DefaultSessionTTL = 2 * time.Hour

// MaxTokenSize is the largest length of a token in bytes; longer ones are neither issued nor
// parsed.
const MaxTokenSize = 4 << 10

const (
	defaultOrderTTL = 24 * time.Hour
	tokenLeeway     = 5 * time.Second // between the clocks of our own nodes
	minTokenSecret  = 32              // RFC 7518 §3.2: as long as the hash, or longer
	maxKeyIDSize    = 64
)

// The audiences. A token has one, and is accepted as that one only.
const (
	audienceSession = "session"
	audienceOrder   = "order"
	audiencePay     = "pay"
	audienceReceipt = "receipt"
)

// TokenKey is a key for the tokens that only the till verifies: HS256, 32 bytes or more.
type TokenKey struct {
	ID     string
	Secret Secret
}

// ReceiptKey is a key for receipts, Ed25519. A key that signs has a Seed; one that is kept to
// verify older receipts may have its Public half alone.
type ReceiptKey struct {
	ID     string
	Seed   Secret            // 32 bytes; see ed25519.NewKeyFromSeed
	Public ed25519.PublicKey // may be left out when there is a Seed
}

// TokensConfig is the configuration of [Tokens]. In both lists the first key signs and all
// verify, so a key is replaced by putting the new one first and removing the old one when its
// last token has expired. Receipts do not expire: their old public keys are kept. A [Keyring]
// does this step by step.
type TokensConfig struct {
	Issuer      string // names this installation, usually its public URL
	Keys        []TokenKey
	ReceiptKeys []ReceiptKey
	SessionTTL  time.Duration    // 0 means 2 hours
	OrderTTL    time.Duration    // of order and pay tokens; 0 means 24 hours
	Now         func() time.Time // nil means time.Now
}

// Tokens issues and verifies the till's tokens. It is safe for concurrent use.
type Tokens struct {
	issuer     string
	sessionTTL time.Duration
	orderTTL   time.Duration
	now        func() time.Time
	mac        *HMAC                   // signs what only we read
	macHeader  string                  // its first segment and dot, always the same
	sealers    map[string]claimsSealer // by the id of the token key
	receipts   receiptSigner           // signs receipts
	session    tokenUse
	order      tokenUse
	pay        tokenUse
	receipt    tokenUse
	verified   verifiedSessions
	jwks       []byte
}

// NewTokens returns Tokens with these keys.
//
// Faults: Invalid for a missing issuer or key, a secret that is short or a placeholder, key
// ids that are empty, repeated or have other characters than letters, digits and - _ ., a
// first receipt key that cannot sign, and a negative lifetime.
func NewTokens(config TokensConfig) (*Tokens, error) {
	const op = "signing.NewTokens"
	switch {
	case config.Issuer == "":
		return nil, invalid(op, "The tokens have no issuer.", nil)
	case config.SessionTTL < 0 || config.OrderTTL < 0:
		return nil, invalid(op, "A token lifetime is negative.", nil)
	}
	secrets, err := tokenSecrets(config.Keys)
	if err != nil {
		return nil, err
	}
	sealers, err := newClaimsSealers(secrets)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, op, err)
	}
	publics, err := receiptPublics(config.ReceiptKeys)
	if err != nil {
		return nil, err
	}
	signer, err := newReceiptSigner(config.ReceiptKeys[0])
	if err != nil {
		return nil, err
	}
	t := &Tokens{
		issuer:     config.Issuer,
		sessionTTL: orDefault(config.SessionTTL, DefaultSessionTTL),
		orderTTL:   orDefault(config.OrderTTL, defaultOrderTTL),
		now:        config.Now,
		mac:        newHMAC(config.Keys[0].ID, config.Keys[0].Secret),
		macHeader:  tokenHeader("HS256", config.Keys[0].ID),
		sealers:    sealers,
		receipts:   signer,
		jwks:       encodeJWKS(config.ReceiptKeys, publics),
	}
	if t.now == nil {
		t.now = time.Now
	}
	t.session = t.newUse(audienceSession, "a", "session token", jwt.SigningMethodHS256, keyByID(secrets))
	t.order = t.newUse(audienceOrder, "an", "order token", jwt.SigningMethodHS256, keyByID(secrets))
	t.pay = t.newUse(audiencePay, "a", "payment page token", jwt.SigningMethodHS256, keyByID(secrets))
	t.receipt = t.newUse(audienceReceipt, "a", "receipt", jwt.SigningMethodEdDSA, keyByID(publics))
	return t, nil
}

// SessionTTL returns how long a session token is valid that is issued without an expiry of its
// own.
func (t *Tokens) SessionTTL() time.Duration { return t.sessionTTL }

// Life returns how long a token that only the till verifies is valid at most, where it is
// issued without an expiry of its own. Its key must be kept that long.
func (t *Tokens) Life() time.Duration { return max(t.sessionTTL, t.orderTTL) + tokenLeeway }

// GenerateTokenKey returns a new random key with a random id.
func GenerateTokenKey() TokenKey {
	return TokenKey{ID: newKeyID(), Secret: secretOf(randomBytes(minTokenSecret))}
}

// GenerateReceiptKey returns a new random key with a random id.
func GenerateReceiptKey() ReceiptKey {
	seed := randomBytes(ed25519.SeedSize)
	private := ed25519.NewKeyFromSeed(seed)
	return ReceiptKey{ID: newKeyID(), Seed: secretOf(seed), Public: private.Public().(ed25519.PublicKey)}
}

func newKeyID() string { return "k" + hex.EncodeToString(randomBytes(4)) }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return b
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// tokenSecrets checks the keys and returns their bytes by id.
func tokenSecrets(keys []TokenKey) (map[string][]byte, error) {
	const op = "signing.NewTokens"
	if len(keys) == 0 {
		return nil, invalid(op, "There is no token key.", nil)
	}
	secrets := make(map[string][]byte, len(keys))
	for _, key := range keys {
		if flaw := keyIDFlaw(key.ID); flaw != "" {
			return nil, invalid(op, "The id of a token key "+flaw+".", keyCause(key.ID))
		}
		if weak := weakness(key.Secret, minTokenSecret); weak != "" {
			return nil, invalid(op, "The secret of a token key "+weak+".", keyCause(key.ID))
		}
		if _, taken := secrets[key.ID]; taken {
			return nil, invalid(op, "Two token keys have the same id.", keyCause(key.ID))
		}
		secrets[key.ID] = key.Secret.Reveal()
	}
	return secrets, nil
}

// keyIDFlaw returns why an id is refused, or an empty string. The characters are those of
// tokens, so that an id needs no escaping in a header.
func keyIDFlaw(id string) string {
	switch {
	case id == "":
		return "is empty"
	case len(id) > maxKeyIDSize:
		return fmt.Sprintf("is longer than %d characters", maxKeyIDSize)
	case strings.IndexFunc(id, func(r rune) bool { return !isTokenRune(r) }) >= 0:
		return "has characters other than letters, digits, '-', '_' and '.'"
	}
	return ""
}
