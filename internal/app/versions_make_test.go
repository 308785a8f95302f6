package app

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/internal/freeport"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// strangerCore begins the request id of a payment that no order here has.
const strangerCore = "01AAAAAAAAAAAAAAAAAAAAAAAA"

// TestMakeFixtures makes the fixtures of TestTheStoresOfEarlierVersionsReachTheirEnd. It is no test:
// scripts/fixtures runs it, with the binary of an earlier version.
func TestMakeFixtures(t *testing.T) {
	binary, version := os.Getenv("MINITILL_FIXTURE_BINARY"), os.Getenv("MINITILL_FIXTURE_VERSION")
	if binary == "" || version == "" {
		t.Skip("SKIPPED: scripts/fixtures runs this")
	}
	for _, kind := range []string{"sqlite", "postgres"} {
		m := newMade(t, binary)
		if kind == "postgres" {
			m.database = pgtest.URL(t)
			m.write("database.url", m.database)
		}
		m.start()
		m.live()
		m.till.kill(t)
		m.keep(filepath.Join(versionFixtures, version, kind))
	}
}

// made is a fixture that is being made by an older binary.
type made struct {
	*upgraded
	binary string
}

func newMade(t *testing.T, binary string) *made {
	u := &upgraded{dir: t.TempDir(), ids: map[string]string{}, received: map[string][]string{}}
	k := startProviderOf(t, filepath.Join(u.dir, "sandbox.journal"))
	k.config.Listen, k.config.Data = freeport.Address(t), u.dir
	k.base = "http://" + k.config.Listen
	u.keyed = &keyed{killWorld: k}
	return &made{upgraded: u, binary: binary}
}

// start runs the older binary, with an API key. Its webhooks reach no receiver.
func (m *made) start() {
	m.Helper()
	ring := filepath.Join(m.dir, "keys.json")
	if exec.Command(m.binary, "keyring", "create", ring).Run() != nil {
		m.run("keyring", ring) // as it was called at first
	}
	yaml := m.yaml()
	yaml = strings.ReplaceAll(yaml, `webhook: {url: "http://127.0.0.1`, `webhook: {url: "http://127.0.0.2`)
	m.write("hook.key", webhookSecret)
	config := m.write("minitill.yaml", yaml)
	m.run("migrate", "--config", config)
	m.key = regexp.MustCompile(`mk_[\w-]+`).FindString(m.run("keys", "create", "--config", config, "--scopes", "read,orders,refunds,admin"))
	m.write("api.key", m.key)
	cmd := exec.Command(m.binary, "serve", "--config", config)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		m.Fatal(err)
	}
	m.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	m.till = &till{cmd}
	m.awaitReady()
}

func (m *made) run(args ...string) string {
	m.Helper()
	out, err := exec.Command(m.binary, args...).CombinedOutput()
	if err != nil {
		m.Fatalf("%v: %v: %s", args, err, out)
	}
	return string(out)
}

func (m *made) awaitReady() {
	m.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		if resp, err := http.Get(m.base + "/readyz"); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
	}
}

// live brings each order of ends to where the kill finds it.
func (m *made) live() {
	m.Helper()
	m.agreement()
	m.stranger()
	m.create("bare", "")
	m.create("pending", `,"wallet":"sandbox"`)
	m.settled("declined", "", "decline", "failed")
	m.create("canceled", `,"wallet":"sandbox"`)
	m.post("/orders/"+m.ids["canceled"]+"/cancel", "cancel", `{}`)
	m.settled("paid", "", "pay", "paid")
	m.settled("refunded", "", "pay", "paid")
	m.post("/orders/"+m.ids["refunded"]+"/refunds", "refund", `{"amount":{"currency":"USD","value":"250"}}`)
	m.settled("authorized", `,"capture":"manual"`, "pay", "authorized")
	m.settled("capture cut", `,"capture":"manual"`, "pay", "authorized")
	m.settled("refund unanswered", "", "pay", "paid")
	m.settled("refund not sent", "", "pay", "paid")
	m.create("paid, not told", `,"wallet":"sandbox"`)
	m.provider.Inject(simulator.Rule{Fault: simulator.LoseNotification, Times: 100})
	m.settle("paid, not told", "pay")
	m.cut(simulator.CutAfter, "/v1/refunds", "/orders/"+m.ids["refund unanswered"]+"/refunds", `{"amount":{"currency":"USD","value":"100"}}`)
	m.cut(simulator.CutBefore, "/v1/refunds", "/orders/"+m.ids["refund not sent"]+"/refunds", `{"amount":{"currency":"USD","value":"100"}}`)
	m.cut(simulator.CutAfter, "/v1/payments/capture", "/orders/"+m.ids["capture cut"]+"/capture", `{"amount":{"currency":"USD","value":"600"}}`)
	before := len(m.provider.Payments())
	m.cut(simulator.CutAfter, "/v1/payments", "/orders", body("create unanswered", `,"wallet":"sandbox"`))
	m.hangs.Store(true) // nothing more is learned
	m.ids["create unanswered"] = "ord_" + m.provider.Payments()[before].RequestID[:26]
}

func body(reference, more string) string {
	return `{"amount":{"currency":"USD","value":"900"},"description":"Tea","reference":"` + reference + `"` + more + `}`
}

func (m *made) create(reference, more string) {
	m.Helper()
	var answer struct {
		ID    string
		Order struct{ ID string }
	}
	if err := json.Unmarshal([]byte(m.post("/orders", reference, body(reference, more))), &answer); err != nil {
		m.Fatal(err)
	}
	if m.ids[reference] = answer.ID; answer.ID == "" {
		m.ids[reference] = answer.Order.ID
	}
}

// settled creates an order, and settles it at the wallet until the till has a status.
func (m *made) settled(reference, more, outcome, status string) {
	m.Helper()
	m.create(reference, `,"wallet":"sandbox"`+more)
	m.settle(reference, outcome)
	for try := "x"; !strings.Contains(m.post("/orders/"+m.ids[reference]+"/refresh", reference+try, `{}`), `"status":"`+status+`"`); {
		try += "x"
	}
}

func (m *made) settle(reference, outcome string) {
	m.Helper()
	for _, p := range m.provider.Payments() {
		if strings.HasPrefix("ord_"+p.RequestID, m.ids[reference]) {
			if err := m.provider.Settle(p.RequestID, outcome); err != nil {
				m.Fatal(err)
			}
		}
	}
}

// cut sends a request whose call to the wallet gets no answer.
func (m *made) cut(fault simulator.Fault, call, path, body string) {
	m.Helper()
	m.provider.Inject(simulator.Rule{Fault: fault, Endpoint: call, Times: 1})
	if status, answer, err := m.send(path, path, body); err != nil || status < 500 {
		m.Errorf("%s without an answer of the wallet: %d %s, %v", path, status, answer, err)
	}
}

// agreement makes one that is active, where the version has them.
func (m *made) agreement() {
	m.Helper()
	status, text, err := m.send("/agreements", "agreement", `{"title":"Coffee","limit":{"currency":"USD","value":"1000"}}`)
	if err != nil || status == http.StatusNotFound || status == http.StatusUnprocessableEntity {
		m.Logf("no agreement: %d %s, %v", status, text, err)
		return
	}
	var answer struct{ Action struct{ URL string } }
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		m.Fatal(err)
	}
	resp, err := http.PostForm(answer.Action.URL, url.Values{"outcome": {"agree"}})
	if err != nil {
		m.Fatalf("%s: %v", text, err)
	}
	_ = resp.Body.Close()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for len(m.get("/agreements?status=active")) == 0 {
		<-tick.C
	}
}

// stranger has the wallet notify the till of a payment that no order here has.
func (m *made) stranger() {
	m.Helper()
	w, err := sandbox.Config{BaseURL: m.config.Provider, KeyID: "k1", Key: signing.NewSecret(killKey)}.Open(wallet.Env{Name: "sandbox"})
	if err != nil {
		m.Fatal(err)
	}
	p, err := w.CreatePayment(m.Context(), wallet.PaymentRequest{
		RequestID: strangerCore + "P1", Order: "another", Amount: wallet.Money{Minor: 500, Currency: "USD"}, Description: "Cake",
		ExpiresAt: time.Now().Add(time.Hour), NotifyURL: m.base + "/notify/sandbox", Channel: wallet.Web,
	})
	if err != nil {
		m.Fatal(err)
	}
	if err := m.provider.Settle(p.Ref.RequestID, "pay"); err != nil {
		m.Fatal(err)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !slices.ContainsFunc(m.provider.Attempts(), func(a simulator.Attempt) bool { return a.Acknowledged && a.RequestID == p.Ref.RequestID }) {
		<-tick.C
	}
}

// keep compresses what the killed till and its wallet have left into a folder.
func (m *made) keep(folder string) {
	m.Helper()
	ids, err := json.Marshal(m.ids)
	if err != nil {
		m.Fatal(err)
	}
	m.write("orders.json", string(ids))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		m.Fatal(err)
	}
	for name, from := range map[string]string{
		"sandbox.journal": "sandbox.journal", "keys.json": "keys.json", "api.key": "api.key", "orders.json": "orders.json", "store": m.dumped(),
	} {
		text, err := os.ReadFile(filepath.Join(m.dir, from))
		if err != nil {
			m.Fatal(err)
		}
		var packed bytes.Buffer
		w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		_, err = io.Copy(w, bytes.NewReader(text))
		if err := errors.Join(err, w.Close(), os.WriteFile(filepath.Join(folder, name+".gz"), packed.Bytes(), 0o644)); err != nil {
			m.Fatal(err)
		}
	}
}

// dumped is the name of a file with the whole store.
func (m *made) dumped() string {
	m.Helper()
	if m.database != "" {
		dump, err := exec.Command("pg_dump", "--inserts", "--no-owner", "--no-privileges", "--no-comments", m.database).Output()
		if err != nil {
			m.Fatal(err)
		}
		forPSQL := regexp.MustCompile(`(?m)^\\.*$`)
		m.write("store", forPSQL.ReplaceAllString(string(dump), ""))
		return "store"
	}
	db, err := sql.Open("sqlite", filepath.Join(m.dir, "minitill.db"))
	if err != nil {
		m.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(m.Context(), "vacuum into ?", filepath.Join(m.dir, "store")); err != nil {
		m.Fatal(err)
	}
	return "store"
}
