package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/metrics"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/miniapp"
	"github.com/minitill/minitill/wallet"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// far is what no configuration names: what a caller or an old row may say.
const far = "evil-4711"

// source is an engine, a server and a store with given figures.
type source struct {
	survey store.Survey
	backup time.Time
	err    error
}

func (*source) Wallets(string) []outbound.Info {
	return []outbound.Info{{Name: "sandbox", Calls: 3, Breaker: outbound.BreakerIsOpen}}
}
func (*source) Ready(context.Context) error { return nil }
func (*source) Held() (polls, streams int)  { return 2, 1 }
func (*source) Routes() gin.RoutesInfo      { return gin.RoutesInfo{{Path: "/healthz", Method: "GET"}} }
func (s *source) Survey(context.Context, time.Time, []string, int) (store.Survey, error) {
	return s.survey, s.err
}

// till is metrics of an app with a wallet, with everything watched.
func till() (*metrics.Metrics, *source) {
	m, s := metrics.New(metrics.Config{Version: "v1", Apps: map[string][]string{"shop": {"sandbox"}}}), new(source)
	m.WatchEngine(s)
	m.WatchServer(s)
	m.WatchRedis(func() bool { return false })
	m.WatchDisk(func() float64 { return 1 << 30 })
	m.WatchBackup(func(context.Context) (time.Time, error) { return s.backup, s.err })
	m.WatchIndex(func(context.Context) (map[string]time.Duration, error) {
		return map[string]time.Duration{"shop": 3 * time.Second}, s.err
	})
	return m, s
}

// scrape returns the text of a scrape and its series, each with its value or count.
func scrape(t *testing.T, m *metrics.Metrics) (string, map[string]float64) {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(w.Body.String()))
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("a scrape answers %d, %v", w.Code, err)
	}
	series := map[string]float64{}
	for name, family := range families {
		for _, s := range family.Metric {
			series[strings.TrimPrefix(name, "minitill_")+labelsOf(s)] = s.GetCounter().GetValue() + s.GetGauge().GetValue() + float64(s.GetHistogram().GetSampleCount())
		}
	}
	return w.Body.String(), series
}

func labelsOf(s *dto.Metric) string {
	var list []string
	for _, l := range s.Label {
		list = append(list, l.GetValue())
	}
	return fmt.Sprint(list)
}

// everything has each observer told of something, known and unknown.
func everything(t *testing.T, m *metrics.Metrics, s *source) {
	t.Helper()
	for _, name := range []string{"shop", "sandbox", far} {
		m.Committed(paid(name), false)
		m.Called(name, outbound.QueryPayment, outbound.OK, time.Second)
		m.Notified(name, fault.Unauthenticated)
		m.Applied(name, time.Minute)
		m.Dated(name, noon.Add(time.Minute).Format(http.TimeFormat), noon, noon.Add(time.Second))
		m.SignedIn(name, nil)
		m.Attempted(name, store.Dead, time.Second)
		m.Attempted(name, store.Delivered, time.Second)
		m.Archived(name, 1)
		m.Horizon(name, noon)
		m.Opened(name, true)
		m.Refused(limit.Name(name))
	}
	m.Answered(server.Answer{Route: "/healthz", Method: "GET", Status: 200, Took: time.Second})
	m.WatchTraces([]string{"exported", "queue_full"})(far, 1)
	m.Stored(time.Second, 2, nil)
	m.Stored(time.Second, 0, fault.Unavailable)
	s.survey = store.Survey{
		Orders:    map[store.OpenOrders]store.Tally{{App: "shop", Status: wallet.Pending}: {Count: 2, Oldest: noon}, {App: far, Status: wallet.Pending}: {Count: 1, Oldest: noon}},
		Due:       map[string]store.Tally{"sandbox": {Count: 1, Oldest: noon.Add(-time.Minute)}, far: {Count: 1, Oldest: noon}},
		Attention: map[store.FlaggedOrders]int{{App: "shop", Why: bridge.LatePayment}: 4, {App: far, Why: far}: 1},
		Inbox:     map[string]int{"sandbox": 5, far: 1},
		Outbox:    map[store.OpenMessages]store.Tally{{App: "shop", Status: store.Undelivered}: {Count: 6, Oldest: noon}},
	}
	s.survey.Refunds = map[store.OpenRefunds]time.Time{
		{App: "shop", Status: wallet.RefundWaiting}: noon, {App: far, Status: wallet.RefundPending}: noon, {App: far + "2", Status: wallet.RefundPending}: noon.Add(-time.Hour),
	}
	s.backup = noon.Add(-time.Hour)
	m.SignedIn(miniapp.AsGuest, fault.Forbidden)
	m.RunOnce(t.Context(), s, noon)
}

// paid is a change that pays an order of an app, and of a wallet, of that name.
func paid(name string) *bridge.Change {
	c := bridge.NewChange(bridge.Order{ID: "ord_1", App: name, Status: wallet.Pending, CreatedAt: noon, Payments: []bridge.Payment{{Number: 1, Wallet: name, Status: wallet.Pending}}})
	p := c.Order.Payments[0]
	p.Status, p.Paid = wallet.Paid, 450
	c.Record(bridge.PaymentUpdated, bridge.FromQuery, noon.Add(time.Minute), bridge.EventData{Payment: &p})
	c.Record(bridge.PaymentUpdated, bridge.FromQuery, noon.Add(time.Minute), bridge.EventData{Payment: &p}) // nothing new
	c.Record(bridge.RefundSucceeded, bridge.FromWallet, noon.Add(time.Minute), bridge.EventData{Refund: &bridge.Refund{Number: 1, Payment: 1, Status: wallet.RefundSucceeded, Amount: 1}})
	return c
}

func TestWhatIsObservedIsCounted(t *testing.T) {
	m, s := till()
	everything(t, m, s)
	m.Committed(paid("sandbox"), true)
	_, got := scrape(t, m)
	for series, want := range map[string]float64{
		"payments_settled_total[query sandbox]": 1, "payments_settled_total[notification sandbox]": 1, "payments_settled_total[answer sandbox]": 0,
		"orders_total[shop paid other]": 1, "orders_total[other paid sandbox]": 2, "refunds_total[succeeded sandbox]": 2,
		"order_time_to_paid_seconds[sandbox]": 2, "wallet_calls_total[query_payment ok sandbox]": 1, "notifications_total[unauthenticated sandbox]": 1,
		"webhook_attempts_total[shop dead]": 1, "webhook_dead_total[shop]": 1, "webhook_delay_seconds[shop]": 1, "sessions_total[shop guest]": 1,
		"http_refused_total[other]": 3, "http_requests_total[200 GET /healthz]": 1, "http_requests_total[500 GET /healthz]": 0,
		"http_waits[poll]": 2, "http_waits[stream]": 1, "ready[]": 1, "redis_up[]": 0,
		"wallet_breaker_state[open sandbox]": 1, "wallet_breaker_state[closed sandbox]": 0, "wallet_calls_in_flight[sandbox]": 3,
		"store_commit_duration_seconds[]": 1, "store_errors_total[unavailable]": 1, "store_errors_total[survey]": 0,
		"open_orders[shop pending]": 2, "open_orders[shop created]": 0, "open_orders[other pending]": 1,
		"status_queries_due[sandbox]": 1, "status_query_lag_seconds[sandbox]": 60, "attention_orders[shop late_payment]": 4, "attention_orders[other other]": 1,
		"inbox_unmatched[sandbox]": 5, "outbox_messages[shop undelivered]": 6, "outbox_messages[shop dead]": 0,
		"outbox_oldest_timestamp_seconds[shop undelivered]": float64(noon.Unix()), "store_survey_timestamp_seconds[]": float64(noon.Unix()),
		"notification_delay_seconds[sandbox]": 1, "wallet_clock_offset_seconds[sandbox]": 60, "data_free_bytes[]": 1 << 30,
		"refund_oldest_timestamp_seconds[shop waiting]": float64(noon.Unix()), "refund_oldest_timestamp_seconds[other pending]": float64(noon.Add(-time.Hour).Unix()),
		"console_index_behind_seconds[shop]": 3, "backup_last_success_timestamp_seconds[]": float64(noon.Add(-time.Hour).Unix()), "sign_ins_total[guest forbidden]": 1, "sign_ins_total[auth_code ok]": 0,
	} {
		if v, there := got[series]; !there || v != want {
			t.Errorf("%s: got %v (there: %v), want %v", series, v, there, want)
		}
	}
	if _, there := got["outbox_oldest_timestamp_seconds[shop dead]"]; there {
		t.Error("there is an age of dead messages, and no dead message")
	}
}

func TestAPaymentThatWasPaidBeforeIsNotSettledAgain(t *testing.T) {
	m, _ := till()
	c := bridge.NewChange(paid("sandbox").Order)
	p := c.Order.Payments[0]
	p.Refunded = 1
	c.Record(bridge.PaymentUpdated, bridge.FromQuery, noon, bridge.EventData{Payment: &p})
	m.Committed(c, false)
	if _, got := scrape(t, m); got["payments_settled_total[query sandbox]"] != 0 || got["orders_total[shop paid sandbox]"] != 0 {
		t.Errorf("settled: got %v, want 0", got["payments_settled_total[query sandbox]"])
	}
}

func TestAHeldAnswerIsNoPartOfTheDurations(t *testing.T) {
	m, _ := till()
	m.Answered(server.Answer{Route: "/healthz", Method: "GET", Status: 200, Took: time.Hour, Held: true})
	_, got := scrape(t, m)
	if got["http_requests_total[200 GET /healthz]"] != 1 || got["http_request_duration_seconds[/healthz]"] != 0 {
		t.Errorf("got %v requests and %v durations, want 1 and 0", got["http_requests_total[200 GET /healthz]"], got["http_request_duration_seconds[/healthz]"])
	}
}

func TestACallThatWasNotSentIsNoPartOfTheDurations(t *testing.T) {
	m, _ := till()
	m.Called("sandbox", outbound.QueryPayment, outbound.BreakerOpen, 0)
	_, got := scrape(t, m)
	if n := got["wallet_call_duration_seconds[query_payment sandbox]"]; n != 0 {
		t.Errorf("got %v durations, want none", n)
	}
}

// TestADateThatSaysNothingOfAClockIsLeftOut: one that cannot be read, and that of a call that
// took long.
func TestADateThatSaysNothingOfAClockIsLeftOut(t *testing.T) {
	m, _ := till()
	m.Dated("sandbox", "yesterday", noon, noon)
	m.Dated("sandbox", noon.Format(http.TimeFormat), noon, noon.Add(time.Minute))
	if _, got := scrape(t, m); len(got) == 0 || got["wallet_clock_offset_seconds[sandbox]"] != 0 {
		t.Errorf("got an offset of %v s", got["wallet_clock_offset_seconds[sandbox]"])
	}
}

func TestASurveyThatFailsIsCountedAndKeepsWhatIsKnown(t *testing.T) {
	m, s := till()
	everything(t, m, s)
	s.err = errors.New("away")
	m.RunOnce(t.Context(), s, noon.Add(time.Hour))
	_, got := scrape(t, m)
	if got["store_errors_total[survey]"] != 1 || got["inbox_unmatched[sandbox]"] != 5 || got["store_survey_timestamp_seconds[]"] != float64(noon.Unix()) {
		t.Errorf("got %v errors and an inbox of %v", got["store_errors_total[survey]"], got["inbox_unmatched[sandbox]"])
	}
}

func TestWithoutAnAnswerOfTheIndexItsLagIsNotKnown(t *testing.T) {
	m, s := till()
	everything(t, m, s)
	s.err = errors.New("away")
	m.RunOnce(t.Context(), s, noon.Add(time.Hour))
	if _, got := scrape(t, m); len(got) == 0 || got["console_index_behind_seconds[shop]"] != 0 {
		t.Errorf("got a lag of %v, want none", got["console_index_behind_seconds[shop]"])
	}
}

func TestNoLabelHasAValueThatIsNotConfigured(t *testing.T) {
	m, s := till()
	everything(t, m, s)
	before, series := scrape(t, m)
	for i := range 100 {
		name := fmt.Sprint(far, i)
		m.Committed(paid(name), false)
		m.Called(name, outbound.QueryPayment, outbound.OK, 0)
		m.Notified(name, nil)
		m.Attempted(name, store.Delivered, 0)
		m.Archived(name, 1)
		m.Horizon(name, noon)
		m.Opened(name, false)
		m.Refused(limit.Name(name))
		s.survey.Inbox[name]++
	}
	m.RunOnce(t.Context(), s, noon)
	after, more := scrape(t, m)
	if strings.Contains(before+after, far) {
		t.Error("a label has a value that is not configured")
	}
	if added := len(more) - len(series); added > 2 { // of an unknown wallet's notifications, and sessions of an unknown app
		t.Errorf("a hundred unknown names added %d series", added)
	}
}

func TestNamesAndHelpFollowTheConventions(t *testing.T) {
	m, s := till()
	everything(t, m, s)
	text, _ := scrape(t, m)
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestTheDocumentationListsEveryMetric compares the table of docs/operations.md with what
// a scrape has: names, types and labels.
func TestTheDocumentationListsEveryMetric(t *testing.T) {
	m, s := till()
	everything(t, m, s)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for name, family := range families {
		if short, ours := strings.CutPrefix(name, "minitill_"); ours {
			var labels []string
			for _, l := range family.Metric[0].Label {
				labels = append(labels, l.GetName())
			}
			slices.Sort(labels)
			want = append(want, fmt.Sprintf("%s %s [%s]", short, strings.ToLower(family.GetType().String()), strings.Join(labels, " ")))
		}
	}
	doc, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (counter|gauge|histogram) \\| ([a-z, ]*)\\|").FindAllStringSubmatch(string(doc), -1) {
		labels := strings.FieldsFunc(row[3], func(r rune) bool { return r == ',' || r == ' ' })
		slices.Sort(labels)
		got = append(got, fmt.Sprintf("%s %s [%s]", row[1], row[2], strings.Join(labels, " ")))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("docs/operations.md lists\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
