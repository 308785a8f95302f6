package app

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// owner is a browser that is signed in by the link of a first start.
func (r *running) owner() *http.Client {
	r.Helper()
	link := regexp.MustCompile(`http://\S+/console/first\?token=(\S+)`).FindStringSubmatch(r.greeting)
	if link == nil {
		r.Fatalf("the greeting has no link: %s", r.greeting)
	}
	v := visitor(r.T)
	answer, err := v.PostForm(r.base+"/console/first", url.Values{"token": {link[1]}})
	page(r.T, answer, err, 200)
	return v
}

// noService has the greeting print its link, also where a service manager runs the test.
func noService(t *testing.T) {
	t.Helper()
	for _, name := range []string{"INVOCATION_ID", "JOURNAL_STREAM", "KUBERNETES_SERVICE_HOST"} {
		t.Setenv(name, "")
	}
}

// made makes an order by the merchant API.
func (r *running) made(data, body string) string {
	r.Helper()
	key, err := os.ReadFile(filepath.Join(data, apiKeyFile))
	if err != nil {
		r.Fatal(err)
	}
	return r.call("POST", "/v1/orders", strings.TrimSpace(string(key)), body, 201)["order"].(map[string]any)["id"].(string)
}

// awaitPage reads a page until it has a text, which the index has once it was followed.
func (r *running) awaitPage(v *http.Client, path, text string) {
	r.Helper()
	for end := time.Now().Add(time.Minute); ; {
		answer, err := v.Get(r.base + path)
		got := page(r.T, answer, err, 200)
		if strings.Contains(got, text) {
			return
		}
		if time.Now().After(end) {
			r.Fatalf("%s lacks %q: %s", path, text, got)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func TestTheConsoleFindsAnOrderByAmountAndPayerAndGoesOnAfterARestart(t *testing.T) {
	noService(t)
	data := t.TempDir()
	r := startNode(t, data)
	v := r.owner()
	id := r.made(data, `{"amount":{"currency":"USD","decimal":"47.11"},"description":"Tea","payer":{"id":"shopper-9"}}`)
	r.awaitPage(v, "/console/orders?q=47.11", id)
	r.awaitPage(v, "/console/orders?q=shopper-9", id)
	r.awaitPage(v, "/console/", `class="point"`)
	wantMatches(t, refused(t, 1, "index", "rebuild", "--data", data), "stop it first")
	r.end()
	wantMatches(t, command(t, "index", "status", "--data", data), `demo +[1-9]\d* .*complete`)
	wantMatches(t, command(t, "index", "rebuild", "--data", data), `demo +[1-9]\d* .*complete`)

	r = startNode(t, data)
	v = r.owner()
	r.awaitPage(v, "/console/orders?q=47.11", id)
	next := r.made(data, `{"amount":{"currency":"USD","decimal":"8.15"},"description":"Tea"}`)
	r.awaitPage(v, "/console/orders?q=8.15", next)
}

func TestThereIsNoIndexWhileTheConsoleIsOff(t *testing.T) {
	t.Setenv("INVOCATION_ID", "1") // no first link
	data := t.TempDir()
	r := startNode(t, data)
	answer, err := http.Get(r.base + "/console/")
	page(t, answer, err, 404)
	wantMatches(t, refused(t, 1, "index", "status", "--data", data), "no index at")
	if _, err := os.Stat(filepath.Join(data, "minitill.console.db")); err == nil {
		t.Error("the index has a file")
	}
}

// The index is derived: a backup is without it, and a restore moves it aside with the store
// that it was made from.
func TestARestoredStoreIsIndexedAgain(t *testing.T) {
	noService(t)
	data := t.TempDir()
	r := startNode(t, data)
	id := r.made(data, `{"amount":{"currency":"USD","decimal":"47.11"},"description":"Tea"}`)
	v := r.owner()
	r.awaitPage(v, "/console/orders?q=47.11", id)
	file := backedUp(t, data)
	later := r.made(data, `{"amount":{"currency":"USD","decimal":"47.12"},"description":"Tea"}`)
	r.awaitPage(v, "/console/orders?q=47.12", later)
	r.end()
	command(t, "restore", file, "--force", "--data", data)
	if aside, err := filepath.Glob(filepath.Join(data, "replaced-*", "minitill.console.db")); err != nil || len(aside) != 1 {
		t.Errorf("aside are %v, %v, want the index", aside, err)
	}
	r = startNode(t, data)
	v = r.owner()
	r.awaitPage(v, "/console/orders?q=47.11", id)
	answer, err := v.Get(r.base + "/console/orders?q=47.12")
	if got := page(t, answer, err, 200); strings.Contains(got, later) {
		t.Error("an order is listed that the backup does not have")
	}
}

func TestOnPostgreSQLTheIndexHasTablesOfItsOwn(t *testing.T) {
	c := defaultConfig()
	c.Store.URL = signing.NewSecret(pgtest.URL(t))
	db, err := c.openStore(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	x := index.New(index.Lazily(c.openIndex), index.Config{Source: db, Apps: []string{"shop"}})
	if _, err := x.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := x.Status(t.Context())
	if err != nil || len(s.Apps) != 1 || s.Apps[0].Building {
		t.Errorf("got %+v, %v, want an empty index that is complete", s, err)
	}
	if err := x.Close(); err != nil {
		t.Error(err)
	}
	if _, err := x.Status(t.Context()); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a closed index: got %v, want Unavailable", err)
	}
}

func TestAnIndexThatCannotBeOpenedIsTriedAgain(t *testing.T) {
	c := defaultConfig()
	c.Data, c.Console.Index = filePath(t.TempDir()), filePath(filepath.Join(t.TempDir(), "missing", "console.db"))
	db, err := c.openStore(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	x := index.New(index.Lazily(c.openIndex), index.Config{Source: db, Apps: []string{"shop"}})
	defer x.Close()
	if _, err := x.RunOnce(t.Context()); fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("got %v, want Unavailable", err)
	}
	if err := os.Mkdir(filepath.Dir(string(c.Console.Index)), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := x.RunOnce(t.Context()); err != nil {
		t.Errorf("after the directory was made: %v", err)
	}
}
