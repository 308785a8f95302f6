package operator

import (
	"context"
	"strings"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// The actions of the audit log that are no Action: every operator may do them.
const (
	SignedIn     = "sign-in"
	SignInFailed = "sign-in.failed"
	SignedOut    = "sign-out"
	Joined       = "password.chosen"
)

// The ways to sign in.
const (
	byPassword = "password"
	byRecovery = "recovery code"
	byLink     = "link"
	ByOIDC     = "oidc"
)

// SignIn is what a person enters to sign in.
type SignIn struct {
	Name, Password string
	Code           string // of the authenticator app, or a recovery code
	Browser        Browser
}

// SignIn opens a session and returns its token for the cookie. Whatever is wrong, the answer
// is the same after the same work.
//
// Faults: Unauthenticated; RateLimited; Unavailable when too many sign in at once; those of
// the store.
func (s *Service) SignIn(ctx context.Context, in SignIn) (token string, o Operator, err error) {
	in.Name = strings.ToLower(strings.TrimSpace(in.Name))
	if err := s.delays.reserve(ctx, in.Name, in.Browser.Address, s.now()); err != nil {
		return "", o, err
	}
	o, err = s.Book.Named(ctx, in.Name)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return "", o, err
	}
	right := false
	if err := s.hashing.run(ctx, func() { right = s.hashing.matches(o.Password, in.Password) }); err != nil {
		return "", o, err
	}
	if !right || o.Disabled() {
		return "", o, s.refuse(ctx, &in, &o)
	}
	method, err := s.takeCode(ctx, &o, in.Code)
	if fault.KindOf(err) == fault.Unauthenticated {
		err = s.refuse(ctx, &in, &o)
	}
	if err != nil {
		return "", o, err
	}
	if err := s.delays.forget(ctx, in.Name, in.Browser.Address); err != nil {
		return "", o, err
	}
	token, err = s.enter(ctx, &o, method, in.Browser)
	return token, o, err
}

// enter opens a session and records it.
func (s *Service) enter(ctx context.Context, o *Operator, method string, from Browser) (string, error) {
	entry := store.AuditEntry{Operator: o.Name, Action: SignedIn, Subject: o.ID, Reason: method, Request: from.Request, Address: from.Address, Outcome: Done}
	if _, err := s.Record(ctx, entry); err != nil {
		return "", err
	}
	return s.start(ctx, o, method, from)
}

// refuse records a failed sign-in. A name that is no operator's is not recorded: people type
// passwords into the wrong field.
func (s *Service) refuse(ctx context.Context, in *SignIn, o *Operator) error {
	name := o.Name
	if name == "" {
		name = "(unknown)"
	}
	entry := store.AuditEntry{Operator: name, Action: SignInFailed, Subject: o.ID, Request: in.Browser.Request, Address: in.Browser.Address, Outcome: "unauthenticated"}
	if _, err := s.Record(ctx, entry); err != nil {
		return err
	}
	return errRefused()
}

func errRefused() error {
	return fault.New(fault.Unauthenticated, "operator.SignIn", "The name, the password or the code is wrong.")
}

// takeCode accepts the code of an operator's second factor, once, and returns the method of
// the session. An operator without a second factor needs no code.
//
// Faults: Unauthenticated; Forbidden when a role of the operator needs a second factor that
// was never set up.
func (s *Service) takeCode(ctx context.Context, o *Operator, code string) (method string, err error) {
	if o.TOTP == "" {
		if o.needsCode(s.codeRoles) {
			return "", fault.New(fault.Forbidden, "operator.SignIn", "Your role needs a second factor. Ask an administrator for a new link.")
		}
		return byPassword, nil
	}
	secret, err := s.sealer.Open(o.TOTP, totpContext(o.ID))
	if err != nil {
		return "", fault.Wrap(fault.Internal, "operator.SignIn", err)
	}
	password := o.Password
	changed, err := s.Book.Change(ctx, o.ID, func(now *Operator) error {
		if now.Password != password || now.Disabled() {
			return errRefused() // reset meanwhile
		}
		if step, ok := stepOf(secret, code, s.now(), now.TOTPStep); ok {
			now.TOTPStep, method = step, byPassword
			return nil
		}
		if now.useCode(code) {
			method = byRecovery
			return nil
		}
		return errRefused()
	})
	if err == nil {
		*o = changed
	}
	return method, err
}

// totpContext binds a sealed secret to its operator.
func totpContext(id string) string { return "console\x00totp\x00" + id }

// SignOut ends the session of a token.
//
// Faults: those of the store.
func (s *Service) SignOut(ctx context.Context, token string, from Browser) error {
	o, session, err := s.Session(ctx, token)
	if err != nil {
		if fault.KindOf(err) == fault.Unauthenticated {
			return nil
		}
		return err
	}
	entry := store.AuditEntry{Operator: o.Name, Action: SignedOut, Subject: o.ID, Request: from.Request, Address: from.Address, Outcome: Done}
	if _, err := s.Record(ctx, entry); err != nil {
		return err
	}
	return s.store.EndOperatorSession(ctx, session.ID, o.Name, s.now())
}
