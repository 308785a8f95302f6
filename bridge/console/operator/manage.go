package operator

import (
	"context"
	"time"

	"github.com/oklog/ulid/v2"
)

// NewID returns the id of a new operator.
func NewID() string { return "opr_" + ulid.Make().String() }

// Create makes a new operator and returns the token of the invitation.
//
// Faults: Invalid; Conflict, also for an id that is taken; those of the store.
func (s *Service) Create(ctx context.Context, id, name string, grants []Grant, by string) (Operator, string, error) {
	now := s.now()
	token, _ := newToken()
	o := Operator{
		ID: id, Name: name, Grants: grants, CreatedAt: now, CreatedBy: by,
		Invite: &Invite{digestOf(token), now.Add(inviteLife)},
	}
	if err := s.Book.Add(ctx, o); err != nil {
		return o, "", err
	}
	o, err := s.Book.Operator(ctx, o.ID)
	return o, token, err
}

// Disable ends all sessions of an operator and refuses new ones until the operator is
// invited again.
//
// Faults: NotFound; Conflict for the last administrator; those of the store.
func (s *Service) Disable(ctx context.Context, id, by string) (Operator, error) {
	now := s.now()
	return s.Book.Change(ctx, id, func(o *Operator) error {
		if !o.Disabled() {
			o.DisabledAt, o.DisabledBy = now, by
		}
		o.Invite, o.SessionsFrom = nil, now.Add(time.Millisecond)
		return nil
	})
}

// EndSessions ends all sessions that an operator has now.
//
// Faults: NotFound; those of the store.
func (s *Service) EndSessions(ctx context.Context, id string) error {
	from := s.now().Add(time.Millisecond)
	_, err := s.Book.Change(ctx, id, func(o *Operator) error {
		o.SessionsFrom = from
		return nil
	})
	return err
}

// SetGrants replaces the roles of an operator.
//
// Faults: NotFound; Invalid; Conflict for the last administrator; those of the store.
func (s *Service) SetGrants(ctx context.Context, id string, grants []Grant) (Operator, error) {
	grants, err := CheckGrants(grants)
	if err != nil {
		return Operator{}, err
	}
	return s.Book.Change(ctx, id, func(o *Operator) error {
		o.Grants = grants
		return nil
	})
}
