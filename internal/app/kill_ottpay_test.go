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
	ottpay "github.com/minitill/minitill/wallet/ottpay/simulator"
)

// TestOTTPayExecutesNothingTwiceAfterAKill kills the till with -9 after OTT Pay has executed
// a request and before the till has the answer. REST has no request ids: there a request that may
// have been executed is not repeated.
func TestOTTPayExecutesNothingTwiceAfterAKill(t *testing.T) {
	for name, c := range map[string]struct{ settings, create, refund string }{
		"web": {`generation: web, shopId: ON00009999001, operatorId: "0000009001", baseUrl: "%s/processV2"`, "PREPAY_INIT", "REFUND"},
		"rest": {`generation: rest, appId: ON00009999, appKey: "${OTT_KEY}", method: ALIPAY_WAP, baseUrl: "%s"`,
			"/api/v1/pay/alipay/wap-pay", "/api/v1/pay/refund"},
	} {
		t.Run(name, func(t *testing.T) {
			provider, address := startOTTPay(t)
			m := startOTTPayTill(t, fmt.Sprintf(c.settings, address))
			m.provider = provider
			m.killedIn(c.create, "/orders", `{"amount":{"currency":"CAD","value":"900"},"description":"Tea","wallet":"ott"}`, func() bool { return len(provider.Requests()) == 1 })
			request := provider.Requests()[0]
			if err := provider.Settle(request, "pay"); err != nil {
				t.Fatal(err)
			}
			order := "/orders/ord_" + request[:26]
			for !strings.Contains(m.repeat(order+"/refresh", fmt.Sprint("query ", m.queries), "{}"), `"status":"paid"`) {
				m.queries++
				m.pause()
			}
			answer := m.killedIn(c.refund, order+"/refunds", `{"amount":{"currency":"CAD","value":"300"}}`, func() bool { return provider.Books(request).Refunds == 1 })
			if books := provider.Books(request); books.Payments != 1 || books.Refunds != 1 || books.Refunded != 300 || !strings.Contains(answer, `"status":"succeeded"`) {
				t.Errorf("OTT Pay has %+v, and the key of the refund yields %s", books, answer)
			}
		})
	}
}

// ottKeyed is a merchant's backend beside a till that is killed.
type ottKeyed struct {
	keyed
	provider *ottpay.Provider
}

// startOTTPay runs OTT Pay's server, which is never killed.
func startOTTPay(t *testing.T) (*ottpay.Provider, string) {
	t.Helper()
	var provider *ottpay.Provider
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { provider.ServeHTTP(w, r) }))
	t.Cleanup(far.Close)
	provider, err := ottpay.New(ottpay.Config{
		PublicURL: far.URL, MerchantID: "ON00009999", SignKey: signing.NewSecret(killKey), Currency: "CAD", AppID: "ON00009999", AppKey: signing.NewSecret(killKey),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = provider.Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-ended })
	return provider, far.URL
}

// startOTTPayTill starts a till with an account at OTT Pay, in a process of its own.
func startOTTPayTill(t *testing.T, account string) *ottKeyed {
	t.Helper()
	t.Setenv("OTT_KEY", killKey)
	listen := freeport.Address(t)
	dir := inDirectory(t, map[string]string{"minitill.yaml": fmt.Sprintf(`
publicUrl: http://%s
listen: %s
apps: {shop: {wallets: [ott]}}
limits: {requestsPerMinute: 1000000}
wallets:
  ott: {type: ottpay, merchantId: ON00009999, signKey: "${OTT_KEY}", currency: CAD, versions: {ACTIVEPAY: "1.1"}, %s}
`, listen, listen, account)})
	file := filepath.Join(dir, "minitill.yaml")
	key := strings.TrimSpace(command(t, "keys", "create", "--config", file, "--app", "shop", "--scopes", "read,orders,refunds,admin"))
	k := &killWorld{T: t, base: "http://" + listen, config: tillConfig{Config: file, Data: filepath.Join(dir, "data"), CallTimeout: 2 * time.Second}}
	k.till = startTill(t, k.config)
	return &ottKeyed{keyed: keyed{killWorld: k, key: key}}
}

// killedIn sends a request whose call is executed and not answered, kills the till when it
// is, starts it again and repeats the request.
func (m *ottKeyed) killedIn(call, path, body string, executed func() bool) string {
	m.Helper()
	m.provider.Inject(ottpay.Rule{Fault: "slow_answer", Endpoint: call, Times: 1, Delay: time.Hour})
	cut := make(chan struct{})
	go func() {
		defer close(cut)
		if status, answer, err := m.send(path, path, body); err == nil {
			m.Errorf("a killed till answered %d %s", status, answer)
		}
	}()
	for !executed() {
		runtime.Gosched()
	}
	m.till.kill(m.T)
	<-cut
	m.till = startTill(m.T, m.config)
	m.repeat(path, path, body)
	return m.repeat(path, path, body)
}

// repeat sends a request until it is no longer in progress. An outcome that the provider cannot
// report is answered 504, and stays so.
func (m *ottKeyed) repeat(path, key, body string) string {
	m.Helper()
	for {
		status, answer, err := m.send(path, key, body)
		if err != nil || status/100 != 2 && status != http.StatusConflict && status != http.StatusGatewayTimeout {
			m.Fatalf("%s answered %d %s, %v", path, status, answer, err)
		}
		if status != http.StatusConflict {
			return answer
		}
		m.pause()
	}
}
