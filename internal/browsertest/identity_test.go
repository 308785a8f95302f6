package browsertest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// identityProvider is an OpenID Connect provider at which bea of the group desk signs in by a
// press of a link. What a real one does is tested in bridge/console/oidc/realprovider; here
// is what a browser does between two sites.
type identityProvider struct {
	*httptest.Server
	key *rsa.PrivateKey

	mu     sync.Mutex
	nonces map[string]string // by code
}

func openIdentityProvider(t *testing.T) *identityProvider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &identityProvider{key: key, nonces: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func sendJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (p *identityProvider) discovery(w http.ResponseWriter, _ *http.Request) {
	sendJSON(w, map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
	})
}

func (p *identityProvider) keys(w http.ResponseWriter, _ *http.Request) {
	text := base64.RawURLEncoding.EncodeToString
	sendJSON(w, map[string]any{"keys": []any{map[string]string{
		"kty": "RSA", "kid": "k", "alg": "RS256", "use": "sig", "n": text(p.key.N.Bytes()), "e": text(big.NewInt(int64(p.key.E)).Bytes()),
	}}})
}

var identityPage = template.Must(template.New("").Parse(
	`<!doctype html><html lang="en"><title>Identity</title><link rel="icon" href="data:,"><h1>Identity</h1><p><a href="{{.}}">Continue as bea</a></p></html>`))

// authorize shows a page whose link leads back.
func (p *identityProvider) authorize(w http.ResponseWriter, r *http.Request) {
	code := rand.Text()
	p.mu.Lock()
	p.nonces[code] = r.FormValue("nonce")
	p.mu.Unlock()
	back := r.FormValue("redirect_uri") + "?" + url.Values{"code": {code}, "state": {r.FormValue("state")}}.Encode()
	_ = identityPage.Execute(w, back)
}

func (p *identityProvider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	nonce, known := p.nonces[r.FormValue("code")]
	delete(p.nonces, r.FormValue("code"))
	p.mu.Unlock()
	if !known {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	now := time.Now().Unix()
	sendJSON(w, map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": p.signed(map[string]any{
		"iss": p.URL, "aud": "till", "sub": "s-bea", "name": "bea", "groups": []string{"desk"}, "nonce": nonce, "iat": now, "exp": now + 300,
	})})
}

// signed returns claims as an RS256 token.
func (p *identityProvider) signed(claims map[string]any) string {
	body, _ := json.Marshal(claims)
	text := base64.RawURLEncoding.EncodeToString
	parts := []string{text([]byte(`{"alg":"RS256","kid":"k"}`)), text(body)}
	sum := sha256.Sum256([]byte(strings.Join(parts, ".")))
	signature, _ := rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, sum[:])
	return strings.Join(append(parts, text(signature)), ".")
}
