package app

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/contract"
)

// node under test: the whole server, as `minitill serve` runs it, on a free port.
type running struct {
	*testing.T
	base     string
	greeting string // what it printed at the start
	stop     context.CancelFunc
	done     chan error
}

// hurried makes a server drain for no time at all.
var hurried = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// startNode serves the sandbox in this process until stop is called.
func startNode(t *testing.T, data string) *running {
	t.Helper()
	return startWith(t, "--data", data)
}

// startWith serves on a free port, with the arguments of a command line.
func startWith(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	r := &running{T: t, stop: cancel, done: make(chan error, 1)}
	sdk := fstest.MapFS{"dist/minitill.js": {Data: []byte("var Minitill;")}}
	go func() {
		code := Main(ctx, Env{Args: append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), Out: in, Err: t.Output(), SDK: sdk, Hurry: hurried})
		_ = in.Close() // a start that failed ends the read below
		if code != 0 {
			r.done <- io.ErrUnexpectedEOF
		}
		close(r.done)
	}()
	greeting := make([]byte, 4096)
	n, err := out.Read(greeting)
	if err != nil {
		t.Fatal("the server did not start: ", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	_, rest, _ := strings.Cut(string(greeting[:n]), "minitill is ready at ")
	r.greeting = string(greeting[:n])
	r.base, _, _ = strings.Cut(rest, " ")
	t.Cleanup(r.end)
	return r
}

func (r *running) end() {
	r.stop()
	if err := <-r.done; err != nil { // nil when it has been read before
		r.Error("the server did not stop in order")
	}
}

func (r *running) call(method, path, token, body string, want int) map[string]any {
	r.Helper()
	req, err := http.NewRequest(method, r.base+path, bytes.NewBufferString(body))
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
		key := sha256.Sum256([]byte(r.Name() + method + path + body)) // the same request is the same
		req.Header.Set("Idempotency-Key", hex.EncodeToString(key[:]))
	}
	client := http.Client{Transport: contract.Transport(r, nil)}
	resp, err := client.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		r.Fatalf("%s %s answered %d, want %d: %s (%v)", method, path, resp.StatusCode, want, text, err)
	}
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil {
		r.Fatalf("%s %s answered %q", method, path, text)
	}
	return answer
}

func (r *running) signIn() string { return r.signInAt("sandbox") }

func (r *running) signInAt(wallet string) string {
	r.Helper()
	return r.call("POST", "/miniapp/v1/sessions", "", `{"wallet":"`+wallet+`"}`, 201)["token"].(string)
}

func (r *running) decide(paymentURL, outcome string) {
	r.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(paymentURL, url.Values{"outcome": {outcome}})
	if err != nil {
		r.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode >= 400 {
		r.Fatalf("the cashier answered %d", resp.StatusCode)
	}
}

// awaitStatus follows an order by long polls until it has a status.
func (r *running) awaitStatus(token, id, want string) map[string]any {
	r.Helper()
	for range 10 {
		answer := r.call("GET", "/miniapp/v1/orders/"+id+"?wait=25s", token, "", 200)
		if answer["order"].(map[string]any)["status"] == want {
			return answer
		}
	}
	r.Fatalf("the order did not become %s", want)
	return nil
}

const twoCoffees = `{"items":[{"sku":"flat-white","quantity":2}],"wallet":"sandbox"}`

func TestEachOutcomeEndsInTheRightState(t *testing.T) {
	r := startNode(t, t.TempDir())
	token := r.signIn()
	for outcome, status := range map[string]string{"pay": "paid", "decline": "failed", "later": "paid"} {
		t.Run(outcome, func(t *testing.T) {
			r := &running{T: t, base: r.base}
			created := r.call("POST", "/miniapp/v1/orders", token, twoCoffees, 201)
			order := created["order"].(map[string]any)
			r.decide(created["action"].(map[string]any)["paymentUrl"].(string), outcome)
			answer := r.awaitStatus(token, order["id"].(string), status)
			if _, has := answer["receipt"].(string); !has {
				t.Error("a final order has no receipt")
			}
			byOrderToken := r.call("GET", "/miniapp/v1/orders/"+order["id"].(string), created["orderToken"].(string), "", 200)
			if byOrderToken["order"].(map[string]any)["status"] != status {
				t.Error("the order token shows another status")
			}
		})
	}
	created := r.call("POST", "/miniapp/v1/orders", token, `{"items":[{"sku":"cold-brew","quantity":1}]}`, 201)
	r.decide(created["action"].(map[string]any)["paymentUrl"].(string), "leave")
	id := created["order"].(map[string]any)["id"].(string)
	result := r.call("POST", "/miniapp/v1/orders/"+id+"/result", token, `{"resultCode":"9000"}`, 200)
	if got := result["order"].(map[string]any)["status"]; got != "pending" {
		t.Errorf("a bare 9000 made the order %v, want pending", got)
	}
	canceled := r.call("POST", "/miniapp/v1/orders/"+id+"/cancel", token, `{}`, 200)
	if got := canceled["order"].(map[string]any)["status"]; got != "canceled" {
		t.Errorf("cancel made the order %v", got)
	}
}

func TestAPriceFromTheClientIsRefused(t *testing.T) {
	r := startNode(t, t.TempDir())
	token := r.signIn()
	for _, body := range []string{
		`{"items":[{"sku":"flat-white","quantity":1,"amount":{"currency":"USD","value":"1"}}]}`,
		`{"items":[{"sku":"flat-white","quantity":1}],"amount":{"currency":"USD","value":"1"}}`,
		`{"items":[{"sku":"flat-white","quantity":1,"price":"0.01"}]}`,
	} {
		problem := r.call("POST", "/miniapp/v1/orders", token, body, 400)
		fields := problem["errors"].([]any)
		if name := fields[0].(map[string]any)["field"].(string); !strings.Contains(name, "amount") && !strings.Contains(name, "price") {
			t.Errorf("the problem names %q", name)
		}
	}
}

func TestAStopAndAStartKeepEveryOrder(t *testing.T) {
	data := t.TempDir()
	r := startNode(t, data)
	token := r.signIn()
	created := r.call("POST", "/miniapp/v1/orders", token, twoCoffees, 201)
	id := created["order"].(map[string]any)["id"].(string)
	if answer := r.stopped(id, token); answer != "pending" {
		t.Errorf("a client with a held request received %q as the server stopped, want pending", answer)
	}
	again := startNode(t, data)
	if got := again.call("GET", "/miniapp/v1/orders/"+id, token, "", 200)["order"].(map[string]any)["status"]; got != "pending" {
		t.Errorf("after the start the order is %v, want pending", got)
	}
	entries, err := os.ReadDir(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().Perm()&0o077 != 0 && (strings.HasSuffix(e.Name(), ".json") || strings.HasSuffix(e.Name(), ".key")) {
			t.Errorf("%s can be read by others: %v", e.Name(), info.Mode())
		}
	}
}

// stopped stops the server while a client follows an order, and returns the last status that
// the client received. Its first event proves that the server is at work for it.
func (r *running) stopped(id, token string) string {
	r.Helper()
	req, err := http.NewRequest(http.MethodGet, r.base+"/miniapp/v1/orders/"+id+"/stream", nil)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	last, ended := "", false
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var event struct{ Order struct{ Status string } }
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			r.Fatal(err)
		}
		last = event.Order.Status
		if !ended {
			ended = true
			r.end()
		}
	}
	if err := lines.Err(); err != nil {
		r.Errorf("the stream was cut: %v", err)
	}
	return last
}

func TestWhatIsServed(t *testing.T) {
	r := startNode(t, t.TempDir())
	for path, want := range map[string]string{
		"/demo/": "text/html", "/sdk/minitill.js": "javascript", "/.well-known/jwks.json": "json",
		"/readyz": "json", "/healthz": "json", "/": "text/html",
	} {
		resp, err := http.Get(r.base + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || !strings.Contains(got, want) {
			t.Errorf("%s answered %d %q", path, resp.StatusCode, got)
		}
	}
	r.call("GET", "/nowhere", "", "", 404)
}

// TestAPanelThatWaitsDoesNotDelayAStop: the demo's panel of events is a long poll too.
func TestAPanelThatWaitsDoesNotDelayAStop(t *testing.T) {
	n := &node{}
	n.stops.Store(true)
	if _, err := n.demoEvents(t.Context(), "ord_1"); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v, want that the server is about to stop", err)
	}
}
