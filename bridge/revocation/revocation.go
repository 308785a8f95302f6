package revocation

import (
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// Revocation revokes sessions that were issued until a time: the one with that id, those of a
// payer, or, when it names neither, all of the app.
type Revocation struct {
	App     string    `json:"app,omitempty"`     // empty: every app's
	Session string    `json:"session,omitempty"` // ses_…
	Wallet  string    `json:"wallet,omitempty"`  // of Payer; empty: whichever the payer came from
	Payer   string    `json:"payer,omitempty"`
	At      time.Time `json:"at"`
	By      string    `json:"by"` // the API key or operator
	// Request is the idempotency key that the revocation was requested with, and Digest
	// what was requested; both are empty for an operator's.
	Request string `json:"request,omitempty"`
	Digest  string `json:"digest,omitempty"`
}

// repeats reports that r is the request that made other, sent again.
//
// Faults: KeyReused when the key was used for something else.
func (r *Revocation) repeats(other *Revocation) (bool, error) {
	if r.Request == "" || r.Request != other.Request {
		return false, nil
	}
	if r.Digest != other.Digest {
		return false, fault.New(fault.KeyReused, "revocation.Revoke", "This Idempotency-Key was used for another request.")
	}
	return true, nil
}

// check refuses what names sessions in two ways at once.
func (r *Revocation) check() error {
	const op = "revocation.Revoke"
	switch {
	case r.Session != "" && r.Payer != "":
		return fault.InvalidField(op, "payer", "cannot go with session")
	case r.Wallet != "" && r.Payer == "":
		return fault.InvalidField(op, "wallet", "goes with payer only")
	}
	return nil
}

// covers reports whether r ends every session that other ends.
func (r *Revocation) covers(other *Revocation) bool {
	switch {
	case r.App != "" && r.App != other.App || other.At.After(r.At):
		return false
	case r.Session != "":
		return r.Session == other.Session
	case r.Payer != "":
		return r.Payer == other.Payer && (r.Wallet == "" || r.Wallet == other.Wallet)
	}
	return true
}

// ends reports whether r ends a session. A token knows its second of issue only, so one that
// was issued in the second of the revocation ends too.
func (r *Revocation) ends(s *signing.Session) bool {
	switch {
	case r.App != "" && r.App != s.App || s.IssuedAt.After(r.At):
		return false
	case r.Session != "":
		return r.Session == s.ID
	case r.Payer != "":
		return r.Payer == s.Payer && (r.Wallet == "" || r.Wallet == s.Wallet)
	}
	return true
}
