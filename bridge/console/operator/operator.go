package operator

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/minitill/minitill/fault"
)

// Operator is a person who uses the console.
type Operator struct {
	ID     string  `json:"id"`   // opr_…
	Name   string  `json:"name"` // unique; in lower case
	Grants []Grant `json:"grants"`

	Password string   `json:"password,omitempty"` // see cost.store; empty: no sign-in by password
	TOTP     string   `json:"totp,omitempty"`     // the sealed secret; empty: no second factor
	TOTPStep int64    `json:"totpStep,omitempty"` // the last step whose code was used
	Codes    []string `json:"codes,omitempty"`    // digests of the recovery codes that are left

	// Issuer and Subject identify the operator at an OpenID Connect provider.
	Issuer  string `json:"issuer,omitempty"`
	Subject string `json:"subject,omitempty"`

	Invite *Invite `json:"invite,omitempty"`
	// InviteForm is the key of the newest form that has invited the operator; see Service.Invite.
	InviteForm string `json:"inviteForm,omitempty"`
	// SessionsFrom ends every session that was opened before it.
	SessionsFrom time.Time `json:"sessionsFrom,omitzero"`
	CreatedAt    time.Time `json:"createdAt"`
	CreatedBy    string    `json:"createdBy"`
	DisabledAt   time.Time `json:"disabledAt,omitzero"` // zero unless disabled
	DisabledBy   string    `json:"disabledBy,omitempty"`
}

// Invite is a link with which an operator chooses a password. It works once.
type Invite struct {
	Digest    string    `json:"digest"` // SHA-256 of the token, in hex
	ExpiresAt time.Time `json:"expiresAt"`
}

// sameInvite reports whether two have one invitation, or none.
func (o *Operator) sameInvite(other *Operator) bool {
	return o.Invite == nil && other.Invite == nil || o.Invite != nil && other.Invite != nil && o.Invite.Digest == other.Invite.Digest
}

// Disabled reports whether the operator may not sign in.
func (o *Operator) Disabled() bool { return !o.DisabledAt.IsZero() }

// SignsIn reports whether the operator has a way to sign in without an invitation.
func (o *Operator) SignsIn() bool { return !o.Disabled() && (o.Password != "" || o.Subject != "") }

const mostName = 64

// CheckName returns a name in the form in which it is stored.
//
// Faults: Invalid.
func CheckName(name string) (string, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	switch {
	case name == "":
		return "", invalid("name", "is required")
	case utf8.RuneCountInString(name) > mostName:
		return "", invalid("name", fmt.Sprintf("has more than %d characters", mostName))
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return "", invalid("name", "has control characters")
	}
	return name, nil
}

// CheckGrants returns grants without repetition.
//
// Faults: Invalid.
func CheckGrants(grants []Grant) ([]Grant, error) {
	var list []Grant
	for _, g := range grants {
		switch {
		case !slices.Contains(Roles, g.Role):
			return nil, invalid("role", fmt.Sprintf("%q is not viewer, support, finance or admin", g.Role))
		case g.App == "":
			return nil, invalid("app", "is required")
		case !slices.Contains(list, g):
			list = append(list, g)
		}
	}
	if len(list) == 0 {
		return nil, invalid("role", "is required")
	}
	return list, nil
}

func invalid(name, detail string) error { return fault.InvalidField("operator", name, detail) }

// needsCode reports whether one of the roles must have a second factor.
func (o *Operator) needsCode(required []Role) bool {
	return slices.ContainsFunc(o.Grants, func(g Grant) bool { return slices.Contains(required, g.Role) })
}

// adminScopes returns the apps for which enabled operators are administrators.
func adminScopes(list []Operator) (apps []string) {
	for i := range list {
		for _, g := range list[i].Grants {
			if g.Role == Admin && !list[i].Disabled() && !slices.Contains(apps, g.App) {
				apps = append(apps, g.App)
			}
		}
	}
	return apps
}

// checkLastAdmin refuses a change that leaves an app without an administrator who was there
// before.
//
// Faults: Conflict.
func checkLastAdmin(before, after []Operator) error {
	left := adminScopes(after)
	for _, app := range adminScopes(before) {
		if !slices.Contains(left, app) && !slices.Contains(left, AllApps) {
			return fault.New(fault.Conflict, "operator.change", "This is the last administrator; make another one first.")
		}
	}
	return nil
}
