package simulator

import (
	"encoding/base32"
	"net/http"
	"strconv"
	"time"
)

// maxCodes bounds the valid codes at one time.
const maxCodes = 10_000

type authCode struct {
	user    string
	expires time.Time
}

// AuthCode issues a code for a user, as my.getAuthCode would: for one use, with a short life.
// It is empty when too many codes are valid.
func (p *Provider) AuthCode(user string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now()
	if len(p.codes) >= maxCodes {
		p.forgetCodes(now)
	}
	if len(p.codes) >= maxCodes {
		return ""
	}
	p.minted++
	code := opaque(p.mac("code", user, strconv.FormatUint(p.minted, 10), now.String()))
	p.codes[code] = authCode{user, now.Add(p.cfg.AuthCodeLife)}
	return code
}

func (p *Provider) forgetCodes(now time.Time) {
	for code, c := range p.codes {
		if now.After(c.expires) {
			delete(p.codes, code)
		}
	}
}

// exchange returns the user of a code, once. The customer id is stable.
func (p *Provider) exchange(req exchangeRequest, now time.Time) (answer, []change) {
	c, found := p.codes[req.Code]
	delete(p.codes, req.Code)
	switch {
	case !found && p.cfg.AnyCode && !mintable(req.Code):
		return ok(payerJSON{CustomerID: p.customer(foreignUser), Name: foreignUser}), nil
	case !found:
		return refuse("AUTH_CODE_INVALID", "the code is unknown or was used").answer(), nil
	case now.After(c.expires):
		return refuse("AUTH_CODE_EXPIRED", "the code is too old").answer(), nil
	}
	return ok(payerJSON{CustomerID: p.customer(c.user), Name: c.user}), nil
}

// foreignUser is the user of codes that other containers issued, where the configuration
// accepts them.
const foreignUser = "container"

// mintable reports whether a code may be one of ours, which works once.
func mintable(code string) bool {
	_, err := base32.StdEncoding.DecodeString(code)
	return code == "" || len(code) == base32.StdEncoding.EncodedLen(codeBytes) && err == nil
}

// customer returns a user's id, the same each time.
func (p *Provider) customer(user string) string { return "sc_" + opaque(p.mac("customer", user)) }

// codeBytes is how many bytes of a MAC codes and customer ids have.
const codeBytes = 15

func opaque(mac []byte) string { return base32.StdEncoding.EncodeToString(mac[:codeBytes]) }

const maxUser = 64 // bytes of a user's name

// serveAuthCode emulates my.getAuthCode for a browser.
func (p *Provider) serveAuthCode(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		writePlain(w, http.StatusMethodNotAllowed, refuse("INVALID_REQUEST", "GET or POST"))
		return
	}
	user := r.URL.Query().Get("user")
	if user == "" || len(user) > maxUser {
		writePlain(w, http.StatusBadRequest, refuse("INVALID_REQUEST", "user must have 1 to 64 characters"))
		return
	}
	code := p.AuthCode(user)
	if code == "" {
		writePlain(w, http.StatusTooManyRequests, refuse("TRAFFIC_LIMIT", "too many codes are alive"))
		return
	}
	writePlain(w, http.StatusOK, map[string]string{"authCode": code})
}
