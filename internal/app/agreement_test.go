package app

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTheDemoChargesByAnAgreement does what the README suggests, without a
// configuration, and once more after a restart.
func TestTheDemoChargesByAnAgreement(t *testing.T) {
	data := t.TempDir()
	r := startNode(t, data)
	text, err := os.ReadFile(filepath.Join(data, apiKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(string(text))
	made := r.call("POST", "/v1/agreements", key, `{"title":"Morning coffee","limit":{"currency":"USD","decimal":"10.00"}}`, 201)
	id := made["agreement"].(map[string]any)["id"].(string)
	r.agree(made["action"].(map[string]any)["url"].(string))
	r.awaitAgreement(key, id, "active")
	charge := func(r *running, reference, amount string, want int) map[string]any {
		return r.call("POST", "/v1/orders", key,
			`{"amount":{"currency":"USD","decimal":"`+amount+`"},"description":"Latte","reference":"`+reference+`","agreement":"`+id+`"}`, want)
	}
	for node, reference := range []string{"monday", "tuesday"} {
		if node > 0 {
			r.stop()
			if err := <-r.done; err != nil {
				t.Fatal("the server did not stop in order")
			}
			r = startNode(t, data)
		}
		charged := charge(r, reference, "4.50", 201)
		if order := charged["order"].(map[string]any); order["status"] != "paid" || charged["action"] != nil {
			t.Errorf("%s: got %v, want it paid", reference, charged)
		}
	}
	charge(r, "too much", "10.01", 400)
	if ended := r.call("POST", "/v1/agreements/"+id+"/end", key, `{}`, 200); ended["status"] != "ended" {
		t.Errorf("ended: %v", ended)
	}
	charge(r, "wednesday", "4.50", 409)
}

// agree posts the form of an agreement's page. The provider then notifies the till.
func (r *running) agree(signURL string) {
	r.Helper()
	resp, err := http.PostForm(signURL, url.Values{"outcome": {"agree"}})
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(page), `data-outcome="agree"`) {
		r.Fatalf("the page answered %d %s, %v", resp.StatusCode, page, err)
	}
}

// awaitAgreement polls an agreement until it has a status.
func (r *running) awaitAgreement(key, id, want string) {
	r.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if r.call("GET", "/v1/agreements/"+id, key, "", 200)["status"] == want {
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			r.Fatalf("the agreement did not become %s", want)
		}
	}
}
