package app

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/server/openapi"
)

// TestAKeyOpensItsOwnAppOnly requests, at every address of the document, a resource
// of another app: the answer is that of a resource that does not exist.
func TestAKeyOpensItsOwnAppOnly(t *testing.T) {
	shops := startShops(t)
	own, foreign := shops["sandbox"], shops["generic-v2"]
	order := foreign.paid("theirs")
	refund := foreign.send("POST", "/orders/"+order+"/refunds", `{"amount":`+foreign.amount(1)+`}`, 201)["id"].(string)
	endpoint := foreign.send("POST", "/webhook-endpoints", `{"url":"http://127.0.0.1:1/"}`, 201)["id"].(string)
	foreign.paid("notified")
	delivery := foreign.send("GET", "/deliveries", "", 200)["deliveries"].([]any)[0].(map[string]any)["id"].(string)
	agreement := foreign.send("POST", "/agreements", `{"title":"Tea every week"}`, 201)["agreement"].(map[string]any)["id"].(string)
	theirs := map[string]string{
		"orders": order, "refunds": refund, "webhook-endpoints": endpoint, "deliveries": delivery, "agreements": agreement,
		"inbox": "ntf_01JZZZZZZZZZZZZZZZZZZZZZZY", // that another app's is hidden is tested in bridge/merchant
	}
	missing := map[string]string{
		"orders": "ord_01JZZZZZZZZZZZZZZZZZZZZZZZ", "refunds": "rfd_01JZZZZZZZZZZZZZZZZZZZZZZZ-1",
		"webhook-endpoints": "whe_01JZZZZZZZZZZZZZZZZZZZZZZZ", "deliveries": "dlv_01JZZZZZZZZZZZZZZZZZZZZZZZ-1-x",
		"agreements": "agr_01JZZZZZZZZZZZZZZZZZZZZZZZ", "inbox": "ntf_01JZZZZZZZZZZZZZZZZZZZZZZZ",
	}
	requests := 0
	for path, method := range addresses(t) {
		kind, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		if theirs[kind] == "" {
			t.Errorf("the test has no case for %s", path)
			continue
		}
		requests++
		body := map[string]string{"POST": "{}", "PATCH": `{"disabled":true}`}[method]
		switch path[strings.LastIndex(path, "/"):] {
		case "/sign":
			body = `{"code":"x"}`
		case "/resolve":
			body = `{"attention":"late_payment","note":"x"}`
		case "/dismiss", "/approve", "/reject":
			body = `{"note":"x"}`
		}
		got := own.send(method, strings.Replace(path, "{id}", theirs[kind], 1), body, 404)
		want := own.send(method, strings.Replace(path, "{id}", missing[kind], 1), body+" ", 404)
		delete(got, "requestId")
		delete(want, "requestId")
		if asJSON(t, got) != asJSON(t, want) {
			t.Errorf("%s %s: got %v for theirs, %v for one that does not exist", method, path, got, want)
		}
	}
	if requests < 14 {
		t.Errorf("sent to %d addresses", requests)
	}
	for _, list := range []string{"orders", "refunds", "deliveries", "agreements"} {
		if got := own.send("GET", "/"+list, "", 200)[list].([]any); len(got) != 0 {
			t.Errorf("the list of %s shows %v", list, got)
		}
	}
	if o := foreign.send("GET", "/orders/"+order, "", 200); len(o["refunds"].([]any)) != 1 {
		t.Errorf("their order was touched: %v", o)
	}
}

// addresses are those of the merchant API that name one thing, each method of each.
func addresses(t *testing.T) func(yield func(path, method string) bool) {
	t.Helper()
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(openapi.Document(), &document); err != nil {
		t.Fatal(err)
	}
	return func(yield func(path, method string) bool) {
		for path, methods := range document.Paths {
			rest, merchants := strings.CutPrefix(path, "/v1")
			for method := range methods {
				verb := strings.ToUpper(method)
				if merchants && strings.Contains(path, "{id}") && strings.Contains("GET POST PATCH DELETE", verb) && !yield(rest, verb) {
					return
				}
			}
		}
	}
}
