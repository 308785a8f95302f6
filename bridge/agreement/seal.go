package agreement

import (
	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// sealed returns a function that stores a wallet's tokens in an agreement, sealed.
func (s *Service) sealed(id bridge.AgreementID, w *wallet.Agreement) func(*Agreement) {
	seal := func(t wallet.Token, kind string) string {
		if t == "" {
			return ""
		}
		return s.sealer.Seal([]byte(t), sealContext(id, kind))
	}
	token, refresh, digest := seal(w.Token, tokenKind), seal(w.Refresh, refreshKind), tokenDigest(w.Token)
	return func(a *Agreement) {
		a.Token, a.Refresh, a.TokenDigest = token, refresh, digest
		a.ExpiresAt, a.RefreshExpires = bridge.ToMillis(w.ExpiresAt), bridge.ToMillis(w.RefreshExpires)
	}
}

// opened returns an agreement with its tokens in clear, for a call to its wallet.
//
// Faults: Unavailable when they cannot be opened: the operator can restore the key, and
// nothing is lost.
func (s *Service) opened(a *Agreement) (wallet.Agreement, error) {
	w := wallet.Agreement{Payer: a.Payer, ExpiresAt: a.ExpiresAt, RefreshExpires: a.RefreshExpires}
	for _, part := range []struct {
		text, kind string
		into       *wallet.Token
	}{{a.Token, tokenKind, &w.Token}, {a.Refresh, refreshKind, &w.Refresh}} {
		if part.text == "" {
			continue
		}
		plain, err := s.sealer.Open(part.text, sealContext(a.ID, part.kind))
		if err != nil {
			return wallet.Agreement{}, fault.Wrap(fault.Unavailable, "agreement.opened", err)
		}
		*part.into = wallet.Token(plain)
	}
	return w, nil
}

const (
	tokenKind   = "token"
	refreshKind = "refresh"
)

// sealContext returns the context under which a token of an agreement is sealed: the sealed
// token cannot be opened for another agreement or kind.
func sealContext(id bridge.AgreementID, kind string) string {
	return "agreement\x00" + string(id) + "\x00" + kind
}
