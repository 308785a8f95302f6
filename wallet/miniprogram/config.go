package miniprogram

import (
	"cmp"
	"crypto/rsa"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

// Config is one merchant account at one wallet of the family.
type Config struct {
	Profile string `json:"profile" validate:"required"`          // a row of the table in doc.go
	BaseURL string `json:"baseUrl" validate:"required,http_url"` // the host; a path, if any, is signed too

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
	UserInfo          bool     `json:"userInfo"`                               // ask for the payer's name at sign-in
	// ExpiryMost bounds how long after the order was made the wallet takes payment;
	// zero: as the profile says.
	ExpiryMost time.Duration `json:"expiryMost" validate:"omitempty,min=1m,max=720h"`
	// Lag is how long after a call the wallet's queries may still answer as if it had not
	// been made; zero: one minute. No document of the family names another.
	Lag time.Duration `json:"lag" validate:"omitempty,min=1s,max=1h"`

	Overrides Overrides `json:"overrides"`
}

// WalletKey is one of the wallet's public keys. While it changes keys there are two.
type WalletKey struct {
	Version *int   `json:"version" validate:"omitempty,min=0"` // 1 when nothing is written
	Key     string `json:"key" validate:"required"`            // PEM or bare base64
}

// usualLag is the longest for which the family's documents have a client poll.
const usualLag = time.Minute

var _ wallet.Opener = Config{}

// Open returns the wallet: a [Canceling] one where the profile can cancel, else a
// [Wallet]. Nothing is called.
//
// Faults: Invalid, naming all settings that are wrong at once.
func (c Config) Open(env wallet.Env) (wallet.Wallet, error) {
	var flaws flaws
	profile := c.profile(&flaws)
	c.checkNames(&flaws, &profile)
	key, public := c.privateKey(&flaws), c.walletKeys(&flaws)
	if len(flaws) > 0 {
		return nil, &fault.Error{
			Kind: fault.Invalid, Op: "miniprogram.Open", Fields: flaws,
			Detail: "The mini program wallet is not configured.",
		}
	}
	env = env.WithDefaults()
	w := &Wallet{
		profile: profile, names: c.names(), paymentMethod: c.PaymentMethod, mcc: c.MCC, userInfo: c.UserInfo,
		base: baseOf(c.BaseURL), http: env.HTTP, now: env.Now, log: env.Log, name: env.Name, lag: cmp.Or(c.Lag, usualLag),
		seal: seal{clientID: c.ClientID, profile: &profile, key: key, known: public},
	}
	if profile.CanCancel {
		return Canceling{w}, nil
	}
	return w, nil
}

// flaws are the settings that are wrong.
type flaws []fault.Field

func (f *flaws) add(name, detail string) { *f = append(*f, fault.Field{Name: name, Detail: detail}) }

// need notes a setting that must not be empty.
func (f *flaws) need(name, value string, needed bool) {
	if needed && value == "" {
		f.add(name, "is required by this profile")
	}
}

// profile is the configured row with everything replaced that the settings replace.
func (c Config) profile(flaws *flaws) Profile {
	p, known := profiles[c.Profile]
	if !known {
		flaws.add("profile", "must be one of "+strings.Join(Profiles(), ", "))
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

// Profiles are the names of the profiles.
func Profiles() []string { return slices.Sorted(maps.Keys(profiles)) }

func (c Config) checkNames(flaws *flaws, p *Profile) {
	if !usableBase(c.BaseURL) {
		flaws.add("baseUrl", "must be an absolute http or https URL without credentials, query, escapes or fragment")
	}
	if c.ClientID == "" || strings.ContainsFunc(c.ClientID, notInHeader) {
		flaws.add("clientId", "must be letters, digits and signs without blanks")
	}
	flaws.need("appId", c.AppID, p.NeedsAppID)
	flaws.need("partnerId", c.PartnerID, p.PartnerID)
	flaws.need("productCode", p.ProductCode, p.NeedsProduct)
	if !plainPath(p.PathPrefix) || p.PathPrefix != "" && p.PathPrefix[0] != '/' {
		flaws.add("overrides.pathPrefix", "must be empty or begin with a slash, without one at its end")
	}
	for _, currency := range c.Currencies {
		if wallet.Currency(currency).Valid() != nil {
			flaws.add("currencies", "has one that is not known: "+clip(currency))
		}
	}
	if c.Lag < 0 {
		flaws.add("lag", "must not be negative")
	}
	if sep := strings.TrimSpace(p.Separator); sep != "," {
		flaws.add("overrides.separator", "must be a comma, with a blank or without")
	}
}

func (c Config) names() names {
	return names{
		clientID: c.ClientID, appID: c.AppID, authClientID: c.AuthClientID,
		partnerID: c.PartnerID, belongsTo: c.CustomerBelongsTo,
	}
}

func (c Config) privateKey(flaws *flaws) *signing.RSASigner {
	key, err := signing.ParseRSAPrivateKey(c.PrivateKey.Reveal())
	if err != nil {
		flaws.add("privateKey", fault.Of(err).Detail)
		return nil
	}
	signer, err := signing.NewRSASigner(version(c.KeyVersion), key)
	if err != nil {
		flaws.add("privateKey", fault.Of(err).Detail)
	}
	return signer
}

func (c Config) walletKeys(flaws *flaws) *signing.RSAVerifier {
	keys := map[string]*rsa.PublicKey{}
	if len(c.WalletKeys) == 0 {
		flaws.add("walletKeys", "is required: the wallet's public key")
		return nil
	}
	for i, k := range c.WalletKeys {
		at := "walletKeys[" + strconv.Itoa(i) + "]."
		key, err := signing.ParseRSAPublicKey([]byte(k.Key))
		if err != nil {
			flaws.add(at+"key", fault.Of(err).Detail)
			continue
		}
		if keys[version(k.Version)] != nil {
			flaws.add(at+"version", "is there twice")
		}
		keys[version(k.Version)] = key
	}
	if len(*flaws) > 0 {
		return nil
	}
	verifier, err := signing.NewRSAVerifier(keys)
	if err != nil {
		flaws.add("walletKeys", fault.Of(err).Detail)
	}
	return verifier
}

// version is a key's version as the Signature header writes it.
func version(v *int) string {
	if v == nil {
		return "1"
	}
	return strconv.Itoa(*v)
}

// usableBase wants no escapes, since what is signed is the path as it is written.
func usableBase(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		u.User == nil && u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && plainPath(strings.TrimSuffix(u.Path, "/"))
}

func plainPath(s string) bool {
	return !strings.HasSuffix(s, "/") && !strings.ContainsAny(s, "%?#") && !strings.ContainsFunc(s, notInHeader)
}

func notInHeader(r rune) bool { return r <= ' ' || r >= 0x7f }

// base is where the wallet is: the host, and what of the path an operator put before
// that of the profile.
type base struct{ host, path string }

func baseOf(s string) base {
	s = strings.TrimSuffix(s, "/")
	scheme, rest, _ := strings.Cut(s, "://")
	host, path, found := strings.Cut(rest, "/")
	if found {
		path = "/" + path
	}
	return base{host: scheme + "://" + host, path: path}
}
