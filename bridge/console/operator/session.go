package operator

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

const (
	usualIdle = 30 * time.Minute
	mostLife  = 12 * time.Hour
	// sessionsKept is how long a session that has expired can still be listed.
	sessionsKept = 7 * 24 * time.Hour
	tokenBytes   = 32
	mostAgent    = 200
)

// newToken returns a random token and its digest.
func newToken() (token string, digest [32]byte) {
	raw := make([]byte, tokenBytes)
	_, _ = rand.Read(raw) // never fails
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, sha256.Sum256([]byte(token))
}

// start opens a session of an operator and returns the token for the browser's cookie.
//
// Faults: those of the store.
func (s *Service) start(ctx context.Context, o *Operator, method string, from Browser) (string, error) {
	now := s.now()
	token, digest := newToken()
	session := store.OperatorSession{
		ID: "ses_" + ulid.Make().String(), Digest: digest, Operator: o.ID, Method: method,
		Address: from.Address, Agent: clip(from.Agent, mostAgent), CreatedAt: now, UsedAt: now, ExpiresAt: now.Add(s.life),
	}
	if err := s.store.ForgetOperatorSessions(ctx, now.Add(-sessionsKept)); err != nil {
		return "", err
	}
	return token, s.store.AddOperatorSession(ctx, session)
}

// Session returns the operator of a token, and the session.
//
// Faults: Unauthenticated when the session is unknown, ended or expired, or its operator is
// disabled; those of the store.
func (s *Service) Session(ctx context.Context, token string) (Operator, store.OperatorSession, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return Operator{}, store.OperatorSession{}, errSignedOut()
	}
	session, err := s.store.OperatorSession(ctx, sha256.Sum256([]byte(token)))
	if fault.KindOf(err) == fault.NotFound {
		err = errSignedOut()
	}
	if err != nil {
		return Operator{}, session, err
	}
	o, err := s.Book.Operator(ctx, session.Operator)
	if fault.KindOf(err) == fault.NotFound || err == nil && !s.valid(&o, &session) {
		err = errSignedOut()
	}
	if err != nil {
		return Operator{}, session, err
	}
	return o, session, s.store.UseOperatorSession(ctx, session.ID, s.now())
}

// valid reports whether a session is open now.
func (s *Service) valid(o *Operator, session *store.OperatorSession) bool {
	now := s.now()
	return session.EndedAt.IsZero() && now.Before(session.ExpiresAt) && now.Before(session.UsedAt.Add(s.idle)) &&
		!o.Disabled() && !session.CreatedAt.Before(o.SessionsFrom)
}

func errSignedOut() error {
	return fault.New(fault.Unauthenticated, "operator.Session", "You are signed out. Sign in again.")
}

// Sessions returns the open sessions of an operator, the oldest first.
//
// Faults: those of the store.
func (s *Service) Sessions(ctx context.Context, o *Operator) ([]store.OperatorSession, error) {
	all, err := s.store.OperatorSessions(ctx, o.ID)
	var open []store.OperatorSession
	for i := range all {
		if s.valid(o, &all[i]) {
			open = append(open, all[i])
		}
	}
	return open, err
}

// EndSession ends a session of an operator.
//
// Faults: NotFound when the operator has no such session; those of the store.
func (s *Service) EndSession(ctx context.Context, operator, session, by string) error {
	all, err := s.store.OperatorSessions(ctx, operator)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].ID == session {
			return s.store.EndOperatorSession(ctx, session, by, s.now())
		}
	}
	return fault.New(fault.NotFound, "operator.EndSession", "There is no such session.")
}

// clip bounds a text of a browser.
func clip(text string, most int) string {
	runes := []rune(text)
	return string(runes[:min(len(runes), most)])
}
