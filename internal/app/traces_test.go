package app

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// A span that no trace of these tests has. Its flags say that it is recorded.
const (
	foreignTrace  = "0af7651916cd43dd8448eb211c80319c"
	foreignSpan   = "b7ad6b7169203331"
	foreignParent = "00-" + foreignTrace + "-" + foreignSpan + "-01"
)

// tracedShop is a till with one app, whose wallet and backend note the headers of traces that
// they receive.
type tracedShop struct {
	*running
	dir, key string

	mu       sync.Mutex
	webhooks map[string]string // traceparent by the type of the event
	arrived  chan string       // the types
	leaked   []string          // the headers of traces that the wallet received
}

// startTraced serves the app, with more in the configuration.
func startTraced(t *testing.T, more string) *tracedShop {
	t.Helper()
	s := &tracedShop{webhooks: map[string]string{}, arrived: make(chan string, 64)}
	backend := httptest.NewServer(http.HandlerFunc(s.backend))
	t.Cleanup(backend.Close)
	far, err := url.Parse(startSimulator(t, "q8Zs1VtY5kWm3RxC"))
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(far)
	wallet := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.noteLeak(r.Header)
		r.Host = far.Host
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(wallet.Close)
	t.Setenv("CAT_KEY", "q8Zs1VtY5kWm3RxC")
	s.dir = inDirectory(t, map[string]string{
		"hook.key":  webhookSecret + "\n",
		"team.key":  "a-secret-of-the-collector\n",
		"cats.json": `{"currency":"EUR","items":[{"sku":"cat","name":"Cat","price":"90"}]}`,
		"minitill.yaml": fmt.Sprintf(`
apps:
  cats: {wallets: [cat-pay], catalog: cats.json, guests: true, webhook: {url: "%s/hook/of-the-merchant", secretFile: hook.key, private: true}}
wallets:
  cat-pay: {type: sandbox, baseUrl: "%s", keyId: k1, key: "${CAT_KEY}"}
%s`, backend.URL, wallet.URL, more),
	})
	config := filepath.Join(s.dir, "minitill.yaml")
	s.key = strings.TrimSpace(command(t, "keys", "create", "--config", config, "--app", "cats", "--scopes", "read,orders,refunds"))
	s.running = startWith(t, "--config", config)
	return s
}

func (s *tracedShop) backend(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, kind, _ := strings.Cut(string(body), `"type":"`)
	kind, _, _ = strings.Cut(kind, `"`)
	s.mu.Lock()
	s.webhooks[kind] = strings.Join(r.Header.Values("Traceparent"), ",")
	if r.Header.Get("Tracestate") != "" || r.Header.Get("Baggage") != "" {
		s.webhooks[kind] += " and more"
	}
	s.mu.Unlock()
	s.arrived <- kind
}

func (s *tracedShop) noteLeak(h http.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range []string{"Traceparent", "Tracestate", "Baggage", "B3"} {
		if h.Get(name) != "" {
			s.leaked = append(s.leaked, name)
		}
	}
}

// await waits until the backend has received an event of a type.
func (s *tracedShop) await(kind string) {
	s.Helper()
	for {
		select {
		case got := <-s.arrived:
			if got == kind {
				return
			}
		case <-s.Context().Done():
			s.Fatalf("the backend received no %s", kind)
		}
	}
}

// request sends a request with a traceparent, and returns the status.
func (s *tracedShop) request(method, path, token, traceparent, body string) (status int, answer string) {
	s.Helper()
	req, err := http.NewRequest(method, s.base+path, bytes.NewBufferString(body))
	if err != nil {
		s.Fatal(err)
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "Authorization": "Bearer " + token, "Idempotency-Key": rand.Text(),
		"Traceparent": traceparent, "Tracestate": "vendor=of-the-caller", "Baggage": "user=of-the-caller",
	} {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// paid creates an order as a client that sends a traceparent, and pays it. The node stops
// when the backend knows, and so sends its last spans.
func (s *tracedShop) paid() (id, orderToken string) {
	s.Helper()
	token := s.signInAt("cat-pay")
	status, text := s.request("POST", "/miniapp/v1/orders", token, foreignParent, `{"items":[{"sku":"cat","quantity":1}]}`)
	if status != http.StatusCreated {
		s.Fatalf("the order was answered %d: %s", status, text)
	}
	id, orderToken = within(text, `"id":"ord_`), within(text, `"orderToken":"`)
	s.decide(within(text, `"paymentUrl":"`), "pay")
	s.await("order.paid")
	return "ord_" + id, orderToken
}

// within returns the text between a mark and the next quote.
func within(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	value, _, _ := strings.Cut(rest, `"`)
	return strings.ReplaceAll(value, `\u0026`, "&")
}

func tracesAt(c *collector) string {
	return fmt.Sprintf("traces: {endpoint: %q, header: X-Team, secretFile: team.key}\n", c.URL)
}

// TestOneTraceLeadsFromTheClientToTheMerchantsWebhook follows an order through all its spans.
func TestOneTraceLeadsFromTheClientToTheMerchantsWebhook(t *testing.T) {
	c := startCollector(t)
	s := startTraced(t, tracesAt(c))
	id, orderToken := s.paid()
	s.end()

	create := c.one("POST /miniapp/v1/orders", "http.response.status_code", "201")
	c.isRoot(create, "caller", foreignTrace, foreignSpan)
	if got := c.children(create); !slices.Equal(sorted(got), []string{"create_order", "create_payment cat-pay", "update_order"}) {
		t.Errorf("below the creation are %q", got)
	}
	call := c.one("create_payment cat-pay", "", "")
	if call.Kind != tracepb.Span_SPAN_KIND_CLIENT || attributeOf(call.Attributes, "minitill.wallet.outcome") != "ok" {
		t.Errorf("the call is %v", call)
	}
	commit := c.one("create_order", "minitill.order.id", id)
	if attributeOf(commit.Attributes, "db.system.name") != "sqlite" {
		t.Errorf("the commit is %v", commit)
	}

	notify := c.one("POST /notify/:wallet", "", "")
	c.isRoot(notify, "order", traceOf(create), spanOf(commit))
	if got := c.children(notify); !slices.Equal(got, []string{"update_order"}) {
		t.Errorf("below the notification are %q", got)
	}
	for kind, of := range map[string]*tracepb.Span{"order.pending": create, "order.paid": notify} {
		hook := c.one("webhook "+kind, "http.response.status_code", "200")
		parent := c.withID(hook.ParentSpanId)
		c.childOf(hook, parent)
		c.childOf(parent, of)
		if want := "00-" + traceOf(hook) + "-" + spanOf(hook) + "-01"; s.webhooks[kind] != want {
			t.Errorf("the webhook %s had the traceparent %q, want %q", kind, s.webhooks[kind], want)
		}
	}
	if len(s.leaked) > 0 {
		t.Errorf("the wallet received %q, want none of them", s.leaked)
	}
	c.wantsNothingPrivate(orderToken, s.key, webhookSecret, "of-the-merchant", "of-the-caller", "/miniapp/v1/orders/ord_")
	if c.secret != "a-secret-of-the-collector" || c.resource["service.name"] != "minitill" {
		t.Errorf("the collector received the secret %q of %v", c.secret, c.resource)
	}
}

func (c *collector) withID(id []byte) *tracepb.Span {
	c.Helper()
	for _, s := range c.spans {
		if string(s.SpanId) == string(id) {
			return s
		}
	}
	c.Fatalf("no span has the id %x", id)
	return nil
}

func (c *collector) wantsNothingPrivate(texts ...string) {
	c.Helper()
	for _, text := range texts {
		if text == "" || strings.Contains(c.raw.String(), text) {
			c.Errorf("the spans contain %q", text)
		}
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// TestOnlyTheHolderOfAnAPIKeyNamesTheParent: a stranger who could, would write into the
// traces of others, and decide what is recorded.
func TestOnlyTheHolderOfAnAPIKeyNamesTheParent(t *testing.T) {
	c := startCollector(t)
	s := startTraced(t, tracesAt(c))
	for _, sent := range []struct {
		token, traceparent string
		status             int
	}{
		{s.key, foreignParent, 200},
		{"mk_wrong", foreignParent, 401},
		{s.key, "00-" + foreignTrace + "-0000000000000000-01", 200},
		{s.key, strings.Repeat("0", 4000), 200},
		{s.key, "00-" + foreignTrace + "-" + foreignSpan + "-00", 200}, // the caller does not record it
	} {
		if status, text := s.request("GET", "/v1/orders?limit=1", sent.token, sent.traceparent, ""); status != sent.status {
			t.Fatalf("answered %d, want %d: %s", status, sent.status, text)
		}
	}
	s.end()
	c.isRoot(c.one("GET /v1/orders", "http.response.status_code", "401"), "caller", foreignTrace, foreignSpan)
	accepted := c.named("GET /v1/orders", "http.response.status_code", "200")
	if len(accepted) != 3 {
		t.Fatalf("%d requests were recorded, want 3", len(accepted))
	}
	if first := accepted[0]; traceOf(first) != foreignTrace || fmt.Sprintf("%x", first.ParentSpanId) != foreignSpan {
		t.Errorf("with a key: the span is below %x of %s, want %s of %s", first.ParentSpanId, traceOf(first), foreignSpan, foreignTrace)
	}
	for _, s := range accepted[1:] {
		if len(s.ParentSpanId) != 0 || len(s.Links) != 0 || traceOf(s) == foreignTrace {
			t.Errorf("with a traceparent that is not valid: %v, want a trace of its own without a link", s)
		}
	}
}

// TestWithoutAnEndpointNothingOfTracesIsStoredOrSent, and what a caller sends is ignored.
func TestWithoutAnEndpointNothingOfTracesIsStoredOrSent(t *testing.T) {
	s := startTraced(t, "")
	s.paid()
	s.end()
	for kind, traceparent := range s.webhooks {
		if traceparent != "" {
			t.Errorf("the webhook %s had the traceparent %q, want none", kind, traceparent)
		}
	}
	if n := s.stored(); n != 0 {
		t.Errorf("%d trace contexts are stored, want none", n)
	}
	if len(s.leaked) > 0 {
		t.Errorf("the wallet received %q", s.leaked)
	}
}

// stored counts the trace contexts in the database.
func (s *tracedShop) stored() (n int) {
	s.Helper()
	db, err := sql.Open("sqlite", filepath.Join(s.dir, "data", "minitill.db"))
	if err == nil {
		err = db.QueryRow("select count(*) from event_traces").Scan(&n)
		_ = db.Close()
	}
	if err != nil {
		s.Fatal(err)
	}
	return n
}

// TestADeadCollectorDelaysAndFailsNothing: orders are paid, and the node stops.
func TestADeadCollectorDelaysAndFailsNothing(t *testing.T) {
	dead := httptest.NewServer(nil)
	dead.Close()
	s := startTraced(t, fmt.Sprintf("traces: {endpoint: %q}\n", dead.URL))
	s.paid()
	s.end()
	if n := s.stored(); n == 0 {
		t.Error("no trace context is stored, want those of the order's events")
	}
}

// TestWhatFollowsFromARecordedTraceIsRecorded, though no trace begins here by itself: else a
// sample of traces would have the creation of one order and the webhooks of another.
func TestWhatFollowsFromARecordedTraceIsRecorded(t *testing.T) {
	c := startCollector(t)
	s := startTraced(t, strings.Replace(tracesAt(c), "{", "{percent: 0, ", 1))
	s.request("GET", "/miniapp/v1/catalog?app=cats", "of a stranger", foreignParent, "")
	for _, traceparent := range []string{foreignParent, ""} {
		status, text := s.request("POST", "/v1/orders", s.key, traceparent, `{"amount":{"currency":"EUR","value":"500"},"description":"Cat","wallet":"cat-pay"}`)
		if status != http.StatusCreated {
			t.Fatalf("the order was answered %d: %s", status, text)
		}
		s.decide(within(text, `"paymentUrl":"`), "pay")
		s.await("order.paid")
	}
	s.end()
	create := c.one("POST /v1/orders", "", "")
	if traceOf(create) != foreignTrace {
		t.Errorf("the creation is in the trace %s, want %s", traceOf(create), foreignTrace)
	}
	commit := c.one("create_order", "", "")
	c.childOf(commit, create)
	notify := c.one("POST /notify/:wallet", "", "")
	c.isRoot(notify, "order", foreignTrace, spanOf(commit))
	hook := c.one("webhook order.paid", "", "")
	if traceOf(hook) != traceOf(notify) {
		t.Errorf("the webhook is in the trace %s, want %s", traceOf(hook), traceOf(notify))
	}
	if got := c.named("GET /miniapp/v1/catalog", "", ""); len(got) != 0 {
		t.Errorf("a stranger's request was recorded: %v", got)
	}
}
