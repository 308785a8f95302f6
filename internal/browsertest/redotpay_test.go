package browsertest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minitill/minitill/internal/app"
)

// TestRedotPay pays at RedotPay's simulator, by its links and by its methods, at the demo
// shop and at the hosted page. Till and simulator are those that the command runs, by the
// settings that the simulator prints.
func TestRedotPay(t *testing.T) {
	need(t)
	var env []string
	for name, args := range map[string][]string{"PAYLINK": nil, "METHODS": {"--methods"}} {
		far, settings := simulateRedotPay(t, args...)
		data := t.TempDir()
		till := serveTill(t, map[string]any{
			"listen": "127.0.0.1:0", "data": data, "sandbox": true, "demoWallet": "redotpay",
			"wallets": map[string]any{"redotpay": settings}, "log": map[string]any{"level": "error"},
		})
		sendCommand(t, far, "notifyurl", fmt.Sprintf(`{"url":"%s/notify/redotpay"}`, till))
		key, err := os.ReadFile(filepath.Join(data, "api.key"))
		if err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"_TILL="+till, name+"_FAR="+far, name+"_KEY="+strings.TrimSpace(string(key)))
	}
	run(t, "redotpay.mjs", env...)
}

// simulateRedotPay runs "minitill simulate redotpay" in this process until the test ends.
func simulateRedotPay(t *testing.T, args ...string) (base string, settings map[string]any) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		all := append([]string{"simulate", "redotpay", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--scale", "100"}, args...)
		ended <- app.Main(ctx, app.Env{Args: all, Out: in, Err: t.Output()})
		_ = in.CloseWithError(io.ErrUnexpectedEOF)
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("the simulator ended with %d", code)
		}
	})
	settings = map[string]any{}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		name, value, found := strings.Cut(strings.TrimPrefix(lines.Text(), "    "), ": ")
		switch {
		case strings.HasPrefix(lines.Text(), "No money moves"):
			go drain(lines)
			return base, settings
		case strings.HasPrefix(lines.Text(), "    ") && found:
			settings[name] = flow(value)
			base, _ = settings["baseUrl"].(string)
		}
	}
	t.Fatal("the simulator ended without printing its address")
	return "", nil
}

// flow is a value in YAML's flow style, as far as the simulator writes it.
func flow(text string) any {
	switch {
	case strings.HasPrefix(text, "["):
		var list []any
		for _, item := range strings.Split(strings.Trim(text, "[]"), ", {") {
			list = append(list, flow(item))
		}
		return list
	case strings.Contains(text, ": "):
		object := map[string]any{}
		for _, member := range strings.Split(strings.Trim(text, "{}"), ", ") {
			name, value, _ := strings.Cut(member, ": ")
			object[name] = flow(value)
		}
		return object
	case text == "1":
		return 1
	}
	return text
}

// sendCommand sends the simulator a command.
func sendCommand(t *testing.T, far, command, body string) {
	t.Helper()
	resp, err := http.Post(far+"/control/"+command, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s answered %d", command, resp.StatusCode)
	}
}
