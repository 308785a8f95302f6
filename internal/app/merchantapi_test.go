package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/server/openapi"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/internal/contract"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// shop is a till as its merchant's backend sees it.
type shop struct {
	*running
	app, key string
	wallet   string
	currency string
	config   string              // the file
	provider *simulator.Provider // of a profile
}

// ask speaks to the merchant API; a request that is the same is the same.
func (s *shop) ask(method, path, body string, want int) map[string]any {
	s.Helper()
	return s.call(method, "/v1"+path, s.key, body, want)
}

func (s *shop) amount(minor int) string {
	return fmt.Sprintf(`{"currency":"%s","value":"%d"}`, s.currency, minor)
}

// startShops serves an app for the sandbox wallet and one for each profile, every one
// beside a provider of its own, and returns the backends of all.
func startShops(t *testing.T, change ...func(*simulator.Config)) map[string]*shop {
	t.Helper()
	profiles := map[string]string{"generic-v2": "USD", "superqi": "IQD"}
	shops := map[string]*shop{"sandbox": {currency: "USD"}}
	var apps, wallets strings.Builder
	for name, currency := range profiles {
		provider, settings := startMiniProgram(t, name, change...)
		shops[name] = &shop{currency: currency, provider: provider}
		fmt.Fprintf(&apps, "  %s: {wallets: [%s-pay]}\n", name, name)
		fmt.Fprintf(&wallets, "  %s-pay: %s\n", name, settings)
	}
	const sandboxKey = "u7Bn4HgJ2pLd9FoE"
	t.Setenv("TEA_KEY", sandboxKey)
	dir := inDirectory(t, map[string]string{"client.pem": pemFile(t, "client_private"), "minitill.yaml": fmt.Sprintf(`
apps:
  sandbox: {wallets: [sandbox-pay]}
%swallets:
  sandbox-pay: {type: sandbox, baseUrl: "%s", keyId: k1, key: "${TEA_KEY}"}
%sserver: {privateWebhooks: true}
`, &apps, startSimulator(t, sandboxKey), &wallets)})
	file := filepath.Join(dir, "minitill.yaml")
	for name, s := range shops {
		s.app, s.wallet, s.config = name, name+"-pay", file
		s.key = strings.TrimSpace(command(t, "keys", "create", "--config", file, "--app", name, "--scopes", "read,orders,refunds,admin"))
	}
	r := startWith(t, "--config", file)
	for _, s := range shops {
		s.running = r
	}
	return shops
}

// startMiniProgram runs a wallet's server of a profile, and returns it with our settings.
func startMiniProgram(t *testing.T, profile string, change ...func(*simulator.Config)) (*simulator.Provider, string) {
	t.Helper()
	var handler http.Handler
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(far.Close)
	config := simulator.Config{
		PublicURL: far.URL, Profile: profile, ClientID: "TEST_5X00000000000000",
		ClientKeys: map[int]string{1: pemFile(t, "client_public")}, Key: signing.NewSecret(pemFile(t, "wallet_private")),
	}
	for _, c := range change {
		c(&config)
	}
	provider, err := simulator.New(config)
	if err != nil {
		t.Fatal(err)
	}
	handler = provider
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = provider.Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-ended })
	public, err := json.Marshal(pemFile(t, "wallet_public"))
	if err != nil {
		t.Fatal(err)
	}
	return provider, fmt.Sprintf(`{type: miniprogram, profile: %s, baseUrl: "%s", clientId: TEST_5X00000000000000, appId: "3333010071465913",
    privateKeyFile: client.pem, walletKeys: [{key: %s}]}`, profile, far.URL, public)
}

func pemFile(t *testing.T, name string) string {
	t.Helper()
	return testdata.Key(t, name+".pem")
}

// paid is an order that the merchant made and a client paid with its order token alone.
func (s *shop) paid(reference string) string {
	s.Helper()
	made := s.ask("POST", "/orders", fmt.Sprintf(
		`{"amount":%s,"description":"Two teas","reference":"%s","payer":{"id":"c-77","wallet":"%s"},"metadata":{"table":"4"}}`, s.amount(10000), reference, s.wallet), 201)
	id, token := made["order"].(map[string]any)["id"].(string), made["orderToken"].(string)
	if made["action"] != nil || made["order"].(map[string]any)["status"] != "created" {
		s.Fatalf("an order without a wallet: %v", made)
	}
	opened := s.call("POST", "/miniapp/v1/orders/"+id+"/payments", token, `{}`, 201)
	s.decide(opened["action"].(map[string]any)["paymentUrl"].(string), "pay")
	s.awaitStatus(token, id, "paid")
	return id
}

// held is an order whose money the wallet holds.
func (s *shop) held(reference string) string {
	s.Helper()
	made := s.ask("POST", "/orders", fmt.Sprintf(
		`{"amount":%s,"description":"A table","reference":"%s","wallet":"%s","payer":{"id":"c-77"},"capture":"manual"}`, s.amount(10000), reference, s.wallet), 201)
	id, token := made["order"].(map[string]any)["id"].(string), made["orderToken"].(string)
	s.decide(made["action"].(map[string]any)["paymentUrl"].(string), "pay")
	// Nobody tells of held money in some dialects: the client's word wakes the question.
	asked := s.call("POST", "/miniapp/v1/orders/"+id+"/result", token, `{"resultCode":"9000"}`, 200)
	if got := asked["order"].(map[string]any)["status"]; got != "authorized" {
		s.Fatalf("the order is %v, want authorized", got)
	}
	return id
}

func (s *shop) money(v any, minor int) bool {
	return v.(map[string]any)["value"] == fmt.Sprint(minor) && v.(map[string]any)["currency"] == s.currency
}

func TestAMerchantCapturesVoidsAndRefundsAtEachWallet(t *testing.T) {
	for name, s := range startShops(t) {
		t.Run(name, func(t *testing.T) {
			s := &shop{running: &running{T: t, base: s.base}, app: s.app, key: s.key, wallet: s.wallet, currency: s.currency}
			s.refunds()
			s.captures()
			s.closes()
			s.readsTheFeed()
		})
	}
}

func (s *shop) refunds() {
	s.Helper()
	id := s.paid("refunds")
	part := s.ask("POST", "/orders/"+id+"/refunds", `{"amount":`+s.amount(2500)+`,"reason":"too cold"}`, 201)
	if part["status"] != "succeeded" || !s.money(part["amount"], 2500) {
		s.Errorf("a part: %v", part)
	}
	s.ask("POST", "/orders/"+id+"/refunds", `{"amount":`+s.amount(7501)+`}`, 400)
	if rest := s.ask("POST", "/orders/"+id+"/refunds", `{}`, 201); rest["status"] != "succeeded" || !s.money(rest["amount"], 7500) {
		s.Errorf("the rest: %v", rest)
	}
	s.ask("POST", "/orders/"+id+"/refunds", `{"reason":"once more"}`, 409)
	o := s.ask("GET", "/orders/"+id, "", 200)
	if !s.money(o["refunded"], 10000) || !s.money(o["refundPending"], 0) || len(o["refunds"].([]any)) != 2 {
		s.Errorf("the order: %v", o)
	}
	if got := s.ask("GET", "/refunds/"+part["id"].(string), "", 200); got["reason"] != "too cold" || got["order"] != id {
		s.Errorf("the refund: %v", got)
	}
	if got := s.ask("GET", "/refunds?order="+id, "", 200)["refunds"].([]any); len(got) != 2 {
		s.Errorf("the order's refunds: %v", got)
	}
}

func (s *shop) captures() {
	s.Helper()
	id := s.held("captures")
	s.ask("POST", "/orders/"+id+"/refunds", `{}`, 409)
	if o := s.ask("POST", "/orders/"+id+"/capture", `{"amount":`+s.amount(6000)+`}`, 200); o["status"] != "paid" || !s.money(o["paid"], 6000) {
		s.Errorf("a capture of a part: %v", o)
	}
	s.ask("POST", "/orders/"+id+"/capture", `{"amount":`+s.amount(4000)+`}`, 409)
	if r := s.ask("POST", "/orders/"+id+"/refunds", `{}`, 201); !s.money(r["amount"], 6000) {
		s.Errorf("what was captured goes back: %v", r)
	}
	let := s.held("void")
	if o := s.ask("POST", "/orders/"+let+"/void", `{}`, 200); o["status"] != "voided" || !s.money(o["paid"], 0) {
		s.Errorf("a void: %v", o)
	}
}

func (s *shop) closes() {
	s.Helper()
	made := s.ask("POST", "/orders", fmt.Sprintf(
		`{"amount":%s,"description":"Never paid","reference":"closes","wallet":"%s","payer":{"id":"c-77"}}`, s.amount(700), s.wallet), 201)
	id := made["order"].(map[string]any)["id"].(string)
	if o := s.ask("POST", "/orders/"+id+"/refresh", `{}`, 200); o["status"] != "pending" {
		s.Errorf("looked at: %v", o)
	}
	if o := s.ask("POST", "/orders/"+id+"/cancel", `{}`, 200); o["status"] != "canceled" {
		s.Errorf("canceled: %v", o)
	}
	found := s.ask("GET", "/orders?reference=closes&status=canceled&wallet="+s.wallet, "", 200)["orders"].([]any)
	if len(found) != 1 || found[0].(map[string]any)["id"] != id {
		s.Errorf("found by its reference: %v", found)
	}
	wallets := s.ask("GET", "/wallets", "", 200)["wallets"].([]any)
	if len(wallets) != 1 || wallets[0].(map[string]any)["name"] != s.wallet {
		s.Errorf("the wallets: %v", wallets)
	}
}

// readsTheFeed follows the feed in pages of three until it has all that happened to
// this app's orders. What was just committed may come a little later.
func (s *shop) readsTheFeed() {
	s.Helper()
	next, after, seen := map[string]float64{}, "", 0
	orders := s.ask("GET", "/orders?limit=100", "", 200)["orders"].([]any)
	want := 0
	for _, o := range orders {
		log := s.ask("GET", "/orders/"+o.(map[string]any)["id"].(string)+"/events?limit=100", "", 200)
		want += len(log["events"].([]any))
	}
	for seen < want {
		path := "/events?limit=3"
		if after != "" {
			path += "&after=" + after
		}
		page := s.ask("GET", path, "", 200)
		for _, e := range page["events"].([]any) {
			event := e.(map[string]any)
			order := event["order"].(string)
			if next[order]++; event["sequence"] != next[order] {
				s.Fatalf("event %v of %s came after %v", event["sequence"], order, next[order]-1)
			}
			after = event["id"].(string)
			seen++
		}
	}
	if seen != want {
		s.Errorf("the feed told %d events, the orders have %d", seen, want)
	}
}

func TestARefundThatWaitsHoldsItsMoney(t *testing.T) {
	s := startShops(t, func(c *simulator.Config) { c.AsyncRefunds = true })["generic-v2"]
	id := s.paid("waits")
	request := strings.TrimPrefix(id, "ord_") + "R"
	if r := s.ask("POST", "/orders/"+id+"/refunds", `{"amount":`+s.amount(6000)+`}`, 201); r["status"] != "pending" {
		t.Errorf("the refund: %v", r)
	}
	s.ask("POST", "/orders/"+id+"/refunds", `{"amount":`+s.amount(4001)+`}`, 400)
	s.ask("POST", "/orders/"+id+"/refunds", `{"amount":`+s.amount(4000)+`}`, 201)
	if o := s.ask("GET", "/orders/"+id, "", 200); !s.money(o["refundPending"], 10000) || !s.money(o["refunded"], 0) {
		t.Errorf("while both wait: %v", o)
	}
	for number, approve := range map[string]bool{"1": true, "2": false} {
		if err := s.provider.DecideRefund(request+number, approve); err != nil {
			t.Fatal(err)
		}
	}
	o := s.ask("POST", "/orders/"+id+"/refresh", `{}`, 200)
	if !s.money(o["refunded"], 6000) || !s.money(o["refundPending"], 0) {
		t.Errorf("after one was approved and one was not: %v", o)
	}
	if failed := s.ask("GET", "/refunds?order="+id+"&status=failed", "", 200)["refunds"].([]any); len(failed) != 1 {
		t.Errorf("the failed: %v", failed)
	}
	if again := s.ask("POST", "/orders/"+id+"/refunds", `{"amount":`+s.amount(4000)+`,"reason":"once more"}`, 201); again["status"] != "pending" {
		t.Errorf("what was refused can be asked for again: %v", again)
	}
}

func TestAnEndpointThatTheMerchantSetsUpHears(t *testing.T) {
	s := startShops(t)["sandbox"]
	type call struct {
		header http.Header
		body   []byte
	}
	told := make(chan call, 16)
	backend := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told <- call{r.Header, body}
	}))
	defer backend.Close()
	made := s.ask("POST", "/webhook-endpoints", `{"url":"`+backend.URL+`/hook","events":["order.paid","refund.succeeded"]}`, 201)
	hears := func(kind string, secrets ...string) string {
		t.Helper()
		c := <-told
		for _, text := range secrets {
			key, err := webhook.ParseKey(signing.NewSecret(text))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := webhook.Verify(c.header, c.body, time.Now(), key); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
		}
		contract.Webhook(t, kind, c.body)
		if !strings.Contains(string(c.body), `"type":"`+kind+`"`) {
			t.Errorf("heard %s, want %s", c.body, kind)
		}
		return c.header.Get("Webhook-Id")
	}
	first := made["secret"].(string)
	id := s.paid("hooks")
	paid := hears("order.paid", first)
	endpoint := "/webhook-endpoints/" + made["id"].(string)
	second := s.ask("POST", endpoint+"/rotate-secret", `{}`, 200)["secret"].(string)
	s.ask("POST", "/orders/"+id+"/refunds", `{}`, 201)
	hears("refund.succeeded", first, second)
	s.ask("POST", "/deliveries/"+paid+"/replay", `{}`, 200)
	if again := hears("order.paid", first, second); again != paid {
		t.Errorf("the replay is %s, want %s again", again, paid)
	}
	// The receiver hears of it before its answer is noted.
	for s.ask("GET", "/deliveries/"+paid, "", 200)["status"] != "delivered" {
	}
	if shown := s.ask("GET", endpoint, "", 200); shown["secret"] != nil {
		t.Error("the endpoint shows its secret")
	}
	database, err := os.ReadFile(s.database(t))
	if err != nil || bytes.Contains(database, []byte(first[len("whsec_"):])) {
		t.Errorf("the store holds the secret in clear (%v)", err)
	}
}

// database is where the till of a test keeps its orders.
func (s *shop) database(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(filepath.Dir(s.config), "data", "minitill.db-wal"))
	if err != nil || len(found) != 1 {
		t.Fatalf("found %v, %v", found, err)
	}
	return found[0]
}

func TestAPayerWhoAgreedIsChargedWithoutTheCashier(t *testing.T) {
	s := startShops(t)["superqi"]
	made := s.ask("POST", "/agreements", `{"title":"Tea every week","description":"Up to ten a week","limit":`+s.amount(10000)+`}`, 201)
	action, agreement := made["action"].(map[string]any), made["agreement"].(map[string]any)
	if action["type"] != "sign" || agreement["status"] != "pending" {
		t.Fatalf("made %v", made)
	}
	id := agreement["id"].(string)
	charge := func(reference, value string) string {
		return fmt.Sprintf(`{"amount":{"currency":"IQD","value":"%s"},"description":"Tea","reference":"%s","agreement":"%s"}`, value, reference, id)
	}
	s.ask("POST", "/orders", charge("early", "700"), 409)
	code, err := s.provider.SigningCode(action["url"].(string), "u-1")
	if err != nil {
		t.Fatal(err)
	}
	if signed := s.ask("POST", "/agreements/"+id+"/sign", `{"code":"`+code+`"}`, 200); signed["status"] != "active" || signed["payer"].(map[string]any)["id"] == "" {
		t.Errorf("signed: %v", signed)
	}
	charged := s.ask("POST", "/orders", charge("week 1", "700"), 201)
	order := charged["order"].(map[string]any)
	if order["status"] != "paid" || !s.money(order["paid"], 700) || charged["action"] != nil {
		t.Errorf("charged: %v", charged)
	}
	if again := s.ask("POST", "/orders", charge("week 1", "700"), 201); again["order"].(map[string]any)["id"] != order["id"] {
		t.Errorf("the same request made another order: %v", again)
	}
	s.ask("POST", "/orders", charge("too much", "10001"), 400)
	s.ask("POST", "/orders/"+order["id"].(string)+"/refunds", `{}`, 201)
	if ended := s.ask("POST", "/agreements/"+id+"/end", `{}`, 200); ended["status"] != "ended" {
		t.Errorf("ended: %v", ended)
	}
	s.ask("POST", "/orders", charge("week 2", "700"), 409)
}

// TestAKeyOpensItsOwnAppOnly asks, for every address that the document has, for what is
// another app's: it does not exist, as what nobody has.
func TestAKeyOpensItsOwnAppOnly(t *testing.T) {
	shops := startShops(t)
	own, foreign := shops["sandbox"], shops["generic-v2"]
	order := foreign.paid("theirs")
	refund := foreign.ask("POST", "/orders/"+order+"/refunds", `{"amount":`+foreign.amount(1)+`}`, 201)["id"].(string)
	endpoint := foreign.ask("POST", "/webhook-endpoints", `{"url":"http://127.0.0.1:1/"}`, 201)["id"].(string)
	foreign.paid("told")
	delivery := foreign.ask("GET", "/deliveries", "", 200)["deliveries"].([]any)[0].(map[string]any)["id"].(string)
	agreement := foreign.ask("POST", "/agreements", `{"title":"Tea every week"}`, 201)["agreement"].(map[string]any)["id"].(string)
	theirs := map[string]string{
		"orders": order, "refunds": refund, "webhook-endpoints": endpoint, "deliveries": delivery, "agreements": agreement,
		"inbox": "ntf_01JZZZZZZZZZZZZZZZZZZZZZZY", // that another app's is hidden is tested in bridge/merchant
	}
	nobodys := map[string]string{
		"orders": "ord_01JZZZZZZZZZZZZZZZZZZZZZZZ", "refunds": "rfd_01JZZZZZZZZZZZZZZZZZZZZZZZ-1",
		"webhook-endpoints": "whe_01JZZZZZZZZZZZZZZZZZZZZZZZ", "deliveries": "dlv_01JZZZZZZZZZZZZZZZZZZZZZZZ-1-x",
		"agreements": "agr_01JZZZZZZZZZZZZZZZZZZZZZZZ", "inbox": "ntf_01JZZZZZZZZZZZZZZZZZZZZZZZ",
	}
	asked := 0
	for path, method := range addresses(t) {
		kind, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		if theirs[kind] == "" {
			t.Errorf("the test knows nothing of %s", path)
			continue
		}
		asked++
		body := map[string]string{"POST": "{}", "PATCH": `{"disabled":true}`}[method]
		switch path[strings.LastIndex(path, "/"):] {
		case "/sign":
			body = `{"code":"x"}`
		case "/resolve":
			body = `{"attention":"late_payment","note":"x"}`
		case "/dismiss":
			body = `{"note":"x"}`
		}
		got := own.ask(method, strings.Replace(path, "{id}", theirs[kind], 1), body, 404)
		want := own.ask(method, strings.Replace(path, "{id}", nobodys[kind], 1), body+" ", 404)
		delete(got, "requestId")
		delete(want, "requestId")
		if asJSON(t, got) != asJSON(t, want) {
			t.Errorf("%s %s: got %v for what is theirs, %v for what is nobody's", method, path, got, want)
		}
	}
	if asked < 14 {
		t.Errorf("asked at %d addresses", asked)
	}
	for _, list := range []string{"orders", "refunds", "deliveries", "agreements"} {
		if got := own.ask("GET", "/"+list, "", 200)[list].([]any); len(got) != 0 {
			t.Errorf("the list of %s shows %v", list, got)
		}
	}
	if o := foreign.ask("GET", "/orders/"+order, "", 200); len(o["refunds"].([]any)) != 1 {
		t.Errorf("their order was touched: %v", o)
	}
}

// addresses are those of the merchant API that name one thing, each method of each.
func addresses(t *testing.T) func(yield func(path, method string) bool) {
	t.Helper()
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(openapi.Document(), &document); err != nil {
		t.Fatal(err)
	}
	return func(yield func(path, method string) bool) {
		for path, methods := range document.Paths {
			rest, merchants := strings.CutPrefix(path, "/v1")
			for method := range methods {
				verb := strings.ToUpper(method)
				if merchants && strings.Contains(path, "{id}") && strings.Contains("GET POST PATCH DELETE", verb) && !yield(rest, verb) {
					return
				}
			}
		}
	}
}
