package app

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/webhook"
)

// TestATestNoticeIsSentFromAShell sends one to a receiver on this machine.
func TestATestNoticeIsSentFromAShell(t *testing.T) {
	secret := webhook.GenerateSecret()
	key, err := webhook.ParseKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	status, got := http.StatusOK, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if _, err := webhook.Verify(r.Header, body, time.Now(), key); err != nil {
			t.Error(err)
		}
		got = string(body)
		w.WriteHeader(status)
	}))
	defer server.Close()
	dir := inDirectory(t, goodFiles)
	configure := func(notices string) string {
		file := filepath.Join(dir, "minitill.yaml")
		if err := os.WriteFile(file, []byte(good+notices), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	wantMatches(t, refused(t, 1, "notices", "test", "--config", configure("")), "set notices.url and notices.secretFile")
	t.Setenv("TILL_NOTICES", string(secret.Reveal()))
	wantMatches(t, refused(t, 2, "notices", "test", "--config", configure(fmt.Sprintf("notices: {url: %q, secret: \"${TILL_NOTICES}\"}\n", server.URL))), "notices.url: must be https, unless private is true")
	file := configure(fmt.Sprintf("notices: {url: %q, secret: \"${TILL_NOTICES}\", private: true}\n", server.URL))
	wantMatches(t, command(t, "notices", "test", "--config", file), "The notice was accepted by "+server.URL)
	if !strings.Contains(got, `"kind":"test"`) || !strings.Contains(got, `"url":"https://pay.example.com/console"`) {
		t.Errorf("got %s", got)
	}
	status = http.StatusTeapot
	wantMatches(t, refused(t, 1, "notices", "test", "--config", file), "not accepted: the endpoint answered 418")
}

// TestARunningTillTellsTheOperator starts a till whose store has an endpoint that was disabled.
func TestARunningTillTellsTheOperator(t *testing.T) {
	got := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- string(body)
	}))
	defer server.Close()
	dir := inDirectory(t, goodFiles)
	writeKeys(t, dir)
	t.Setenv("TILL_NOTICES", string(webhook.GenerateSecret().Reveal()))
	file, data := filepath.Join(dir, "minitill.yaml"), filepath.Join(dir, "data")
	text := good + fmt.Sprintf("notices: {url: %q, secret: \"${TILL_NOTICES}\", private: true}\n", server.URL)
	if err := errors.Join(os.WriteFile(file, []byte(text), 0o600), os.Mkdir(data, 0o700)); err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(data, "minitill.db"))
	if err == nil {
		_, err = db.AddEndpoint(t.Context(), store.Endpoint{ID: "whe_1", App: "shop", URL: "https://x.example", Disabled: true, DisabledReason: "it answered 410", CreatedAt: time.Now()}, nil)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	startWith(t, "--config", file, "--data", data)
	select {
	case body := <-got:
		if !strings.Contains(body, `"kind":"endpoint_disabled","state":"open","app":"shop","subject":"whe_1"`) {
			t.Errorf("got %s", body)
		}
	case <-time.After(time.Minute):
		t.Fatal("nothing was sent")
	}
}
