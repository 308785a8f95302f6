package contract

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/server/openapi"
)

// limits are the limits by the name of the member or parameter that they are of, or by
// the name with that of the member around it, where one name stands for several things.
var limits = map[string]int{
	"items": input.MaxLines, "quantity": input.MaxQuantity, "sku": input.MaxSKU, "name": input.MaxText,
	"description": input.MaxText, "title": input.MaxText, "reason": input.MaxText, "reference": input.MaxReference,
	"metadata": input.MaxMetadata, "metadata.key": input.MaxMetadataKey, "metadata.value": input.MaxMetadataValue,
	"wallet": input.MaxName, "method": input.MaxMethod, "methodToken": input.MaxMethodToken, "Fee.type": bridge.MaxFeeType, "payer.id": input.MaxPayerID, "methods.id": input.MaxMethod,
	"order": input.MaxID, "payment": input.MaxID, "refund": input.MaxID, "agreement": input.MaxID,
	"returnUrl": input.MaxReturnURL, "url": input.MaxEndpointURL, "events": input.MaxEvents, "note": input.MaxNote,
	"attention": input.MaxWord, "outcome": input.MaxWord, "resultCode": input.MaxWord, "detail": input.MaxHint,
	"language": input.MaxLanguage, "code": input.MaxCode, "authCode": input.MaxCode, "orderToken": input.MaxToken,
	"currency": input.MaxCurrency, "value": input.MaxDigits, "decimal": input.MaxDigits,
	"walletPaymentId": input.MaxParameter, "cursor": input.MaxParameter, "limit": input.MaxPage,
	"overlapHours": int(input.MaxOverlap / time.Hour), "expiresIn": int(input.MaxExpiry / time.Second),
	"Idempotency-Key": problem.MaxKey, "Minitill-Operator": input.MaxOperator,
	"session": input.MaxID, "token": input.MaxToken, "payer": input.MaxPayerID,
}

// found is a limit that was found somewhere, and what it is of.
type found struct {
	where, parent, name string
	limit               int
}

// check compares a limit with that of the code.
func (f *found) check(t *testing.T) {
	t.Helper()
	want, ok := limits[f.parent+"."+f.name]
	if !ok {
		want, ok = limits[f.name]
	}
	if !ok || f.limit != want {
		t.Errorf("%s: %s.%s may have %d, want %d as the constant of the package bridge (0: it has none)", f.where, f.parent, f.name, f.limit, want)
	}
}

// A reference could have 128 characters in one place and 64 in another.
func TestTheDocumentHasTheLimitsOfTheCode(t *testing.T) {
	var tree any
	if err := json.Unmarshal(openapi.Document(), &tree); err != nil {
		t.Fatal(err)
	}
	all := schemaLimits(tree, "", "")
	for _, f := range all {
		f.check(t)
	}
	if len(all) < 40 {
		t.Errorf("found %d limits in the document", len(all))
	}
}

// schemaLimits are the limits in a part of the document. parent and name are of the
// member that the part is the schema of.
func schemaLimits(node any, parent, name string) (all []found) {
	object, _ := node.(map[string]any)
	if list, ok := node.([]any); ok {
		for _, v := range list {
			all = append(all, schemaLimits(v, parent, name)...)
		}
	}
	if text, ok := object["name"].(string); ok && object["in"] != nil { // a parameter
		parent, name = "", text
	}
	for key, v := range object {
		n, isNumber := v.(float64)
		switch {
		case key == "example" || key == "examples" || name == "status": // an HTTP status is in a range of its own
		case isNumber && (key == "maxLength" || key == "maxItems" || key == "maximum" || key == "maxProperties" && n > 0):
			all = append(all, found{"the document", parent, name, int(n)})
		case key == "properties":
			members, _ := v.(map[string]any)
			for member, schema := range members {
				all = append(all, schemaLimits(schema, name, member)...)
			}
		case key == "propertyNames":
			all = append(all, schemaLimits(v, name, "key")...)
		case key == "additionalProperties":
			all = append(all, schemaLimits(v, name, "value")...)
		case key == "schemas":
			schemas, _ := v.(map[string]any)
			for schema, s := range schemas {
				all = append(all, schemaLimits(s, "", schema)...)
			}
		default:
			all = append(all, schemaLimits(v, parent, name)...)
		}
	}
	return all
}

// The tags of the bodies hold numbers, which no constant can be put into.
func TestTheTagsHaveTheLimitsOfTheCode(t *testing.T) {
	count := 0
	for _, folder := range []string{"bridge/merchant", "miniapp"} {
		for _, f := range tagLimits(t, folder) {
			f.check(t)
			count++
		}
	}
	if count < 40 {
		t.Errorf("found %d limits in tags", count)
	}
}

// bodies are the members that a type of a body is of.
var bodies = map[string]string{"payerBody": "payer"}

func tagLimits(t *testing.T, folder string) (all []found) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if body, ok := spec.Type.(*ast.StructType); ok {
				all = append(all, fieldLimits(t, file, spec.Name.Name, body)...)
			}
			return false
		})
	}
	return all
}

func fieldLimits(t *testing.T, file, typeName string, body *ast.StructType) (all []found) {
	t.Helper()
	for _, field := range body.Fields.List {
		if field.Tag == nil {
			continue
		}
		text, err := strconv.Unquote(field.Tag.Value)
		if err != nil {
			t.Fatal(err)
		}
		tag := reflect.StructTag(text)
		name, _, _ := strings.Cut(tag.Get("json"), ",")
		for rule := range strings.SplitSeq(tag.Get("validate"), ",") {
			number, ok := strings.CutPrefix(rule, "max=")
			if !ok {
				continue
			}
			n, err := strconv.Atoi(number)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, found{file + ": " + typeName, bodies[typeName], name, n})
		}
	}
	return all
}

// The times to pay are in the tags and the document in seconds.
func TestTheShortestTimeToPayIsThatOfTheCode(t *testing.T) {
	schema := document31(t).Components.Schemas["OrderRequest"].Value.Properties["expiresIn"].Value
	if schema.Min == nil || time.Duration(*schema.Min)*time.Second != input.MinExpiry {
		t.Errorf("the document has a minimum of %v seconds, want %v", schema.Min, input.MinExpiry)
	}
}
