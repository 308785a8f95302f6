package operator

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/fault"
)

func TestAnOperatorSignsInWithPasswordAndCode(t *testing.T) {
	w := newWorld(t)
	o, secret, codes := w.join("Ann", []Grant{{"shop", Finance}}, true)
	if len(codes) != recoveryCodes || o.Name != "ann" {
		t.Fatalf("got %d recovery codes for %q, want %d for ann", len(codes), o.Name, recoveryCodes)
	}
	w.pass(time.Minute)
	code := totp(secret, w.at.Unix()/totpPeriod)
	token := w.enter(" ANN ", code[:3]+" "+code[3:])
	got, session, err := w.Session(context.Background(), token)
	if err != nil || got.ID != o.ID || session.Method != byPassword || session.Address != browser.Address {
		t.Errorf("Session: got %s by %q from %q, %v, want %s by password", got.ID, session.Method, session.Address, err, o.ID)
	}
}

func TestWhateverIsWrongTheAnswerIsTheSame(t *testing.T) {
	w := newWorld(t)
	w.viewer("ann")
	gone := w.viewer("bob")
	if _, err := w.Disable(context.Background(), gone.ID, "test"); err != nil {
		t.Fatal(err)
	}
	_, _, _ = w.join("cyd", []Grant{{"shop", Finance}}, true)
	for name, in := range map[string][3]string{
		"a wrong password":      {"ann", "wrong horse battery", ""},
		"an unknown name":       {"zoe", password, ""},
		"a disabled operator":   {"bob", password, ""},
		"no code":               {"cyd", password, ""},
		"a wrong code":          {"cyd", password, "000000"},
		"an invited operator":   {"dan", "", ""},
		"a password for a name": {password, password, ""},
	} {
		w.pass(time.Hour)
		_, err := w.signIn(in[0], in[1], in[2])
		if fault.KindOf(err) != fault.Unauthenticated || fault.Of(err).Detail != fault.Of(errRefused()).Detail {
			t.Errorf("%s: got %v, want %v", name, err, errRefused())
		}
	}
	for _, e := range w.audit() {
		if e.Operator == password {
			t.Errorf("the audit log has what was typed as a name: %q", e.Operator)
		}
	}
}

func TestACodeIsGoodOnceAlsoAtTheSameMoment(t *testing.T) {
	w := newWorld(t)
	_, secret, _ := w.join("ann", []Grant{{"shop", Finance}}, true)
	w.pass(time.Minute)
	code := totp(secret, w.at.Unix()/totpPeriod)
	var all sync.WaitGroup
	var entered atomic.Int32
	for _, s := range []*Service{w.Service, w.node(), w.node()} {
		all.Go(func() {
			if _, _, err := s.SignIn(context.Background(), SignIn{Name: "ann", Password: password, Code: code, Browser: browser}); err == nil {
				entered.Add(1)
			}
		})
	}
	all.Wait()
	if entered.Load() != 1 {
		t.Errorf("one code signed in %d times, want once", entered.Load())
	}
	w.pass(time.Hour)
	if _, err := w.signIn("ann", password, code); err == nil {
		t.Error("an old code signed in")
	}
}

func TestARecoveryCodeIsGoodOnce(t *testing.T) {
	w := newWorld(t)
	_, _, codes := w.join("ann", []Grant{{"shop", Finance}}, true)
	for _, code := range codes[:2] {
		w.enter("ann", code)
		if _, err := w.signIn("ann", password, code); err == nil {
			t.Errorf("the code %s signed in twice", code)
		}
		w.pass(time.Hour)
	}
}

func TestARoleThatNeedsACodeDoesNotEnterWithoutOne(t *testing.T) {
	w := newWorld(t)
	o := w.viewer("ann")
	w.enter("ann", "")
	if _, err := w.SetGrants(context.Background(), o.ID, []Grant{{"shop", Finance}}); err != nil {
		t.Fatal(err)
	}
	_, err := w.signIn("ann", password, "")
	wantKind(t, "without a second factor", err, fault.Forbidden)
}

func TestFailuresDelayANameAndAnAddressLongerEachTime(t *testing.T) {
	w := newWorld(t)
	w.viewer("ann")
	for range freeFailures {
		_, err := w.signIn("ann", "wrong", "")
		wantKind(t, "a free failure", err, fault.Unauthenticated)
	}
	var before time.Duration
	for range 4 {
		_, err := w.signIn("ann", password, "")
		wantKind(t, "within the delay", err, fault.RateLimited)
		wait := fault.Of(err).RetryAfter
		if wait <= before {
			t.Errorf("the delay is %v after %v, want longer", wait, before)
		}
		before = wait
		w.pass(wait)
		_, _ = w.signIn("ann", "wrong", "")
	}
	_, _, err := w.node().SignIn(context.Background(), SignIn{Name: "zoe", Browser: browser})
	wantKind(t, "another name from the same address, on another node", err, fault.RateLimited)
	_, _, err = w.SignIn(context.Background(), SignIn{Name: "ann", Browser: Browser{Address: "192.0.2.8"}})
	wantKind(t, "the same name from another address", err, fault.RateLimited)
	_, _, err = w.SignIn(context.Background(), SignIn{Name: "zoe", Browser: Browser{Address: "192.0.2.8"}})
	wantKind(t, "another name from another address", err, fault.Unauthenticated)
	w.pass(mostAddressDelay)
	w.enter("ann", "")
	_, err = w.signIn("ann", "wrong", "")
	wantKind(t, "after a success", err, fault.Unauthenticated)
}

func TestTheDelayOfANameIsShort(t *testing.T) {
	w := newWorld(t)
	w.viewer("ann")
	for i := range 30 {
		_, _, _ = w.SignIn(context.Background(), SignIn{Name: "ann", Browser: Browser{Address: string(rune('a' + i))}})
		w.pass(mostNameDelay)
	}
	w.enter("ann", "")
}

func TestNoMoreThanTwoPasswordsAreHashedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHashing(cheap)
		var running atomic.Int32
		release := make(chan struct{})
		results := make(chan error, hashesAtOnce+hashesQueued)
		for range hashesAtOnce + hashesQueued {
			go func() {
				results <- h.run(t.Context(), func() {
					if running.Add(1) > hashesAtOnce {
						t.Error("more than two run at once")
					}
					<-release
					running.Add(-1)
				})
			}()
		}
		synctest.Wait()
		if got := running.Load(); got != hashesAtOnce {
			t.Errorf("got %d running, want %d", got, hashesAtOnce)
		}
		wantKind(t, "one more than the queue holds", h.run(t.Context(), func() { t.Error("it ran") }), fault.Unavailable)
		close(release)
		for range hashesAtOnce + hashesQueued {
			if err := <-results; err != nil {
				t.Errorf("one in the queue: got %v, want nil", err)
			}
		}
	})
}
