package app

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/internal/freeport"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/payprotocol/simulator"
)

// TestARefundWithoutARequestIDSurvivesAKill kills the till with -9 after a provider
// without request ids has made a refund, and before the till has the answer. The provider has
// one refund, and the same key yields it.
func TestARefundWithoutARequestIDSurvivesAKill(t *testing.T) {
	provider, far := startPayProtocol(t)
	listen := freeport.Address(t)
	dir := inDirectory(t, map[string]string{"minitill.yaml": fmt.Sprintf(`
listen: %s
apps:
  shop: {wallets: [tokens]}
limits: {requestsPerMinute: 1000000}
wallets:
  tokens: {type: payprotocol, baseUrl: "%s/api/mer", pageUrl: "%s", apiKey: F1R28pRQ, apiSecret: "${TEA_KEY}", chainId: 136}
server: {privateWebhooks: true}
`, listen, far, far)})
	file := filepath.Join(dir, "minitill.yaml")
	key := strings.TrimSpace(command(t, "keys", "create", "--config", file, "--app", "shop", "--scopes", "read,orders,refunds,admin"))
	k := &killWorld{T: t, base: "http://" + listen, config: tillConfig{Config: file, Data: filepath.Join(dir, "data"), CallTimeout: 2 * time.Second}}
	k.till = startTill(t, k.config)
	m := &keyed{killWorld: k, key: key}

	m.post("/orders", "order", `{"amount":{"currency":"USDT","decimal":"12.34"},"description":"Tea","wallet":"tokens"}`)
	request := provider.Orders()[0]
	if err := provider.Settle(request, simulator.Pay); err != nil {
		t.Fatal(err)
	}
	order := "/orders/ord_" + request[:26]
	for !strings.Contains(m.post(order+"/refresh", "query", "{}"), `"status":"paid"`) {
		m.queries++
	}

	provider.Inject(simulator.Rule{Fault: simulator.SlowAnswer, Endpoint: "refund/createRefundOrder", Times: 1, Delay: time.Hour})
	cut := make(chan struct{})
	body := `{"amount":{"currency":"USDT","decimal":"2.5"}}`
	go func() {
		defer close(cut)
		if status, answer, err := m.send(order+"/refunds", "refund", body); err == nil {
			t.Errorf("a killed till answered %d %s", status, answer)
		}
	}()
	for provider.Books(request).Refunds == 0 {
		runtime.Gosched()
	}
	k.till.kill(t)
	<-cut
	k.till = startTill(t, k.config)
	m.queries = 0
	first := m.post(order+"/refunds", "refund", body)
	if again := m.post(order+"/refunds", "refund", body); again != first {
		t.Errorf("the key yields %s and then %s", first, again)
	}
	if got := provider.Books(request).Refunds; got != 1 || !strings.Contains(first, `"status":"pending"`) {
		t.Errorf("the provider has %d refunds, and the key yields %s; want one that waits", got, first)
	}
}

// startPayProtocol runs a provider's server, which is never killed in these tests.
func startPayProtocol(t *testing.T) (*simulator.Provider, string) {
	t.Helper()
	var handler http.Handler
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(far.Close)
	t.Setenv("TEA_KEY", killKey)
	provider, err := simulator.New(simulator.Config{PublicURL: far.URL, APIKey: "F1R28pRQ", APISecret: signing.NewSecret(killKey)})
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
	return provider, far.URL
}
