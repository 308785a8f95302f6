package webhook

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"code.dny.dev/ssrf"

	"github.com/minitill/minitill/bridge/outbox"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// shop is a merchant's backend that verifies and stores the webhooks it receives.
type shop struct {
	*httptest.Server
	t        *testing.T
	key      Key
	mu       sync.Mutex
	received []string // webhook ids, as they were taken
	answer   func(id string) int
	now      func() time.Time
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
		s.received = append(s.received, id)
	}
	w.WriteHeader(status)
}

func (s *shop) endpoint(name string) Endpoint {
	return Endpoint{App: "shop", Name: name, URL: s.URL, Keys: []Key{s.key}, Private: true}
}

func deliverer(t testing.TB, store outbox.Outbox, now func() time.Time, endpoints ...Endpoint) *Deliverer {
	t.Helper()
	d, err := New(Config{Outbox: store, Static: endpoints, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestMessagesArriveOnceAndInOrderPerOrder(t *testing.T) {
	store, s := newMailbox(), newShop(t)
	store.fill(10, 3, "hook")
	d := deliverer(t, store, time.Now, s.endpoint("hook"))
	if n, err := d.RunOnce(t.Context()); n != 30 || err != nil {
		t.Fatalf("made %d attempts, %v; want 30", n, err)
	}
	for order := range 10 {
		var got []string
		for _, id := range s.received {
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
	store, s := newMailbox(), newShop(t)
	store.fill(2, 2, "hook")
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
	if want := []string{"dlv_1_0_hook", "dlv_1_1_hook"}; !slices.Equal(s.received, want) {
		t.Errorf("got %v, want %v", s.received, want)
	}
	s.answer = nil
	clock = clock.Add(time.Minute)
	if _, err := d.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"dlv_1_0_hook", "dlv_1_1_hook", "dlv_0_0_hook", "dlv_0_1_hook"}; !slices.Equal(s.received, want) {
		t.Errorf("got %v, want %v", s.received, want)
	}
}

func TestAMessageIsGivenUpAfterThreeDays(t *testing.T) {
	store, s := newMailbox(), newShop(t)
	store.fill(1, 2, "hook")
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
	if left := store.left("hook"); left != 0 {
		t.Errorf("%d messages are still tried after weeks", left)
	}
	if attempts < 15 {
		t.Errorf("made %d attempts, want some in each of three days", attempts)
	}
}

func TestAReplayedMessageIsSentAgainWithItsID(t *testing.T) {
	store, s := newMailbox(), newShop(t)
	store.fill(1, 2, "hook")
	d := deliverer(t, store, time.Now, s.endpoint("hook"))
	for range 2 {
		if _, err := d.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		store.replay("dlv_0_0_hook", time.Now())
	}
	if want := []string{"dlv_0_0_hook", "dlv_0_1_hook", "dlv_0_0_hook"}; !slices.Equal(s.received, want) {
		t.Errorf("got %v, want %v", s.received, want)
	}
}

func TestMistakesOfStaticEndpointsAreReportedTogether(t *testing.T) {
	key := testKey(t, oldSecret)
	good := Endpoint{App: "shop", Name: "hook", URL: "https://shop.example", Keys: []Key{key}}
	_, err := New(Config{Outbox: newMailbox(), Static: []Endpoint{
		good, good, {App: "shop", Name: "open", URL: "http://shop.example", Keys: []Key{key}}, {App: "shop", Name: "mute", URL: good.URL},
	}})
	for _, want := range []string{`two endpoints "hook"`, `"open" of app "shop": webhook.CheckURL: invalid`, `"mute" of app "shop" has no secret`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want also %s", err, want)
		}
	}
}

// The store keeps a note for the merchant, so what a resolver, a network or an endpoint's
// certificate reported is not in it.
func TestANoteHasNoTextOfTheNetwork(t *testing.T) {
	foreign := "a certificate for \x00\xff 10.0.0.53"
	lookup := &net.DNSError{Err: "server misbehaving", Name: "shop.internal", Server: "10.0.0.53:53"}
	for want, err := range map[string]error{
		"the call failed":                           errors.New(foreign),
		"the host name could not be resolved":       fmt.Errorf("%s: %w", foreign, lookup),
		"the endpoint answered 500":                 fault.Reason("the endpoint answered 500"),
		"the endpoint redirects, which it must not": &url.Error{Op: "Post", URL: "https://shop.example", Err: errRedirect},
		"the host is in a private or reserved network, which only the setting server.privateWebhooks allows": fmt.Errorf("dial 10.0.0.53: %w", ssrf.ErrProhibitedIP),
	} {
		if got := note(err); got != want {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
}

func TestTheObserverIsNotifiedOfEachAttemptThatWasStored(t *testing.T) {
	s, o := newShop(t), newMailbox()
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	s.now = func() time.Time { return now }
	answers := []int{http.StatusInternalServerError, http.StatusOK}
	s.answer = func(string) int { next := answers[0]; answers = answers[1:]; return next }
	var seen []string
	d, err := New(Config{Outbox: o, Static: []Endpoint{s.endpoint("hook")}, Now: s.now, Observe: func(app string, status store.DeliveryStatus, age time.Duration) {
		seen = append(seen, fmt.Sprint(app, " ", status, " ", age))
	}})
	if err != nil {
		t.Fatal(err)
	}
	o.put("hook", "ord_1", "m1", now.Add(-time.Second))
	for range 2 {
		if _, err := d.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
	}
	if want := []string{"shop undelivered 1s", "shop delivered 1h0m1s"}; !slices.Equal(seen, want) {
		t.Errorf("attempts: got %q, want %q", seen, want)
	}
}
