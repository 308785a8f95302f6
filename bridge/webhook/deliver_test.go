package webhook

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/wallet"
)

// shop is a merchant's backend that verifies and remembers what it is told.
type shop struct {
	*httptest.Server
	t      *testing.T
	key    Key
	mu     sync.Mutex
	told   []string // webhook ids, as they were taken
	answer func(id string) int
	now    func() time.Time
}

func newShop(t *testing.T) *shop {
	s := &shop{t: t, key: testKey(t, oldSecret), now: time.Now}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	id, err := Verify(r.Header, body, s.now(), s.key)
	if err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	status := http.StatusOK
	if s.answer != nil {
		status = s.answer(id)
	}
	if status == http.StatusOK {
		s.told = append(s.told, id)
	}
	w.WriteHeader(status)
}

func (s *shop) endpoint(name string) Endpoint {
	return Endpoint{App: "shop", Name: name, URL: s.URL, Keys: []Key{s.key}, Private: true}
}

// fill puts orders with messages into a store.
func fill(t *testing.T, store bridge.Store, orders, messages int, endpoints ...string) {
	t.Helper()
	for n := range orders {
		id, err := bridge.NewOrderID(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		o := bridge.Order{ID: id, App: "shop", Amount: wallet.Money{Minor: 1, Currency: "USD"}, Sequence: 1}
		c := bridge.NewChange(o)
		c.Events = []bridge.Event{{Order: id, Sequence: 1, Type: bridge.OrderCreated, Data: bridge.EventData{Order: &o}}}
		for _, endpoint := range endpoints {
			for i := range messages {
				c.Messages = append(c.Messages, bridge.Message{
					ID: fmt.Sprintf("dlv_%d_%d_%s", n, i, endpoint), App: "shop", Endpoint: endpoint, Order: id,
					Sequence: int64(i + 1), Type: bridge.OrderPaid, Body: []byte(`{"n":1}`),
					CreatedAt: time.Now(), RunAt: time.Now().Add(-time.Minute),
				})
			}
		}
		if _, err := store.CreateOrder(context.Background(), c); err != nil {
			t.Fatal(err)
		}
	}
}

func deliverer(t *testing.T, store Outbox, now func() time.Time, endpoints ...Endpoint) *Deliverer {
	t.Helper()
	d, err := New(Config{Outbox: store, Endpoints: endpoints, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestMessagesArriveOnceAndInOrderPerOrder(t *testing.T) {
	store, s := memstore.New(), newShop(t)
	fill(t, store, 10, 3, "hook")
	d := deliverer(t, store, time.Now, s.endpoint("hook"))
	if n, err := d.RunOnce(t.Context()); n != 30 || err != nil {
		t.Fatalf("made %d attempts, %v; want 30", n, err)
	}
	for order := range 10 {
		var got []string
		for _, id := range s.told {
			if strings.HasPrefix(id, fmt.Sprintf("dlv_%d_", order)) {
				got = append(got, id)
			}
		}
		want := []string{fmt.Sprintf("dlv_%d_0_hook", order), fmt.Sprintf("dlv_%d_1_hook", order), fmt.Sprintf("dlv_%d_2_hook", order)}
		if !slices.Equal(got, want) {
			t.Errorf("order %d: got %v, want %v", order, got, want)
		}
	}
	if n, _ := d.RunOnce(t.Context()); n != 0 {
		t.Errorf("made %d more attempts, want none", n)
	}
}

func TestAMessageThatIsNotTakenHoldsUpItsOwnOrderOnly(t *testing.T) {
	store, s := memstore.New(), newShop(t)
	fill(t, store, 2, 2, "hook")
	clock := time.Now()
	s.answer = func(id string) int {
		if id == "dlv_0_0_hook" {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	}
	d := deliverer(t, store, func() time.Time { return clock }, s.endpoint("hook"))
	if _, err := d.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"dlv_1_0_hook", "dlv_1_1_hook"}; !slices.Equal(s.told, want) {
		t.Errorf("got %v, want %v", s.told, want)
	}
	s.answer = nil
	clock = clock.Add(time.Minute)
	if _, err := d.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"dlv_1_0_hook", "dlv_1_1_hook", "dlv_0_0_hook", "dlv_0_1_hook"}; !slices.Equal(s.told, want) {
		t.Errorf("got %v, want %v", s.told, want)
	}
}

func TestAMessageIsGivenUpAfterThreeDays(t *testing.T) {
	store, s := memstore.New(), newShop(t)
	fill(t, store, 1, 2, "hook")
	clock := time.Now()
	attempts := 0
	s.answer = func(string) int { attempts++; return http.StatusTeapot }
	s.now = func() time.Time { return clock }
	d := deliverer(t, store, func() time.Time { return clock }, s.endpoint("hook"))
	for range 100 {
		if _, err := d.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		clock = clock.Add(5 * time.Hour) // longer than any pause
	}
	if left, err := store.Messages(t.Context(), "", 10); err != nil || len(left) != 0 {
		t.Errorf("%d messages are still tried after weeks, %v", len(left), err)
	}
	if attempts < 15 {
		t.Errorf("made %d attempts, want some in each of three days", attempts)
	}
}

func TestAHungEndpointDelaysNobodyElse(t *testing.T) {
	store, s := memstore.New(), newShop(t)
	fill(t, store, 50, 1, "hung", "well")
	release := make(chan struct{})
	var hanging atomic.Int32
	hung := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		hanging.Add(1)
		<-release
	}))
	defer hung.Close()
	bad := s.endpoint("hung")
	bad.URL = hung.URL
	done := make(chan struct{})
	s.answer = func(string) int {
		if len(s.told) == 49 {
			close(done)
		}
		return http.StatusOK
	}
	d := deliverer(t, store, time.Now, bad, s.endpoint("well"))
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = d.Run(ctx) })
	<-done // every message of the other endpoint, while this one hangs
	close(release)
	stop()
	running.Wait()
	if n := hanging.Load(); n > 2*claimMost {
		t.Errorf("%d requests hung at once, want at most %d", n, claimMost)
	}
}

func TestPrivateAddressesAndRedirectsAreRefused(t *testing.T) {
	store, s := memstore.New(), newShop(t)
	fill(t, store, 1, 1, "hook")
	e := s.endpoint("hook")
	e.Private = false
	if _, err := New(Config{Outbox: store, Endpoints: []Endpoint{e}}); err == nil {
		t.Error("http to an address of our own network was configured")
	}
	e.URL = strings.Replace(s.URL, "http://", "https://", 1)
	d := deliverer(t, store, time.Now, e)
	err := d.endpoints[0].send(t.Context(), &bridge.Message{ID: "x"}, time.Now())
	if err == nil || len(s.told) > 0 || strings.Contains(err.Error(), "tls") {
		t.Errorf("a loopback address was dialled: %v", err)
	}
	redirecting := httptest.NewServer(http.RedirectHandler(s.URL, http.StatusTemporaryRedirect))
	defer redirecting.Close()
	e = s.endpoint("hook")
	e.URL = redirecting.URL
	d = deliverer(t, store, time.Now, e)
	if err := d.endpoints[0].send(t.Context(), &bridge.Message{ID: "x"}, time.Now()); err == nil || len(s.told) > 0 {
		t.Errorf("a redirect was followed: %v", err)
	}
}
