package simulator

import (
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// How long a payer's agreement is valid.
const (
	codeLife    = 3 * time.Minute
	accessLife  = 24 * time.Hour
	refreshLife = 30 * 24 * time.Hour
	contractOf  = time.Hour // to sign
	maxGrants   = 10_000    // of each kind
)

const agreementScope = "AGREEMENT_PAY"

// ErrNoContract says that a URL is not one that prepare gave out, or is too old.
var ErrNoContract = errors.New("simulator: no such contract")

// codes has what payers have agreed to. Used and invalid ones are kept for a while, since the
// wallet distinguishes them from unknown ones.
type codes struct {
	codes      map[string]*code
	access     map[string]*grant
	refresh    map[string]*grant
	agreements map[string]*agreement // by id
}

// code is a code that my.getAuthCode or my.signContract gave the client.
type code struct {
	user     string
	scopes   []string
	contract *agreement // nil when none was signed
	expires  time.Time
	used     bool
}

// grant is a pair of tokens.
type grant struct {
	user            string
	scopes          []string
	contract        *agreement
	access, refresh string
	accessExpires   time.Time
	refreshExpires  time.Time
	used            bool // its refresh token
	dead            bool
}

// agreement is a contract that prepare presents to a payer.
type agreement struct {
	id, title, text string
	state           string // the merchant's, returned with the code
	notifyURL       string
	expires         time.Time
	about           string // the merchant's reference
}

func newCodes() *codes {
	return &codes{
		codes: make(map[string]*code), access: make(map[string]*grant),
		refresh: make(map[string]*grant), agreements: make(map[string]*agreement),
	}
}

// room removes expired entries when there are too many, and returns false when all are still
// valid.
func (c *codes) room(now time.Time) bool {
	if len(c.codes) >= maxGrants {
		forgetWhere(c.codes, func(c *code) bool { return now.After(c.expires.Add(codeLife)) })
	}
	if len(c.refresh) >= maxGrants {
		forgetWhere(c.refresh, func(g *grant) bool { return g.used || g.dead || now.After(g.refreshExpires) })
		forgetWhere(c.access, func(g *grant) bool { return g.used || g.dead || now.After(g.refreshExpires) })
	}
	if len(c.agreements) >= maxGrants {
		forgetWhere(c.agreements, func(a *agreement) bool { return now.After(a.expires) })
	}
	return len(c.codes) < maxGrants && len(c.refresh) < maxGrants && len(c.agreements) < maxGrants
}

func forgetWhere[T any](all map[string]T, gone func(T) bool) {
	for key, value := range all {
		if gone(value) {
			delete(all, key)
		}
	}
}

// mint returns a text that cannot be guessed.
func (p *Provider) mint(kind, user string) string {
	p.made++
	return base32.StdEncoding.EncodeToString(p.opaque(kind, user, strconv.FormatUint(p.made, 10))[:20])
}

// AuthCode issues a code for a user, as my.getAuthCode would: for one use, with a short life.
// It is empty when too many codes are valid.
func (p *Provider) AuthCode(user string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.authCode(user, []string{"auth_base", "auth_user"}, nil)
}

func (p *Provider) authCode(user string, scopes []string, contract *agreement) string {
	now := p.cfg.Now()
	if !p.codes.room(now) {
		return ""
	}
	text := p.mint("code", user)
	p.codes.codes[text] = &code{user: user, scopes: scopes, contract: contract, expires: now.Add(codeLife)}
	return text
}

// SigningCode returns the code of my.signContract after the user agreed to the contract of a
// URL that prepare answered.
func (p *Provider) SigningCode(authURL, user string) (string, error) {
	u, err := url.Parse(authURL)
	if err != nil {
		return "", fmt.Errorf("%w: %s", ErrNoContract, authURL)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	contract := p.contract(u.Query())
	if contract == nil {
		return "", fmt.Errorf("%w: %s", ErrNoContract, authURL)
	}
	return p.signed(contract, user), nil
}

// signed records that a payer agreed to a contract: the client gets a code, and so does the
// merchant's server where it requested it.
func (p *Provider) signed(a *agreement, user string) string {
	code := p.authCode(user, []string{agreementScope}, a)
	if code != "" {
		p.notifyContract(a, news{AuthorizationNotifyType: "AUTHCODE_CREATED", AuthCode: code, AuthState: a.state})
	}
	return code
}

// EndAgreement makes the payer end, in the wallet's app, the contract of an access token.
func (p *Provider) EndAgreement(accessToken string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, refused := p.codes.alive(accessToken, p.cfg.Now())
	if refused != nil || g.contract == nil {
		return ErrNoContract
	}
	g.dead = true
	p.codes.agreements[g.contract.id] = g.contract // it may have been removed since
	p.notifyContract(g.contract, news{AuthorizationNotifyType: "TOKEN_CANCELED", AccessToken: accessToken})
	return nil
}

func (p *Provider) notifyContract(a *agreement, n news) {
	n.AuthClientID, n.ReferenceAgreementID = p.cfg.AuthClientID, a.about
	p.news.Send(&provider.Notice[news]{Box: a, URL: a.notifyURL, News: n, RequestID: a.about})
}

// contract returns the agreement that a URL names, nil for any other URL.
func (p *Provider) contract(query url.Values) *agreement {
	a := p.codes.agreements[query.Get("authId")]
	if a == nil || query.Get("sign") != p.contractSign(a) || !p.cfg.Now().Before(a.expires) {
		return nil
	}
	return a
}

func (p *Provider) contractSign(a *agreement) string {
	return base32.StdEncoding.EncodeToString(p.opaque("contract", a.id)[:10])
}

// prepare presents a contract to a payer.
func (p *Provider) prepare(n node, now time.Time) *reply {
	if n.str("scopes") != agreementScope {
		return illegal("scopes", "must be "+agreementScope).reply()
	}
	if refused := p.checkApp(n); refused != nil {
		return refused.reply()
	}
	if !p.codes.room(now) {
		return refuse("REQUEST_TRAFFIC_EXCEED_LIMIT", "too many contracts are open").reply()
	}
	extra, _ := parse([]byte(n.str("extendInfo")))
	a := &agreement{
		id: p.newID(now), title: extra.str("contractTitle"), text: extra.str("contractDesc"), state: n.str("authState"),
		expires: now.Add(contractOf), about: n.first("referenceAgreementId", "referenceClientId"),
	}
	if to := extra.str("contractStatusNotifyUrl"); provider.WebURL(to) {
		a.notifyURL = to
	}
	p.codes.agreements[a.id] = a
	address := p.cfg.PublicURL + "/authorize?authId=" + a.id + "&sign=" + p.contractSign(a)
	return p.profile.prepared(a, address, p.cfg.ClientID)
}
