package receiver

import (
	"encoding/json"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/minitill/minitill/testdata"
)

// vector is a signed webhook of another program than ours.
type vector struct {
	Name, Secret, ID, Body, Signature string
	Timestamp                         int64
}

// verifyThen gives one delivery to the example in JavaScript at the time of the delivery.
const verifyThen = `import { verify } from './receiver.mjs';
const [headers, body, secret] = JSON.parse(process.argv[1]);
Date.now = () => headers['webhook-timestamp'] * 1000;
try { console.log(JSON.stringify(verify(headers, Buffer.from(body), secret))); } catch (error) { console.log(error.message); }`

func TestNodeVerifiesTheVectors(t *testing.T) {
	needNode(t)
	for _, v := range testdata.Vectors[vector](t, "webhook") {
		for body, want := range map[string]string{v.Body: compact(t, v.Body), v.Body + " ": "forged"} {
			headers := map[string]string{
				"webhook-id": v.ID, "webhook-timestamp": strconv.FormatInt(v.Timestamp, 10), "webhook-signature": "v1," + v.Signature,
			}
			given, err := json.Marshal([]any{headers, body, v.Secret})
			if err != nil {
				t.Fatal(err)
			}
			got, err := exec.CommandContext(t.Context(), "node", "--input-type=module", "-e", verifyThen, string(given)).CombinedOutput()
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
