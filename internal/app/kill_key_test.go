package app

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// TestAnIdempotencyKeySurvivesAKill kills the till with -9 after the wallet has executed a request
// and before the till has the answer. The same key gets the answer of that one execution.
func TestAnIdempotencyKeySurvivesAKill(t *testing.T) {
	k := newKillWorld(t)
	key, err := os.ReadFile(filepath.Join(k.config.Data, apiKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	m := &keyed{killWorld: k, key: strings.TrimSpace(string(key))}

	created := m.killed("/v1/payments", "/orders", `{"amount":{"currency":"USD","value":"900"},"description":"Tea","wallet":"sandbox"}`,
		func() bool { return len(k.provider.Payments()) == 1 })
	if n := len(k.provider.Payments()); n != 1 || !strings.Contains(created, `"paymentUrl"`) {
		t.Fatalf("the wallet has %d payments, and the key yields %s", n, created)
	}
	request := k.provider.Payments()[0].RequestID
	if err := k.provider.Settle(request, "pay"); err != nil {
		t.Fatal(err)
	}
	order := "/orders/ord_" + request[:26]
	for !strings.Contains(m.post(order+"/refresh", "query", "{}"), `"status":"paid"`) {
		m.queries++
	}
	refunded := func() int64 { return k.provider.Ledger()["USD"].Refunded.Minor }
	answer := m.killed("/v1/refunds", order+"/refunds", `{"amount":{"currency":"USD","value":"300"}}`, func() bool { return refunded() > 0 })
	if refunded() != 300 || !strings.Contains(answer, `"status":"succeeded"`) {
		t.Errorf("the wallet refunded %d, and the key yields %s", refunded(), answer)
	}
}

// keyed is a merchant's backend beside a till that is killed.
type keyed struct {
	*killWorld
	key     string
	queries int
}

// killed sends a request whose call to the wallet is executed and not answered, kills the
// till when it is, starts it again and repeats the request until it is answered.
func (m *keyed) killed(call, path, body string, executed func() bool) string {
	m.Helper()
	m.provider.Inject(simulator.Rule{Fault: simulator.SlowAnswer, Endpoint: call, Times: 1, Delay: time.Hour})
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
	first := m.post(path, path, body)
	if again := m.post(path, path, body); again != first {
		m.Errorf("the key yields %s and then %s", first, again)
	}
	return first
}

// pause is a client's between two tries. Without it the tries would take the time of what they
// wait for.
func (m *keyed) pause() { <-time.After(20 * time.Millisecond) }

// post repeats a request while the answer is that the same request is in progress.
func (m *keyed) post(path, key, body string) string {
	m.Helper()
	for {
		status, answer, err := m.send(path, key+strings.Repeat("'", m.queries), body)
		if err != nil || status != http.StatusConflict && status/100 != 2 {
			m.Fatalf("%s answered %d %s, %v", path, status, answer, err)
		}
		if status != http.StatusConflict {
			return answer
		}
		m.pause()
	}
}

func (m *keyed) send(path, key, body string) (int, string, error) {
	req, err := http.NewRequest(http.MethodPost, m.base+"/v1"+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Authorization", "Bearer "+m.key)
	req.Header.Set("Idempotency-Key", key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer), err
}
