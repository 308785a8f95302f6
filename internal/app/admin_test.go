package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/minitill/minitill/bridge/metrics"
	"github.com/minitill/minitill/bridge/server"
)

// adminBase is the address of the admin listener, from the greeting.
func (r *running) adminBase() string {
	r.Helper()
	found := regexp.MustCompile(`Metrics +(http://\S+)/metrics`).FindStringSubmatch(r.greeting)
	if found == nil {
		r.Fatalf("the greeting names no metrics: %s", r.greeting)
	}
	return found[1]
}

// get sends a request to the admin listener with a Host.
func get(t *testing.T, url, host string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// scrape returns the metrics of the node by name, and the text of the scrape.
func (r *running) scrape() (map[string]*dto.MetricFamily, string) {
	r.Helper()
	status, text := get(r.T, r.adminBase()+"/metrics", "")
	if status != http.StatusOK {
		r.Fatalf("/metrics answered %d: %s", status, text)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		r.Fatal(err)
	}
	return families, text
}

// valueOf is a counter, gauge, or count of a histogram, and whether it is there. labels are
// names and values.
func valueOf(families map[string]*dto.MetricFamily, name string, labels ...string) (float64, bool) {
	for _, m := range families["minitill_"+name].GetMetric() {
		has := map[string]string{}
		for _, l := range m.GetLabel() {
			has[l.GetName()] = l.GetValue()
		}
		same := true
		for i := 0; i < len(labels); i += 2 {
			same = same && has[labels[i]] == labels[i+1]
		}
		if same {
			return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount()), true
		}
	}
	return 0, false
}

func TestAPaymentsLifeShowsInTheMetrics(t *testing.T) {
	r := startWith(t, "--data", t.TempDir(), "--admin", "127.0.0.1:0")
	before, _ := r.scrape()
	token := r.signIn()
	created := r.call("POST", "/miniapp/v1/orders", token, twoCoffees, 201)
	id := created["order"].(map[string]any)["id"].(string)
	r.decide(created["action"].(map[string]any)["paymentUrl"].(string), "pay")
	r.awaitStatus(token, id, "paid")
	after, text := r.scrape()
	for _, c := range []struct {
		grows  float64
		name   string
		labels []string
	}{
		{1, "orders_total", []string{"app", "demo", "wallet", "sandbox", "status", "created"}},
		{1, "orders_total", []string{"app", "demo", "wallet", "sandbox", "status", "paid"}},
		{0, "orders_total", []string{"app", "demo", "wallet", "sandbox", "status", "failed"}},
		{1, "payments_settled_total", []string{"wallet", "sandbox", "source", "notification"}},
		{0, "payments_settled_total", []string{"wallet", "sandbox", "source", "query"}},
		{1, "wallet_calls_total", []string{"wallet", "sandbox", "operation", "create_payment", "outcome", "ok"}},
		{1, "notifications_total", []string{"wallet", "sandbox", "result", "ok"}},
		{1, "sessions_total", []string{"app", "demo", "kind", "guest"}},
		{0, "http_refused_total", []string{"reason", "session"}},
		{0, "store_errors_total", []string{"kind", "unavailable"}},
		{0, "http_requests_total", []string{"route", "/notify/:wallet", "method", "POST", "code", "500"}},
	} {
		was, there := valueOf(before, c.name, c.labels...)
		is, _ := valueOf(after, c.name, c.labels...)
		if !there || is-was != c.grows {
			t.Errorf("%s %v: got %v, then %v, want it to be there and grow by %v", c.name, c.labels, was, is, c.grows)
		}
	}
	for _, name := range []string{"order_time_to_paid_seconds", "wallet_call_duration_seconds", "store_commit_duration_seconds", "store_commit_rows"} {
		if n, _ := valueOf(after, name); n == 0 {
			t.Errorf("%s has counted nothing", name)
		}
	}
	for _, gauge := range [][]string{{"ready"}, {"redis_up"}, {"wallet_breaker_state", "wallet", "sandbox", "state", "closed"}} {
		if v, _ := valueOf(after, gauge[0], gauge[1:]...); v != 1 {
			t.Errorf("%v: got %v, want 1", gauge, v)
		}
	}
	for _, secret := range []string{id, token, "guest_", "Flat White", "ord_"} {
		if strings.Contains(text, secret) {
			t.Errorf("the metrics have %q in them", secret)
		}
	}
}

func TestTheAdminListenerChecksItsHost(t *testing.T) {
	r := startWith(t, "--data", t.TempDir(), "--admin", "127.0.0.1:0")
	base := r.adminBase()
	for host, want := range map[string]int{
		"": 200, "localhost:1": 200, "[::1]:9091": 200, "10.0.0.7": 200, "evil.example": 403, "evil.example:80": 403, "127.0.0.1.evil.example": 403,
	} {
		if status, _ := get(t, base+"/metrics", host); status != want {
			t.Errorf("Host %q: got %d, want %d", host, status, want)
		}
	}
	named := onlyHosts([]string{"till"}, http.NotFoundHandler())
	for host, want := range map[string]int{"till:9091": 404, "TILL": 404, "till.example": 403} {
		if got := answerFor(named, host); got != want {
			t.Errorf("Host %q: got %d, want %d", host, got, want)
		}
	}
}

func TestMetricsAndProfilesAreServedWhereConfigured(t *testing.T) {
	r := startWith(t, "--data", t.TempDir(), "--admin", "127.0.0.1:0")
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/debug/pprof/": 404, "/v1/orders": 404} {
		if status, _ := get(t, r.adminBase()+path, ""); status != want {
			t.Errorf("the admin listener answers %s with %d, want %d", path, status, want)
		}
	}
	for _, path := range []string{"/metrics", "/debug/pprof/"} {
		if status, _ := get(t, r.base+path, ""); status != 404 {
			t.Errorf("the public listener answers %s with %d", path, status)
		}
	}
}

// answerFor is the status with which a handler answers a host.
func answerFor(h http.Handler, host string) int {
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Host = host
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func TestProfilesHaveASwitchOfTheirOwn(t *testing.T) {
	n := &node{metrics: metrics.New(metrics.Config{}), server: new(server.Server)}
	for profiling, want := range map[bool]int{false: 404, true: 200} {
		w := httptest.NewRecorder()
		n.adminHandler(profiling).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/debug/pprof/cmdline", nil))
		if w.Code != want {
			t.Errorf("profiling %v: got %d, want %d", profiling, w.Code, want)
		}
	}
}

func TestAnAdminAddressWithoutAHostIsLoopback(t *testing.T) {
	for admin, want := range map[string]string{":9091": "127.0.0.1:9091", "0.0.0.0:9091": "0.0.0.0:9091", "[::1]:0": "[::1]:0", "9091": "", "host:": ""} {
		if got, _ := (&serverConfig{Admin: admin}).adminAddress(); got != want {
			t.Errorf("%s: got %q, want %q", admin, got, want)
		}
	}
}
