package contract

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/minitill/minitill/bridge/server/openapi"
)

// document is the OpenAPI document with its compiled schemas. It is safe for
// concurrent use.
type document struct {
	*openapi3.T
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // by pointer, compiled at first use
}

// load reads the document and checks that it is OpenAPI, examples included.
var load = sync.OnceValues(func() (*document, error) {
	text := openapi.Document()
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	d := &document{T: doc, compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	return d, d.compiler.AddResource(location, root)
})

const location = "minitill:///openapi.json"

// schema is the compiled schema at a pointer such as "/components/schemas/Order".
// Compiling takes a thousand times as long as validating.
func (d *document) schema(pointer string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s, ok := d.schemas[pointer]; ok {
		return s, nil
	}
	s, err := d.compiler.Compile(location + "#" + (&url.URL{Path: pointer}).EscapedPath())
	if err == nil {
		d.schemas[pointer] = s
	}
	return s, err
}

// validate compares JSON text with the schema at a pointer.
func (d *document) validate(pointer string, text []byte) error {
	return d.validateText(pointer, text, func(value any) any { return value })
}

// validateRequest is validate for what a caller sent: a member that is null counts as
// left out.
func (d *document) validateRequest(pointer string, text []byte) error {
	return d.validateText(pointer, text, withoutNulls)
}

func (d *document) validateText(pointer string, text []byte, prepare func(any) any) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return d.validateValue(pointer, prepare(value))
}

func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		maps.DeleteFunc(v, func(_ string, member any) bool { return member == nil })
		for name := range v {
			v[name] = withoutNulls(v[name])
		}
	case []any:
		for i := range v {
			v[i] = withoutNulls(v[i])
		}
	}
	return v
}

func (d *document) validateValue(pointer string, value any) error {
	s, err := d.schema(pointer)
	if err != nil {
		return err
	}
	return s.Validate(value)
}

// place is where something stands: at the target of its reference, or where it is
// written.
func place(ref, written string) string {
	if ref != "" {
		return strings.TrimPrefix(ref, "#")
	}
	return written
}

// step is a name as a part of a JSON pointer.
func step(name string) string {
	return "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
