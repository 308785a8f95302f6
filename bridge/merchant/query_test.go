package merchant_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge"
)

func TestInvalidParametersOfAListAreRefused(t *testing.T) {
	w := newWorld(t)
	for name, test := range map[string]struct{ path, field string }{
		"a parameter that is not known":  {"/orders?stauts=paid", "stauts"},
		"a parameter in another case":    {"/orders?Status=paid", "Status"},
		"a parameter of another list":    {"/orders?order=x", "order"},
		"a parameter twice":              {"/orders?status=paid&status=failed", "status"},
		"a parameter without a value":    {"/orders?reference=", "reference"},
		"a parameter that fills a page":  {"/orders?reference=" + strings.Repeat("x", 256), "reference"},
		"a zero byte":                    {"/orders?reference=%00", "reference"},
		"no UTF-8":                       {"/orders?reference=%ff", "reference"},
		"a query that is not one":        {"/orders?status=%zz", "query"},
		"a semicolon":                    {"/orders?status=paid;limit=1", "query"},
		"a status that is none":          {"/orders?status=payed", "status"},
		"a reason that is none":          {"/orders?attention=true", "attention"},
		"a time without a zone":          {"/orders?from=2026-01-01T00:00:00", "from"},
		"a day":                          {"/orders?to=2026-01-01", "to"},
		"a time before all":              {"/orders?from=1969-12-31T23:59:59Z", "from"},
		"a limit of nothing":             {"/orders?limit=0", "limit"},
		"a limit of too many":            {"/orders?limit=101", "limit"},
		"a limit that is no number":      {"/events?limit=ten", "limit"},
		"a limit below zero":             {"/deliveries?limit=-1", "limit"},
		"a cursor that is none":          {"/orders?cursor=2", "cursor"},
		"a cursor of another list":       {"/refunds?cursor=ord_01JZZZZZZZZZZZZZZZZZZZZZZZ", "cursor"},
		"a delivery's cursor":            {"/deliveries?cursor=x", "cursor"},
		"a refund's status":              {"/refunds?status=waiting", "status"},
		"a refund's order":               {"/refunds?order=1", "order"},
		"a delivery's status":            {"/deliveries?status=lost", "status"},
		"a delivery's order":             {"/deliveries?order=x", "order"},
		"an event that is none":          {"/events?after=1", "after"},
		"a wallet's list has no limit":   {"/wallets?limit=1", "limit"},
		"an endpoint's list has none":    {"/webhook-endpoints?cursor=x", "cursor"},
		"a parameter of the wrong place": {"/refunds/x?order=1", "order"},
	} {
		t.Run(name, func(t *testing.T) { w.in(t).call("GET", test.path, "").Refused(400, test.field) })
	}
	if w.engine.lastQuery != nil {
		t.Errorf("the store was called with %+v", w.engine.lastQuery)
	}
	w.call("GET", "/orders?"+url.Values{strings.Repeat("x", 500): {"1"}}.Encode(), "").Refused(400, strings.Repeat("x", 60)+"…")
}

// TestOrdersCanBeListedByEveryReasonForAttention reads the reasons where they are declared, so
// that bridge.Attentions lacks none.
func TestOrdersCanBeListedByEveryReasonForAttention(t *testing.T) {
	w := newWorld(t)
	reasons := constants(t, "../attention.go", "Attention")
	if len(reasons) != len(bridge.Attentions) {
		t.Fatalf("found %v", reasons)
	}
	for _, reason := range append(reasons, "any") {
		w.call("GET", "/orders?attention="+reason, "").Want(200)
	}
	for _, reason := range append(constants(t, "../agreement/attention.go", "Attention"), "any") {
		w.call("GET", "/agreements?attention="+reason, "").Want(200)
	}
	w.call("GET", "/agreements?attention=late_payment", "").Refused(400, "attention")
	w.call("GET", "/orders?attention=agreement_unsigned", "").Refused(400, "attention")
}

// TestEveryEventIsDeliveredOrExcluded: an endpoint receives all events but those that say nothing
// that the order's next event does not.
func TestEveryEventIsDeliveredOrExcluded(t *testing.T) {
	w := newWorld(t)
	untold := map[string]bool{
		"order.created": true, "order.closed": true, "order.updated": true, "payment.created": true, "payment.updated": true,
		"refund.updated": true, "attention.cleared": true,
	}
	events := constants(t, "../event.go", "EventType")
	if len(events) < 14 {
		t.Fatalf("found %v", events)
	}
	for _, e := range events {
		status := 201
		if untold[e] {
			status = 400
		}
		w.engine.own = nil
		w.call("POST", "/webhook-endpoints", `{"url":"https://shop.example/","events":["`+e+`"]}`).Want(status)
	}
}

// constants are the values of the constants of a type that a file declares.
func constants(t *testing.T, file, kind string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == kind {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	return values
}
