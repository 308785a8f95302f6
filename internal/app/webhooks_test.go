package app

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/internal/contract"
	"github.com/minitill/minitill/signing"
)

const webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func TestTheMerchantsBackendReceivesThePaidOrder(t *testing.T) {
	key, err := webhook.ParseKey(signing.NewSecret(webhookSecret))
	if err != nil {
		t.Fatal(err)
	}
	received := make(chan string, 8)
	backend := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if _, err := webhook.Verify(r.Header, body, time.Now(), key); err != nil {
			t.Error(err)
		}
		var event struct{ Type string }
		if err := json.Unmarshal(body, &event); err != nil {
			t.Error(err)
		}
		contract.Webhook(t, event.Type, body)
		received <- string(body)
	}))
	defer backend.Close()
	t.Setenv("CAT_KEY", "q8Zs1VtY5kWm3RxC")
	dir := inDirectory(t, map[string]string{
		"hook.key":  webhookSecret + "\n",
		"cats.json": `{"currency":"EUR","items":[{"sku":"cat","name":"Cat","price":"90"}]}`,
		"minitill.yaml": fmt.Sprintf(`
apps:
  cats:
    {wallets: [cat-pay], catalog: cats.json, guests: true, webhook: {url: "%s", secretFile: hook.key, private: true}}
wallets:
  cat-pay: {type: sandbox, baseUrl: "%s", keyId: k1, key: "${CAT_KEY}"}
`, backend.URL, startSimulator(t, "q8Zs1VtY5kWm3RxC")),
	})
	startWith(t, "--config", filepath.Join(dir, "minitill.yaml")).buy("cats", "cat-pay", "cat", "tea", "EUR")
	for _, want := range []string{`"type":"order.pending"`, `"type":"order.paid"`} {
		if body := <-received; !contains(body, want, `"reference":""`, `"value":"9000"`) {
			t.Errorf("the backend received %s, want %s", body, want)
		}
	}
}

func contains(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}
