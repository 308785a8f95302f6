package app

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/internal/freeport"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// versionFixtures has a folder for each earlier version whose schema differs from the one before
// it. scripts/fixtures makes them: a binary of that version was killed with orders open.
const versionFixtures = "testdata/versions"

// ends are the orders of each fixture, by reference, and how each must end.
var ends = map[string]struct {
	status         wallet.Status
	paid, refunded int64
}{
	"bare":              {wallet.Expired, 0, 0},
	"pending":           {wallet.Expired, 0, 0},
	"declined":          {wallet.Failed, 0, 0},
	"canceled":          {wallet.Canceled, 0, 0},
	"paid":              {wallet.Paid, 900, 0},
	"refunded":          {wallet.Paid, 900, 250},
	"authorized":        {wallet.Paid, 900, 0}, // captured after the upgrade
	"paid, not told":    {wallet.Paid, 900, 0}, // its notification was lost
	"refund unanswered": {wallet.Paid, 900, 100},
	"refund not sent":   {wallet.Paid, 900, 100},
	"capture cut":       {wallet.Paid, 600, 0},
	"create unanswered": {wallet.Expired, 0, 0}, // its payer never saw where to pay
}

// TestTheStoresOfEarlierVersionsReachTheirEnd opens what earlier versions left behind with today's
// server, which migrates it. Then every order ends, the books equal the wallet's, webhooks that
// were due are delivered, and API keys go on working.
func TestTheStoresOfEarlierVersionsReachTheirEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short")
	}
	versions, err := os.ReadDir(versionFixtures)
	if err != nil || len(versions) < 3 {
		t.Fatalf("fixtures: got %d, %v, want those of every earlier schema", len(versions), err)
	}
	for _, version := range versions {
		if !version.IsDir() {
			continue
		}
		for _, of := range []struct {
			kind  string
			load  func(*upgraded)
			ahead time.Duration // of the till's clock; PostgreSQL has its own
		}{
			{"sqlite", (*upgraded).loadSQLite, 0},
			{"sqlite", (*upgraded).loadSQLite, 400 * 24 * time.Hour},
			{"postgres", (*upgraded).loadPostgres, 0},
		} {
			t.Run(fmt.Sprintf("%s on %s, %.0f days later", version.Name(), of.kind, of.ahead.Hours()/24), func(t *testing.T) {
				t.Parallel()
				u := newUpgraded(t, filepath.Join(versionFixtures, version.Name(), of.kind))
				of.load(u)
				u.till = startTill(t, tillConfig{Config: u.write("minitill.yaml", u.yaml()), Skew: of.ahead})
				u.reachEnd()
			})
		}
	}
}

func (u *upgraded) reachEnd() {
	u.wantInboxAndAgreements()
	u.capture()
	u.awaitEnd()
	u.awaitWebhooks()
	u.till.kill(u.T)
	u.wantEnds()
}

// upgraded is a fixture in a folder of its own, its wallet, and a merchant's backend.
type upgraded struct {
	*keyed
	fixture, dir string
	database     string // the URL of PostgreSQL; empty for SQLite
	ids          map[string]string

	mu       sync.Mutex
	received map[string][]string // types of events, by order
}

func newUpgraded(t *testing.T, fixture string) *upgraded {
	u := &upgraded{fixture: fixture, dir: t.TempDir(), received: map[string][]string{}, ids: map[string]string{}}
	u.extract("sandbox.journal", "sandbox.journal")
	u.extract("keys.json", "keys.json")
	u.write("hook.key", webhookSecret)
	k := startProviderOf(t, filepath.Join(u.dir, "sandbox.journal"))
	k.config.Listen = freeport.Address(t)
	k.base = "http://" + k.config.Listen
	u.keyed = &keyed{killWorld: k, key: strings.TrimSpace(string(u.extract("api.key", "api.key")))}
	if err := json.Unmarshal(u.extract("orders.json", "orders.json"), &u.ids); err != nil {
		t.Fatal(err)
	}
	if len(u.ids) != len(ends) {
		t.Errorf("the fixture has %d orders, want %d", len(u.ids), len(ends))
	}
	return u
}

// extract writes a file of the fixture to the folder, and returns it.
func (u *upgraded) extract(name, as string) []byte {
	packed, err := os.ReadFile(filepath.Join(u.fixture, name+".gz"))
	if err != nil {
		panic(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(filepath.Join(u.dir, as), text, 0o600); err != nil {
		panic(err)
	}
	return text
}

func (u *upgraded) write(name, text string) string {
	path := filepath.Join(u.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		panic(err)
	}
	return path
}

// yaml configures a till of the fixture. Every earlier version reads it, too.
func (u *upgraded) yaml() string {
	where := ""
	if u.database != "" {
		where = "\nstore: {urlFile: database.url}"
	}
	return fmt.Sprintf(`
publicUrl: %s
listen: %s
data: %s
keysFile: keys.json%s
apps:
  shop: {wallets: [sandbox], expiry: 1m, webhook: {url: "%s", secretFile: hook.key, private: true}}
wallets:
  sandbox: {type: sandbox, baseUrl: "%s", keyId: k1, keyFile: wallet.key}
`, u.base, u.config.Listen, u.dir, where, u.backend(), u.config.Provider)
}

// backend is the URL of the merchant's backend, which notes what it receives.
func (u *upgraded) backend() string {
	u.write("wallet.key", killKey)
	far := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var event struct {
			Type string
			Data struct{ Order struct{ ID string } }
		}
		if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
			u.Errorf("a webhook cannot be read: %v", err)
		}
		u.mu.Lock()
		defer u.mu.Unlock()
		u.received[event.Data.Order.ID] = append(u.received[event.Data.Order.ID], event.Type)
	}))
	u.Cleanup(far.Close)
	return far.URL
}

func (u *upgraded) loadSQLite() {
	u.extract("store", "minitill.db")
	u.config.Data = u.dir
	u.count = u.countSQLite
}

func (u *upgraded) loadPostgres() {
	u.database = pgtest.URL(u)
	u.write("database.url", u.database)
	c, err := pgx.Connect(u.Context(), u.database)
	if err != nil {
		u.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(u.Context(), string(u.extract("store", "store.sql")), pgx.QueryExecModeSimpleProtocol); err != nil {
		u.Fatal(err)
	}
	f := &fleet{killWorld: u.killWorld, database: u.database}
	u.count = f.countPostgres
}

// get returns a list of the merchant API.
func (u *upgraded) get(path string) (items []map[string]any) {
	u.Helper()
	req, err := http.NewRequestWithContext(u.Context(), http.MethodGet, u.base+"/v1"+path, http.NoBody)
	if err != nil {
		u.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+u.key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		u.Fatal(err)
	}
	defer resp.Body.Close()
	var members map[string]json.RawMessage
	if err := json.NewDecoder(resp.Body).Decode(&members); err != nil || resp.StatusCode != http.StatusOK {
		u.Fatalf("%s: %d, %v", path, resp.StatusCode, err)
	}
	for _, member := range members { // the list, and where the next page begins
		if member[0] == '[' && json.Unmarshal(member, &items) == nil {
			return items
		}
	}
	u.Fatalf("%s: there is no list in %v", path, members)
	return nil
}

func (u *upgraded) wantInboxAndAgreements() {
	u.Helper()
	if n := len(u.get("/inbox")); n != 1 {
		u.Errorf("notifications of no order: got %d, want 1", n)
	}
	if far := u.provider.Agreements(); len(far) > 0 && len(u.get("/agreements?status=active")) != 1 {
		u.Errorf("the wallet has %d agreements, and none is active here", len(far))
	}
}

// capture takes what is authorized, by a call that the version before has not made.
func (u *upgraded) capture() {
	u.Helper()
	u.post("/orders/"+u.ids["authorized"]+"/capture", "after the upgrade", `{}`)
}

// awaitWebhooks waits until nothing is to be delivered.
func (u *upgraded) awaitWebhooks() {
	u.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for len(u.get("/deliveries?status=undelivered")) > 0 {
		<-tick.C
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for reference, end := range ends {
		got := strings.Join(u.received[u.ids[reference]], " ")
		if want := "order." + string(end.status); !strings.Contains(got, want) {
			u.Errorf("order %q: webhooks received: %s, want %s", reference, got, want)
		}
	}
}

// awaitEnd waits until every order and refund has ended.
func (u *upgraded) awaitEnd() {
	u.Helper()
	u.killWorld.awaitEnd()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for len(u.get("/refunds?status=pending")) > 0 {
		<-tick.C
	}
}

// wantEnds compares the store with ends, with its own events and with the wallet's books.
func (u *upgraded) wantEnds() {
	u.Helper()
	books := u.openStore()
	for reference, want := range ends {
		o, err := books.Order(u.Context(), bridge.OrderID(u.ids[reference]))
		if err != nil || o.Status != want.status || o.Paid != want.paid || o.Refunded != want.refunded {
			u.Errorf("order %q is %s with %d paid and %d refunded, %v; want %+v", reference, o.Status, o.Paid, o.Refunded, err, want)
		}
	}
	list, err := books.Orders(u.Context(), store.OrderQuery{App: "shop", Limit: 100})
	if err != nil || len(list) != len(ends) {
		u.Errorf("orders: got %d, %v, want %d", len(list), err, len(ends))
	}
	for _, far := range u.provider.Payments() {
		if !strings.HasPrefix(far.RequestID, strangerCore) {
			u.checkPayment(books, far, false)
			u.wantRefunded(books, far)
		}
	}
}

func (u *upgraded) wantRefunded(books database, far simulator.Payment) {
	u.Helper()
	o, err := books.Order(u.Context(), bridge.OrderID("ord_"+far.RequestID[:26]))
	if err != nil || o.Refunded != far.Refunded.Minor {
		u.Errorf("order %s has %d refunded, %v, at the wallet %d", o.ID, o.Refunded, err, far.Refunded.Minor)
	}
}

func (u *upgraded) openStore() database {
	u.Helper()
	if u.database == "" {
		return u.openSQLite()
	}
	s, err := postgres.Open(u.Context(), u.database)
	if err != nil {
		u.Fatal(err)
	}
	u.Cleanup(func() { _ = s.Close() })
	return s
}
