package contract

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
)

var update = flag.Bool("update", false, "write testdata/contract")

// golden compares v with a file of testdata/contract, which the tests of sdk-js read too;
// -update writes the file.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(filepath.Join("..", "..", "testdata", "contract", name), text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(testdata.Read(t, "contract/"+name)), text.String()); diff != "" {
		t.Errorf("testdata/contract/%s differs; -want +got:\n%s", name, diff)
	}
}

func TestTheContractHasTheWordsOfTheCode(t *testing.T) {
	refunds := constants(t, "wallet", "RefundStatus")
	lists := map[string][]string{
		"orderStatus":  constants(t, "wallet", "Status"),
		"refundStatus": slices.DeleteFunc(refunds, func(s string) bool { return s == string(wallet.RefundWaiting) }), // shown as approval
		"channel":      constants(t, "wallet", "Channel"),
		"actionType":   constants(t, "wallet", "ActionType"),
		"attention":    constants(t, "bridge", "Attention"),
		"eventType":    constants(t, "bridge", "EventType"),
	}
	for _, event := range bridge.WebhookEvents {
		lists["webhookType"] = append(lists["webhookType"], string(event))
	}
	for _, list := range lists {
		slices.Sort(list)
	}
	golden(t, "words.json", lists)
}

func TestTheContractHasTheProblemsOfTheCode(t *testing.T) {
	type entry struct {
		Code   string `json:"code"`
		Status int    `json:"status"`
		Title  string `json:"title"`
	}
	var list []entry
	for _, kind := range fault.Kinds() {
		d := problem.Of(fault.New(kind, "test", ""), "", "")
		list = append(list, entry{d.Code, d.Status, d.Title})
	}
	refusal := httptest.NewRecorder()
	problem.Renderer{}.MethodNotAllowed(refusal) // of the router; no fault has it
	var routers entry
	if err := json.Unmarshal(refusal.Body.Bytes(), &routers); err != nil {
		t.Fatal(err)
	}
	golden(t, "problems.json", append(list, routers))
}

// The limits are those of the document, which is compared with the code elsewhere.
func TestTheContractHasTheLimitsOfTheClientAPI(t *testing.T) {
	components := document31(t).Components
	member := func(schema, name string) uint64 {
		return *components.Schemas[schema].Value.Properties[name].Value.MaxLength
	}
	items := components.Schemas["ClientOrderRequest"].Value.Properties["items"].Value
	golden(t, "limits.json", map[string]any{
		"bodyBytes":      problem.MaxBody,
		"waitSeconds":    int(web.MaxWait / time.Second),
		"idempotencyKey": *components.Parameters["IdempotencyKey"].Value.Schema.Value.MaxLength,
		"authCode":       member("SessionRequest", "authCode"),
		"items":          *items.MaxItems,
		"itemSku":        *items.Items.Value.Properties["sku"].Value.MaxLength,
		"itemQuantity":   int64(*items.Items.Value.Properties["quantity"].Value.Max),
		"order":          member("ClientOrderRequest", "order"),
		"orderToken":     member("ClientOrderRequest", "orderToken"),
		"wallet":         member("PaymentRequest", "wallet"),
		"method":         member("PaymentRequest", "method"),
		"resultCode":     member("ResultRequest", "resultCode"),
		"resultDetail":   member("ResultRequest", "detail"),
	})
}
