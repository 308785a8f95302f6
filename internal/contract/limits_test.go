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
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/server/openapi"
)

// limits are the limits by the name of the member or parameter that they are of, or by
// the name with that of the member around it, where one name stands for several things.
var limits = map[string]int{
	"items": bridge.MaxLines, "quantity": bridge.MaxQuantity, "sku": bridge.MaxSKU, "name": bridge.MaxText,
	"description": bridge.MaxText, "title": bridge.MaxText, "reason": bridge.MaxText, "reference": bridge.MaxReference,
	"metadata": bridge.MaxMetadata, "metadata.key": bridge.MaxMetadataKey, "metadata.value": bridge.MaxMetadataValue,
	"wallet": bridge.MaxName, "method": bridge.MaxMethod, "methodToken": bridge.MaxMethodToken, "Fee.type": bridge.MaxFeeType, "payer.id": bridge.MaxPayerID, "methods.id": bridge.MaxMethod,
	"order": bridge.MaxID, "payment": bridge.MaxID, "refund": bridge.MaxID, "agreement": bridge.MaxID,
	"returnUrl": bridge.MaxReturnURL, "url": bridge.MaxEndpointURL, "events": bridge.MaxEvents, "note": bridge.MaxNote,
	"attention": bridge.MaxWord, "outcome": bridge.MaxWord, "resultCode": bridge.MaxWord, "detail": bridge.MaxHint,
	"language": bridge.MaxLanguage, "code": bridge.MaxCode, "authCode": bridge.MaxCode, "orderToken": bridge.MaxToken,
	"currency": bridge.MaxCurrency, "value": bridge.MaxDigits, "decimal": bridge.MaxDigits,
	"walletPaymentId": bridge.MaxParameter, "cursor": bridge.MaxParameter, "limit": bridge.MaxPage,
	"overlapHours": int(bridge.MaxOverlap / time.Hour), "expiresIn": int(bridge.MaxExpiry / time.Second),
	"Idempotency-Key": problem.MaxKey, "Minitill-Operator": bridge.MaxOperator,
	"session": bridge.MaxID, "token": bridge.MaxToken, "payer": bridge.MaxPayerID,
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
	if schema.Min == nil || time.Duration(*schema.Min)*time.Second != bridge.MinExpiry {
		t.Errorf("the document has a minimum of %v seconds, want %v", schema.Min, bridge.MinExpiry)
	}
}
