package run_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/run"
	"github.com/minitill/minitill/internal/app"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

const (
	sharedKey     = "9sQm2VbX7tLp4KdE"
	webhookSecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
)

// acme is the settings of the wallet that the tests add: the sandbox under another name.
type acme struct {
	BaseURL string         `json:"baseUrl" validate:"required,http_url"`
	Key     signing.Secret `json:"key" validate:"required"`
}

func (c *acme) Open(env wallet.Env) (wallet.Wallet, error) {
	return sandbox.Config{BaseURL: c.BaseURL, KeyID: "k1", Key: c.Key}.Open(env)
}

var withAcme = run.WithWallet("acme", func() wallet.Opener { return new(acme) })

// shop is a program whose own http.Server has the till below /pay.
type shop struct {
	*testing.T
	till   *run.Till
	base   string // of the till
	file   string // its configuration
	server *http.Server
	stop   context.CancelFunc // of Run
	ended  chan error
	hooks  chan string // bodies of webhooks
}

func startShop(t *testing.T) *shop {
	t.Helper()
	return startConfigured(t, (*shop).configure)
}

func startConfigured(t *testing.T, configure func(*shop) string) *shop {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{T: t, base: "http://" + listener.Addr().String() + "/pay", ended: make(chan error, 1), hooks: make(chan string, 32)}
	s.file = configure(s)
	if s.till, err = run.Open(t.Context(), s.file, withAcme, run.WithLog(slog.New(slog.DiscardHandler))); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/pay/", http.StripPrefix("/pay", s.till.Handler()))
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the shop's own page") })
	s.server = &http.Server{Handler: mux}
	go func() { _ = s.server.Serve(listener) }()
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	go func() {
		s.ended <- s.till.Run(ctx)
		close(s.ended)
	}()
	t.Cleanup(func() {
		stop()
		_ = s.server.Close()
		<-s.ended
		_ = s.till.Close()
	})
	return s
}

// configure writes a configuration with an account at a provider that runs beside it.
func (s *shop) configure() string {
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.hooks <- string(body)
	}))
	bank := httptest.NewUnstartedServer(nil)
	provider, err := simulator.New(simulator.Config{PublicURL: "http://" + bank.Listener.Addr().String(), KeyID: "k1", Key: signing.NewSecret(sharedKey)})
	if err != nil {
		s.Fatal(err)
	}
	bank.Config.Handler = provider
	bank.Start()
	ctx, stop := context.WithCancel(context.Background())
	go func() { _ = provider.Run(ctx) }()
	s.Cleanup(func() {
		stop()
		bank.Close()
		hook.Close()
		_ = provider.Close()
	})
	dir := s.TempDir()
	for name, text := range map[string]string{
		"acme.key": sharedKey, "hook.key": webhookSecret,
		"catalog.json": `{"currency":"USD","items":[{"sku":"tea","name":"Tea","price":"3"}]}`,
		"minitill.yaml": fmt.Sprintf(`
publicUrl: %s
apps:
  shop: {wallets: [main], guests: true, catalog: catalog.json, webhook: {url: "%s", secretFile: hook.key, private: true}}
wallets:
  main: {type: acme, baseUrl: "%s", keyFile: acme.key}
`, s.base, hook.URL, bank.URL),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			s.Fatal(err)
		}
	}
	return filepath.Join(dir, "minitill.yaml")
}

func (s *shop) call(method, path, token, body string) map[string]any {
	s.Helper()
	req, err := http.NewRequest(method, s.base+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", "one")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		s.Fatalf("%s %s answered %d: %s, %v", method, path, resp.StatusCode, text, err)
	}
	var v map[string]any
	if err := json.Unmarshal(text, &v); err != nil {
		s.Fatal(err)
	}
	return v
}

// order makes an order, and returns its id, its token and where it is paid.
func (s *shop) order() (id, token, cashier string) {
	s.Helper()
	token = s.call("POST", "/miniapp/v1/sessions", "", `{}`)["token"].(string)
	created := s.call("POST", "/miniapp/v1/orders", token, `{"items":[{"sku":"tea","quantity":2}]}`)
	return created["order"].(map[string]any)["id"].(string), token, created["action"].(map[string]any)["paymentUrl"].(string)
}

func (s *shop) pay(cashier string) {
	s.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(cashier, url.Values{"outcome": {"pay"}})
	if err != nil {
		s.Fatal(err)
	}
	resp.Body.Close()
}

// awaitPaid follows an order by long polls until it is paid.
func (s *shop) awaitPaid(id, token string) {
	s.Helper()
	for s.call("GET", "/miniapp/v1/orders/"+id+"?wait=25s", token, "")["order"].(map[string]any)["status"] != "paid" {
	}
}

func TestAServerOfAnotherProgramTakesAPaymentAtAnAddedWallet(t *testing.T) {
	s := startShop(t)
	id, token, cashier := s.order()
	s.pay(cashier)
	s.awaitPaid(id, token)
	order, err := s.till.Engine().Order(t.Context(), bridge.OrderID(id))
	if err != nil || order.Status != wallet.Paid || order.Paid != 600 {
		t.Errorf("the engine has %+v, %v; want it paid", order, err)
	}
	for body := ""; !strings.Contains(body, `"order.paid"`) || !strings.Contains(body, id); {
		body = <-s.hooks // the dispatcher sends it
	}
	resp, err := http.Get(strings.TrimSuffix(s.base, "pay"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if page, _ := io.ReadAll(resp.Body); string(page) != "the shop's own page" {
		t.Errorf("the shop's page is %q", page)
	}
}

func TestTheSandboxTakesAPaymentBelowThePathOfAnotherServer(t *testing.T) {
	s := startConfigured(t, (*shop).configureSandbox)
	token := s.call("POST", "/miniapp/v1/sessions", "", `{"wallet":"sandbox"}`)["token"].(string)
	created := s.call("POST", "/miniapp/v1/orders", token, `{"items":[{"sku":"flat-white","quantity":1}]}`)
	s.pay(created["action"].(map[string]any)["paymentUrl"].(string))
	s.awaitPaid(created["order"].(map[string]any)["id"].(string), token)
}

// configureSandbox writes the configuration of the sandbox alone.
func (s *shop) configureSandbox() string {
	file := filepath.Join(s.TempDir(), "minitill.yaml")
	if err := os.WriteFile(file, []byte("sandbox: true\npublicUrl: "+s.base+"\n"), 0o600); err != nil {
		s.Fatal(err)
	}
	return file
}

// A till of its own takes any auth code while no other machine reaches it. Who reaches the
// server of another program is not known.
func TestTheSandboxOfAnotherServerTakesNoForeignAuthCode(t *testing.T) {
	s := startConfigured(t, (*shop).configureSandbox)
	resp, err := http.Post(s.base+"/miniapp/v1/sessions", "application/json", strings.NewReader(`{"wallet":"sandbox","authCode":"281010033AB2F588D14B43238637264FCA5AAF35"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("it answers %d, want 401", resp.StatusCode)
	}
}

func TestTheMerchantAPITellsOfAnAddedWallet(t *testing.T) {
	s := startShop(t)
	var key, faults bytes.Buffer
	env := app.Env{Args: []string{"keys", "create", "--config", s.file}, Out: &key, Err: &faults, Wallets: []app.Wallet{{Kind: "acme", New: func() wallet.Opener { return new(acme) }}}}
	if code := app.Main(t.Context(), env); code != 0 {
		t.Fatal(faults.String())
	}
	wallets := s.call("GET", "/v1/wallets", strings.TrimSpace(key.String()), "")["wallets"].([]any)
	if len(wallets) != 1 {
		t.Fatalf("got %v, want one wallet", wallets)
	}
	main := wallets[0].(map[string]any)
	if text := fmt.Sprint(main["capabilities"]); main["name"] != "main" || !strings.Contains(text, "refund") {
		t.Errorf("got %v, want main, which refunds", main)
	}
}

func TestTheEndOfRunEndsHeldAnswers(t *testing.T) {
	s := startShop(t)
	id, token, _ := s.order()
	held := make(chan string, 1)
	go func() {
		answer := s.call("GET", "/miniapp/v1/orders/"+id+"?wait=25s", token, "")
		held <- answer["order"].(map[string]any)["status"].(string)
	}()
	s.stop()
	if err := <-s.ended; err != context.Canceled {
		t.Errorf("Run returned %v, want %v", err, context.Canceled)
	}
	if got := <-held; got != "pending" {
		t.Errorf("the held answer says %s, want pending", got)
	}
	resp, err := http.Get(s.base + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("/readyz answers %d, want 503", resp.StatusCode)
	}
	if err := s.server.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := s.till.Close(); err != nil {
			t.Error(err)
		}
	}
	again, err := run.Open(t.Context(), s.file, withAcme)
	if err != nil {
		t.Fatalf("after Close it cannot be opened: %v", err)
	}
	if order, err := again.Engine().Order(t.Context(), bridge.OrderID(id)); err != nil || order.Status != wallet.Pending {
		t.Errorf("it has %+v, %v; want the order", order, err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	s := startShop(t)
	for name, c := range map[string]struct {
		replace, by string
		options     []run.Option
		want        string
	}{
		"a till that is open":        {"", "", []run.Option{withAcme}, "is serving"},
		"no address":                 {"publicUrl: " + s.base, "", []run.Option{withAcme}, "publicUrl: is required: it is where the server that has the till is reached"},
		"an added kind is forgotten": {"", "", nil, "wallets.main.type: there is no such kind of wallet"},
		"a mistake in its settings":  {"keyFile: acme.key", "keyFile: none.key", []run.Option{withAcme}, "wallets.main.keyFile: cannot be read"},
		"a kind that is built in":    {"", "", []run.Option{run.WithWallet("sandbox", func() wallet.Opener { return new(acme) })}, `there is already a wallet kind "sandbox"`},
		"a simulator without code":   {"", "", []run.Option{withAcme, run.WithSimulator("acme", nil)}, `simulator "acme": its function is nil`},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(s.file)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(filepath.Dir(s.file), "other.yaml")
			if err := os.WriteFile(file, []byte(strings.Replace(string(text), c.replace, c.by, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			till, err := run.Open(t.Context(), file, c.options...)
			if err == nil {
				_ = till.Close()
				t.Fatal("it opens")
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), sharedKey) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if _, err := run.Open(t.Context(), filepath.Join(t.TempDir(), "none.yaml")); err == nil || !strings.Contains(err.Error(), "the configuration cannot be read") {
		t.Errorf("without a file: got %v", err)
	}
}
