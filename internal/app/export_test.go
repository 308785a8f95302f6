package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/sqlite"
)

// TestAnExportHasAnOrderThatWasPaidWhileTheServerServes, and leaves no file that is not whole.
func TestAnExportHasAnOrderThatWasPaidWhileTheServerServes(t *testing.T) {
	data, out := t.TempDir(), t.TempDir()
	r := startNode(t, data)
	token := r.signIn()
	made := r.call("POST", "/miniapp/v1/orders", token, `{"items":[{"sku":"flat-white","quantity":1}]}`, 201)
	order := made["order"].(map[string]any)
	r.decide(made["action"].(map[string]any)["paymentUrl"].(string), "pay")
	id := order["id"].(string)
	for r.call("GET", "/miniapp/v1/orders/"+id+"?wait=25s", token, "", 200)["order"].(map[string]any)["status"] != "paid" {
	}
	file := filepath.Join(out, "orders.csv")
	command(t, "export", "orders", file, "--data", data)
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "order,"+id+","+id+",paid,") {
		t.Errorf("got %q, %v", text, err)
	}
	lines := command(t, "export", "events", "--format", "jsonl", "--data", data)
	if strings.Count(lines, id) < 3 || !strings.HasPrefix(lines, `{"id":"evt_`) {
		t.Errorf("got %q", lines)
	}
	wantExportsRecorded(t, data, "events.jsonl", "orders.csv")
	for want, args := range map[string][]string{
		"never replaces": {"export", "orders", file, "--data", data},
		"no app":         {"export", "orders", filepath.Join(out, "a.csv"), "--data", data, "--app", "none"},
		"is not a time":  {"export", "orders", filepath.Join(out, "b.csv"), "--data", data, "--from", "today"},
		"--zone":         {"export", "orders", filepath.Join(out, "c.csv"), "--data", data, "--zone", "Moon/Sea"},
	} {
		var faults bytes.Buffer
		if code := Main(t.Context(), Env{Args: args, Out: new(bytes.Buffer), Err: &faults}); code != 1 || !strings.Contains(faults.String(), want) {
			t.Errorf("%v: exit code %d: %s", args, code, &faults)
		}
	}
	if left, err := os.ReadDir(out); err != nil || len(left) != 1 {
		t.Errorf("there are %v, %v, want the one export", left, err)
	}
}

// wantExportsRecorded requires that the audit log ends with exports of these tables, the newest
// first.
func wantExportsRecorded(t *testing.T, data string, tables ...string) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(data, "minitill.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list, err := s.AuditEntries(t.Context(), store.AuditQuery{Limit: len(tables)})
	if err != nil || len(list) != len(tables) {
		t.Fatalf("audit entries: got %d, %v, want %d", len(list), err, len(tables))
	}
	for i, e := range list {
		if e.Action != "export" || e.Subject != tables[i] || e.Operator != person() || !strings.HasPrefix(e.Outcome, "done, ") || e.App != demoApp {
			t.Errorf("entry %d: got %+v, want the export of %s", i, e, tables[i])
		}
	}
}
