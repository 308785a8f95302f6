package operator

import (
	"context"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// cheap keeps the tests quick.
var cheap = cost{memory: 64, passes: 1}

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// world is a service on a store in memory with a clock that only tests move.
type world struct {
	*Service
	t     *testing.T
	store *memstore.Store
	at    time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	sealer, err := signing.NewSealer(signing.GenerateSealingKey())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, store: memstore.New(), at: noon}
	w.Service = New(Config{
		Store: w.store, Sealer: sealer, CodeRoles: []Role{Support, Finance, Admin}, Now: func() time.Time { return w.at },
	})
	w.hashing = newHashing(cheap)
	return w
}

// node is another node on the same store.
func (w *world) node() *Service {
	other := New(Config{Store: w.store, Sealer: w.sealer, CodeRoles: w.codeRoles, Now: w.clock})
	other.hashing = newHashing(cheap)
	return other
}

const password = "correct horse battery"

var browser = Browser{Address: "192.0.2.7", Agent: "Browser", Request: "req_1"}

// viewer makes an operator of one app who sees its orders and has other roles besides.
func (w *world) viewer(name string, grants ...Grant) Operator {
	w.t.Helper()
	o, _, _ := w.join(name, append(grants, Grant{"shop", Viewer}), len(grants) > 0)
	return o
}

// join makes an operator who has chosen a password, and a second factor where with is set.
func (w *world) join(name string, grants []Grant, with bool) (o Operator, secret []byte, codes []string) {
	w.t.Helper()
	ctx := context.Background()
	_, token, err := w.Create(ctx, NewID(), name, grants, "test")
	if err != nil {
		w.t.Fatalf("Create: got %v, want nil", err)
	}
	v, err := w.Invitation(ctx, token)
	if err != nil {
		w.t.Fatalf("Invitation: got %v, want nil", err)
	}
	j := Join{Token: token, Password: password, Sealed: v.Sealed, Browser: browser}
	if secret, err = base32Text.DecodeString(v.Text); err != nil {
		w.t.Fatal(err)
	}
	if with {
		j.Code = totp(secret, w.at.Unix()/totpPeriod)
	}
	o, codes, err = w.Join(ctx, j)
	if err != nil {
		w.t.Fatalf("Join: got %v, want nil", err)
	}
	return o, secret, codes
}

func (w *world) signIn(name, password, code string) (string, error) {
	token, _, err := w.SignIn(context.Background(), SignIn{Name: name, Password: password, Code: code, Browser: browser})
	return token, err
}

// enter signs in and fails the test otherwise.
func (w *world) enter(name, code string) string {
	w.t.Helper()
	token, err := w.signIn(name, password, code)
	if err != nil {
		w.t.Fatalf("SignIn: got %v, want nil", err)
	}
	return token
}

func (w *world) pass(d time.Duration) { w.at = w.at.Add(d) }

func wantKind(t *testing.T, what string, err error, want fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != want {
		t.Errorf("%s: got %v, want %s", what, err, want)
	}
}

func (w *world) audit() []store.AuditEntry {
	w.t.Helper()
	list, err := w.store.AuditEntries(context.Background(), store.AuditQuery{Limit: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}
