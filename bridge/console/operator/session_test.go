package operator

import (
	"context"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

func TestASessionEnds(t *testing.T) {
	for name, end := range map[string]func(w *world, o *Operator, session *store.OperatorSession){
		"when it is idle":            func(w *world, _ *Operator, _ *store.OperatorSession) { w.pass(usualIdle) },
		"when it is revoked":         func(w *world, o *Operator, s *store.OperatorSession) { must(w, w.EndSession(ctx(), o.ID, s.ID, "x")) },
		"with all of its operator's": func(w *world, o *Operator, _ *store.OperatorSession) { must(w, w.EndSessions(ctx(), o.ID)) },
		"when its operator is disabled": func(w *world, o *Operator, _ *store.OperatorSession) {
			_, err := w.node().Disable(ctx(), o.ID, "x")
			must(w, err)
		},
		"when its operator is invited again": func(w *world, o *Operator, _ *store.OperatorSession) {
			_, _, err := w.Invite(ctx(), o.ID, "")
			must(w, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := w.viewer("ann")
			token := w.enter("ann", "")
			_, session, err := w.Session(ctx(), token)
			if err != nil {
				t.Fatalf("before: got %v, want nil", err)
			}
			end(w, &o, &session)
			_, _, err = w.Session(ctx(), token)
			wantKind(t, "after", err, fault.Unauthenticated)
		})
	}
}

func ctx() context.Context { return context.Background() }

func must(w *world, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestASessionLastsTwelveHoursHoweverMuchItIsUsed(t *testing.T) {
	w := newWorld(t)
	w.viewer("ann")
	token := w.enter("ann", "")
	for range 12*3 - 1 {
		w.pass(20 * time.Minute)
		if _, _, err := w.Session(ctx(), token); err != nil {
			t.Fatalf("after %v: got %v, want nil", w.at.Sub(noon), err)
		}
	}
	w.pass(20 * time.Minute)
	_, _, err := w.Session(ctx(), token)
	wantKind(t, "after twelve hours", err, fault.Unauthenticated)
}

func TestASessionOfAnotherOperatorIsNotEnded(t *testing.T) {
	w := newWorld(t)
	ann, bob := w.viewer("ann"), w.viewer("bob")
	token := w.enter("bob", "")
	_, session, err := w.Session(ctx(), token)
	must(w, err)
	wantKind(t, "EndSession", w.EndSession(ctx(), ann.ID, session.ID, "x"), fault.NotFound)
	list, err := w.Sessions(ctx(), &bob)
	if err != nil || len(list) != 1 {
		t.Errorf("Sessions: got %v, %v, want one", list, err)
	}
}

func TestATokenThatIsNoneIsSignedOut(t *testing.T) {
	w := newWorld(t)
	other, _ := newToken()
	for _, token := range []string{"", "x", other} {
		_, _, err := w.Session(ctx(), token)
		wantKind(t, token, err, fault.Unauthenticated)
	}
	if err := w.SignOut(ctx(), other, browser); err != nil {
		t.Errorf("SignOut: got %v, want nil", err)
	}
}
