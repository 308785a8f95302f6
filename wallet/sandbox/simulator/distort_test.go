package simulator_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// mail keeps the bodies of notifications as they come.
type mail struct {
	mu     sync.Mutex
	bodies []string
	status int // default 200
}

func (m *mail) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bodies = append(m.bodies, string(body))
	status := 200
	if m.status != 0 {
		status = m.status
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(`{"code":"OK"}`)), Request: r}, nil
}

func newMailTill(t *testing.T) (*till, *mail) {
	m := new(mail)
	return newTill(t, func(c *simulator.Config) { c.HTTP = &http.Client{Transport: m} }), m
}

// content is the payment or refund of a body.
func content(t *testing.T, body string) map[string]any {
	t.Helper()
	var notice map[string]any
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&notice); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	for _, member := range []string{"payment", "refund"} {
		if inner, there := notice[member].(map[string]any); there {
			return inner
		}
	}
	return notice
}

func value(content map[string]any, name string) any {
	amount, _ := content[name].(map[string]any)
	return amount["value"]
}

func TestReportsHoldValuesThatCannotBeRepresentedOrAreNotKnown(t *testing.T) {
	for fault, strange := range map[simulator.Fault]func(map[string]any) bool{
		simulator.AmountMissing: func(c map[string]any) bool { return c["amount"] == nil && c["captured"] == nil },
		simulator.AmountHuge: func(c map[string]any) bool {
			return value(c, "amount") == "9223372036854775808" && value(c, "captured") == "9223372036854775808"
		},
		simulator.TimeHuge:      func(c map[string]any) bool { return c["updatedAt"] == json.Number("253402300800000") },
		simulator.UnknownStatus: func(c map[string]any) bool { return c["status"] == "UNDER_REVIEW" },
	} {
		t.Run(string(fault), func(t *testing.T) {
			s, m := newMailTill(t)
			s.on(fault)
			s.paid("A")
			s.RunOnce(t.Context())
			if len(m.bodies) != 1 || !strange(content(t, m.bodies[0])) || !strings.Contains(m.bodies[0], `"requestId":"A"`) {
				t.Errorf("notified: got %s", m.bodies)
			}
			answer := s.raw("/v1/payments/query", fields{"requestId": "A"})
			if !strange(content(t, answer)) || content(t, answer)["requestId"] != "A" {
				t.Errorf("answered: got %s", answer)
			}
			s.wantCode("another call", s.call("/v1/payments", s.creating("A")), "")
			s.wantStatus("A", "PAID")
			s.wantLedger(1234, 0)
			s.Clear()
			if strange(content(t, s.raw("/v1/payments/query", fields{"requestId": "A"}))) {
				t.Error("a query without the fault reports it still")
			}
		})
	}
}

func TestReportsOfRefundsAreDistortedToo(t *testing.T) {
	for fault, strange := range map[simulator.Fault]func(map[string]any) bool{
		simulator.AmountHuge:    func(c map[string]any) bool { return value(c, "amount") == "9223372036854775808" },
		simulator.TimeHuge:      func(c map[string]any) bool { return c["updatedAt"] == json.Number("253402300800000") },
		simulator.UnknownStatus: func(c map[string]any) bool { return c["status"] == "UNDER_REVIEW" },
	} {
		t.Run(string(fault), func(t *testing.T) {
			s, m := newMailTill(t)
			s.paid("A")
			s.RunOnce(t.Context())
			s.on(fault)
			s.call("/v1/refunds", s.refunding("A", "R", "34"))
			s.RunOnce(t.Context())
			if !strange(content(t, m.bodies[1])) || !strange(content(t, s.raw("/v1/refunds/query", fields{"refundRequestId": "R"}))) {
				t.Errorf("got %s", m.bodies[1])
			}
			s.wantLedger(1234, 34)
		})
	}
}

func TestOnlyPaidPaymentsAreReportedWithoutAnAmount(t *testing.T) {
	s := newTill(t)
	s.Inject(simulator.Rule{Fault: simulator.AmountMissing, Times: 1})
	s.create("A")
	if got := s.query(fields{"requestId": "A"}); got.Amount == nil {
		t.Error("an open payment is reported without its amount")
	}
	s.settle("A", "pay")
	if got := s.query(fields{"requestId": "A"}); got.Amount != nil {
		t.Errorf("got %+v, want no amount", got)
	}
}

func TestARuleMayBeAboutNotificationsOnly(t *testing.T) {
	s, m := newMailTill(t)
	s.Inject(simulator.Rule{Fault: simulator.UnknownStatus, Endpoint: simulator.Notify})
	s.paid("A")
	s.RunOnce(t.Context())
	if got := s.query(fields{"requestId": "A"}); got.Status != "PAID" || !strings.Contains(m.bodies[0], "UNDER_REVIEW") {
		t.Errorf("answered %q and notified %s, want only the latter strange", got.Status, m.bodies[0])
	}
}

func TestNewsMayNameTheProvidersIDsOnly(t *testing.T) {
	s, m := newMailTill(t)
	s.on(simulator.PaymentIDOnly)
	opened := s.paid("A")
	refund := s.call("/v1/refunds", s.refunding("A", "R", "34"))
	s.RunOnce(t.Context())
	payment, reported := content(t, m.bodies[0]), content(t, m.bodies[1])
	if payment["paymentId"] != opened.PaymentID || payment["requestId"] != nil || payment["status"] != "PAID" {
		t.Errorf("got %v, want the payment's own id only", payment)
	}
	if reported["refundId"] != refund.RefundID || reported["paymentId"] != opened.PaymentID || reported["requestId"] != nil || reported["refundRequestId"] != nil {
		t.Errorf("got %v, want the refund's own id only", reported)
	}
}

// batch is what one notification says, event by event.
func batch(t *testing.T, body string) (eventID string, reported []string) {
	t.Helper()
	var all struct {
		EventID string
		Events  []notice
	}
	if err := json.Unmarshal([]byte(body), &all); err != nil {
		t.Fatal(err)
	}
	for _, n := range all.Events {
		reported = append(reported, n.Payment.RequestID+n.Refund.Status+" "+n.Payment.Status+" "+n.EventID)
	}
	return all.EventID, reported
}

func TestSeveralEventsAreSentInOneNotification(t *testing.T) {
	s, m := newMailTill(t)
	s.Inject(simulator.Rule{Fault: simulator.BatchEvents, Times: 3})
	s.paid("A")
	s.paid("B")
	s.paid("OTHER", with("notifyUrl", "https://other.example/n"))
	s.RunOnce(t.Context())
	if len(m.bodies) != 0 {
		t.Fatalf("got %s, want all kept", m.bodies)
	}
	s.call("/v1/refunds", s.refunding("A", "R", "34"))
	elsewhere := s.refunding("B", "R2", "1")
	elsewhere["notifyUrl"] = "https://other.example/refunds"
	s.call("/v1/refunds", elsewhere)
	s.RunOnce(t.Context())
	s.clock.Advance(2 * time.Second)
	s.RunOnce(t.Context())
	if len(m.bodies) != 3 {
		t.Fatalf("got %d notifications, want one for each URL: %s", len(m.bodies), m.bodies)
	}
	m.bodies = slices.DeleteFunc(m.bodies, func(body string) bool { return !strings.Contains(body, `"events"`) })
	var reported []string
	for _, body := range m.bodies {
		id, events := batch(t, body)
		if id == "" || len(events) == 0 {
			t.Errorf("got %s, want a list under an id", body)
		}
		reported = append(reported, events...)
	}
	slices.Sort(reported)
	want := []string{"A PAID se_0000000000_1", "B PAID se_0000000001_1", "OTHER PAID se_0000000002_1", "SUCCEEDED  se_0000000000_2"}
	if !slices.Equal(reported, want) {
		t.Errorf("got %q, want %q", reported, want)
	}
	s.clock.Advance(time.Hour)
	if n := s.RunOnce(t.Context()); n != 0 {
		t.Errorf("attempts after OK: got %d, want 0", n)
	}
	for _, p := range s.Payments() {
		if p.Waiting != 0 {
			t.Errorf("%s: got %d notices waiting, want none", p.RequestID, p.Waiting)
		}
	}
	s.wantLedger(3*1234, 34+1)
}

func TestABatchThatIsNotAcknowledgedIsSentOneByOneInOrder(t *testing.T) {
	s, m := newMailTill(t)
	s.Inject(simulator.Rule{Fault: simulator.BatchEvents, Times: 2})
	s.paid("A")
	s.paid("B")
	s.RunOnce(t.Context())
	s.call("/v1/refunds", s.refunding("A", "R", "34"))
	m.status = 503
	s.clock.Advance(2 * time.Second)
	s.RunOnce(t.Context())
	if len(m.bodies) != 1 {
		t.Fatalf("got %d notifications, want one: %s", len(m.bodies), m.bodies)
	}
	if _, events := batch(t, m.bodies[0]); len(events) != 3 {
		t.Errorf("got %q, want three events", events)
	}
	m.status = 200
	s.clock.Advance(time.Second)
	s.RunOnce(t.Context())
	var reported []string
	for _, body := range m.bodies[1:] {
		reported = append(reported, fmt.Sprint(content(t, body)["requestId"], " ", content(t, body)["status"]))
	}
	ofA := slices.DeleteFunc(slices.Clone(reported), func(s string) bool { return !strings.HasPrefix(s, "A") })
	if len(reported) != 3 || !slices.Equal(ofA, []string{"A PAID", "A SUCCEEDED"}) {
		t.Errorf("got %q, want each alone and those of A in order", reported)
	}
}

func TestABatchEndsWhateverRunsBesideIt(t *testing.T) {
	s, m := newMailTill(t)
	s.Inject(simulator.Rule{Fault: simulator.BatchEvents, Rate: 0.5})
	const payments = 200
	for i := range payments {
		s.paid(name(i))
		if i%3 == 0 {
			s.call("/v1/refunds", s.refunding(name(i), name(i)+"R", "1"))
		}
		if i%10 == 0 {
			s.RunOnce(t.Context())
			s.clock.Advance(time.Second)
		}
	}
	for range 100 {
		s.RunOnce(t.Context())
		s.clock.Advance(time.Second)
	}
	text := strings.Join(m.bodies, "\n")
	for i := range payments {
		if n := strings.Count(text, fmt.Sprintf(`"se_%010d_1"`, i)); n != 1 {
			t.Errorf("payment %d: notified %d times, want once", i, n)
		}
	}
	for _, p := range s.Payments() {
		if p.Waiting != 0 {
			t.Errorf("%s: got %d notices waiting, want none", p.RequestID, p.Waiting)
		}
	}
	if n := strings.Count(text, `"events"`); n == 0 || n > payments {
		t.Errorf("got %d notifications of several events", n)
	}
}

func TestTheSameSeedDrawsTheSameFaults(t *testing.T) {
	run := func(seed uint64) string {
		s := newTill(t, func(c *simulator.Config) { c.Seed = seed })
		for _, fault := range []simulator.Fault{
			simulator.RefuseRepeat, simulator.LagQuery, simulator.CancelReverses, simulator.RefuseCancel,
			simulator.ChangeID, simulator.AmountHuge, simulator.UnknownStatus,
		} {
			s.Inject(simulator.Rule{Fault: fault, Rate: 0.4})
		}
		var received []string
		for i := range 30 {
			s.create(name(i))
			received = append(received, s.call("/v1/payments", s.creating(name(i))).Code)
			s.settle(name(i), []string{"pay", "leave"}[i%2])
			received = append(received, s.raw("/v1/payments/query", fields{"requestId": name(i)}))
			received = append(received, s.raw("/v1/payments/cancel", fields{"requestId": name(i)}))
		}
		return strings.Join(received, "\n")
	}
	first, again := run(7), run(7)
	if first != again {
		t.Error("two runs of one seed differ")
	}
	if first == run(8) {
		t.Error("two seeds agree")
	}
}
