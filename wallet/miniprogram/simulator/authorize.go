package simulator

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/minitill/minitill/wallet/internal/provider"
	"github.com/minitill/minitill/wallet/internal/provider/page"
)

// visitor is the user of the pages when a URL names none.
const visitor = "visitor"

// consent is what an authorization page requests of the payer.
type consent struct {
	contract *agreement // nil when only scopes are requested
	scopes   []string
	user     string
}

// What a payer may answer an authorization page.
const (
	consentAgree  = "agree"
	consentRefuse = "refuse"
)

// authorize asks the payer to share something with the mini program, or to sign a
// contract: /authorize?scopes=auth_user for the former, a URL of prepare for the latter.
func (p *Provider) authorize(v *page.Visit) (page.View, error) {
	requested, ok := p.requested(v.Request.URL.Query())
	switch {
	case !ok:
		return nil, page.ErrNotFound
	case !v.Posted():
		return requested.prompt(v), nil
	}
	switch v.Form("consent") {
	case consentAgree:
		if code := p.agreed(requested); code != "" {
			return agreedPage(v, code), nil
		}
		return refusedPage(v), nil // too many codes are valid
	case consentRefuse:
		return refusedPage(v), nil
	}
	return nil, page.ErrForm
}

// requested reads the URL. Without anything to request there is no page.
func (p *Provider) requested(query url.Values) (consent, bool) {
	c := consent{user: cmp.Or(query.Get("user"), visitor)}
	if len(c.user) > maxUser {
		return c, false
	}
	if query.Has("authId") {
		p.mu.Lock()
		defer p.mu.Unlock()
		c.contract, c.scopes = p.contract(query), []string{agreementScope}
		return c, c.contract != nil
	}
	c.scopes = scopesOf(query.Get("scopes"))
	return c, len(c.scopes) > 0
}

// scopesOf reads scopes joined by commas. The scope for charges is not granted this way.
func scopesOf(list string) []string {
	const most = 16
	scopes := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	scopes = slices.DeleteFunc(scopes, func(s string) bool {
		return len(s) > 64 || s == agreementScope || strings.Trim(s, idRunes) != ""
	})
	return scopes[:min(len(scopes), most)]
}

// agreed issues the code for what the payer agreed to.
func (p *Provider) agreed(c consent) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.contract != nil {
		return p.signed(c.contract, c.user)
	}
	return p.authCode(c.user, c.scopes, nil)
}

const maxUser = 64

// serveAuthCode emulates, for a browser, a my.getAuthCode that does not prompt the payer.
func (p *Provider) serveAuthCode(w http.ResponseWriter, r *http.Request) {
	user := r.URL.Query().Get("user")
	if user == "" || len(user) > maxUser {
		provider.WriteJSON(w, http.StatusBadRequest, map[string]string{"error": "user must have 1 to 64 characters"})
		return
	}
	code := p.AuthCode(user)
	if code == "" {
		provider.WriteJSON(w, http.StatusTooManyRequests, map[string]string{"error": "too many codes are alive"})
		return
	}
	provider.WriteJSON(w, http.StatusOK, map[string]string{"authCode": code})
}
