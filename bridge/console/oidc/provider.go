package oidc

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// Config describes the till as a client of a provider. Issuer, ClientID and Redirect are
// required.
type Config struct {
	Issuer       string // byte for byte as the provider writes it
	ClientID     string
	ClientSecret signing.Secret // zero for a public client
	Redirect     string         // the public URL of /console/oidc/callback
	Scopes       []string       // beside openid; profile and email when empty
	Claim        string         // of the groups; "groups" when empty
	Rules        []Rule
	HTTP         *http.Client // nil: one with a time limit
}

// Rule gives a role to a group or to a named person.
type Rule struct {
	Group  string // a value of the claim; a leading slash, as Keycloak writes it, does not matter
	Person string // a subject, or an address that the provider has verified
	operator.Grant
}

// timeLimit bounds each call to the provider.
const timeLimit = 10 * time.Second

// Provider is an OpenID Connect provider. It is safe for concurrent use.
type Provider struct {
	config Config

	mu    sync.Mutex
	found *oidc.Provider // nil until it was discovered
}

// New returns a Provider. Nothing is called. It panics when a required member of Config is
// missing.
func New(config Config) *Provider {
	if config.Issuer == "" || config.ClientID == "" || config.Redirect == "" {
		panic("oidc: Config.Issuer, Config.ClientID and Config.Redirect are required")
	}
	config.Claim = cmp.Or(config.Claim, "groups")
	if len(config.Scopes) == 0 {
		config.Scopes = []string{"profile", "email"}
	}
	if config.HTTP == nil {
		config.HTTP = &http.Client{Timeout: timeLimit}
	}
	return &Provider{config: config}
}

// discover returns the provider's endpoints and keys, which are read once.
//
// Faults: Unavailable.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.config.HTTP), p.config.Issuer)
	if err != nil {
		return nil, unavailable(err)
	}
	p.found = found
	return found, nil
}

func unavailable(err error) error {
	return &fault.Error{Kind: fault.Unavailable, Op: "oidc", Detail: "The identity provider does not answer as it should. Try again, or sign in by password.", Err: err}
}

func refused(detail string, err error) error {
	return &fault.Error{Kind: fault.Forbidden, Op: "oidc", Detail: detail, Err: err}
}

func (p *Provider) client(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: string(p.config.ClientSecret.Reveal()), Endpoint: found.Endpoint(),
		RedirectURL: p.config.Redirect, Scopes: append([]string{oidc.ScopeOpenID}, p.config.Scopes...),
	}
}

// Start returns where the browser goes to sign in, and what Finish needs, which waits in a
// cookie of that browser.
//
// Faults: Unavailable.
func (p *Provider) Start(ctx context.Context) (address, flow string, err error) {
	found, err := p.discover(ctx)
	if err != nil {
		return "", "", err
	}
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	address = p.client(found).AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))
	return address, strings.Join([]string{state, nonce, verifier}, "."), nil
}

// Finish returns the person of the provider's answer.
//
// Faults: Forbidden when the answer belongs to another browser or is not valid; Unavailable.
func (p *Provider) Finish(ctx context.Context, flow, state, code string) (operator.Identity, error) {
	parts := strings.Split(flow, ".")
	if len(parts) != 3 || state == "" || parts[0] != state || code == "" {
		return operator.Identity{}, refused("This sign-in was begun in another browser, or too long ago. Begin again.", nil)
	}
	found, err := p.discover(ctx)
	if err != nil {
		return operator.Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, p.config.HTTP)
	token, err := p.client(found).Exchange(ctx, code, oauth2.VerifierOption(parts[2]))
	if err != nil {
		return operator.Identity{}, refused("The identity provider did not confirm the sign-in. Begin again.", err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := found.Verifier(&oidc.Config{ClientID: p.config.ClientID}).Verify(ctx, raw)
	if err != nil || id.Nonce != parts[1] {
		return operator.Identity{}, refused("The identity provider's answer is not valid. Begin again.", err)
	}
	return p.identity(ctx, found, token, id)
}

// identity is the person of an ID token. Groups that are not in it are fetched.
func (p *Provider) identity(ctx context.Context, found *oidc.Provider, token *oauth2.Token, id *oidc.IDToken) (operator.Identity, error) {
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return operator.Identity{}, refused("The identity provider's answer is not valid. Begin again.", err)
	}
	if _, there := claims[p.config.Claim]; !there && found.UserInfoEndpoint() != "" {
		info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil || info.Subject != id.Subject {
			return operator.Identity{}, unavailable(err)
		}
		more := map[string]any{}
		if err := info.Claims(&more); err != nil {
			return operator.Identity{}, unavailable(err)
		}
		for name, value := range more {
			if _, there := claims[name]; !there {
				claims[name] = value
			}
		}
	}
	return operator.Identity{
		Issuer: id.Issuer, Subject: id.Subject, Name: nameIn(claims, id.Subject), Grants: p.grants(claims, id.Subject),
	}, nil
}

// nameIn is how people call a person.
func nameIn(claims map[string]any, subject string) string {
	for _, claim := range []string{"preferred_username", "email", "name"} {
		if name, _ := claims[claim].(string); name != "" {
			return name
		}
	}
	return subject
}

// grants are the roles that the rules give to a person.
func (p *Provider) grants(claims map[string]any, subject string) (list []operator.Grant) {
	groups := textsIn(claims[p.config.Claim])
	address, _ := claims["email"].(string)
	if verified, _ := claims["email_verified"].(bool); !verified {
		address = ""
	}
	for _, r := range p.config.Rules {
		inGroup := r.Group != "" && slices.Contains(groups, strings.TrimPrefix(r.Group, "/"))
		named := r.Person != "" && (r.Person == subject || address != "" && strings.EqualFold(r.Person, address))
		if (inGroup || named) && !slices.Contains(list, r.Grant) {
			list = append(list, r.Grant)
		}
	}
	return list
}

// textsIn are the texts of a claim, which is one text or a list.
func textsIn(claim any) (list []string) {
	switch v := claim.(type) {
	case string:
		list = append(list, strings.TrimPrefix(v, "/"))
	case []any:
		for _, item := range v {
			if text, ok := item.(string); ok {
				list = append(list, strings.TrimPrefix(text, "/"))
			}
		}
	}
	return list
}
