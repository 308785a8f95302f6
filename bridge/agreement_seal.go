package bridge

import (
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Sealer encrypts for this installation alone. The context is part of what is sealed: a
// text opens under its own only.
type Sealer interface {
	Seal(plain []byte, context string) string
	Open(text, context string) ([]byte, error)
}

// sealed returns what puts a wallet's tokens into an agreement, sealed.
func (e *Engine) sealed(id AgreementID, w *wallet.Agreement) func(*Agreement) {
	seal := func(t wallet.Token, kind string) string {
		if t == "" {
			return ""
		}
		return e.sealer.Seal([]byte(t), id.sealContext(kind))
	}
	token, refresh, digest := seal(w.Token, tokenKind), seal(w.Refresh, refreshKind), tokenDigest(w.Token)
	return func(a *Agreement) {
		a.Token, a.Refresh, a.TokenDigest = token, refresh, digest
		a.ExpiresAt, a.RefreshExpires = toMillis(w.ExpiresAt), toMillis(w.RefreshExpires)
	}
}

// opened is an agreement with its tokens, as its wallet takes it.
//
// Faults: Unavailable when they cannot be opened: an operator's mistake that can be
// mended, with nothing lost.
func (e *Engine) opened(a *Agreement) (wallet.Agreement, error) {
	w := wallet.Agreement{Payer: a.Payer, ExpiresAt: a.ExpiresAt, RefreshExpires: a.RefreshExpires}
	for _, part := range []struct {
		text, kind string
		into       *wallet.Token
	}{{a.Token, tokenKind, &w.Token}, {a.Refresh, refreshKind, &w.Refresh}} {
		if part.text == "" {
			continue
		}
		plain, err := e.sealer.Open(part.text, a.ID.sealContext(part.kind))
		if err != nil {
			return wallet.Agreement{}, fault.Wrap(fault.Unavailable, "bridge.opened", err)
		}
		*part.into = wallet.Token(plain)
	}
	return w, nil
}

const (
	tokenKind   = "token"
	refreshKind = "refresh"
)

// sealContext is what a sealed token belongs to: it opens in no other place.
func (id AgreementID) sealContext(kind string) string {
	return "agreement\x00" + string(id) + "\x00" + kind
}
