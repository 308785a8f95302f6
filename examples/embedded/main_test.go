package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/internal/freeport"
)

// program is the example, as a user of the till runs it.
type program struct {
	*testing.T
	binary, data, address string
	cmd                   *exec.Cmd
	log                   chan string    // ids of orders, as the program ships them
	shipped               map[string]int // how often each was
}

// TestTheExampleShipsWhatIsPaidOnce buys, and buys again after the process was killed.
func TestTheExampleShipsWhatIsPaidOnce(t *testing.T) {
	p := &program{T: t, shipped: map[string]int{}, binary: filepath.Join(t.TempDir(), "embedded"), data: filepath.Join(t.TempDir(), "data"), address: freeport.Address(t)}
	if out, err := exec.Command("go", "build", "-o", p.binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p.start()
	token := p.call("/pay/miniapp/v1/sessions", "", "", `{}`)["token"].(string)
	first := p.buys(token, "one")
	p.waitFor(first)
	p.waitFor(p.buys(token, "two")) // until then the shipping of the first is stored
	p.stop()

	p.start() // with the orders and keys that it had: the token is still good
	if order := p.call("/pay/miniapp/v1/orders/"+first, token, "", "")["order"].(map[string]any); order["status"] != "paid" {
		t.Errorf("after a restart the order is %v, want paid", order["status"])
	}
	p.waitFor(p.buys(token, "three"))
	p.stop()
	if n := p.shipped[first]; n != 1 {
		t.Errorf("the first order was shipped %d times, want once", n)
	}
}

// buys buys three things, pays, and returns the order's id.
func (p *program) buys(token, key string) string {
	p.Helper()
	created := p.call("/pay/miniapp/v1/orders", token, key, `{"items":[{"sku":"anything","quantity":3}]}`)
	order := created["order"].(map[string]any)
	if got := order["amount"].(map[string]any)["decimal"]; got != "7.50" {
		p.Errorf("three of them cost %v, want 7.50", got)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(created["action"].(map[string]any)["paymentUrl"].(string), url.Values{"outcome": {"pay"}})
	if err != nil {
		p.Fatal(err)
	}
	resp.Body.Close()
	return order["id"].(string)
}

// waitFor waits until an order is shipped.
func (p *program) waitFor(order string) {
	p.Helper()
	for limit := time.After(time.Minute); p.shipped[order] == 0; {
		select {
		case got, open := <-p.log:
			if !open {
				p.Fatal("the program has ended")
			}
			p.shipped[got]++
		case <-limit:
			p.Fatalf("%s was not shipped", order)
		}
	}
}

// start runs the program until it answers.
func (p *program) start() {
	p.Helper()
	p.cmd = exec.Command(p.binary, "-listen", p.address, "-data", p.data)
	text, err := p.cmd.StderrPipe()
	if err != nil {
		p.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { _ = p.cmd.Process.Kill() })
	p.log = make(chan string, 99)
	go follow(text, p.log)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		resp, err := http.Get("http://" + p.address + "/pay/readyz")
		if err == nil {
			resp.Body.Close()
			return
		}
		if p.Context().Err() != nil {
			break
		}
	}
	p.Fatal("the program does not answer")
}

// stop kills the program and reads the rest of its log.
func (p *program) stop() {
	p.Helper()
	_ = p.cmd.Process.Kill()
	for order := range p.log {
		p.shipped[order]++
	}
	_ = p.cmd.Wait()
}

// follow reads from a log which orders were shipped, to its end.
func follow(text io.Reader, shipped chan<- string) {
	defer close(shipped)
	for lines := bufio.NewScanner(text); lines.Scan(); {
		if _, order, found := strings.Cut(lines.Text(), "shipped "); found {
			shipped <- order
		}
	}
}

func (p *program) call(path, token, key, body string) map[string]any {
	p.Helper()
	method := http.MethodPost
	if body == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequest(method, "http://"+p.address+path, bytes.NewBufferString(body))
	if err != nil {
		p.Fatal(err)
	}
	for name, value := range map[string]string{"Content-Type": "application/json", "Idempotency-Key": key, "Authorization": "Bearer " + token} {
		if value != "" && value != "Bearer " {
			req.Header.Set(name, value)
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		p.Fatalf("%s answered %d: %s, %v", path, resp.StatusCode, text, err)
	}
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil {
		p.Fatal(err)
	}
	return answer
}
