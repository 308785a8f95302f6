package contract

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
)

func document31(t *testing.T) *document {
	t.Helper()
	d, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheDocumentIsOpenAPI31(t *testing.T) {
	if d := document31(t); !d.IsOpenAPI31OrLater() || len(d.Webhooks) != 11 {
		t.Errorf("version %s with %d webhooks", d.OpenAPI, len(d.Webhooks))
	}
}

// A schema that takes what it does not name finds no mistake in an answer.
func TestEverySchemaIsClosed(t *testing.T) {
	d := document31(t)
	for name, ref := range d.Components.Schemas {
		s := ref.Value
		open := s.AdditionalProperties.Has == nil && s.AdditionalProperties.Schema == nil && s.UnevaluatedProperties.Has == nil
		if len(s.Properties) > 0 && open && !strings.HasSuffix(name, "Facts") {
			t.Errorf("%s takes members that it does not name", name)
		}
	}
}

// The words of the document are those of the code, all of them.
func TestTheWordsAreTheCodes(t *testing.T) {
	for schema, c := range map[string]struct {
		folder, typeName string
		apart            []string // of the code alone
	}{
		"Status":             {"wallet", "Status", nil},
		"Channel":            {"wallet", "Channel", nil},
		"RefundStatus":       {"wallet", "RefundStatus", []string{"waiting"}}, // shown as approval
		"AttentionReason":    {"bridge", "Attention", nil},
		"EventType":          {"bridge", "EventType", nil},
		"WebhookType":        {"bridge", "EventType", []string{"order.created", "order.closed", "order.updated", "payment.created", "payment.updated", "refund.updated", "attention.cleared"}},
		"AgreementAttention": {"bridge/agreement", "Attention", []string{"any"}}, // which only a query has
		"Source":             {"bridge", "Source", nil},
		"DeliveryStatus":     {"bridge/store", "DeliveryStatus", nil},
	} {
		want := constants(t, c.folder, c.typeName)
		want = slices.DeleteFunc(want, func(w string) bool { return slices.Contains(c.apart, w) })
		compare(t, schema, texts(document31(t).Components.Schemas[schema].Value.Enum), want)
	}
	var actions []string
	for _, ref := range document31(t).Components.Schemas["Action"].Value.OneOf {
		actions = append(actions, ref.Value.Properties["type"].Value.Const.(string))
	}
	compare(t, "Action", actions, constants(t, "wallet", "ActionType"))
}

func TestTheProblemsAreTheTables(t *testing.T) {
	codes := []string{"method_not_allowed"} // which the router answers; no fault has it
	for _, kind := range fault.Kinds() {
		codes = append(codes, kind.String())
		d := problem.Of(fault.New(kind, "test", "Why."), "https://till.example", "req_1")
		Schema(t, "Problem", d.JSON())
	}
	compare(t, "Problem", texts(document31(t).Components.Schemas["Problem"].Value.Properties["code"].Value.Enum), codes)
}

func texts(list []any) []string {
	var found []string
	for _, v := range list {
		found = append(found, v.(string))
	}
	return found
}

func compare(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("%s: the document has %q, the code %q", what, got, want)
	}
}

// constants are the values of a string type's constants, as the source has them.
func constants(t *testing.T, folder, typeName string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != typeName {
				return true
			}
			if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, text)
			}
			return true
		})
	}
	return values
}

func TestEveryExampleOfARequestFits(t *testing.T) {
	d := document31(t)
	seen := 0
	for path, item := range d.Paths.Map() {
		for method, op := range item.Operations() {
			if op.RequestBody == nil || op.RequestBody.Value.Content["application/json"] == nil {
				continue
			}
			example := op.RequestBody.Value.Content["application/json"].Example
			if example == nil {
				continue
			}
			text, err := json.Marshal(example)
			if err != nil {
				t.Fatal(err)
			}
			at := "/paths" + step(path) + step(strings.ToLower(method)) + "/requestBody/content/application~1json/schema"
			validate(t, at, method+" "+path, text)
			seen++
		}
	}
	if seen < 8 {
		t.Errorf("saw %d examples", seen)
	}
}
