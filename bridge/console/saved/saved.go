package saved

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// View is a list of orders under a name. An owner has one view of a name.
type View struct {
	Name  string `json:"name"`
	Owner string `json:"owner"` // the operator who saved it
	// Shared views are seen by every operator of the app. Others are seen by their owner.
	Shared bool `json:"shared,omitzero"`
	// Query is the query of the list's address: search, filters and their times, as the
	// console reads them. It has no page.
	Query   string    `json:"query"`
	SavedAt time.Time `json:"savedAt"`
}

// The bounds of what is kept.
const (
	MaxName  = 60   // characters
	MaxQuery = 1000 // bytes
	MaxViews = 50   // of an owner in an app
)

// Views are the saved views of all apps.
type Views struct{ documents store.Documents }

// New returns the views that a store keeps.
func New(documents store.Documents) *Views { return &Views{documents} }

func document(app string) string { return "console.views/" + app }

// List returns the views of an app that an operator sees, by name: his own and shared ones.
//
// Faults: Unavailable.
func (v *Views) List(ctx context.Context, app, operator string) ([]View, error) {
	doc, _, err := v.documents.Document(ctx, document(app), -1)
	if err != nil {
		return nil, err
	}
	list, err := decode(doc)
	list = slices.DeleteFunc(list, func(w View) bool { return w.Owner != operator && !w.Shared })
	slices.SortStableFunc(list, func(a, b View) int { return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Owner, b.Owner)) })
	return list, err
}

// Save keeps a view, in place of the owner's view of the same name.
//
// Faults: Invalid; Conflict when the owner has MaxViews; Unavailable; Unknown.
func (v *Views) Save(ctx context.Context, app string, view View) error {
	const op = "saved.Save"
	if err := check(op, &view); err != nil {
		return err
	}
	return v.change(ctx, app, func(list []View) ([]View, error) {
		list = slices.DeleteFunc(list, view.same)
		own := 0
		for i := range list {
			if list[i].Owner == view.Owner {
				own++
			}
		}
		if own >= MaxViews {
			return nil, fault.New(fault.Conflict, op, "There are too many views; remove one first.")
		}
		return append(list, view), nil
	})
}

// Remove removes an owner's view.
//
// Faults: NotFound; Unavailable; Unknown.
func (v *Views) Remove(ctx context.Context, app, owner, name string) error {
	wanted := View{Owner: owner, Name: name}
	return v.change(ctx, app, func(list []View) ([]View, error) {
		left := slices.DeleteFunc(slices.Clone(list), wanted.same)
		if len(left) == len(list) {
			return nil, fault.New(fault.NotFound, "saved.Remove", "There is no such view.")
		}
		return left, nil
	})
}

func (v View) same(w View) bool { return v.Owner == w.Owner && v.Name == w.Name }

func check(op string, v *View) error {
	name := strings.TrimSpace(v.Name)
	switch {
	case name == "" || name != v.Name || utf8.RuneCountInString(name) > MaxName || strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name):
		return fault.InvalidField(op, "name", "must have 1 to 60 characters, without spaces around them")
	case v.Owner == "":
		return fault.InvalidField(op, "owner", "is missing")
	case len(v.Query) > MaxQuery || !utf8.ValidString(v.Query):
		return fault.InvalidField(op, "query", "must have at most 1000 bytes")
	}
	return nil
}

// change stores what f makes of the views of an app.
func (v *Views) change(ctx context.Context, app string, f func([]View) ([]View, error)) error {
	return v.documents.ChangeDocument(ctx, document(app), func(doc []byte) ([]byte, error) {
		list, err := decode(doc)
		if err != nil {
			return nil, err
		}
		if list, err = f(list); err != nil {
			return nil, err
		}
		return encode(list)
	})
}

func decode(doc []byte) (list []View, err error) {
	if len(doc) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(doc, &list); err != nil {
		return nil, fault.Wrap(fault.Internal, "saved.decode", err)
	}
	return list, nil
}

func encode(list []View) ([]byte, error) {
	doc, err := json.Marshal(list)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "saved.encode", err)
	}
	return doc, nil
}
