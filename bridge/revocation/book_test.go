package revocation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge/revocation"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

const ttl = 2 * time.Hour

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// node is a Book with a clock that a test moves.
type node struct {
	*revocation.Book
	t   *testing.T
	now time.Time
}

func newNode(t *testing.T, store store.Documents) *node {
	t.Helper()
	n := &node{t: t, now: noon}
	b, err := revocation.Open(t.Context(), revocation.Config{Store: store, SessionTTL: ttl, Now: func() time.Time { return n.now }})
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	n.Book = b
	return n
}

func (n *node) revoke(r revocation.Revocation) {
	n.t.Helper()
	if _, err := n.Revoke(n.t.Context(), r); err != nil {
		n.t.Fatalf("Revoke(%+v): got %v, want nil", r, err)
	}
}

func (n *node) refresh() {
	n.t.Helper()
	if err := n.Refresh(n.t.Context()); err != nil {
		n.t.Fatalf("Refresh: got %v, want nil", err)
	}
}

func session(id string) signing.Session {
	return signing.Session{ID: id, App: "shop", Wallet: "drawer", Payer: "ann", IssuedAt: noon.Add(-time.Minute)}
}

func TestARevocationEndsTheSessionsThatItNames(t *testing.T) {
	mine := session("ses_1")
	for name, x := range map[string]struct {
		r    revocation.Revocation
		s    func(*signing.Session)
		ends bool
	}{
		"one session":                        {revocation.Revocation{App: "shop", Session: "ses_1"}, nil, true},
		"another session":                    {revocation.Revocation{App: "shop", Session: "ses_2"}, nil, false},
		"one session of another app":         {revocation.Revocation{App: "club", Session: "ses_1"}, nil, false},
		"a payer":                            {revocation.Revocation{App: "shop", Payer: "ann"}, nil, true},
		"a payer of this wallet":             {revocation.Revocation{App: "shop", Payer: "ann", Wallet: "drawer"}, nil, true},
		"a payer of that name elsewhere":     {revocation.Revocation{App: "shop", Payer: "ann", Wallet: "other"}, nil, false},
		"another payer":                      {revocation.Revocation{App: "shop", Payer: "bob"}, nil, false},
		"a payer of another app":             {revocation.Revocation{App: "club", Payer: "ann"}, nil, false},
		"a payer of every app":               {revocation.Revocation{Payer: "ann"}, nil, true},
		"all of the app":                     {revocation.Revocation{App: "shop"}, nil, true},
		"all of another app":                 {revocation.Revocation{App: "club"}, nil, false},
		"all of every app":                   {revocation.Revocation{}, nil, true},
		"all, of a session issued later":     {revocation.Revocation{App: "shop"}, func(s *signing.Session) { s.IssuedAt = noon.Add(time.Second) }, false},
		"all, of a session issued just then": {revocation.Revocation{App: "shop"}, func(s *signing.Session) { s.IssuedAt = noon }, true},
		"a payer, of a session issued later": {revocation.Revocation{App: "shop", Payer: "ann"}, func(s *signing.Session) { s.IssuedAt = noon.Add(time.Second) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t, memstore.New())
			s := mine
			if x.s != nil {
				x.s(&s)
			}
			if n.Revoked(s) {
				t.Fatal("revoked before anything was")
			}
			n.revoke(x.r)
			if got := n.Revoked(s); got != x.ends {
				t.Errorf("got %v, want %v", got, x.ends)
			}
		})
	}
}

func TestEveryNodeLearnsOfARevocation(t *testing.T) {
	store := memstore.New()
	here, there := newNode(t, store), newNode(t, store)
	here.revoke(revocation.Revocation{App: "shop", Session: "ses_1", By: "bob"})
	if there.Revoked(session("ses_1")) {
		t.Fatal("another node knows of it before it has read")
	}
	there.refresh()
	late := newNode(t, store)
	for name, n := range map[string]*node{"a node that has read": there, "a node that starts later": late} {
		if !n.Revoked(session("ses_1")) || n.Revoked(session("ses_2")) {
			t.Errorf("%s does not refuse exactly the session that was revoked", name)
		}
	}
}

func TestANodeWithoutAFeedLearnsOfARevocationWithinThePeriod(t *testing.T) {
	store := memstore.New()
	synctest.Test(t, func(t *testing.T) {
		here, there := newNode(t, store), newNode(t, store)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- there.Run(ctx) }()
		time.Sleep(time.Hour)
		here.revoke(revocation.Revocation{App: "shop"})
		time.Sleep(revocation.Period + time.Millisecond)
		if !there.Revoked(session("ses_1")) {
			t.Error("the session is still accepted")
		}
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: got %v, want canceled", err)
		}
	})
}

func TestARevocationIsKeptAsLongAsItsTokensLive(t *testing.T) {
	store := memstore.New()
	n := newNode(t, store)
	n.revoke(revocation.Revocation{App: "shop", Session: "ses_1"})
	n.now = noon.Add(ttl)
	n.revoke(revocation.Revocation{App: "shop", Session: "ses_2"})
	if !n.Revoked(session("ses_1")) {
		t.Error("a revocation is forgotten while its token may be valid on a node whose clock is late")
	}
	n.now = noon.Add(ttl + time.Hour)
	n.revoke(revocation.Revocation{App: "shop", Session: "ses_3"})
	if n.Revoked(session("ses_1")) || !n.Revoked(session("ses_2")) {
		t.Error("exactly the revocation whose tokens have expired should be forgotten")
	}
}

func TestTheListStaysShort(t *testing.T) {
	store := memstore.New()
	n := newNode(t, store)
	fill := func([]byte) ([]byte, error) {
		var all []revocation.Revocation
		for i := range revocation.MaxPerApp {
			all = append(all, revocation.Revocation{App: "shop", Session: fmt.Sprint("ses_", i), At: noon})
		}
		return json.Marshal(all)
	}
	if err := store.ChangeDocument(t.Context(), "revocations", fill); err != nil {
		t.Fatal(err)
	}
	_, err := n.Revoke(t.Context(), revocation.Revocation{App: "shop", Session: "ses_more"})
	if fault.KindOf(err) != fault.Conflict {
		t.Errorf("one too many: got %v, want Conflict", err)
	}
	n.revoke(revocation.Revocation{App: "shop", Session: "ses_7"}) // known already
	n.revoke(revocation.Revocation{App: "club", Session: "ses_1"}) // another app's
	n.revoke(revocation.Revocation{App: "shop"})
	doc, version, err := store.Document(t.Context(), "revocations", 0)
	if err != nil || bytes.Count(doc, []byte(`"at"`)) != 2 {
		t.Errorf("after all of the app were revoked, the list is %s, %v", doc, err)
	}
	n.revoke(revocation.Revocation{App: "shop", Payer: "ann"}) // covered by that
	if _, now, _ := store.Document(t.Context(), "revocations", 0); now != version {
		t.Error("what is revoked already was stored again")
	}
	if !n.Revoked(session("ses_more")) {
		t.Error("a session is accepted after all were revoked")
	}
}

func TestARequestThatIsRepeatedRevokesOnce(t *testing.T) {
	n := newNode(t, memstore.New())
	request := revocation.Revocation{App: "shop", Payer: "ann", Request: "k", Digest: "d"}
	first, err := n.Revoke(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	n.now = noon.Add(time.Minute)
	if again, err := n.Revoke(t.Context(), request); err != nil || again != first {
		t.Errorf("got %+v, %v, want %+v", again, err, first)
	}
	since := session("ses_9")
	since.IssuedAt = noon.Add(30 * time.Second)
	if n.Revoked(since) {
		t.Error("a session was ended that was opened between the two")
	}
	request.Digest = "another"
	if _, err := n.Revoke(t.Context(), request); fault.KindOf(err) != fault.KeyReused {
		t.Errorf("another request under the key: got %v, want KeyReused", err)
	}
}

func TestWhatNamesSessionsInTwoWaysIsRefused(t *testing.T) {
	n := newNode(t, memstore.New())
	for field, r := range map[string]revocation.Revocation{
		"payer": {App: "shop", Session: "ses_1", Payer: "ann"}, "wallet": {App: "shop", Wallet: "drawer"},
	} {
		_, err := n.Revoke(t.Context(), r)
		if f := fault.Of(err); fault.KindOf(err) != fault.Invalid || f.Fields[0].Name != field {
			t.Errorf("%+v: got %v, want Invalid about %s", r, err, field)
		}
	}
}

// broken is a store whose documents cannot be read while err is set.
type broken struct {
	store.Documents
	err error
	doc []byte
}

func (b *broken) Document(ctx context.Context, name string, known int64) ([]byte, int64, error) {
	if b.err != nil || b.doc != nil {
		return b.doc, 99, b.err
	}
	return b.Documents.Document(ctx, name, known)
}

func TestANodeThatCannotReadTheStoreKeepsRefusing(t *testing.T) {
	var log bytes.Buffer
	store := &broken{Documents: memstore.New()}
	b, err := revocation.Open(t.Context(), revocation.Config{Store: store, SessionTTL: ttl, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Revoke(t.Context(), revocation.Revocation{App: "shop", Session: "ses_1"}); err != nil {
		t.Fatal(err)
	}
	store.err = fault.New(fault.Unavailable, "test", "The store is down.")
	for range 3 {
		b.RunOnce(t.Context())
	}
	if !b.Revoked(session("ses_1")) {
		t.Error("the list was lost")
	}
	store.err, store.doc = nil, []byte("[")
	b.RunOnce(t.Context())
	store.doc = nil
	b.RunOnce(t.Context())
	if got := log.String(); strings.Count(got, "cannot be read") != 1 || strings.Count(got, "can be read again") != 1 {
		t.Errorf("the log is not one line each:\n%s", got)
	}
	if !b.Revoked(session("ses_1")) {
		t.Error("the list was lost")
	}
	store.doc = []byte("[")
	if _, err := revocation.Open(t.Context(), revocation.Config{Store: store, SessionTTL: ttl}); fault.KindOf(err) != fault.Internal {
		t.Errorf("Open on a document that cannot be read: got %v, want Internal", err)
	}
}

func BenchmarkRevoked(b *testing.B) {
	book, err := revocation.Open(b.Context(), revocation.Config{Store: memstore.New(), SessionTTL: ttl})
	if err != nil {
		b.Fatal(err)
	}
	for i := range 20 {
		if _, err := book.Revoke(b.Context(), revocation.Revocation{App: "shop", Session: fmt.Sprint("ses_", i)}); err != nil {
			b.Fatal(err)
		}
	}
	s := session("ses_x")
	b.ReportAllocs()
	for b.Loop() {
		if book.Revoked(s) {
			b.Fatal("revoked")
		}
	}
}
