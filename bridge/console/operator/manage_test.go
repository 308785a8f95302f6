package operator

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
)

func TestTheLastAdministratorStays(t *testing.T) {
	w := newWorld(t)
	one := w.viewer("one", Grant{AllApps, Admin})
	_, err := w.Disable(ctx(), one.ID, "x")
	wantKind(t, "disabling the last", err, fault.Conflict)
	_, err = w.SetGrants(ctx(), one.ID, []Grant{{AllApps, Viewer}, {"shop", Admin}})
	wantKind(t, "taking the role of the last", err, fault.Conflict)
	two := w.viewer("two", Grant{"shop", Admin})
	_, err = w.Disable(ctx(), one.ID, "x")
	wantKind(t, "while only an administrator of one app is left", err, fault.Conflict)
	if _, err = w.Disable(ctx(), two.ID, "x"); err != nil {
		t.Errorf("the last of one app, under one of all apps: got %v, want nil", err)
	}
}

func TestTwoAdministratorsCannotDisableEachOther(t *testing.T) {
	w := newWorld(t)
	pair := []Operator{w.viewer("one", Grant{AllApps, Admin}), w.viewer("two", Grant{AllApps, Admin})}
	var all sync.WaitGroup
	for i := range pair {
		all.Go(func() { _, _ = w.node().Disable(ctx(), pair[1-i].ID, pair[i].Name) })
	}
	all.Wait()
	list, err := w.Book.List(ctx())
	if err != nil || len(adminScopes(list)) != 1 {
		t.Errorf("got administrators of %v, %v, want one of all apps", adminScopes(list), err)
	}
}

func TestAnInvitationWorksOnce(t *testing.T) {
	w := newWorld(t)
	_, token, err := w.Create(ctx(), NewID(), "ann", []Grant{{"shop", Viewer}}, "x")
	must(w, err)
	v, err := w.Invitation(ctx(), token)
	must(w, err)
	j := Join{Token: token, Password: password, Sealed: v.Sealed, Browser: browser}
	if _, codes, err := w.Join(ctx(), j); err != nil || codes != nil {
		t.Fatalf("Join: got %v, %v, want no recovery codes without a second factor", codes, err)
	}
	_, _, err = w.Join(ctx(), j)
	wantKind(t, "again", err, fault.Unauthenticated)
	_, err = w.Invitation(ctx(), token)
	wantKind(t, "its page", err, fault.Unauthenticated)
	o, err := w.Book.Named(ctx(), "ann")
	must(w, err)
	_, again, err := w.Invite(ctx(), o.ID, "")
	must(w, err)
	if _, err := w.signIn("ann", password, ""); err == nil {
		t.Error("the old password signs in after a reset")
	}
	w.pass(inviteLife)
	_, err = w.Invitation(ctx(), again)
	wantKind(t, "after a day", err, fault.Unauthenticated)
}

func TestAnInvitationIsRefusedWithReasons(t *testing.T) {
	w := newWorld(t)
	_, token, err := w.Create(ctx(), NewID(), "annabel", []Grant{{"shop", Finance}}, "x")
	must(w, err)
	v, err := w.Invitation(ctx(), token)
	must(w, err)
	if !v.Required || !strings.HasPrefix(v.URI, "otpauth://totp/Minitill:annabel?") {
		t.Errorf("got required %t and %q", v.Required, v.URI)
	}
	secret, _ := base32Text.DecodeString(v.Text)
	good := Join{Token: token, Password: password, Sealed: v.Sealed, Code: totp(secret, w.at.Unix()/totpPeriod), Browser: browser}
	for name, spoil := range map[string]func(*Join){
		"a short password":         func(j *Join) { j.Password = "short" },
		"the name in the password": func(j *Join) { j.Password = "12345Annabel" },
		"one letter":               func(j *Join) { j.Password = strings.Repeat("a", 20) },
		"no code":                  func(j *Join) { j.Code = "" },
		"a wrong code":             func(j *Join) { j.Code = "000000" },
	} {
		bad := good
		spoil(&bad)
		_, _, err := w.Join(ctx(), bad)
		wantKind(t, name, err, fault.Invalid)
	}
	foreign := good
	foreign.Sealed = w.sealer.Seal([]byte("a secret of another operator"), totpContext("opr_other"))
	_, _, err = w.Join(ctx(), foreign)
	wantKind(t, "a secret of another operator", err, fault.Unauthenticated)
	if _, _, err := w.Join(ctx(), good); err != nil {
		t.Errorf("at last: got %v, want nil", err)
	}
}

func TestNamesAreUniqueWhateverTheirCase(t *testing.T) {
	w := newWorld(t)
	w.viewer("Ann")
	_, _, err := w.Create(ctx(), NewID(), " aNN ", []Grant{{"shop", Viewer}}, "x")
	wantKind(t, "Create", err, fault.Conflict)
	for _, name := range []string{"", " ", strings.Repeat("a", mostName+1), "a\nb"} {
		_, _, err := w.Create(ctx(), NewID(), name, []Grant{{"shop", Viewer}}, "x")
		wantKind(t, "a name that is none", err, fault.Invalid)
	}
	_, _, err = w.Create(ctx(), NewID(), "bob", []Grant{{"shop", "root"}}, "x")
	wantKind(t, "a role that is none", err, fault.Invalid)
}

func TestTheFirstLinkSignsInOnceAndOnlyWhileNoOtherOperatorCan(t *testing.T) {
	w := newWorld(t)
	token, err := w.FirstLink(ctx())
	must(w, err)
	if !w.HasFirstLink() {
		t.Error("HasFirstLink: got false, want true")
	}
	_, err = w.UseFirstLink(ctx(), "another", browser)
	wantKind(t, "another token", err, fault.Unauthenticated)
	session, err := w.UseFirstLink(ctx(), token, browser)
	must(w, err)
	o, _, err := w.Session(ctx(), session)
	if err != nil || !o.May(Refund, "any") || !o.May(Operators, "") {
		t.Errorf("the owner: got %+v, %v, want every right", o.Grants, err)
	}
	_, err = w.UseFirstLink(ctx(), token, browser)
	wantKind(t, "again", err, fault.Unauthenticated)
	token, err = w.FirstLink(ctx())
	must(w, err)
	w.pass(FirstLinkLife)
	_, err = w.UseFirstLink(ctx(), token, browser)
	wantKind(t, "after its time", err, fault.Unauthenticated)
	w.viewer("ann")
	if token, err := w.FirstLink(ctx()); err != nil || token != "" {
		t.Errorf("once an operator can sign in: got %q, %v, want no link", token, err)
	}
}

func TestCodesAreThoseOfRFC6238(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"} {
		if got := totp(secret, at/totpPeriod); got != want {
			t.Errorf("at %d: got %s, want %s", at, got, want)
		}
		for skew, accepted := range map[int64]bool{-60: false, -30: true, 30: true, 60: false} {
			if _, ok := stepOf(secret, want, time.Unix(at+skew, 0), 0); ok != accepted && at > 59 {
				t.Errorf("at %d, %d s off: got %t, want %t", at, skew, ok, accepted)
			}
		}
	}
}

func TestAStoredPasswordThatCannotBeReadMatchesNone(t *testing.T) {
	form := cheap.form()
	for _, stored := range []string{"", "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA", form, form + "!$!", form + "c2FsdHNhbHRzYWx0c2E$"} {
		if cheap.matches(stored, "") || cheap.matches(stored, password) {
			t.Errorf("%q matches", stored)
		}
	}
	if a, b := cheap.store(password), cheap.store(password); a == b || !cheap.matches(a, password) || cheap.matches(a, password+"x") {
		t.Error("a hash is the same twice, or does not match its password, or matches another")
	}
}

func TestAPasswordCostsWhatOWASPRecommends(t *testing.T) {
	if got := New(Config{Store: newWorld(t).store, Sealer: newWorld(t).sealer}).hashing.form(); got != "$argon2id$v=19$m=19456,t=2,p=1$" {
		t.Errorf("got %s", got)
	}
}
