package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// keysPage is the API keys of an app.
type keysPage struct {
	Keys   []store.APIKey
	Scopes []store.Scope
	Key    string // of the form
	New    string // the text of a key that was just created: it is shown once
	Now    time.Time
}

func (p *page) keysPage() (keysPage, error) {
	keys, err := p.store.APIKeys(p.r.Context(), p.app.Name)
	slices.Reverse(keys)
	return keysPage{Keys: keys, Scopes: p.scopes(), Key: newKey(), Now: p.now()}, err
}

// scopes are those that the operator may give: a key approves refunds only for an operator who may.
func (p *page) scopes() []store.Scope {
	return slices.DeleteFunc(slices.Clone(store.Scopes), func(s store.Scope) bool {
		return s == store.ScopeApprovals && !p.May(operator.Approve)
	})
}

// State says whether a key can be used.
func (v keysPage) State(k store.APIKey) string {
	switch {
	case !k.RevokedAt.IsZero():
		return "revoked"
	case k.Expired(v.Now):
		return "expired"
	}
	return "valid"
}

func showKeys(p *page) error {
	v, err := p.keysPage()
	if err != nil {
		return err
	}
	return p.show(http.StatusOK, "keys", "API keys", v)
}

const mostKeyDays = 3660

// createKey creates an API key and shows it once. A form that is sent twice creates one.
//
// Faults: Invalid; Conflict for a form that was sent before; those of the store.
func createKey(p *page) error {
	k, err := p.keyForm()
	if err != nil {
		return err
	}
	text, digest := merchant.NewKey()
	k.Digest = digest
	err = p.act(action{operator.Keys, p.app.Name, k.ID, "created: " + k.Name}, func(ctx context.Context) error {
		err := p.store.AddAPIKey(ctx, k)
		if fault.KindOf(err) == fault.Conflict {
			err = fault.New(fault.Conflict, "console.createKey", "This form was sent already, and its key was shown then. If you do not have it, revoke "+k.ID+" and create another.")
		}
		return err
	})
	if err != nil {
		return err
	}
	v, err := p.keysPage()
	if err != nil {
		return err
	}
	v.New = text
	return p.show(http.StatusCreated, "keys", "API keys", v)
}

// keyForm is the API key that a form describes.
//
// Faults: Invalid.
func (p *page) keyForm() (k store.APIKey, err error) {
	now := p.now().UTC()
	k = store.APIKey{App: p.app.Name, CreatedBy: p.operator.Name, CreatedAt: now}
	if k.ID, err = p.formID("key_"); err != nil {
		return k, err
	}
	if k.Name, err = p.text("name", 100); err != nil {
		return k, err
	}
	for _, scope := range p.scopes() {
		if slices.Contains(p.r.PostForm["scope"], string(scope)) {
			k.Scopes = append(k.Scopes, scope)
		}
	}
	days, err := strconv.Atoi(p.r.PostFormValue("days"))
	switch {
	case k.Name == "":
		return k, invalid("name", "is required")
	case len(k.Scopes) == 0:
		return k, invalid("scope", "is required")
	case err != nil || days < 1 || days > mostKeyDays:
		return k, invalid("days", "must be 1 to "+strconv.Itoa(mostKeyDays))
	}
	k.ExpiresAt = now.AddDate(0, 0, days)
	return k, nil
}

func revokeKey(p *page) error {
	err := p.act(action{operator.Keys, p.app.Name, p.key.ID, "revoked"}, func(ctx context.Context) error {
		return p.store.RevokeAPIKey(ctx, p.key.ID, p.operator.Name, p.now().UTC())
	})
	if err != nil {
		return err
	}
	return p.seeOther(p.url("keys", "done", "revoke"))
}
