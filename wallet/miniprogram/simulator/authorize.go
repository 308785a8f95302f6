package simulator

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// visitor is the user of the pages when a URL names none.
const visitor = "visitor"

// consent is what an authorization page asks for.
type consent struct {
	contract *agreement // nil when only scopes are asked for
	scopes   []string
	user     string
}

// serveAuthorize asks the payer to share something with the mini program, or to sign a
// contract: /authorize?scopes=auth_user for the former, a URL of prepare for the latter.
func (p *Provider) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	p.policy("").Write(w.Header())
	asked, ok := p.asked(r.URL.Query())
	switch {
	case !ok:
		p.showMissing(w, r, http.StatusNotFound)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		p.render(w, "authorize", p.consentPage(r, asked))
	case r.Method == http.MethodPost:
		p.takeConsent(w, r, asked)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		p.showMissing(w, r, http.StatusMethodNotAllowed)
	}
}

// asked reads the URL. Nothing to ask for is no page.
func (p *Provider) asked(query url.Values) (consent, bool) {
	c := consent{user: or(query.Get("user"), visitor)}
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

// scopesOf reads scopes joined by commas. The right to charge is not given this way.
func scopesOf(list string) []string {
	const most = 16
	scopes := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	scopes = slices.DeleteFunc(scopes, func(s string) bool {
		return len(s) > 64 || s == agreementScope || strings.Trim(s, idRunes) != ""
	})
	return scopes[:min(len(scopes), most)]
}

func (p *Provider) takeConsent(w http.ResponseWriter, r *http.Request, asked consent) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	switch r.PostFormValue("consent") {
	case "agree":
		p.render(w, "consented", p.consentedPage(r, p.agreed(asked)))
	case "refuse":
		p.render(w, "consented", p.consentedPage(r, ""))
	default:
		p.showMissing(w, r, http.StatusBadRequest)
	}
}

// agreed mints the code of what the payer agreed to.
func (p *Provider) agreed(c consent) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.contract != nil {
		return p.signed(c.contract, c.user)
	}
	return p.authCode(c.user, c.scopes, nil)
}

const maxUser = 64

// serveAuthCode emulates a my.getAuthCode that asks nobody, for a browser.
func (p *Provider) serveAuthCode(w http.ResponseWriter, r *http.Request) {
	user := r.URL.Query().Get("user")
	if user == "" || len(user) > maxUser {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "user must have 1 to 64 characters"})
		return
	}
	code := p.AuthCode(user)
	if code == "" {
		writeJSON(w, http.StatusTooManyRequests, map[string]string{"error": "too many codes are alive"})
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"authCode": code})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	writeRaw(w, status, "application/json", string(encode(body)))
}
