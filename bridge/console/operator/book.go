package operator

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

const operatorsDocument = "console.operators"

// mostOperators bounds the document.
const mostOperators = 500

// Book is the operators as one node knows them.
type Book struct {
	store store.Documents

	mu      sync.Mutex // held while the document is read
	version int64
	list    []Operator
}

// NewBook returns a Book over a store.
func NewBook(s store.Documents) *Book { return &Book{store: s, version: -1} }

// List returns all operators in the order of their creation. The caller must not change them.
//
// Faults: those of the store.
func (b *Book) List(ctx context.Context) ([]Operator, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	doc, version, err := b.store.Document(ctx, operatorsDocument, b.version)
	if err != nil {
		return nil, err
	}
	if version != b.version {
		list, err := decode(doc)
		if err != nil {
			return nil, err
		}
		b.list, b.version = list, version
	}
	return b.list, nil
}

func decode(doc []byte) (list []Operator, err error) {
	if len(doc) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(doc, &list); err != nil {
		return nil, fault.Wrap(fault.Internal, "operator.decode", err)
	}
	return list, nil
}

// find returns the first operator that matches.
//
// Faults: NotFound; those of the store.
func (b *Book) find(ctx context.Context, matches func(*Operator) bool) (Operator, error) {
	list, err := b.List(ctx)
	if err != nil {
		return Operator{}, err
	}
	for i := range list {
		if matches(&list[i]) {
			return list[i], nil
		}
	}
	return Operator{}, errNoOperator()
}

func errNoOperator() error {
	return fault.New(fault.NotFound, "operator.find", "There is no such operator.")
}

// Operator returns the operator of an id.
//
// Faults: NotFound; those of the store.
func (b *Book) Operator(ctx context.Context, id string) (Operator, error) {
	return b.find(ctx, func(o *Operator) bool { return o.ID == id })
}

// Named returns the operator of a name.
//
// Faults: NotFound; those of the store.
func (b *Book) Named(ctx context.Context, name string) (Operator, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	return b.find(ctx, func(o *Operator) bool { return o.Name == name })
}

// Identified returns the operator of an identity at an OpenID Connect provider.
//
// Faults: NotFound; those of the store.
func (b *Book) Identified(ctx context.Context, issuer, subject string) (Operator, error) {
	return b.find(ctx, func(o *Operator) bool { return o.Subject != "" && o.Subject == subject && o.Issuer == issuer })
}

// Add stores a new operator.
//
// Faults: Invalid; Conflict when the name or the id is taken or there are too many; those of the
// store.
func (b *Book) Add(ctx context.Context, o Operator) error {
	var err error
	if o.Name, err = CheckName(o.Name); err != nil {
		return err
	}
	if o.Grants, err = CheckGrants(o.Grants); err != nil {
		return err
	}
	return b.change(ctx, func(list []Operator) ([]Operator, error) {
		at := slices.IndexFunc(list, func(have Operator) bool { return have.ID == o.ID || have.Name == o.Name })
		switch {
		case at >= 0 && list[at].ID == o.ID && list[at].sameInvite(&o):
			return nil, nil // an earlier attempt has stored it
		case at >= 0 && list[at].ID == o.ID:
			return nil, fault.New(fault.Conflict, "operator.Add", "This operator was added already, and the link was shown then. Make a new link if it is lost.")
		case at >= 0:
			return nil, fault.New(fault.Conflict, "operator.Add", "There is an operator of this name already.")
		case len(list) >= mostOperators:
			return nil, fault.New(fault.Conflict, "operator.Add", "There are too many operators.")
		}
		return append(list, o), nil
	})
}

// Change gives change the operator and stores what it leaves behind. change runs again after
// a conflict, and after a commit whose outcome is unknown, so it must be idempotent.
//
// Faults: NotFound; Conflict when an app would lose its last administrator; those of change
// and of the store.
func (b *Book) Change(ctx context.Context, id string, change func(*Operator) error) (Operator, error) {
	var changed Operator
	err := b.change(ctx, func(list []Operator) ([]Operator, error) {
		at := slices.IndexFunc(list, func(o Operator) bool { return o.ID == id })
		if at < 0 {
			return nil, errNoOperator()
		}
		if err := change(&list[at]); err != nil {
			return nil, err
		}
		changed = list[at]
		return list, nil
	})
	return changed, err
}

// change gives change a copy of the list and stores the list that it returns; nil changes
// nothing.
func (b *Book) change(ctx context.Context, change func([]Operator) ([]Operator, error)) error {
	return b.store.ChangeDocument(ctx, operatorsDocument, func(doc []byte) ([]byte, error) {
		before, err := decode(doc)
		if err != nil {
			return nil, err
		}
		list, err := decode(doc)
		if err != nil {
			return nil, err
		}
		next, err := change(list)
		if err != nil || next == nil {
			return nil, err
		}
		if err := checkLastAdmin(before, next); err != nil {
			return nil, err
		}
		return json.Marshal(next)
	})
}
