package simulator

import (
	"errors"
	"time"

	"github.com/minitill/minitill/wallet"
)

// ErrNoAgreement says that the provider has no such agreement, or that it has ended.
var ErrNoAgreement = errors.New("simulator: no such agreement")

// Agreement is an agreement in the provider's books.
type Agreement struct {
	ID        string
	Reference string
	Status    string // PREPARED, SIGNED or ENDED
	User      string // who signed; empty before
	Limit     wallet.Money
	SignURL   string
	Waiting   int // notifications not delivered yet
}

// Agreements returns all agreements, oldest first.
func (p *Provider) Agreements() []Agreement {
	p.mu.Lock()
	defer p.mu.Unlock()
	views := make([]Agreement, p.agreements.Len())
	for i, a := range p.agreements.All() {
		views[i] = Agreement{
			ID: a.id(), Reference: a.Reference, Status: string(a.Status), User: a.User, Limit: a.Limit,
			SignURL: p.signURL(a), Waiting: p.news.Waiting(a),
		}
	}
	return views
}

// SignAgreement makes a user sign at a sign URL. It returns the code that the user's client
// gets.
func (p *Provider) SignAgreement(signURL, user string) (code string, err error) {
	code, err = locked(p, func(now time.Time) (string, []change) {
		a := p.placeOf(signURL)
		if a == nil {
			return "", nil
		}
		code, c := p.signedBy(a, user, now)
		return code, []change{c}
	})
	if err == nil && code == "" {
		err = ErrNoAgreement
	}
	return code, err
}

// EndAgreement makes the payer end, in the wallet's app, the agreement of a reference.
func (p *Provider) EndAgreement(reference string) error {
	found, err := locked(p, func(now time.Time) (bool, []change) {
		a := p.agreements.Newest(reference)
		if a == nil {
			return false, nil
		}
		return true, []change{p.ended(a, now)}
	})
	if err == nil && !found {
		err = ErrNoAgreement
	}
	return err
}
