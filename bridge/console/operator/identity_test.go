package operator

import (
	"testing"

	"github.com/minitill/minitill/fault"
)

func TestAProviderSaysAtEachSignInWhatAPersonMay(t *testing.T) {
	w := newWorld(t)
	id := Identity{Issuer: "https://id.example", Subject: "s1", Name: "Ann", Grants: []Grant{{"shop", Finance}}, Browser: browser}
	_, first, err := w.SignInIdentity(ctx(), id)
	must(w, err)
	id.Name, id.Grants = "Ann Married", []Grant{{"shop", Viewer}}
	token, again, err := w.SignInIdentity(ctx(), id)
	must(w, err)
	if again.ID != first.ID || again.Name != "ann" || again.May(Refund, "shop") || !again.May(SeeOrders, "shop") {
		t.Errorf("got %+v, want ann as before with the new role", again)
	}
	if o, session, err := w.Session(ctx(), token); err != nil || o.ID != first.ID || session.Method != ByOIDC {
		t.Errorf("the session: got %s by %q, %v", o.ID, session.Method, err)
	}
	must(w, w.Book.CheckMaker(ctx(), "ann", SeeOrders, "shop"))
	id.Grants = nil
	_, _, err = w.SignInIdentity(ctx(), id)
	wantKind(t, "without a role", err, fault.Forbidden)
	wantKind(t, "a key of who has no role any more", w.Book.CheckMaker(ctx(), "ann", SeeOrders, "shop"), fault.Forbidden)
	_, _, err = w.Session(ctx(), token)
	wantKind(t, "an earlier session of who has no role any more", err, fault.Unauthenticated)
	id.Grants = []Grant{{"shop", Viewer}}
	_, err = w.Disable(ctx(), first.ID, "x")
	must(w, err)
	_, _, err = w.SignInIdentity(ctx(), id)
	wantKind(t, "disabled", err, fault.Forbidden)
}

// TestTheLastAdministratorWithoutARoleAtTheProviderIsSignedOut keeps an administrator whom a
// command can reset.
func TestTheLastAdministratorWithoutARoleAtTheProviderIsSignedOut(t *testing.T) {
	w := newWorld(t)
	id := Identity{Issuer: "https://id.example", Subject: "s1", Name: "ann", Grants: []Grant{{AllApps, Admin}}, Browser: browser}
	token, _, err := w.SignInIdentity(ctx(), id)
	must(w, err)
	id.Grants = nil
	_, _, err = w.SignInIdentity(ctx(), id)
	wantKind(t, "without a role", err, fault.Forbidden)
	_, _, err = w.Session(ctx(), token)
	wantKind(t, "the earlier session", err, fault.Unauthenticated)
	if list, err := w.Book.List(ctx()); err != nil || len(adminScopes(list)) != 1 {
		t.Errorf("got administrators of %v, %v, want one", adminScopes(list), err)
	}
}

func TestAnIdentityIsItsIssuerAndSubject(t *testing.T) {
	w := newWorld(t)
	w.viewer("ann")
	id := Identity{Issuer: "https://id.example", Subject: "s1", Name: "Ann", Grants: []Grant{{"shop", Viewer}}, Browser: browser}
	_, _, err := w.SignInIdentity(ctx(), id)
	wantKind(t, "the name of a local operator", err, fault.Conflict)
	id.Name = "bob"
	_, bob, err := w.SignInIdentity(ctx(), id)
	must(w, err)
	for name, other := range map[string]Identity{
		"another subject": {Issuer: id.Issuer, Subject: "s2", Name: "cyd", Grants: id.Grants},
		"another issuer":  {Issuer: "https://id.example/", Subject: "s1", Name: "dan", Grants: id.Grants},
	} {
		if _, o, err := w.SignInIdentity(ctx(), other); err != nil || o.ID == bob.ID {
			t.Errorf("%s: got %s, %v, want another operator", name, o.ID, err)
		}
	}
	if _, err := w.signIn("bob", "", ""); err == nil {
		t.Error("an operator of a provider signs in with an empty password")
	}
}
