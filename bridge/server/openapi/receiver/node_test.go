package receiver

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/testdata"
)

// project returns a folder in which a program may import "minitill/server", as a
// merchant's does.
func project(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("node is missing")
		}
		t.Skip("SKIPPED, the examples in JavaScript were not run: node is not installed")
	}
	folder := t.TempDir()
	helper, err := filepath.Abs(filepath.Join("..", "..", "..", "..", "sdk-js"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "node_modules"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(helper, filepath.Join(folder, "node_modules", "minitill")); err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("receiver.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "receiver.mjs"), example, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// listen serves the example until its input ends, and prints where, then each event.
const listen = `import { receiver } from './receiver.mjs';
const server = receiver(process.argv[1], (event) => {
  console.log(event.type);
  if (event.id === 'evt_2') throw new Error('full');
});
server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port));
process.stdin.on('end', () => process.exit()).resume();`

// startNode runs the example with a secret, and returns its address and what it prints.
func startNode(t *testing.T, secret string) (string, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command("node", "--input-type=module", "-e", listen, secret)
	cmd.Dir = project(t)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the example does not listen")
	}
	return lines.Text(), lines
}

// post sends one delivery, and returns the status and the text of the answer.
func post(t *testing.T, url string, headers http.Header, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = headers
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestTheReceiverInNodeTakesWebhooksWhenTheyAreTheTills(t *testing.T) {
	url, received := startNode(t, secret)
	signed := func(body string, age time.Duration) http.Header {
		return webhook.Headers("dlv_1", time.Now().Add(-age), []byte(body), key(t))
	}
	without := signed(body, 0)
	without.Del("Webhook-Signature")
	large := strings.Repeat(" ", 1<<20) + body
	for name, c := range map[string]struct {
		headers http.Header
		body    string
		want    int
		says    string
	}{
		"signed":              {signed(body, 0), body, 204, ""},
		"changed on the way":  {signed(body, 0), body + " ", 401, "No signature"},
		"old":                 {signed(body, time.Hour), body, 401, "seconds off"},
		"without a signature": {without, body, 401, "lacks webhook-signature"},
		"too large":           {signed(large, 0), large, 401, "too large"},
	} {
		status, text := post(t, url, c.headers, c.body)
		if status != c.want || !strings.Contains(text, c.says) {
			t.Errorf("%s: got %d %q, want %d that says %q", name, status, text, c.want, c.says)
		}
	}
	second := strings.Replace(body, "evt_1", "evt_2", 1)
	if status, text := post(t, url, signed(second, 0), second); status != 500 || text != "Try again." {
		t.Errorf("not processed: got %d %q, want 500", status, text)
	}
	for range 2 { // the one that was signed, and the one that was not processed
		if !received.Scan() || received.Text() != "order.paid" {
			t.Errorf("the example received %q, want order.paid", received.Text())
		}
	}
}

// A secret that is not set signs nothing: a forger would know it too.
func TestTheReceiverInNodeWithoutASecretTakesNothing(t *testing.T) {
	url, _ := startNode(t, "")
	if status, text := post(t, url, webhook.Headers("dlv_1", time.Now(), []byte(body), webhook.Key{}), body); status != 500 || text != "Try again." {
		t.Errorf("got %d %q, want 500 and no more", status, text)
	}
}

// vector is a signed webhook of another program than ours.
type vector struct {
	Name, Secret, ID, Body, Signature string
	Timestamp                         int64
}

// verify gives one delivery to the file to copy at the time of the delivery, and prints
// what it finds.
const verify = `import { verifyWebhook } from './node_modules/minitill/dist/webhook.mjs';
const [headers, body, secret] = JSON.parse(process.argv[1]);
const now = () => headers['webhook-timestamp'] * 1000;
try { console.log(JSON.stringify(verifyWebhook(headers, Buffer.from(body), secret, { now }))); } catch (error) { console.log(error.code); }`

func TestTheFileToCopyVerifiesTheVectors(t *testing.T) {
	folder := project(t)
	for _, v := range testdata.Vectors[vector](t, "webhook") {
		for body, want := range map[string]string{v.Body: compact(t, v.Body), v.Body + " ": "forged"} {
			headers := map[string]string{
				"webhook-id": v.ID, "webhook-timestamp": strconv.FormatInt(v.Timestamp, 10), "webhook-signature": "v1," + v.Signature,
			}
			given, err := json.Marshal([]any{headers, body, v.Secret})
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "node", "--input-type=module", "-e", verify, string(given))
			cmd.Dir = folder
			got, err := cmd.CombinedOutput()
			if strings.TrimSpace(string(got)) != want {
				t.Errorf("%s: got %s, want %s (%v)", v.Name, got, want, err)
			}
		}
	}
}

// compact is JSON text as JSON.stringify writes it.
func compact(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(json.RawMessage(strings.TrimSpace(text))); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}
