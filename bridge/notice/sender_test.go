package notice

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/internal/tilltest/testclock"
)

// receiver is the operator's, which verifies what it gets.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	key    webhook.Key
	clock  *testclock.Clock
	status int
	got    []string // id and body of each request, accepted or not
}

// newReceiver is a receiver and what senders to it are made of.
func newReceiver(t *testing.T) (*receiver, Config) {
	t.Helper()
	key, err := webhook.ParseKey(webhook.GenerateSecret())
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{key: key, clock: testclock.New(), status: http.StatusNoContent}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		id, err := webhook.Verify(req.Header, body, r.clock.Now(), r.key)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got = append(r.got, id+" "+string(body))
		w.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	client := webhook.Client(true)
	t.Cleanup(client.CloseIdleConnections)
	return r, Config{
		Store: memstore.New(), URL: r.URL, Keys: []webhook.Key{key}, HTTP: client, Now: r.clock.Now, Console: "https://pay.example/console/",
		Conditions: func(context.Context) ([]Condition, error) { return []Condition{attention(1)}, nil },
		Local:      func() []Condition { return nil },
	}
}

func once(t *testing.T, senders ...*Sender) {
	t.Helper()
	for _, s := range senders {
		if err := s.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestANoticeIsSignedAndSaysWhereToLook(t *testing.T) {
	r, config := newReceiver(t)
	once(t, New(config), New(config), New(config))
	want := `","kind":"attention","state":"open","app":"shop","subject":"late_payment","items":["ord_1"],"count":1,"since":"2026-01-02T12:00:00Z","at":"2026-01-02T12:00:00Z","url":"https://pay.example/console/attention"}`
	if len(r.got) != 1 || !strings.HasSuffix(r.got[0], want) {
		t.Fatalf("got %v, want one with %s", r.got, want)
	}
	if id, body, _ := strings.Cut(r.got[0], " "); !strings.HasPrefix(body, `{"id":"`+id+`"`) || !strings.HasPrefix(id, "ntc_") {
		t.Errorf("its webhook-id is not in its body: %s", r.got[0])
	}
}

func TestARefusedNoticeIsSentAgainUnderItsIDAlsoAfterARestart(t *testing.T) {
	r, config := newReceiver(t)
	r.status = http.StatusInternalServerError
	once(t, New(config))
	r.clock.Advance(4 * time.Minute) // the lease of the process that was stopped has ended
	r.status = http.StatusOK
	later := New(config)
	once(t, later, later)
	if len(r.got) != 2 || r.got[0] != r.got[1] {
		t.Errorf("got %v, want the same twice", r.got)
	}
}

func TestOneOfSeveralNodesSends(t *testing.T) {
	r, config := newReceiver(t)
	nodes := []*Sender{New(config), New(config), New(config)}
	var all sync.WaitGroup
	for _, n := range nodes {
		all.Go(func() {
			for range 5 {
				if err := n.RunOnce(context.Background()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if len(r.got) != 1 {
		t.Errorf("got %d messages, want 1", len(r.got))
	}
}

// TestABreakerThatIsOpenOnAnotherNodeIsTold has the lease at a node that sees nothing.
func TestABreakerThatIsOpenOnAnotherNodeIsTold(t *testing.T) {
	r, config := newReceiver(t)
	config.Conditions = func(context.Context) ([]Condition, error) { return nil, nil }
	holder := New(config)
	once(t, holder)
	config.Local = func() []Condition { return []Condition{{Kind: BreakerOpen, App: "shop", Subject: "gcash", Count: 1}} }
	once(t, New(config), holder)
	if len(r.got) != 1 || !strings.Contains(r.got[0], `"kind":"breaker_open","state":"open","app":"shop","subject":"gcash","items":[]`) {
		t.Errorf("got %v", r.got)
	}
}

func TestANodeThatStopsLetsAnotherSendAtOnce(t *testing.T) {
	r, config := newReceiver(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	config.Conditions = func(context.Context) ([]Condition, error) { return nil, nil }
	if err := New(config).Run(ctx); err != nil {
		t.Fatal(err)
	}
	config.Conditions = func(context.Context) ([]Condition, error) { return []Condition{attention(2)}, nil }
	once(t, New(config))
	if len(r.got) != 1 {
		t.Errorf("got %v", r.got)
	}
}

func TestATestNoticeSaysWhyItWasNotAccepted(t *testing.T) {
	r, config := newReceiver(t)
	if err := New(config).SendTest(t.Context()); err != nil || len(r.got) != 1 || !strings.Contains(r.got[0], `"kind":"test"`) {
		t.Fatalf("got %v, %v", r.got, err)
	}
	r.status = http.StatusForbidden
	if err := New(config).SendTest(t.Context()); err == nil || err.Error() != "the endpoint answered 403" {
		t.Errorf("got %v", err)
	}
	guarded := config
	guarded.HTTP = webhook.Client(false)
	if err := New(guarded).SendTest(t.Context()); err == nil || !strings.Contains(err.Error(), "private or reserved network") {
		t.Errorf("an address of this machine: got %v", err)
	}
	if len(r.got) != 2 {
		t.Errorf("the guard let %d requests through, want 0", len(r.got)-2)
	}
}
