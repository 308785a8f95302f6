package app

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/store/storetest"
)

// oldStore makes a store with a paid order and an open one, both of months ago.
func oldStore(t *testing.T, data string) (paid bridge.OrderID) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(data, "minitill.db"))
	if err != nil {
		t.Fatal(err)
	}
	paid = storetest.Stored(t, s)
	_, err = s.UpdateOrder(t.Context(), paid, func(c *bridge.Change) error {
		storetest.AddPaid(c, 1234)
		c.Order.DueAt = time.Time{}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	storetest.Stored(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return paid
}

func TestEventsAreArchivedVerifiedAndReadByCommands(t *testing.T) {
	dir, data := inDirectory(t, goodFiles), t.TempDir()
	file := filepath.Join(dir, "minitill.yaml")
	if err := os.WriteFile(file, []byte(good+"retention: {events: 168h, messages: 96h, refundWindow: 24h}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	id := oldStore(t, data)
	run := func(args ...string) string { return command(t, append(args, "--config", file, "--data", data)...) }
	before := run("export", "events", "--format", "jsonl")
	wantMatches(t, run("archive", "run"), `^1 files with 3 events archived, 2 events and 0 deliveries deleted`)
	wantMatches(t, run("archive", "run"), `^0 files with 0 events archived, 0 events and 0 deliveries deleted`)
	wantMatches(t, run("archive", "verify"), `^shop: 1 files, \d+ bytes, 3 events of 2 orders\n$`)
	wantMatches(t, command(t, "archive", "verify", "--directory", filepath.Join(data, "archive"), "--app", "shop"), `3 events of 2 orders\n$`)
	shown := strings.Split(strings.TrimSpace(run("archive", "show", string(id))), "\n")
	if len(shown) != 2 || !strings.Contains(shown[0], `"order.created"`) || !strings.Contains(shown[1], `"sequence":2`) {
		t.Errorf("show: got %q, want the two events of the order", shown)
	}
	if after := run("export", "events", "--format", "jsonl"); after != before {
		t.Errorf("the export of events:\n got %s\nwant %s", after, before)
	}
	if n := indexed(t, data); n != 3 {
		t.Errorf("an index that is built from the archive and the store has %d events, want 3", n)
	}
	files, err := filepath.Glob(filepath.Join(data, "archive", "shop", "*.gz"))
	if err != nil || len(files) != 1 {
		t.Fatalf("got %v, %v, want one file", files, err)
	}
	found, _ := examined(t, "--config", file, "--data", data, "--check", "archive")
	wantFinding(t, found, "archive", fine, "shop: 1 files")
	if err := os.Truncate(files[0], 100); err != nil {
		t.Fatal(err)
	}
	found, _ = examined(t, "--config", file, "--data", data, "--check", "archive")
	wantFinding(t, found, "archive", broken, "is missing or has another size")
	wantMatches(t, refused(t, 1, "archive", "verify", "--config", file, "--data", data), "the archive is not whole")
	wantMatches(t, refused(t, 1, "archive", "run", "--config", file, "--data", data), "is not in the directory of the archive")
}

// indexed builds the index of a store from its first event and returns how many it has.
func indexed(t *testing.T, data string) int64 {
	t.Helper()
	c := defaultConfig()
	c.Data = filePath(data)
	db, err := c.openStore(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	x := index.New(index.Lazily(c.openIndex), index.Config{Source: c.whole(db), Apps: []string{"shop"}})
	defer x.Close()
	for more := true; more; {
		if more, err = x.RunOnce(t.Context()); err != nil {
			t.Fatalf("RunOnce: got %v, want nil", err)
		}
	}
	s, err := x.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s.Apps[0].Events
}

func TestWithoutRetentionNothingIsArchived(t *testing.T) {
	dir, data := inDirectory(t, goodFiles), t.TempDir()
	file := filepath.Join(dir, "minitill.yaml")
	oldStore(t, data)
	wantMatches(t, refused(t, 1, "archive", "run", "--config", file, "--data", data), "set retention.events or retention.messages")
}

// A node that serves archives by itself, and tells a merchant where the feed goes on.
func TestAServingNodeArchivesAndSaysWhereTheFeedGoesOn(t *testing.T) {
	dir, data := inDirectory(t, goodFiles), t.TempDir()
	file := filepath.Join(dir, "minitill.yaml")
	here := strings.NewReplacer("publicUrl: https://pay.example.com\n", "", "https://sandbox.example.com", "http://127.0.0.1:1").Replace(good)
	if err := os.WriteFile(file, []byte(here+"retention: {events: 168h, refundWindow: 24h, archiveAt: our bucket}\nserver: {drain: 0s}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	id := oldStore(t, data)
	key := regexp.MustCompile(`mk_\S+`).FindString(command(t, "keys", "create", "--name", "backend", "--config", file, "--data", data))
	r := startWith(t, "--config", file, "--data", data)
	ask := func(path string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+key)
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(body)
	}
	status, body := 0, ""
	for end := time.Now().Add(time.Minute); status != http.StatusGone && time.Now().Before(end); { // the first pass begins with the node
		status, body = ask("/v1/orders/" + string(id) + "/events")
	}
	if status != http.StatusGone || !strings.Contains(body, "our bucket") {
		t.Fatalf("the events of the order: got %d, %s, want 410 with the place of the archive", status, body)
	}
	last := regexp.MustCompile(`Read on after (evt_[0-9A-Z]+-\d+)`).FindStringSubmatch(body)
	if last == nil {
		t.Fatalf("the detail does not say where to read on: %s", body)
	}
	if status, body := ask("/v1/orders/" + string(id) + "/events?after=" + last[1]); status != http.StatusOK || !strings.Contains(body, `"events":[]`) {
		t.Errorf("after the last archived event: got %d, %s, want none and no error", status, body)
	}
	if status, body := ask("/v1/events"); status != http.StatusGone || !strings.Contains(body, "our bucket") {
		t.Errorf("the feed from its start: got %d, %s, want 410", status, body)
	}
	if status, body := ask("/v1/exports/events.jsonl"); status != http.StatusOK || strings.Count(body, `","order":"`+string(id)+`"`) != 2 {
		t.Errorf("the export of events: got %d, %s, want both of the archived order", status, body)
	}
}
