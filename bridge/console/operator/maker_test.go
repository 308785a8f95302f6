package operator

import (
	"context"
	"testing"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/fault"
)

// unread is a store whose documents cannot be read.
type unread struct{ store.Documents }

func (unread) Document(context.Context, string, int64) ([]byte, int64, error) {
	return nil, 0, fault.New(fault.Unavailable, "test", "The store is down.")
}

// TestWhatAKeyMayDoForItsMaker is the rule about makers as a table.
func TestWhatAKeyMayDoForItsMaker(t *testing.T) {
	w := newWorld(t)
	for name, grants := range map[string][]Grant{
		"fin": {{"shop", Finance}}, "all": {{AllApps, Finance}}, "adm": {{"shop", Admin}}, "boss": {{"shop", Admin}}, "club": {{"club", Finance}},
		"gone": {{"shop", Finance}}, "moved": {{"shop", Finance}}, "lost": {{"shop", Finance}}, "back": {{"shop", Finance}},
	} {
		_, _, err := w.Create(ctx(), NewID(), name, grants, "test")
		must(w, err)
	}
	id := func(name string) string {
		o, err := w.Book.Named(ctx(), name)
		must(w, err)
		return o.ID
	}
	for _, name := range []string{"gone", "back"} {
		_, err := w.Disable(ctx(), id(name), "adm")
		must(w, err)
	}
	_, _, err := w.Invite(ctx(), id("back"), "")
	must(w, err)
	_, err = w.SetGrants(ctx(), id("moved"), []Grant{{"club", Finance}})
	must(w, err)
	_, err = w.SetGrants(ctx(), id("lost"), []Grant{{"shop", Support}})
	must(w, err)
	for _, c := range []struct {
		why, maker string
		want       fault.Kind // Internal: it may
	}{
		{"an operator with the role", "fin", fault.Internal},
		{"an operator with the role, by the user's name in capitals", "FIN", fault.Internal},
		{"an operator with the role for all apps", "all", fault.Internal},
		{"an operator who was enabled again", "back", fault.Internal},
		{"an administrator without the role", "adm", fault.Forbidden},
		{"an operator of another app", "club", fault.Forbidden},
		{"an operator who is disabled", "gone", fault.Forbidden},
		{"an operator who has lost the app", "moved", fault.Forbidden},
		{"an operator who has lost the role", "lost", fault.Forbidden},
		{"a user who made it by a command", "root", fault.Internal},
		{"a maker who is not known", "", fault.Forbidden},
	} {
		if err := w.Book.CheckMaker(ctx(), c.maker, Approve, "shop"); fault.KindOf(err) != c.want || (err == nil) != (c.want == fault.Internal) {
			t.Errorf("%s: got %v, want %v", c.why, err, c.want)
		}
	}
	if got := fault.KindOf(NewBook(unread{memstore.New()}).CheckMaker(ctx(), "root", Approve, "shop")); got != fault.Unavailable {
		t.Errorf("operators that cannot be read: got %v", got)
	}
}
