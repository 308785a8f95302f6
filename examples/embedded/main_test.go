package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestTheExampleTakesAPayment runs the program as its reader would.
func TestTheExampleTakesAPayment(t *testing.T) {
	base := "http://" + start(t)
	token := call(t, base+"/pay/miniapp/v1/sessions", "", `{}`)["token"].(string)
	created := call(t, base+"/pay/miniapp/v1/orders", token, `{"items":[{"sku":"anything","quantity":3}]}`)
	order := created["order"].(map[string]any)
	if got := order["amount"].(map[string]any)["decimal"]; got != "7.50" {
		t.Errorf("three of them cost %v, want 7.50", got)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(created["action"].(map[string]any)["paymentUrl"].(string), url.Values{"outcome": {"pay"}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	for range 3 { // each waits for news
		answer := call(t, base+"/pay/miniapp/v1/orders/"+order["id"].(string)+"?wait=25s", token, "")
		if answer["order"].(map[string]any)["status"] == "paid" {
			return
		}
	}
	t.Error("the order was not paid")
}

// start builds and runs the program, and returns its address once it answers.
func start(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "embedded")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	cmd := exec.Command(binary, address)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		resp, err := http.Get("http://" + address + "/pay/readyz")
		if err == nil {
			resp.Body.Close()
			return address
		}
		if t.Context().Err() != nil {
			break
		}
	}
	t.Fatal("the program does not answer")
	return ""
}

func call(t *testing.T, address, token, body string) map[string]any {
	t.Helper()
	method := http.MethodPost
	if body == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequest(method, address, bytes.NewBufferString(body))
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
