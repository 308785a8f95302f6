package miniprogram

import (
	"cmp"
	"crypto/rsa"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Config is one merchant account at one wallet of the family.
type Config struct {
	Profile  string `json:"profile" validate:"required"`          // a row of the table in doc.go
	BaseURL  string `json:"baseUrl" validate:"required,http_url"` // the host; a path, if any, is signed too
	Insecure bool   `json:"insecure"`                             // whether BaseURL may be http beyond this machine

	ClientID   string         `json:"clientId" validate:"required,max=128"`
	PrivateKey signing.Secret `json:"privateKey" validate:"required"` // ours: RSA, PEM or bare base64
	KeyVersion *int           `json:"keyVersion" validate:"omitempty,min=0"`
	WalletKeys []WalletKey    `json:"walletKeys" validate:"required,dive"`

	AppID        string `json:"appId" validate:"max=128"`
	AuthClientID string `json:"authClientId" validate:"max=128"`
	PartnerID    string `json:"partnerId" validate:"max=32"`

	// Product codes; empty: the profile's.
	ProductCode          string `json:"productCode" validate:"max=32"`
	HoldProductCode      string `json:"holdProductCode" validate:"max=32"`
	AgreementProductCode string `json:"agreementProductCode" validate:"max=32"`
	SalesCode            string `json:"salesCode" validate:"max=32"`

	MCC               string   `json:"mcc" validate:"max=32"`
	PaymentMethod     string   `json:"paymentMethod" validate:"max=32"` // paymentMethodType, where the wallet wants one
	CustomerBelongsTo string   `json:"customerBelongsTo" validate:"max=64"`
	Currencies        []string `json:"currencies" validate:"dive,min=3,max=8"` // empty: the profile's
	UserInfo          bool     `json:"userInfo"`                               // request the payer's name at sign-in
	// ExpiryMost bounds how long after its creation an order can be paid at the wallet; zero:
	// as the profile says.
	ExpiryMost time.Duration `json:"expiryMost" validate:"omitempty,min=1m,max=720h"`
	// Lag is how long after a call the wallet's queries may not show its effect yet; zero: one
	// minute. The family's documents name no other.
	Lag time.Duration `json:"lag" validate:"omitempty,min=1s,max=1h"`

	// TrustUnsignedAnswers lets answers that the wallet has not signed settle payments. Without
	// it they are hints, and the wallet's signed notification decides.
	TrustUnsignedAnswers bool `json:"trustUnsignedAnswers"`

	Overrides Overrides `json:"overrides"`
}

// WalletKey is one of the wallet's public keys. While it changes keys there are two.
type WalletKey struct {
	Version *int   `json:"version" validate:"omitempty,min=0"` // 1 when nothing is written
	Key     string `json:"key" validate:"required"`            // PEM or bare base64
}

// usualLag is the longest time for which the family's documents let a client poll.
const usualLag = time.Minute

var _ wallet.Opener = Config{}

// Open returns the wallet. It calls nothing.
//
// Faults: Invalid, naming all settings that are wrong at once.
func (c Config) Open(env wallet.Env) (wallet.Wallet, error) {
	var mistakes wire.Mistakes
	profile := c.profile(&mistakes)
	base := c.checkNames(&mistakes, &profile)
	key := c.privateKey(&mistakes)
	public, known := c.walletKeys(&mistakes, key)
	if err := mistakes.Fault("miniprogram.Open", "The mini program wallet is not configured."); err != nil {
		return nil, err
	}
	env = env.WithDefaults()
	return &Wallet{
		profile: profile, names: c.names(), paymentMethod: c.PaymentMethod, mcc: c.MCC, userInfo: c.UserInfo,
		base: base, http: env.HTTP, now: env.Now, log: env.Log, name: env.Name, lag: cmp.Or(c.Lag, usualLag), trustUnsigned: c.TrustUnsignedAnswers,
		seal: seal{clientID: c.ClientID, profile: &profile, key: key, known: known},
		pin:  newPin(env, base, public),
	}, nil
}

// profile returns the configured row with the settings' overrides.
func (c Config) profile(mistakes *wire.Mistakes) Profile {
	p, known := profiles[c.Profile]
	if !known {
		mistakes.Add("profile", "must be one of "+strings.Join(Profiles(), ", "))
	}
	p = c.Overrides.apply(p)
	for _, code := range []struct {
		set  string
		into *string
	}{
		{c.ProductCode, &p.ProductCode},
		{c.HoldProductCode, &p.HoldProduct},
		{c.AgreementProductCode, &p.AgreementCode},
		{c.SalesCode, &p.SalesCode},
		{strings.Join(c.Currencies, " "), &p.Currencies},
	} {
		if code.set != "" {
			*code.into = code.set
		}
	}
	if c.ExpiryMost > 0 {
		p.ExpiryMost = c.ExpiryMost
	}
	return p
}

// Profiles returns the names of the profiles.
func Profiles() []string { return slices.Sorted(maps.Keys(profiles)) }

const neededHere = "is required by this profile"

// checkNames records what is wrong with the names and the profile, and returns the base URL.
func (c Config) checkNames(mistakes *wire.Mistakes, p *Profile) wire.Base {
	base, usable := wire.ParseBase(c.BaseURL, c.Insecure)
	mistakes.Check(usable, "baseUrl", wire.BaseDetail)
	mistakes.Check(wire.ValidHeaderValue(c.ClientID), "clientId", "must be letters, digits and signs without blanks")
	mistakes.Check(c.AppID != "" || !p.NeedsAppID, "appId", neededHere)
	mistakes.Check(c.PartnerID != "" || !p.PartnerID, "partnerId", neededHere)
	mistakes.Check(p.ProductCode != "" || !p.NeedsProduct, "productCode", neededHere)
	mistakes.Check(wire.PlainPath(p.PathPrefix), "overrides.pathPrefix", "must be empty or begin with a slash, without one at its end")
	for _, currency := range c.Currencies {
		if wallet.Currency(currency).Valid() != nil {
			mistakes.Add("currencies", "has one that is not known: "+wire.Clip(currency))
		}
	}
	mistakes.Check(c.Lag >= 0, "lag", "must not be negative")
	mistakes.Check(strings.TrimSpace(p.Separator) == ",", "overrides.separator", "must be a comma, with a blank or without")
	return base
}

func (c Config) names() names {
	return names{
		clientID: c.ClientID, appID: c.AppID, authClientID: c.AuthClientID,
		partnerID: c.PartnerID, belongsTo: c.CustomerBelongsTo,
	}
}

func (c Config) privateKey(mistakes *wire.Mistakes) *signing.RSASigner {
	key, err := signing.ParseRSAPrivateKey(c.PrivateKey.Reveal())
	if err != nil {
		mistakes.AddFault("privateKey", err)
		return nil
	}
	signer, err := signing.NewRSASigner(version(c.KeyVersion), key)
	mistakes.AddFault("privateKey", err)
	return signer
}

// walletKeys are the wallet's public keys by their versions, and what verifies with them.
func (c Config) walletKeys(mistakes *wire.Mistakes, ours *signing.RSASigner) (map[string]*rsa.PublicKey, *signing.RSAVerifier) {
	keys := map[string]*rsa.PublicKey{}
	if len(c.WalletKeys) == 0 {
		mistakes.Add("walletKeys", "is required: the wallet's public key")
		return nil, nil
	}
	for i, k := range c.WalletKeys {
		at := "walletKeys[" + strconv.Itoa(i) + "]."
		key, err := signing.ParseRSAPublicKey([]byte(k.Key))
		if err != nil {
			mistakes.AddFault(at+"key", err)
			continue
		}
		mistakes.CheckNotOwnKey(at+"key", key, ours)
		if keys[version(k.Version)] != nil {
			mistakes.Add(at+"version", "is there twice")
		}
		keys[version(k.Version)] = key
	}
	if len(*mistakes) > 0 {
		return nil, nil
	}
	verifier, err := signing.NewRSAVerifier(keys)
	mistakes.AddFault("walletKeys", err)
	return keys, verifier
}

// version returns a key's version in the form of the Signature header.
func version(v *int) string {
	if v == nil {
		return "1"
	}
	return strconv.Itoa(*v)
}
