package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// registry keeps endpoints as a store does.
type registry struct {
	rows   []store.Endpoint
	fault  error
	writes int
}

func (r *registry) Endpoints(context.Context) ([]store.Endpoint, int64, error) {
	return append([]store.Endpoint(nil), r.rows...), int64(r.writes), r.fault
}

func (r *registry) UpdateEndpoint(_ context.Context, app, id string, _ *bridge.Claim, change func(*store.Endpoint) error) (store.Endpoint, bridge.Claim, error) {
	if r.fault != nil {
		return store.Endpoint{}, bridge.Claim{}, r.fault
	}
	for i := range r.rows {
		if r.rows[i].App != app || r.rows[i].ID != id {
			continue
		}
		row := r.rows[i]
		if err := change(&row); err != nil {
			return store.Endpoint{}, bridge.Claim{}, err
		}
		r.rows[i] = row
		r.writes++
		return row, bridge.Claim{}, nil
	}
	return store.Endpoint{}, bridge.Claim{}, fault.New(fault.NotFound, "registry", "There is no such endpoint.")
}

// office is a registrar with what it writes and logs.
type office struct {
	*Registrar
	rows  *registry
	clock time.Time
	log   bytes.Buffer
}

func newOffice(t *testing.T) *office {
	t.Helper()
	sealer, err := signing.NewSealer(signing.GenerateSealingKey())
	if err != nil {
		t.Fatal(err)
	}
	o := &office{rows: &registry{}, clock: noon}
	o.Registrar = NewRegistrar(RegistrarConfig{
		Registry: o.rows, Sealer: sealer, Now: func() time.Time { return o.clock },
		Log: slog.New(slog.NewTextHandler(&o.log, nil)),
	})
	return o
}

// add sets up an endpoint with a secret.
func (o *office) add(id, secret string) *store.Endpoint {
	o.rows.rows = append(o.rows.rows, store.Endpoint{
		ID: id, App: "shop", URL: "https://shop.example/" + id, Secret: o.seal(id, secret), CreatedAt: noon,
	})
	return &o.rows.rows[len(o.rows.rows)-1]
}

func (o *office) seal(id, secret string) string {
	return o.sealer.Seal([]byte(secret), SecretContext(id))
}

// verifiers are the scheme's own library with a secret each.
func verifiers(t *testing.T, secrets ...string) (list []*standardwebhooks.Webhook) {
	t.Helper()
	for _, secret := range secrets {
		v, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

func TestBothSecretsSignWhileOneReplacesTheOther(t *testing.T) {
	o, store := newOffice(t), newMailbox()
	row := o.add("whe_1", newSecret)
	row.Previous, row.PreviousUntil = o.seal("whe_1", oldSecret), noon.Add(24*time.Hour)
	reference := verifiers(t, newSecret, oldSecret)
	type signed struct{ byNew, byOld bool }
	var got []signed
	d, err := New(Config{
		Outbox: store, Endpoints: o.Endpoints, Health: o, Now: func() time.Time { return o.clock },
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			body, _ := io.ReadAll(r.Body)
			got = append(got, signed{
				reference[0].VerifyIgnoringTimestamp(body, r.Header) == nil,
				reference[1].VerifyIgnoringTimestamp(body, r.Header) == nil,
			})
			return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range []time.Duration{0, 24*time.Hour - time.Second, 24 * time.Hour} {
		o.clock = noon.Add(at)
		store.put("whe_1", "ord_1", "dlv_"+string(rune('a'+i)), o.clock)
		if n, err := d.RunOnce(t.Context()); n != 1 || err != nil {
			t.Fatalf("made %d attempts, %v, want 1", n, err)
		}
	}
	want := []signed{{true, true}, {true, true}, {true, false}}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("webhook %d: got %+v, want %+v", i+1, got[i], want[i])
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAnEndpointWhoseSecretCannotBeOpenedIsLeftOutAndLoggedOnce(t *testing.T) {
	o := newOffice(t)
	o.add("whe_1", oldSecret)
	foreign := o.add("whe_2", oldSecret)
	foreign.Secret = o.rows.rows[0].Secret // copied from the other
	o.add("whe_3", "not a secret")
	rotated := o.add("whe_4", oldSecret)
	rotated.Previous, rotated.PreviousUntil = "v1.k1.AAAA", noon.Add(time.Hour)
	for range 3 {
		list, err := o.Endpoints(t.Context())
		if err != nil || len(list) != 1 || list[0].Name != "whe_1" || len(list[0].Keys) != 1 {
			t.Fatalf("got %+v, %v, want the first only", list, err)
		}
	}
	for _, id := range []string{"whe_2", "whe_3", "whe_4"} {
		if n := strings.Count(o.log.String(), "endpoint="+id); n != 1 {
			t.Errorf("%s was logged %d times, want once", id, n)
		}
	}
	if strings.Contains(o.log.String(), "not a secret") {
		t.Errorf("the log shows a secret: %s", o.log.String())
	}
	o.clock = noon.Add(time.Hour) // the secret before is not used any more
	if list, err := o.Endpoints(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("got %d endpoints, %v, want 2", len(list), err)
	}
}

func TestARegistrarStoresEachChangeOfHealthOnce(t *testing.T) {
	o, ctx, key := newOffice(t), t.Context(), hook("whe_1")
	o.add("whe_1", oldSecret)
	row := &o.rows.rows[0]
	o.Disable(ctx, key, "too early")
	if row.Disabled {
		t.Error("an endpoint that takes what it is sent was disabled")
	}
	o.Failing(ctx, key, noon)
	o.Failing(ctx, key, noon.Add(time.Hour)) // another node, later
	if !row.FailingSince.Equal(noon) || o.rows.writes != 1 {
		t.Errorf("failing since %v after %d writes, want noon after one", row.FailingSince, o.rows.writes)
	}
	o.Recovered(ctx, key)
	o.Recovered(ctx, key)
	if !row.FailingSince.IsZero() || o.rows.writes != 2 {
		t.Errorf("failing since %v after %d writes, want never after two", row.FailingSince, o.rows.writes)
	}
	o.Failing(ctx, key, noon)
	o.Disable(ctx, key, "It has taken nothing.")
	o.Disable(ctx, key, "again")
	if !row.Disabled || row.DisabledReason != "It has taken nothing." || o.rows.writes != 4 {
		t.Errorf("got %+v after %d writes, want it disabled once", row, o.rows.writes)
	}
	o.Failing(ctx, hook("whe_2"), noon) // removed meanwhile
	if strings.Contains(o.log.String(), "level=ERROR") {
		t.Errorf("a removed endpoint is logged: %s", o.log.String())
	}
	o.rows.fault = fault.New(fault.Unavailable, "registry", "The disk is full.")
	o.Recovered(ctx, key)
	if !strings.Contains(o.log.String(), "cannot be written") {
		t.Error("a store that is down is not logged")
	}
}

func TestEndpointsComeAndGoWhileADelivererRuns(t *testing.T) {
	c, store, o := newCrowd(t, 1), newMailbox(), newOffice(t)
	o.private = true
	d, err := New(Config{Outbox: store, Endpoints: o.Endpoints, Health: o})
	if err != nil {
		t.Fatal(err)
	}
	// At first the store is down, then it has a mistaken endpoint, then a good one.
	o.rows.fault = errors.New("down")
	if _, err := d.RunOnce(t.Context()); err == nil {
		t.Error("a list that cannot be read is no mistake")
	}
	o.rows.fault = nil
	row := o.add("whe_1", oldSecret)
	row.URL = "ftp://shop.example"
	store.put("whe_1", "ord_0", "dlv_0_0_whe_1", time.Now())
	if n, err := d.RunOnce(t.Context()); n != 0 || err != nil {
		t.Errorf("made %d attempts at an endpoint that cannot be called, %v", n, err)
	}
	row.URL = c.URL + "/well/whe_1"
	stop := running(d)
	d.Refresh()
	<-c.done
	stop()
	// It is removed, and a list that cannot be read removes nothing.
	o.rows.fault = errors.New("down")
	store.put("whe_1", "ord_0", "dlv_0_1_whe_1", time.Now())
	if n, err := d.RunOnce(t.Context()); err == nil || n != 1 {
		t.Errorf("made %d attempts, %v, want one at the endpoint before", n, err)
	}
	o.rows.fault, o.rows.rows = nil, nil
	store.put("whe_1", "ord_0", "dlv_0_2_whe_1", time.Now())
	if n, err := d.RunOnce(t.Context()); n != 0 || err != nil {
		t.Errorf("made %d attempts at an endpoint that was removed, %v", n, err)
	}
}

func TestAStaticEndpointKeepsItsName(t *testing.T) {
	o := newOffice(t)
	o.add("whe_1", oldSecret)
	static := Endpoint{App: "shop", Name: "whe_1", URL: "https://configured.example", Keys: []Key{testKey(t, newSecret)}}
	store, called := newMailbox(), ""
	store.fill(1, 1, "whe_1")
	d, err := New(Config{
		Outbox: store, Static: []Endpoint{static}, Endpoints: o.Endpoints,
		Transport: meanwhile(func(r *http.Request) { called = r.URL.String() }),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.RunOnce(t.Context()); err != nil || called != static.URL {
		t.Errorf("called %s, %v, want the static one", called, err)
	}
}
