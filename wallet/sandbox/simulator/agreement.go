package simulator

import (
	"cmp"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/internal/provider"
)

// agreement is a payer's permission to be charged without the cashier. Its JSON is its
// record in the journal. Times are Unix milliseconds.
type agreement struct {
	Number      uint32          `json:"n"`
	Sequence    uint32          `json:"q,omitempty"` // of its notifications
	Status      agreementStatus `json:"s"`
	Digest      provider.Digest `json:"g"` // of the content, to distinguish a repeat from a reuse
	Reference   string          `json:"id"`
	Title       string          `json:"o,omitempty"`
	Description string          `json:"d,omitempty"`
	Limit       wallet.Money    `json:"l,omitzero"` // of each payment; zero: none
	Language    string          `json:"la,omitempty"`
	Notify      string          `json:"nu,omitempty"`
	User        string          `json:"u,omitempty"`  // who signed; empty before
	Code        uint32          `json:"c,omitempty"`  // number of its latest code
	CodeEnds    int64           `json:"ce,omitempty"` // 0: it was used, or there is none
	Pair        uint32          `json:"p,omitempty"`  // number of its latest pair of tokens; 0: none
	TokenEnds   int64           `json:"te,omitempty"`
	RefreshEnds int64           `json:"re,omitempty"`
	Updated     int64           `json:"tu"`
}

type agreementStatus string

const (
	agreementPrepared agreementStatus = "PREPARED" // the payer has not signed
	agreementSigned   agreementStatus = "SIGNED"
	agreementEnded    agreementStatus = "ENDED"
)

func (a *agreement) id() string { return fmt.Sprintf("sg_%010d", a.Number) }

// prepare files an agreement for the payer to sign, or returns the one of this reference.
func (p *Provider) prepare(req agreementRequest, now time.Time) (answer, []change) {
	limit, refused := req.check()
	if refused != nil {
		return refused.answer(), nil
	}
	content := provider.DigestOf(req)
	if a := p.agreements.Newest(req.Reference); a != nil {
		if a.Digest != content {
			return refuse("REQUEST_ID_REUSED", "the reference was used with other content").answer(), nil
		}
		if refused := p.refuseRepeat(agreementPath); refused != nil {
			return refused.answer(), nil
		}
		return ok(p.prepared(a)), nil
	}
	a := &agreement{
		Number: uint32(p.agreements.Len()), Status: agreementPrepared, Digest: content, Reference: req.Reference,
		Title: req.Title, Description: req.Description, Limit: limit, Language: req.Language, Notify: req.NotifyURL,
		Updated: now.UnixMilli(),
	}
	p.agreements.Add(a, a.Reference)
	return ok(p.prepared(a)), []change{{agreement: a}}
}

func (r agreementRequest) check() (wallet.Money, *refusal) {
	switch {
	case r.Reference == "" || len(r.Reference) > maxRequestID:
		return wallet.Money{}, refuse("INVALID_REQUEST", "reference must have 1 to 64 characters")
	case utf8.RuneCountInString(r.Title) > maxDescription || utf8.RuneCountInString(r.Description) > maxDescription:
		return wallet.Money{}, refuse("INVALID_REQUEST", "title and description must have at most 512 characters")
	case r.NotifyURL != "" && !usableURL(r.NotifyURL):
		return wallet.Money{}, refuse("INVALID_REQUEST", "notifyUrl must be an http or https URL")
	case len(r.Language) > maxLanguage:
		return wallet.Money{}, refuse("INVALID_REQUEST", "language must be a BCP 47 tag")
	case r.Limit == nil:
		return wallet.Money{}, nil
	}
	return r.Limit.positive()
}

const maxLanguage = 35

// exchangeCode issues the first pair of tokens of a signed agreement, or the next one when it
// was signed again.
func (p *Provider) exchangeCode(req exchangeRequest, now time.Time) (answer, []change) {
	a, number := p.agreementOf(signingCode, req.Code)
	switch {
	case a == nil || number != a.Code || a.CodeEnds == 0 || a.Status != agreementSigned:
		return refuse("AUTH_CODE_INVALID", "the code is unknown or was used").answer(), nil
	case now.UnixMilli() > a.CodeEnds:
		return refuse("AUTH_CODE_EXPIRED", "the code is too old").answer(), nil
	}
	a.CodeEnds = 0
	return p.granted(a, now)
}

// renew replaces the pair of tokens by a new one.
func (p *Provider) renew(req renewRequest, now time.Time) (answer, []change) {
	a, pair := p.agreementOf(refreshToken, req.RefreshToken)
	if a == nil || !a.good(pair, a.RefreshEnds, now) {
		return refuse("REFRESH_INVALID", "the refresh token is unknown, was used or is too old").answer(), nil
	}
	return p.granted(a, now)
}

// good reports whether a token of a pair that ends at a given time can be used.
func (a *agreement) good(pair uint32, ends int64, now time.Time) bool {
	return a.Status == agreementSigned && pair == a.Pair && now.UnixMilli() < ends
}

// granted issues a new pair of tokens, and invalidates the old one.
func (p *Provider) granted(a *agreement, now time.Time) (answer, []change) {
	a.Pair++
	a.TokenEnds, a.RefreshEnds = now.Add(p.cfg.TokenLife).UnixMilli(), now.Add(p.cfg.RefreshLife).UnixMilli()
	a.Updated = now.UnixMilli()
	out := a.json()
	out.CustomerID, out.Name = p.customer(a.User), a.User
	out.Token, out.ExpiresAt = p.secret(accessToken, a, a.Pair), a.TokenEnds
	out.RefreshToken, out.RefreshExpiresAt = p.secret(refreshToken, a, a.Pair), a.RefreshEnds
	return ok(out), []change{{agreement: a}}
}

// endAgreement ends the agreement of a token, whether or not the token was replaced since.
func (p *Provider) endAgreement(req endRequest, now time.Time) (answer, []change) {
	a, _ := p.agreementOf(accessToken, req.Token)
	if a == nil {
		return refuse("AGREEMENT_INVALID", "there is no such agreement").answer(), nil
	}
	changes := []change{p.ended(a, now)}
	return ok(a.json()), changes
}

// ended ends an agreement, and notifies of it. An ended one stays unchanged.
func (p *Provider) ended(a *agreement, now time.Time) change {
	if a.Status == agreementEnded {
		return change{}
	}
	a.Status, a.CodeEnds, a.Updated = agreementEnded, 0, now.UnixMilli()
	return change{agreement: a, notice: p.noticeAgreement(a, "", now)}
}

// signedBy makes a user sign an agreement, for the first time or again, and issues a code to
// client and merchant. An ended agreement has none.
func (p *Provider) signedBy(a *agreement, user string, now time.Time) (code string, c change) {
	if a.Status == agreementEnded {
		return "", change{}
	}
	a.Status, a.User, a.Updated = agreementSigned, cmp.Or(a.User, user), now.UnixMilli()
	a.Code++
	a.CodeEnds = now.Add(p.cfg.AuthCodeLife).UnixMilli()
	code = p.secret(signingCode, a, a.Code)
	return code, change{agreement: a, notice: p.noticeAgreement(a, code, now)}
}

// chargeable returns why a payment cannot be charged by a token; nil when it can.
func (p *Provider) chargeable(token string, money wallet.Money, now time.Time) *refusal {
	a, pair := p.agreementOf(accessToken, token)
	switch {
	case a == nil || !a.good(pair, a.TokenEnds, now):
		return refuse("AGREEMENT_INVALID", "the agreement has ended or was renewed, or its token is too old")
	case a.Limit.Positive() && (money.Currency != a.Limit.Currency || money.Minor > a.Limit.Minor):
		return refuse("LIMIT_EXCEEDED", "the amount is more than the payer agreed to")
	}
	return nil
}

func (a *agreement) json() *agreementJSON {
	return &agreementJSON{AgreementID: a.id(), Reference: a.Reference, Status: a.Status, UpdatedAt: a.Updated}
}

// prepared returns the agreement with the URL at which it is signed.
func (p *Provider) prepared(a *agreement) *agreementJSON {
	out := a.json()
	out.SignURL = p.signURL(a)
	return out
}
