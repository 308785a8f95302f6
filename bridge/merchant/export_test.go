package merchant_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestAnExportHasTheOrdersOfItsAppAndSaysHowManyRowsItHas(t *testing.T) {
	w := newWorld(t)
	own, foreign := w.belongings("shop"), w.belongings("club")
	w.clock.Advance(time.Minute)
	for file, rows := range map[string]string{"orders.csv": "2", "orders.jsonl": "2", "refunds.csv": "1", "events.jsonl": "1"} {
		a := w.in(t).call("GET", "/exports/"+file+"?zone=Asia/Hong_Kong", "")
		body := a.Body.String()
		if a.Code != 200 || !strings.Contains(body, own["orders"]) || strings.Contains(body, foreign["orders"]) || !strings.Contains(body, "+08:00") {
			t.Errorf("%s: got %d %s", file, a.Code, body)
		}
		if got := a.Result().Trailer.Get("Minitill-Rows"); got != rows {
			t.Errorf("%s: got %q rows, want %s", file, got, rows)
		}
	}
}

func TestAnExportThatMakesNoSenseIsRefused(t *testing.T) {
	w := newWorld(t)
	for path, test := range map[string]struct {
		status int
		field  string
	}{
		"orders":                   {404, ""},
		"orders.xlsx":              {404, ""},
		"people.csv":               {404, ""},
		"orders.csv?zone=Moon":     {400, "zone"},
		"orders.csv?status=payed":  {400, "status"},
		"orders.csv?from=today":    {400, "from"},
		"orders.csv?limit=1":       {400, "limit"},
		"events.jsonl?to=tomorrow": {400, "to"},
	} {
		t.Run(path, func(t *testing.T) { w.in(t).call("GET", "/exports/"+path, "").Refused(test.status, test.field) })
	}
}

// leaving is a caller that disconnects at the first part of an answer.
type leaving struct {
	*httptest.ResponseRecorder
	leave context.CancelFunc
}

func (l *leaving) Write(p []byte) (int, error) {
	l.leave()
	return l.ResponseRecorder.Write(p)
}

// TestAnExportThatEndsEarlyEndsItsConnection, so that nothing takes it for a whole one.
func TestAnExportThatEndsEarlyEndsItsConnection(t *testing.T) {
	w := newWorld(t)
	w.belongings("shop")
	w.clock.Advance(time.Minute)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	rec := &leaving{httptest.NewRecorder(), leave}
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/exports/orders.csv", http.NoBody)
	r.Header.Set("Authorization", w.shop)
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("the handler ended with %v, want that the connection is aborted", p)
		}
		if got := rec.Result().Trailer.Get("Minitill-Rows"); got != "" {
			t.Errorf("an export that ended early says that it has %s rows", got)
		}
		if log := w.engine.audit; len(log) != 1 || log[0].Outcome == "" || strings.HasPrefix(log[0].Outcome, "done") {
			t.Errorf("the audit log has %+v, want an export that failed", log)
		}
	}()
	w.router.ServeHTTP(rec, r)
}
