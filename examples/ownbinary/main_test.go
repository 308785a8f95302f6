package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheBinaryTakesAPaymentAtItsOwnWallet builds the program and uses it as its documentation
// describes: one process simulates the provider, and another serves a till with the settings that
// the first one prints.
func TestTheBinaryTakesAPaymentAtItsOwnWallet(t *testing.T) {
	t.Setenv("ACME_KEY", "4fTq8RzW2nVb6XcM")
	dir := t.TempDir()
	binary := filepath.Join(dir, "till")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	output := start(t, "No money moves", binary, "simulate", "acme", "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "acme"))
	config := write(t, dir, "minitill.yaml", "server: {drain: 0s}\napps:\n  shop: {wallets: [main], guests: true, catalog: catalog.json}\nwallets:\n  main:\n"+settings(output))
	write(t, dir, "catalog.json", `{"currency":"USD","items":[{"sku":"tea","name":"Tea","price":"3"}]}`)

	output = start(t, "Serving", binary, "serve", "--config", config, "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data"))
	_, output, _ = strings.Cut(output, "minitill is ready at ")
	base, _, _ := strings.Cut(output, " ")
	token := call(t, base+"/miniapp/v1/sessions", "", `{}`)["token"].(string)
	created := call(t, base+"/miniapp/v1/orders", token, `{"items":[{"sku":"tea","quantity":2}]}`)
	id := created["order"].(map[string]any)["id"].(string)
	pay(t, created["action"].(map[string]any)["paymentUrl"].(string))
	for call(t, base+"/miniapp/v1/orders/"+id+"?wait=25s", token, "")["order"].(map[string]any)["status"] != "paid" {
	}
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// settings are the indented lines of what a simulator prints.
func settings(output string) string {
	var b strings.Builder
	for line := range strings.Lines(output) {
		if strings.HasPrefix(line, "    ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// start runs a command until the test ends, and returns what it prints up to a line that
// begins with a mark. After an interrupt it must exit with code 0.
func start(t *testing.T, mark string, command ...string) string {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_, _ = io.Copy(io.Discard, lines)
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v ended with %v", command, err)
		}
	})
	var output strings.Builder
	for {
		line, err := lines.ReadString('\n')
		output.WriteString(line)
		if strings.HasPrefix(line, mark) {
			return output.String()
		}
		if err != nil {
			t.Fatalf("%v ends after %q", command, output.String())
		}
	}
}

func pay(t *testing.T, cashier string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(cashier, url.Values{"outcome": {"pay"}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

func call(t *testing.T, address, token, body string) map[string]any {
	t.Helper()
	method := http.MethodPost
	if body == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", "one")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		t.Fatalf("%s answered %d: %s, %v", address, resp.StatusCode, text, err)
	}
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}
