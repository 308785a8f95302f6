package simulator

import (
	"crypto/hmac"
	"fmt"
	"net/url"
	"strings"
)

// The kinds of secrets that name an agreement. They are derived from the provider's key, so
// that none is stored: a secret names its agreement and its own number, and verifies itself.
const (
	signingPlace = "sign"
	signingCode  = "code"
	accessToken  = "access"
	refreshToken = "refresh"
)

// secret returns the n-th secret of a kind of an agreement.
func (p *Provider) secret(kind string, a *agreement, n uint32) string {
	name := fmt.Sprintf("%s_%d_%d", kind, a.Number, n)
	return name + "_" + opaque(p.mac("agreement", name))
}

// agreementOf returns the agreement of a secret, and the secret's number; nil when it is not
// ours.
func (p *Provider) agreementOf(kind, text string) (a *agreement, n uint32) {
	var number uint32
	if _, err := fmt.Sscanf(text, kind+"_%d_%d_", &number, &n); err != nil || int(number) >= p.agreements.Len() {
		return nil, 0
	}
	a = p.agreements.At(int(number))
	if !hmac.Equal([]byte(p.secret(kind, a, n)), []byte(text)) {
		return nil, 0
	}
	return a, n
}

// signURL returns where the payer signs.
func (p *Provider) signURL(a *agreement) string {
	address := p.cfg.PublicURL + "/agreements/" + p.secret(signingPlace, a, 0)
	if a.Language != "" {
		address += "?lang=" + url.QueryEscape(a.Language)
	}
	return address
}

// placeOf returns the agreement that is signed at a URL; nil when it is not ours.
func (p *Provider) placeOf(signURL string) *agreement {
	rest, _ := strings.CutPrefix(signURL, p.cfg.PublicURL+"/agreements/")
	place, _, _ := strings.Cut(rest, "?")
	a, _ := p.agreementOf(signingPlace, place)
	return a
}
