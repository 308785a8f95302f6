package merchant_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/revocation"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// ended keeps what was revoked.
type ended struct {
	list []revocation.Revocation
	err  error
}

func (e *ended) Revoke(_ context.Context, r revocation.Revocation) (revocation.Revocation, error) {
	if e.err == nil {
		e.list = append(e.list, r)
	}
	r.At = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	return r, e.err
}

func (w *world) sessionToken(app, id string) string {
	w.Helper()
	token, _, err := w.tokens.IssueSession(signing.Session{App: app, Wallet: "sandbox", Payer: "ann", ID: id})
	if err != nil {
		w.Fatal(err)
	}
	return token
}

func TestSessionsAreEnded(t *testing.T) {
	w := newWorld(t)
	for body, want := range map[string]struct {
		r        revocation.Revocation
		answered string
	}{
		`{"session":"ses_1"}`: {revocation.Revocation{Session: "ses_1"}, `{"session":"ses_1",`},
		`{"token":"` + w.sessionToken("shop", "ses_2") + `"}`: {revocation.Revocation{Session: "ses_2"}, `{"session":"ses_2",`},
		`{"payer":"ann"}`:                    {revocation.Revocation{Payer: "ann"}, `{"payer":"ann",`},
		`{"payer":"ann","wallet":"sandbox"}`: {revocation.Revocation{Payer: "ann", Wallet: "sandbox"}, `{"payer":"ann","wallet":"sandbox",`},
		`{"all":true}`:                       {revocation.Revocation{}, `{"all":true,`},
	} {
		w.ended.list = nil
		a := w.call("POST", "/sessions/revoke", body)
		a.Want(200)
		if got := a.Body.String(); got != want.answered+`"revokedAt":"2026-01-02T12:00:00Z"}` {
			t.Errorf("%s: answered %s", body, got)
		}
		got := w.ended.list[0]
		if got.Request == "" || got.Digest == "" || got.By != "till of shop (key_shop)" || got.App != "shop" {
			t.Errorf("%s: revoked %+v", body, got)
		}
		got.Request, got.Digest, got.By, got.App = "", "", "", ""
		if got != want.r {
			t.Errorf("%s: revoked %+v, want %+v", body, got, want.r)
		}
	}
}

func TestARevocationIsTiedToItsKeyAndBody(t *testing.T) {
	w := newWorld(t)
	send := func(auth, key, body string) revocation.Revocation {
		w.send("POST", "/sessions/revoke", body, "Authorization", auth, "Idempotency-Key", key).Want(200)
		return w.ended.list[len(w.ended.list)-1]
	}
	first := send(w.shop, "k", `{"payer":"ann"}`)
	if again := send(w.shop, "k", `{"payer":"ann"}`); again != first {
		t.Errorf("the same request: got %+v, want %+v", again, first)
	}
	if other := send(w.shop, "k", `{"payer":"bob"}`); other.Request != first.Request || other.Digest == first.Digest {
		t.Errorf("another body: got %+v", other)
	}
	if other := send(w.shop, "l", `{"payer":"ann"}`); other.Request == first.Request {
		t.Errorf("another key: got %+v", other)
	}
	if other := send(w.club, "k", `{"payer":"ann"}`); other.Request == first.Request {
		t.Errorf("another app: got %+v", other)
	}
}

func TestWhatNamesNoSessionsIsRefused(t *testing.T) {
	w := newWorld(t)
	expired := w.sessionToken("shop", "ses_4")
	w.clock.Advance(3 * time.Hour)
	foreign := w.sessionToken("club", "ses_3")
	for body, field := range map[string]string{
		`{}`: "session", `{"session":"ses_1","all":true}`: "session", `{"all":false}`: "session",
		`{"wallet":"sandbox","all":true}`: "wallet", `{"session":"a\tb"}`: "session",
		`{"token":"` + foreign + `"}`: "token", `{"token":"` + expired + `"}`: "token", `{"token":"x"}`: "token",
		`{"session":"` + strings.Repeat("s", 65) + `"}`: "session", `{"app":"club","all":true}`: "app",
	} {
		w.call("POST", "/sessions/revoke", body).Refused(400, field)
	}
	if len(w.ended.list) > 0 {
		t.Errorf("revoked %+v", w.ended.list)
	}
	w.ended.err = fault.New(fault.KeyReused, "test", "Used before.")
	w.call("POST", "/sessions/revoke", `{"all":true}`).Refused(422, "")
}

func TestTheBooksNameTheKeyAndThePersonWhoActs(t *testing.T) {
	w := newWorld(t)
	for header, want := range map[string]string{"": "till of shop (key_shop)", "ann": "ann with till of shop (key_shop)", " żółw ": "żółw with till of shop (key_shop)"} {
		w.call("POST", "/sessions/revoke", `{"all":true}`, "Minitill-Operator", header).Want(200)
		if got := w.ended.list[len(w.ended.list)-1].By; got != want {
			t.Errorf("%q: got %q, want %q", header, got, want)
		}
	}
	o := w.engine.newOrder("shop")
	for _, header := range []string{" ", "a\tb", "\xff", strings.Repeat("n", input.MaxOperator+1)} {
		w.call("POST", "/orders/"+string(o.ID)+"/cancel", "", "Minitill-Operator", header).Refused(400, "Minitill-Operator")
	}
	w.call("POST", "/orders/"+string(o.ID)+"/cancel", "", "Minitill-Operator", "ann", "Minitill-Operator", "bob").Refused(400, "Minitill-Operator")
	if len(w.engine.done) > 0 {
		t.Errorf("done: %v", w.engine.done)
	}
}
