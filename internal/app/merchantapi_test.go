package app

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/internal/contract"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

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
	part := s.send("POST", "/orders/"+id+"/refunds", `{"amount":`+s.amount(2500)+`,"reason":"too cold"}`, 201)
	if part["status"] != "succeeded" || !s.money(part["amount"], 2500) {
		s.Errorf("a part: %v", part)
	}
	s.send("POST", "/orders/"+id+"/refunds", `{"amount":`+s.amount(7501)+`}`, 400)
	if rest := s.send("POST", "/orders/"+id+"/refunds", `{}`, 201); rest["status"] != "succeeded" || !s.money(rest["amount"], 7500) {
		s.Errorf("the rest: %v", rest)
	}
	s.send("POST", "/orders/"+id+"/refunds", `{"reason":"once more"}`, 409)
	o := s.send("GET", "/orders/"+id, "", 200)
	if !s.money(o["refunded"], 10000) || !s.money(o["refundPending"], 0) || len(o["refunds"].([]any)) != 2 {
		s.Errorf("the order: %v", o)
	}
	if got := s.send("GET", "/refunds/"+part["id"].(string), "", 200); got["reason"] != "too cold" || got["order"] != id {
		s.Errorf("the refund: %v", got)
	}
	if got := s.send("GET", "/refunds?order="+id, "", 200)["refunds"].([]any); len(got) != 2 {
		s.Errorf("the order's refunds: %v", got)
	}
}

func (s *shop) captures() {
	s.Helper()
	id := s.held("captures")
	s.send("POST", "/orders/"+id+"/refunds", `{}`, 409)
	if o := s.send("POST", "/orders/"+id+"/capture", `{"amount":`+s.amount(6000)+`}`, 200); o["status"] != "paid" || !s.money(o["paid"], 6000) {
		s.Errorf("a capture of a part: %v", o)
	}
	s.send("POST", "/orders/"+id+"/capture", `{"amount":`+s.amount(4000)+`}`, 409)
	if r := s.send("POST", "/orders/"+id+"/refunds", `{}`, 201); !s.money(r["amount"], 6000) {
		s.Errorf("what was captured goes back: %v", r)
	}
	let := s.held("void")
	if o := s.send("POST", "/orders/"+let+"/void", `{}`, 200); o["status"] != "voided" || !s.money(o["paid"], 0) {
		s.Errorf("a void: %v", o)
	}
}

func (s *shop) closes() {
	s.Helper()
	made := s.send("POST", "/orders", fmt.Sprintf(
		`{"amount":%s,"description":"Never paid","reference":"closes","wallet":"%s","payer":{"id":"c-77"}}`, s.amount(700), s.wallet), 201)
	id := made["order"].(map[string]any)["id"].(string)
	if o := s.send("POST", "/orders/"+id+"/refresh", `{}`, 200); o["status"] != "pending" {
		s.Errorf("after a status query: %v", o)
	}
	if o := s.send("POST", "/orders/"+id+"/cancel", `{}`, 200); o["status"] != "canceled" {
		s.Errorf("canceled: %v", o)
	}
	found := s.send("GET", "/orders?reference=closes&status=canceled&wallet="+s.wallet, "", 200)["orders"].([]any)
	if len(found) != 1 || found[0].(map[string]any)["id"] != id {
		s.Errorf("found by its reference: %v", found)
	}
	wallets := s.send("GET", "/wallets", "", 200)["wallets"].([]any)
	if len(wallets) != 1 || wallets[0].(map[string]any)["name"] != s.wallet {
		s.Errorf("the wallets: %v", wallets)
	}
}

// readsTheFeed follows the feed in pages of three until it has all that happened to
// this app's orders. What was just committed may come a little later.
func (s *shop) readsTheFeed() {
	s.Helper()
	next, after, seen := map[string]float64{}, "", 0
	orders := s.send("GET", "/orders?limit=100", "", 200)["orders"].([]any)
	want := 0
	for _, o := range orders {
		log := s.send("GET", "/orders/"+o.(map[string]any)["id"].(string)+"/events?limit=100", "", 200)
		want += len(log["events"].([]any))
	}
	for seen < want {
		path := "/events?limit=3"
		if after != "" {
			path += "&after=" + after
		}
		page := s.send("GET", path, "", 200)
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
		s.Errorf("the feed has %d events, the orders have %d", seen, want)
	}
}

func TestAPendingRefundReservesItsAmount(t *testing.T) {
	s := startShops(t, func(c *simulator.Config) { c.AsyncRefunds = true })["generic-v2"]
	id := s.paid("waits")
	request := strings.TrimPrefix(id, "ord_") + "R"
	if r := s.send("POST", "/orders/"+id+"/refunds", `{"amount":`+s.amount(6000)+`}`, 201); r["status"] != "pending" {
		t.Errorf("the refund: %v", r)
	}
	s.send("POST", "/orders/"+id+"/refunds", `{"amount":`+s.amount(4001)+`}`, 400)
	s.send("POST", "/orders/"+id+"/refunds", `{"amount":`+s.amount(4000)+`}`, 201)
	if o := s.send("GET", "/orders/"+id, "", 200); !s.money(o["refundPending"], 10000) || !s.money(o["refunded"], 0) {
		t.Errorf("while both wait: %v", o)
	}
	for number, approve := range map[string]bool{"1": true, "2": false} {
		if err := s.provider.DecideRefund(request+number, approve); err != nil {
			t.Fatal(err)
		}
	}
	o := s.send("POST", "/orders/"+id+"/refresh", `{}`, 200)
	if !s.money(o["refunded"], 6000) || !s.money(o["refundPending"], 0) {
		t.Errorf("after one was approved and one was not: %v", o)
	}
	if failed := s.send("GET", "/refunds?order="+id+"&status=failed", "", 200)["refunds"].([]any); len(failed) != 1 {
		t.Errorf("the failed: %v", failed)
	}
	if again := s.send("POST", "/orders/"+id+"/refunds", `{"amount":`+s.amount(4000)+`,"reason":"once more"}`, 201); again["status"] != "pending" {
		t.Errorf("what was refused can be requested again: %v", again)
	}
}

func TestAnEndpointThatTheMerchantSetsUpReceivesWebhooks(t *testing.T) {
	s := startShops(t)["sandbox"]
	type call struct {
		header http.Header
		body   []byte
	}
	received := make(chan call, 16)
	backend := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		received <- call{r.Header, body}
	}))
	defer backend.Close()
	made := s.send("POST", "/webhook-endpoints", `{"url":"`+backend.URL+`/hook","events":["order.paid","refund.succeeded"]}`, 201)
	receives := func(kind string, secrets ...string) string {
		t.Helper()
		c := <-received
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
			t.Errorf("received %s, want %s", c.body, kind)
		}
		return c.header.Get("Webhook-Id")
	}
	first := made["secret"].(string)
	id := s.paid("hooks")
	paid := receives("order.paid", first)
	endpoint := "/webhook-endpoints/" + made["id"].(string)
	second := s.send("POST", endpoint+"/rotate-secret", `{}`, 200)["secret"].(string)
	s.send("POST", "/orders/"+id+"/refunds", `{}`, 201)
	receives("refund.succeeded", first, second)
	s.send("POST", "/deliveries/"+paid+"/replay", `{}`, 200)
	if again := receives("order.paid", first, second); again != paid {
		t.Errorf("the replay is %s, want %s again", again, paid)
	}
	// The receiver has the webhook before its answer is stored.
	for s.send("GET", "/deliveries/"+paid, "", 200)["status"] != "delivered" {
	}
	if shown := s.send("GET", endpoint, "", 200); shown["secret"] != nil {
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
	made := s.send("POST", "/agreements", `{"title":"Tea every week","description":"Up to ten a week","limit":`+s.amount(10000)+`}`, 201)
	action, agreement := made["action"].(map[string]any), made["agreement"].(map[string]any)
	if action["type"] != "sign" || agreement["status"] != "pending" {
		t.Fatalf("made %v", made)
	}
	id := agreement["id"].(string)
	charge := func(reference, value string) string {
		return fmt.Sprintf(`{"amount":{"currency":"IQD","value":"%s"},"description":"Tea","reference":"%s","agreement":"%s"}`, value, reference, id)
	}
	s.send("POST", "/orders", charge("early", "700"), 409)
	code, err := s.provider.SigningCode(action["url"].(string), "u-1")
	if err != nil {
		t.Fatal(err)
	}
	if signed := s.send("POST", "/agreements/"+id+"/sign", `{"code":"`+code+`"}`, 200); signed["status"] != "active" || signed["payer"].(map[string]any)["id"] == "" {
		t.Errorf("signed: %v", signed)
	}
	charged := s.send("POST", "/orders", charge("week 1", "700"), 201)
	order := charged["order"].(map[string]any)
	if order["status"] != "paid" || !s.money(order["paid"], 700) || charged["action"] != nil {
		t.Errorf("charged: %v", charged)
	}
	if again := s.send("POST", "/orders", charge("week 1", "700"), 201); again["order"].(map[string]any)["id"] != order["id"] {
		t.Errorf("the same request made another order: %v", again)
	}
	s.send("POST", "/orders", charge("too much", "10001"), 400)
	s.send("POST", "/orders/"+order["id"].(string)+"/refunds", `{}`, 201)
	if ended := s.send("POST", "/agreements/"+id+"/end", `{}`, 200); ended["status"] != "ended" {
		t.Errorf("ended: %v", ended)
	}
	s.send("POST", "/orders", charge("week 2", "700"), 409)
}
