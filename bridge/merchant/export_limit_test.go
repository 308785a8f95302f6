package merchant_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// slow is a caller that reads nothing until it is released.
type slow struct {
	*httptest.ResponseRecorder
	begun, read chan struct{}
	once        sync.Once
}

func (s *slow) Write(p []byte) (int, error) {
	s.once.Do(func() { close(s.begun); <-s.read })
	return s.ResponseRecorder.Write(p)
}

// exporting starts an export whose caller is slow, and returns when it has begun.
func (w *world) exporting(authorization string, running *sync.WaitGroup) *slow {
	s := &slow{ResponseRecorder: httptest.NewRecorder(), begun: make(chan struct{}), read: make(chan struct{})}
	r := httptest.NewRequestWithContext(w.Context(), http.MethodGet, "/v1/exports/orders.csv", http.NoBody)
	r.Header.Set("Authorization", authorization)
	running.Go(func() { w.router.ServeHTTP(s, r) })
	<-s.begun
	return s
}

type counted map[limit.Name]int

func (c counted) Refused(name limit.Name) { c[name]++ }

func TestExportsAtOnceAreBoundedForEachAppAndInAll(t *testing.T) {
	refused := counted{}
	w := newWorld(t, func(c *merchant.Config) { c.Counter = refused })
	other := w.key("other", store.Scopes...)
	var running sync.WaitGroup
	list := []*slow{w.exporting(w.shop, &running), w.exporting(w.shop, &running)}
	request := func(authorization string) answer {
		return w.in(t).send("GET", "/exports/orders.csv", "", "Authorization", authorization)
	}
	if a := request(w.shop); a.Refused(429, "")["detail"] != "Too many exports are running. Try again later." || a.Header().Get("Retry-After") == "" {
		t.Errorf("a third export of an app: %v %s", a.Header(), a.Body)
	}
	list = append(list, w.exporting(w.club, &running), w.exporting(w.club, &running))
	if a := request(other); a.Refused(503, "")["detail"] != "Too many exports are running. Try again later." || a.Header().Get("Retry-After") == "" {
		t.Errorf("a fifth export: %v %s", a.Header(), a.Body)
	}
	if refused[limit.Export] != 2 || len(refused) != 1 {
		t.Errorf("counted %v, want 2 exports", refused)
	}
	for _, s := range list {
		close(s.read)
	}
	running.Wait()
	for _, authorization := range []string{w.shop, other} {
		if a := request(authorization); a.Code != 200 {
			t.Errorf("after the others have ended: got %d %s", a.Code, a.Body)
		}
	}
}

func TestEachExportIsInTheAuditLog(t *testing.T) {
	w := newWorld(t)
	w.belongings("shop")
	w.clock.Advance(time.Minute)
	a := w.in(t).call("GET", "/exports/orders.csv?status=paid&from=2020-01-02T03:04:05Z", "")
	if a.Code != 200 || len(w.engine.audit) != 1 {
		t.Fatalf("got %d %s, and %d entries", a.Code, a.Body, len(w.engine.audit))
	}
	e := w.engine.audit[0]
	if e.App != "shop" || e.Operator != "till of shop (key_shop)" || e.Action != "export" || e.Subject != "orders.csv" ||
		e.Reason != "paid, from 2020-01-02T03:04:05Z to now" || e.Request != a.Header().Get("X-Request-Id") || e.Address == "" ||
		!strings.HasPrefix(e.ID, "aud_") || !e.At.Equal(w.clock.Now().Truncate(time.Millisecond)) {
		t.Errorf("got %+v", e)
	}
	if want := "done, " + a.Result().Trailer.Get("Minitill-Rows") + " rows"; e.Outcome != want {
		t.Errorf("the outcome is %q, want %q", e.Outcome, want)
	}
}

func TestAnExportThatCannotBeRecordedIsNotWritten(t *testing.T) {
	w := newWorld(t)
	w.engine.auditDown = fault.New(fault.Unavailable, "test", "The store is away.")
	if a := w.in(t).call("GET", "/exports/orders.csv", ""); a.Code != 503 || strings.Contains(a.Body.String(), "id,") {
		t.Errorf("got %d %s, want 503", a.Code, a.Body)
	}
}
