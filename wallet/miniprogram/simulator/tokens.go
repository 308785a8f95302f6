package simulator

import (
	"encoding/base32"
	"slices"
	"strings"
	"time"
)

// applyToken exchanges a code or a refresh token for a new pair, once.
func (p *Provider) applyToken(n node, now time.Time) *reply {
	if refused := p.checkApp(n); refused != nil {
		return refused.reply()
	}
	switch n.str("grantType") {
	case "AUTHORIZATION_CODE":
		return p.exchange(n.str("authCode"), now)
	case "REFRESH_TOKEN":
		return p.renew(n.str("refreshToken"), now)
	}
	return refuse("AUTH_CLIENT_UNSUPPORTED_GRANT_TYPE", "grantType must be AUTHORIZATION_CODE or REFRESH_TOKEN").reply()
}

func (p *Provider) exchange(text string, now time.Time) *reply {
	c := p.codes.codes[text]
	switch {
	case text == "":
		return illegal("authCode", "is missing").reply()
	case c == nil:
		return refuse("INVALID_CODE", "the code is not known").reply()
	case c.used:
		return refuse("USED_CODE", "the code was used").reply()
	case now.After(c.expires):
		return refuse("EXPIRED_CODE", "the code is too old").reply()
	}
	c.used = true
	return p.granted(c.user, c.scopes, c.contract, now)
}

func (p *Provider) renew(text string, now time.Time) *reply {
	g := p.codes.refresh[text]
	switch {
	case text == "":
		return illegal("refreshToken", "is missing").reply()
	case g == nil || g.dead:
		return refuse("INVALID_REFRESH_TOKEN", "the refresh token is not known").reply()
	case g.used:
		return refuse("USED_REFRESH_TOKEN", "the refresh token was used").reply()
	case now.After(g.refreshExpires):
		return refuse("EXPIRED_REFRESH_TOKEN", "the refresh token is too old").reply()
	}
	g.used = true
	delete(p.codes.access, g.access) // the old pair is invalid as a whole
	return p.granted(g.user, g.scopes, g.contract, now)
}

func (p *Provider) granted(user string, scopes []string, contract *agreement, now time.Time) *reply {
	if !p.codes.room(now) {
		return refuse("REQUEST_TRAFFIC_EXCEED_LIMIT", "too many tokens are alive").reply()
	}
	g := &grant{
		user: user, scopes: scopes, contract: contract, access: p.mint("access", user), refresh: p.mint("refresh", user),
		accessExpires: now.Add(accessLife), refreshExpires: now.Add(refreshLife),
	}
	p.codes.access[g.access], p.codes.refresh[g.refresh] = g, g
	return &reply{
		Result: success(), AccessToken: g.access, AccessTokenExpiry: p.profile.stamp(g.accessExpires),
		RefreshToken: g.refresh, RefreshTokenExpiry: p.profile.stamp(g.refreshExpires), CustomerID: p.customerID(user),
	}
}

// customerID returns the same id for a user each time.
func (p *Provider) customerID(user string) string {
	return "10" + strings.TrimRight(base32.StdEncoding.EncodeToString(p.opaque("customer", user)[:12]), "=")
}

// alive returns the valid grant of an access token.
func (c *codes) alive(access string, now time.Time) (*grant, *result) {
	g := c.access[access]
	switch {
	case g == nil || g.dead:
		return nil, refuse("INVALID_ACCESS_TOKEN", "the access token is not known")
	case now.After(g.accessExpires):
		return nil, refuse("EXPIRED_ACCESS_TOKEN", "the access token is too old")
	}
	return g, nil
}

// chargeable reports whether a payment may be charged to an access token.
func (c *codes) chargeable(access string, now time.Time) *result {
	g, refused := c.alive(access, now)
	if refused != nil {
		return refused
	}
	if !slices.Contains(g.scopes, agreementScope) {
		return refuse("ACCESS_DENIED", "the payer has not agreed to be charged")
	}
	return nil
}

// cancelToken revokes both tokens of a grant.
func (p *Provider) cancelToken(n node, now time.Time) *reply {
	g, refused := p.codes.alive(n.str("accessToken"), now)
	if refused != nil {
		return refused.reply()
	}
	g.dead = true
	return success().reply()
}

// userInfo returns the owner of a token. A name needs more than the silent scope.
func (p *Provider) userInfo(n node, now time.Time) *reply {
	if refused := p.checkApp(n); refused != nil {
		return refused.reply()
	}
	g, refused := p.codes.alive(n.str("accessToken"), now)
	if refused != nil {
		return refused.reply()
	}
	info := &userInfo{UserID: p.customerID(g.user), Status: "ACTIVE"}
	if slices.ContainsFunc(g.scopes, reportsName) {
		info.NickName, info.UserName = g.user, &userName{FullName: g.user}
	}
	return &reply{Result: success(), UserInfo: info}
}

func reportsName(scope string) bool { return scope == "auth_user" || strings.HasSuffix(scope, "NAME") }
