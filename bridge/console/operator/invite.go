package operator

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

const inviteLife = 24 * time.Hour

// Invite makes a link's token with which an operator chooses a password and a second factor.
// The old password, second factor, recovery codes and sessions end at once. form is the key of
// the form that requests it, which sorts by the time of rendering: a form that was used before,
// or is older than one that was used, changes nothing. A request without a form is executed.
//
// Faults: NotFound; Conflict for such a form; those of the store.
func (s *Service) Invite(ctx context.Context, id, form string) (o Operator, token string, err error) {
	token, _ = newToken()
	now := s.now()
	o, err = s.Book.Change(ctx, id, func(o *Operator) error {
		again := o.Invite != nil && o.Invite.Digest == digestOf(token) // an earlier attempt has stored it
		if form != "" && form <= o.InviteForm && !again {
			return fault.New(fault.Conflict, "operator.Invite", "This form was sent already, or a newer one was, and its link was shown then. Open the page again for another link.")
		}
		o.InviteForm = max(o.InviteForm, form)
		o.Password, o.TOTP, o.TOTPStep, o.Codes = "", "", 0, nil
		o.Invite, o.SessionsFrom = &Invite{digestOf(token), now.Add(inviteLife)}, now.Add(time.Millisecond)
		o.DisabledAt, o.DisabledBy = time.Time{}, ""
		return nil
	})
	return o, token, err
}

// Invitation is what the page of an invitation shows.
type Invitation struct {
	Operator Operator
	Sealed   string // the secret of the second factor, for the form to send back
	Text     string // the secret as a person types it
	URI      string // the content of the QR code
	Required bool   // whether a second factor must be set up
}

// Invitation returns the invitation of a token, with a new secret for an authenticator app.
//
// Faults: Unauthenticated when it is unknown, used or expired; those of the store.
func (s *Service) Invitation(ctx context.Context, token string) (Invitation, error) {
	o, err := s.invited(ctx, token)
	if err != nil {
		return Invitation{}, err
	}
	return s.invitation(o, newSecret()), nil
}

func (s *Service) invitation(o Operator, secret []byte) Invitation {
	return Invitation{
		Operator: o, Sealed: s.sealer.Seal(secret, totpContext(o.ID)), Text: base32Text.EncodeToString(secret),
		URI: keyURI(s.issuer, o.Name, secret), Required: o.needsCode(s.codeRoles),
	}
}

// Retried returns the invitation again after a mistake in its form, with the same secret.
//
// Faults: Unauthenticated; those of the store.
func (s *Service) Retried(ctx context.Context, j Join) (Invitation, error) {
	o, err := s.invited(ctx, j.Token)
	if err != nil {
		return Invitation{}, err
	}
	secret, err := s.sealer.Open(j.Sealed, totpContext(o.ID))
	if err != nil {
		secret = newSecret()
	}
	return s.invitation(o, secret), nil
}

func (s *Service) invited(ctx context.Context, token string) (Operator, error) {
	digest := digestOf(token)
	o, err := s.Book.find(ctx, func(o *Operator) bool { return s.invites(o, digest) })
	if fault.KindOf(err) == fault.NotFound {
		err = errNoInvitation()
	}
	return o, err
}

func (s *Service) invites(o *Operator, digest string) bool {
	return o.Invite != nil && o.Invite.Digest == digest && s.now().Before(o.Invite.ExpiresAt) && !o.Disabled()
}

func errNoInvitation() error {
	return fault.New(fault.Unauthenticated, "operator.Invitation", "This link was used or has expired. Ask an administrator for a new one.")
}

// Join is the form of an invitation.
type Join struct {
	Token, Password string
	Sealed, Code    string // of the authenticator app; no code: no second factor
	Browser         Browser
}

// Join stores the password and the second factor, and returns recovery codes to show once.
//
// Faults: Invalid; Unauthenticated; Unavailable; those of the store.
func (s *Service) Join(ctx context.Context, j Join) (o Operator, codes []string, err error) {
	if o, err = s.invited(ctx, j.Token); err != nil {
		return o, nil, err
	}
	if err := checkPassword(o.Name, j.Password); err != nil {
		return o, nil, err
	}
	step, err := s.firstStep(&o, &j)
	if err != nil {
		return o, nil, err
	}
	var hashed string
	if err := s.hashing.run(ctx, func() { hashed = s.hashing.store(j.Password) }); err != nil {
		return o, nil, err
	}
	entry := store.AuditEntry{Operator: o.Name, Action: Joined, Subject: o.ID, Request: j.Browser.Request, Address: j.Browser.Address, Outcome: Done}
	if _, err := s.Record(ctx, entry); err != nil {
		return o, nil, err
	}
	codes, digests := newCodes()
	digest := digestOf(j.Token)
	o, err = s.Book.Change(ctx, o.ID, func(o *Operator) error {
		if o.Password == hashed {
			return nil // an earlier attempt has stored it
		}
		if !s.invites(o, digest) {
			return errNoInvitation()
		}
		o.Invite, o.Password, o.SessionsFrom = nil, hashed, s.now()
		if step > 0 {
			o.TOTP, o.TOTPStep, o.Codes = j.Sealed, step, digests
		}
		return nil
	})
	if step == 0 {
		codes = nil
	}
	return o, codes, err
}

// firstStep checks the first code of a new second factor. It returns zero when the operator
// sets none up.
//
// Faults: Invalid.
func (s *Service) firstStep(o *Operator, j *Join) (int64, error) {
	if j.Code == "" && !o.needsCode(s.codeRoles) {
		return 0, nil
	}
	secret, err := s.sealer.Open(j.Sealed, totpContext(o.ID))
	if err != nil {
		return 0, errNoInvitation()
	}
	step, ok := stepOf(secret, j.Code, s.now(), 0)
	if !ok {
		return 0, invalid("code", "is not the code that the app shows now")
	}
	return step, nil
}
