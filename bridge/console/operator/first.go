package operator

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"sync"
	"time"

	"github.com/minitill/minitill/fault"
)

// FirstLinkLife is how long the link of a first start works.
const FirstLinkLife = 15 * time.Minute

// firstLink is the link of a first start. It is in memory only and works once.
type firstLink struct {
	mu     sync.Mutex
	digest [32]byte
	until  time.Time // zero: there is none
}

// firstName is the operator whom the first link signs in.
const firstName = "owner"

// FirstLink returns the token of a link that signs in the owner without a password, for a
// first start on the machine of a developer. It is empty when an operator can sign in
// otherwise.
//
// Faults: those of the store.
func (s *Service) FirstLink(ctx context.Context) (string, error) {
	list, err := s.Book.List(ctx)
	if err != nil || slices.ContainsFunc(list, func(o Operator) bool { return o.SignsIn() || o.Invite != nil }) {
		return "", err
	}
	token, digest := newToken()
	s.first.mu.Lock()
	defer s.first.mu.Unlock()
	s.first.digest, s.first.until = digest, s.now().Add(FirstLinkLife)
	return token, nil
}

// HasFirstLink reports whether a first link can still be used.
func (s *Service) HasFirstLink() bool {
	s.first.mu.Lock()
	defer s.first.mu.Unlock()
	return s.now().Before(s.first.until)
}

// UseFirstLink signs the owner in and ends the link.
//
// Faults: Unauthenticated; those of the store.
func (s *Service) UseFirstLink(ctx context.Context, token string, from Browser) (string, error) {
	if !s.takeFirstLink(token) {
		return "", errNoInvitation()
	}
	o, err := s.Book.Named(ctx, firstName)
	if fault.KindOf(err) == fault.NotFound {
		o = Operator{ID: NewID(), Name: firstName, CreatedAt: s.now(), CreatedBy: "the first start"}
		for _, role := range Roles {
			o.Grants = append(o.Grants, Grant{AllApps, role})
		}
		err = s.Book.Add(ctx, o)
	}
	if err != nil {
		return "", err
	}
	return s.enter(ctx, &o, byLink, from)
}

func (s *Service) takeFirstLink(token string) bool {
	digest := sha256.Sum256([]byte(token))
	s.first.mu.Lock()
	defer s.first.mu.Unlock()
	if !s.now().Before(s.first.until) || subtle.ConstantTimeCompare(digest[:], s.first.digest[:]) != 1 {
		return false
	}
	s.first.until = time.Time{}
	return true
}
