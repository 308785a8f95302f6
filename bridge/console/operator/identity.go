package operator

import (
	"context"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// Identity is a person whom an OpenID Connect provider has signed in. Issuer and Subject
// identify the person; names and addresses may change.
type Identity struct {
	Issuer, Subject string
	Name            string  // for people
	Grants          []Grant // by the provider's claims, read anew at each sign-in
	Browser         Browser
}

// SignInIdentity opens a session of a person whom a provider has signed in. The first sign-in
// makes the operator; each one replaces the roles.
//
// Faults: Forbidden for a disabled operator, and for a person without a role, whose earlier roles
// and sessions end; Conflict when
// the name is another operator's, or an app would lose its last administrator; those of the
// store.
func (s *Service) SignInIdentity(ctx context.Context, id Identity) (token string, o Operator, err error) {
	o, err = s.Book.Identified(ctx, id.Issuer, id.Subject)
	known := err == nil
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return "", o, err
	}
	if len(id.Grants) == 0 || o.Disabled() {
		return "", o, s.refuseIdentity(ctx, &id, &o)
	}
	if known {
		o, err = s.takeRoles(ctx, &o, id.Grants)
	} else {
		o, err = s.admit(ctx, &id)
	}
	if err != nil {
		return "", o, err
	}
	token, err = s.enter(ctx, &o, ByOIDC, id.Browser)
	return token, o, err
}

func (s *Service) refuseIdentity(ctx context.Context, id *Identity, o *Operator) error {
	entry := store.AuditEntry{
		Operator: clip(id.Name, mostName), Action: SignInFailed, Subject: o.ID, Reason: ByOIDC,
		Request: id.Browser.Request, Address: id.Browser.Address, Outcome: fault.Forbidden.String(),
	}
	if _, err := s.Record(ctx, entry); err != nil {
		return err
	}
	if err := s.dropRoles(ctx, id, o); err != nil {
		return err
	}
	return fault.New(fault.Forbidden, "operator.SignInIdentity", "You are known, and have no role in this console. Ask an administrator.")
}

// dropRoles ends the roles and sessions of an operator to whom the provider gives no role any
// more, so that API keys of the operator have none either. The last administrator keeps the role
// without a way to sign in.
func (s *Service) dropRoles(ctx context.Context, id *Identity, o *Operator) error {
	if o.ID == "" || len(id.Grants) > 0 {
		return nil
	}
	from := s.now().Add(time.Millisecond)
	_, err := s.Book.Change(ctx, o.ID, func(o *Operator) error {
		o.Grants, o.SessionsFrom = nil, from
		return nil
	})
	if fault.KindOf(err) == fault.Conflict {
		return s.EndSessions(ctx, o.ID)
	}
	return err
}

// takeRoles replaces the roles of an operator by those that the provider says.
func (s *Service) takeRoles(ctx context.Context, o *Operator, grants []Grant) (Operator, error) {
	grants, err := CheckGrants(grants)
	if err != nil || slices.Equal(grants, o.Grants) {
		return *o, err
	}
	return s.SetGrants(ctx, o.ID, grants)
}

// admit makes the operator of a person who signs in for the first time.
func (s *Service) admit(ctx context.Context, id *Identity) (Operator, error) {
	o := Operator{
		ID: NewID(), Name: id.Name, Grants: id.Grants, Issuer: id.Issuer, Subject: id.Subject,
		CreatedAt: s.now(), CreatedBy: ByOIDC,
	}
	if err := s.Book.Add(ctx, o); err != nil {
		return o, err
	}
	return s.Book.Operator(ctx, o.ID)
}
