package revocation

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// MaxPerApp bounds how many revocations of one app are in force at a time.
const MaxPerApp = 1000

// list is the revocations in force, the oldest first.
type list []Revocation

func decodeList(doc []byte) (l list, err error) {
	if doc == nil {
		return nil, nil
	}
	err = json.Unmarshal(doc, &l)
	return l, err
}

// held is the revocation in the list that does what r requests, or nil: one that covers
// it, or the one that the same request made before.
//
// Faults: KeyReused.
func (l list) held(r *Revocation) (*Revocation, error) {
	for i := range l {
		if again, err := r.repeats(&l[i]); again || err != nil {
			return &l[i], err
		}
		if l[i].covers(r) {
			return &l[i], nil
		}
	}
	return nil, nil
}

// with returns the list with one more revocation, without those that it covers and those
// that were made before a time.
//
// Faults: Conflict when the app has too many.
func (l list) with(r *Revocation, before time.Time) (list, error) {
	next, ofApp := list{}, 0
	for i := range l {
		if r.covers(&l[i]) || l[i].At.Before(before) {
			continue
		}
		next = append(next, l[i])
		if l[i].App == r.App {
			ofApp++
		}
	}
	if ofApp >= MaxPerApp {
		return nil, fault.New(fault.Conflict, "revocation.Revoke", "Too many sessions are revoked one by one; revoke all sessions of the app.")
	}
	return append(next, *r), nil
}

// payer names a payer of an app; an empty app is every app.
type payer struct{ app, id string }

// index is the list as it is looked up on every request.
type index struct {
	sessions map[string][]Revocation
	payers   map[payer][]Revocation
	apps     []Revocation // of all sessions of an app, or of every app
}

func (l list) index() *index {
	x := &index{sessions: map[string][]Revocation{}, payers: map[payer][]Revocation{}}
	for _, r := range l {
		switch {
		case r.Session != "":
			x.sessions[r.Session] = append(x.sessions[r.Session], r)
		case r.Payer != "":
			p := payer{r.App, r.Payer}
			x.payers[p] = append(x.payers[p], r)
		default:
			x.apps = append(x.apps, r)
		}
	}
	return x
}

func (x *index) ends(s *signing.Session) bool {
	ends := func(r Revocation) bool { return r.ends(s) }
	return slices.ContainsFunc(x.sessions[s.ID], ends) || slices.ContainsFunc(x.apps, ends) ||
		slices.ContainsFunc(x.payers[payer{s.App, s.Payer}], ends) || slices.ContainsFunc(x.payers[payer{"", s.Payer}], ends)
}
