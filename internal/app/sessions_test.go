package app

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// awaitEnd waits until a session is refused. A node that did not make the revocation learns
// of it by itself.
func (r *running) awaitEnd(token, order string) {
	r.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if r.status("/miniapp/v1/orders/"+order+"?wait=1s", token) == http.StatusUnauthorized {
			return
		}
	}
	r.Fatal("the session is still accepted")
}

// status is what a GET is answered with.
func (r *running) status(path, token string) int {
	r.Helper()
	req, err := http.NewRequest(http.MethodGet, r.base+path, nil)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func TestSessionsAreRevokedBesideARunningNode(t *testing.T) {
	data := t.TempDir()
	r := startNode(t, data)
	on := func(args ...string) []string {
		return append(append([]string{"sessions", "revoke"}, args...), "--data", data)
	}
	wantMatches(t, refused(t, 1, on()...), `say what to end`)
	wantMatches(t, refused(t, 1, on("--all", "--payer", "ann")...), `say what to end`)
	wantMatches(t, refused(t, 1, on("--all", "--wallet", "sandbox")...), `wallet: goes with payer only`)
	wantMatches(t, refused(t, 1, on("--all", "--app", "nobody")...), `name an app`)
	ended, other := r.signIn(), r.signIn()
	order := r.call("POST", "/miniapp/v1/orders", ended, twoCoffees, 201)["order"].(map[string]any)["id"].(string)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(ended+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantMatches(t, command(t, on("--token-file", file)...), `Revoked session ses_\S+ of every app`, `within 2s`)
	r.awaitEnd(ended, order)
	r.call("POST", "/miniapp/v1/orders", other, twoCoffees, 201)
	wantMatches(t, command(t, on("--all", "--app", "demo")...), `Revoked all sessions of app demo`)
	r.awaitEnd(other, order)
}

func TestAKeyEndsSessionsAtOnce(t *testing.T) {
	data := t.TempDir()
	r := startNode(t, data)
	key, err := os.ReadFile(filepath.Join(data, apiKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	token := r.signIn()
	r.call("POST", "/v1/sessions/revoke", strings.TrimSpace(string(key)), `{"token":"`+token+`"}`, 200)
	r.call("POST", "/miniapp/v1/orders", token, twoCoffees, 401)
}

func TestLeastScopesExpiryAndNetworksOfKeys(t *testing.T) {
	file := twoApps(t, "")
	on := func(args ...string) []string { return append(args, "--config", file, "--app", "cats") }
	create := func(args ...string) []string { return on(append([]string{"keys", "create"}, args...)...) }
	for want, args := range map[string][]string{
		`--days must be 1 to`: {"--days", "5000"}, `"x" is not an address`: {"--from", "x"}, `is every address`: {"--from", "0.0.0.0/0"},
		`is it 192\.0\.2\.0/24\?`: {"--from", "192.0.2.7/24"},
	} {
		wantMatches(t, refused(t, 1, create(args...)...), want)
	}
	least := strings.TrimSpace(command(t, create("--name", "least")...))
	near := strings.TrimSpace(command(t, create("--name", "near", "--days", "30", "--from", "127.0.0.1,2001:db8::/32")...))
	far := strings.TrimSpace(command(t, create("--name", "far", "--from", "192.0.2.0/24")...))
	r := startWith(t, "--config", file)
	r.call("GET", "/v1/orders", least, "", 200)
	r.call("GET", "/v1/orders", near, "", 200)
	r.call("GET", "/v1/orders", far, "", 403)
	r.call("POST", "/v1/orders", least, `{"amount":{"currency":"EUR","value":"1"},"description":"x"}`, 403)
	r.end() // what was used last is stored now
	listed := command(t, "keys", "list", "--config", file)
	me := regexp.QuoteMeta(person())
	wantMatches(t, listed, `cats +read +least +20\S+ +never +20\S+ +everywhere +`+me, `near +20\S+ +20\S+ +20\S+ +127\.0\.0\.1/32,2001:db8::/32 +`+me,
		`far +20\S+ +never +never +192\.0\.2\.0/24 +`+me)
	id := regexp.MustCompile(`key_\S+`).FindString(listed)
	command(t, "keys", "revoke", id, "--config", file)
	wantMatches(t, command(t, "keys", "list", "--config", file), id+`.*`+me+` +`+me)
}

func TestTheEventsNameWhoRefunded(t *testing.T) {
	data := t.TempDir()
	r := startNode(t, data)
	on := func(args ...string) []string { return append(args, "--data", data, "--server", r.base) }
	token := r.signIn()
	created := r.call("POST", "/miniapp/v1/orders", token, twoCoffees, 201)
	id := created["order"].(map[string]any)["id"].(string)
	r.decide(created["action"].(map[string]any)["paymentUrl"].(string), "pay")
	r.awaitStatus(token, id, "paid")
	command(t, on("refund", id, "1.25")...)
	wantMatches(t, command(t, on("orders", id)...), `order\.created +client +20\S+ *\n`, `refund\.\S+ +merchant +20\S+ +`+regexp.QuoteMeta(person())+` with this machine \(key_\S+\)`)
}
