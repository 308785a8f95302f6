package app

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// simulated runs "minitill simulate" and returns where it is, and the settings it prints.
func simulatedRedotPay(t *testing.T, args ...string) (base, settings string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		all := append([]string{"simulate", "redotpay", "--listen", "127.0.0.1:0", "--data", filepath.Join(t.TempDir(), "far"), "--scale", "1000"}, args...)
		ended <- Main(ctx, Env{Args: all, Out: in, Err: io.Discard})
		_ = in.Close()
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("the simulator ended with %d", code)
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "the simulator is ready at "):
			base = strings.TrimPrefix(line, "the simulator is ready at ")
		case strings.HasPrefix(line, "    "):
			settings += line + "\n"
		case strings.HasPrefix(line, "No money moves"):
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return base, settings
		}
	}
	t.Fatalf("the simulator ended: %v", lines.Err())
	return "", ""
}

// demoAt is a till whose demo shop pays at a simulator, by the settings that it prints.
func demoAt(t *testing.T, base, settings string) *running {
	t.Helper()
	dir := inDirectory(t, map[string]string{
		"minitill.yaml": "sandbox: true\ndemoWallet: far\nlog: {level: error}\nwallets:\n  far:\n" + settings,
	})
	r := startWith(t, "--config", filepath.Join(dir, "minitill.yaml"))
	post(t, base+"/control/notifyurl", fmt.Sprintf(`{"url":"%s/notify/far"}`, r.base))
	return r
}

func post(t *testing.T, address, body string) {
	t.Helper()
	resp, err := http.Post(address, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		t.Fatalf("%s answered %d %s", address, resp.StatusCode, text)
	}
}

// ordered is a guest's order at the demo shop.
func (r *running) ordered(channel string) (token, id string, action map[string]any) {
	r.Helper()
	token = r.signInAt("far")
	created := r.call("POST", "/miniapp/v1/orders", token, `{"items":[{"sku":"flat-white","quantity":2}],"wallet":"far","channel":"`+channel+`"}`, 201)
	return token, created["order"].(map[string]any)["id"].(string), created["action"].(map[string]any)
}

func TestTheDemoShopPaysAtTheSimulatorByTheSettingsThatItPrints(t *testing.T) {
	base, settings := simulatedRedotPay(t)
	r := demoAt(t, base, settings)
	token, id, action := r.ordered("web")
	if action["type"] != "redirect" || !strings.HasPrefix(action["url"].(string), base+"/pay/") {
		t.Fatalf("the action is %v, want the provider's page", action)
	}
	r.decide(action["url"].(string), "decline")
	r.decide(action["url"].(string), "pay")
	paid := r.awaitStatus(token, id, "paid")
	if paid["order"].(map[string]any)["status"] != "paid" {
		t.Errorf("got %v", paid)
	}
	token, id, action = r.ordered("app")
	if action["type"] != "deeplink" || !strings.HasPrefix(action["url"].(string), "redotpay://") {
		t.Errorf("an app's action is %v, want a deep link", action)
	}
	// Every webhook is lost, and a query finds the money.
	post(t, base+"/control/faults", `{"fault":"lose_notification","endpoint":"notify"}`)
	post(t, base+"/control/settle", `{"requestId":"`+strings.TrimPrefix(id, "ord_")+`P1","outcome":"pay"}`)
	r.awaitStatus(token, id, "paid")
	resp, err := http.Get(base + "/control/books?requestId=" + strings.TrimPrefix(id, "ord_") + "P1")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var books struct{ Status int }
	if err := json.NewDecoder(resp.Body).Decode(&books); err != nil || books.Status != 2 {
		t.Errorf("the books have %+v, %v; want paid", books, err)
	}
}

func TestTheDemoShopOffersTheSimulatorsMethods(t *testing.T) {
	base, settings := simulatedRedotPay(t, "--methods")
	r := demoAt(t, base, settings)
	token, id, action := r.ordered("web")
	if methods, _ := action["methods"].([]any); action["type"] != "chooseMethod" || len(methods) != 3 {
		t.Fatalf("the action is %v, want three methods", action)
	}
	for method, want := range map[string]string{"1": "qr", "3": "deeplink", "2": "qr"} {
		chosen := r.call("POST", "/miniapp/v1/orders/"+id+"/payments", token, `{"method":"`+method+`"}`, 201)
		action = chosen["action"].(map[string]any)
		if action["type"] != want {
			t.Fatalf("method %s leads to %v, want %s", method, action, want)
		}
		if want == "qr" && (!strings.HasPrefix(action["image"].(string), "data:image/svg") || !strings.Contains(action["content"].(string), "method="+method) || action["url"] == nil) {
			t.Errorf("method %s: %v, want its QR code, and the link", method, action)
		}
		if want == "qr" {
			r.decide(action["content"].(string), "leave")
		}
	}
	chosen := r.call("POST", "/miniapp/v1/orders/"+id+"/payments", token, `{"method":"1"}`, 201)
	r.decide(chosen["action"].(map[string]any)["url"].(string), "pay")
	r.awaitStatus(token, id, "paid")
}

func TestTheDemoShopPaysByTheDirectDialect(t *testing.T) {
	base, settings := simulatedRedotPay(t, "--direct")
	r := demoAt(t, base, settings)
	token, id, action := r.ordered("web")
	r.decide(action["url"].(string), "pay")
	r.awaitStatus(token, id, "paid")
	for _, secret := range regexp.MustCompile(`File: (\S+)`).FindAllStringSubmatch(settings, -1) {
		text, err := os.ReadFile(secret[1])
		if err != nil || strings.Contains(settings, string(text)) {
			t.Errorf("%s: %v, or its secret is printed", secret[1], err)
		}
	}
}

// The shop's own page is served for the wallet that it pays at, and offers no sign-in by codes
// that the wallet does not have.
func TestTheDemoShopOfAnotherWalletHasNoSignIn(t *testing.T) {
	base, settings := simulatedRedotPay(t)
	r := demoAt(t, base, settings)
	resp, err := http.Get(r.base + "/demo/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(page), `data-wallet="far"`) || !strings.Contains(string(page), `data-auth-code-url=""`) {
		t.Errorf("the page is %.300s, %v", page, err)
	}
}

func TestTheDemoShopPaysAtSimulatorsOnly(t *testing.T) {
	const direct = "{type: redotpay_direct, baseUrl: %q, merchantCode: M, merchantKeyFile: k, secretFile: k, amountUnit: minor, currencies: [USD]}"
	local, remote := fmt.Sprintf(direct, "http://127.0.0.1:1"), fmt.Sprintf(direct, "https://direct.example")
	for name, c := range map[string]struct{ text, want string }{
		"at a simulator":         {"sandbox: true\ndemoWallet: far\nwallets: {far: " + local + "}\n", ""},
		"without the demo":       {"apps: {shop: {wallets: [other], catalog: c.json}}\ndemoWallet: far\nwallets: {far: " + local + ", other: " + local + "}\n", "demoWallet: needs sandbox: true"},
		"at no wallet":           {"sandbox: true\ndemoWallet: far\n", "demoWallet: is not among the wallets"},
		"at an app's wallet":     {"sandbox: true\ndemoWallet: far\napps: {shop: {wallets: [far], catalog: c.json}}\nwallets: {far: " + local + "}\n", "demoWallet: belongs to an app"},
		"at a provider far away": {"sandbox: true\ndemoWallet: far\nwallets: {far: " + remote + "}\n", "demoWallet: must have a baseUrl on this machine"},
	} {
		dir := inDirectory(t, map[string]string{"k": "secret-of-the-tests", "c.json": `{"currency":"USD","items":[{"sku":"a","name":"A","price":"1"}]}`})
		if got := mistakesIn(t, dir, c.text); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
