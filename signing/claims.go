package signing

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"github.com/minitill/minitill/fault"
)

// Session identifies a client. It is the content of a session token.
type Session struct {
	App       string
	Wallet    string
	Payer     string    // may be empty for a guest
	Guest     bool      // the wallet has not identified the payer
	ID        string    // names the session for revocation; generated when empty
	IssuedAt  time.Time // to the second; not read when issuing
	ExpiresAt time.Time // zero when issuing means the configured lifetime
}

// OrderClaims are the content of order and pay tokens, whose holder may see and pay one order
// at one amount. Wallet and Payer are encrypted, so that a holder cannot read who pays.
type OrderClaims struct {
	App       string
	Wallet    string // may be empty as long as none is chosen
	Payer     string // may be empty as long as none is known
	Order     string
	Payment   string // may be empty as long as there is no attempt
	Currency  string
	Value     string    // minor units, in digits
	ExpiresAt time.Time // zero when issuing means the configured lifetime
}

// IssueSession returns a session token and when it expires, to the second.
//
// Faults: Internal when App is empty, Payer is empty but not a guest's, a text is not
// UTF-8, ExpiresAt has passed, or the token would exceed [MaxTokenSize]: callers have
// validated what clients sent.
func (t *Tokens) IssueSession(s Session) (token string, expiresAt time.Time, err error) {
	const op = "signing.IssueSession"
	if err := required(op, "app", s.App); err != nil {
		return "", time.Time{}, err
	}
	if s.Payer == "" && !s.Guest {
		return "", time.Time{}, fault.Wrap(fault.Internal, op, errors.New("no payer, and not a guest"))
	}
	if s.ID == "" {
		s.ID = "ses_" + rand.Text()
	}
	registered, err := t.registered(op, audienceSession, s.ExpiresAt, t.sessionTTL)
	if err != nil {
		return "", time.Time{}, err
	}
	registered.ID = s.ID
	return t.sealOurs(op, tokenClaims{
		registered: registered, App: s.App, Wallet: s.Wallet, Payer: s.Payer, Guest: s.Guest,
	})
}

// ParseSession verifies a session token and returns its content.
//
// Faults: Unauthenticated, with a Detail that says whether the token is missing, expired, of
// another audience, or not valid.
func (t *Tokens) ParseSession(token string) (Session, error) {
	now := t.now()
	if s, ok := t.verified.get(token, now); ok {
		return s, nil
	}
	s, err := t.parseSession(token)
	if err == nil {
		t.verified.add(token, s, now)
	}
	return s, err
}

func (t *Tokens) parseSession(token string) (Session, error) {
	var claims tokenClaims
	if _, err := t.session.parse("signing.ParseSession", token, &claims); err != nil {
		return Session{}, err
	}
	return Session{
		App: claims.App, Wallet: claims.Wallet, Payer: claims.Payer, Guest: claims.Guest,
		ID: claims.ID, IssuedAt: time.Unix(claims.IssuedAt, 0).UTC(), ExpiresAt: claims.expiry(),
	}, nil
}

// SessionID returns the id in a session token without verifying the token: it is for
// revocation, and revoking a session that does not exist has no effect.
//
// Faults: Invalid for text that does not have the form of a session token.
func SessionID(token string) (string, error) {
	const op = "signing.SessionID"
	var claims registered
	if len(token) > MaxTokenSize {
		return "", invalid(op, "That is not a session token.", nil)
	}
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil || claims.Audience != audienceSession || claims.ID == "" {
		return "", invalid(op, "That is not a session token.", err)
	}
	return claims.ID, nil
}

// IssueOrder returns an order token and when it expires, to the second.
//
// Faults: Internal when App, Order, Currency or Value is empty, a text is not UTF-8,
// ExpiresAt has passed, or the token would exceed [MaxTokenSize].
func (t *Tokens) IssueOrder(o OrderClaims) (token string, expiresAt time.Time, err error) {
	return t.issueOrder("signing.IssueOrder", audienceOrder, o)
}

// ParseOrder verifies an order token and returns its content.
//
// Faults: as of [Tokens.ParseSession].
func (t *Tokens) ParseOrder(token string) (OrderClaims, error) {
	return t.parseOrder("signing.ParseOrder", t.order, token)
}

// IssuePay returns a token for the hosted payment page and when it expires. The token is part
// of a URL that people share, so it gives access to that page and nothing else.
//
// Faults: as of [Tokens.IssueOrder].
func (t *Tokens) IssuePay(o OrderClaims) (token string, expiresAt time.Time, err error) {
	return t.issueOrder("signing.IssuePay", audiencePay, o)
}

// ParsePay verifies a token of the payment page and returns its content.
//
// Faults: as of [Tokens.ParseSession].
func (t *Tokens) ParsePay(token string) (OrderClaims, error) {
	return t.parseOrder("signing.ParsePay", t.pay, token)
}

func (t *Tokens) issueOrder(op, audience string, o OrderClaims) (string, time.Time, error) {
	if err := required(op, "app", o.App, "order", o.Order, "currency", o.Currency, "value", o.Value); err != nil {
		return "", time.Time{}, err
	}
	if err := sealable(op, o.Wallet, o.Payer); err != nil {
		return "", time.Time{}, err
	}
	registered, err := t.registered(op, audience, o.ExpiresAt, t.orderTTL)
	if err != nil {
		return "", time.Time{}, err
	}
	return t.sealOurs(op, tokenClaims{
		registered: registered, App: o.App, Order: o.Order, Payment: o.Payment,
		Amount: &amountClaim{Currency: o.Currency, Value: o.Value},
		Sealed: t.sealers[t.mac.keyID].seal(o.Wallet, o.Payer),
	})
}

// parseOrder also reads tokens without encrypted claims, which earlier releases issued and
// which are valid until they expire.
func (t *Tokens) parseOrder(op string, use tokenUse, token string) (OrderClaims, error) {
	var claims tokenClaims
	keyID, err := use.parse(op, token, &claims)
	if err != nil {
		return OrderClaims{}, err
	}
	if claims.Sealed != "" {
		if claims.Wallet, claims.Payer, err = t.sealers[keyID].open(claims.Sealed); err != nil {
			return OrderClaims{}, use.notValid(op, err)
		}
	}
	o := OrderClaims{
		App: claims.App, Wallet: claims.Wallet, Payer: claims.Payer,
		Order: claims.Order, Payment: claims.Payment, ExpiresAt: claims.expiry(),
	}
	if claims.Amount != nil {
		o.Currency, o.Value = claims.Amount.Currency, claims.Amount.Value
	}
	return o, nil
}

// registered returns the members that all expiring tokens have.
func (t *Tokens) registered(op, audience string, expiresAt time.Time, ttl time.Duration) (registered, error) {
	now := t.now()
	if expiresAt.IsZero() {
		expiresAt = now.Add(ttl)
	}
	if !expiresAt.After(now) {
		return registered{}, fault.Wrap(fault.Internal, op, errors.New("the token would expire before it is issued"))
	}
	return registered{
		Issuer: t.issuer, Audience: audience, IssuedAt: now.Unix(), ExpiresAt: expiresAt.Unix(),
	}, nil
}

// sealOurs signs a token that only the till reads. The header is constant and the signer keeps
// its hashed key, which makes this nearly twice as fast as computing both for each token.
func (t *Tokens) sealOurs(op string, claims tokenClaims) (string, time.Time, error) {
	if err := claims.printable(op); err != nil {
		return "", time.Time{}, err
	}
	token, err := seal(op, t.macHeader, &claims, t.mac.appendSum)
	if err != nil {
		return "", time.Time{}, err
	}
	return token, claims.expiry(), nil
}

// tokenClaims are the members of session, order and pay tokens.
type tokenClaims struct {
	registered
	App     string       `json:"app"`
	Wallet  string       `json:"wallet,omitempty"`
	Payer   string       `json:"payer,omitempty"`
	Guest   bool         `json:"guest,omitempty"`
	Order   string       `json:"order,omitempty"`
	Payment string       `json:"payment,omitempty"`
	Amount  *amountClaim `json:"amount,omitempty"`
	Sealed  string       `json:"sealed,omitempty"` // wallet and payer of order and pay tokens
}

type amountClaim struct {
	Currency string `json:"currency"`
	Value    string `json:"value"`
}

func (c *tokenClaims) printable(op string) error {
	if c.Amount != nil {
		if err := printable(op, c.Amount.Currency, c.Amount.Value); err != nil {
			return err
		}
	}
	return printable(op, c.App, c.Wallet, c.Payer, c.Order, c.Payment, c.ID)
}

// registered are the members that every token has. The audience is one text and no list, since
// a token of several audiences would be accepted as each of them.
type registered struct {
	Issuer    string `json:"iss"`
	Audience  string `json:"aud"`
	IssuedAt  int64  `json:"iat"`
	ExpiresAt int64  `json:"exp,omitempty"`
	ID        string `json:"jti,omitempty"`
}

// The getters implement jwt.Claims, also for types that embed registered.

func (r registered) GetIssuer() (string, error)              { return r.Issuer, nil }
func (r registered) GetSubject() (string, error)             { return "", nil }
func (r registered) GetAudience() (jwt.ClaimStrings, error)  { return jwt.ClaimStrings{r.Audience}, nil }
func (r registered) GetIssuedAt() (*jwt.NumericDate, error)  { return numericDate(r.IssuedAt), nil }
func (r registered) GetNotBefore() (*jwt.NumericDate, error) { return nil, nil }
func (r registered) GetExpirationTime() (*jwt.NumericDate, error) {
	return numericDate(r.ExpiresAt), nil
}

func (r registered) expiry() time.Time { return time.Unix(r.ExpiresAt, 0).UTC() }

func numericDate(seconds int64) *jwt.NumericDate {
	if seconds == 0 {
		return nil
	}
	return jwt.NewNumericDate(time.Unix(seconds, 0))
}

// required refuses empty values. pairs are names and values in turn.
func required(op string, pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return fault.Wrap(fault.Internal, op, fmt.Errorf("%s is empty", pairs[i]))
		}
	}
	return nil
}

// printable refuses invalid UTF-8, which JSON replaces: two payers whose names differ only in
// invalid bytes would be read back as one.
func printable(op string, texts ...string) error {
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return fault.Wrap(fault.Internal, op, errors.New("a claim is not UTF-8"))
		}
	}
	return nil
}
