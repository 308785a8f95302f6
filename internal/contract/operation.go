package contract

import (
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// operation is a call of the document.
type operation struct {
	*openapi3.Operation
	parameters []parameter
	pointer    string
	values     map[string]string // of the path's parameters
}

// parameter is one with the place of its schema.
type parameter struct {
	*openapi3.Parameter
	schema string
}

// path finds the document's path for that of a request. Fixed parts count before
// parameters.
func (d *document) path(requested string) (template string, values map[string]string, ok bool) {
	for candidate := range d.Paths.Map() {
		found, fits := match(candidate, requested)
		if fits && (!ok || len(found) < len(values)) {
			template, values, ok = candidate, found, true
		}
	}
	return template, values, ok
}

// match compares a path with a template such as "/orders/{id}".
func match(template, requested string) (map[string]string, bool) {
	parts, given := strings.Split(template, "/"), strings.Split(requested, "/")
	if len(parts) != len(given) {
		return nil, false
	}
	values := map[string]string{}
	for i, part := range parts {
		switch {
		case strings.HasPrefix(part, "{") && given[i] != "":
			values[strings.Trim(part, "{}")] = given[i]
		case part != given[i]:
			return nil, false
		}
	}
	return values, true
}

// covers reports whether the document describes a path: the path begins as one of the
// document's does.
func (d *document) covers(requested string) bool {
	for template := range d.Paths.Map() {
		if first(template) == first(requested) {
			return true
		}
	}
	return false
}

func first(path string) string {
	head, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return head
}

// operation finds the call that a method makes of a path; nil when it is none. HEAD is
// GET without the body.
func (d *document) operation(template, method string, values map[string]string) *operation {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	item := d.Paths.Value(template)
	op := item.GetOperation(method)
	if op == nil {
		return nil
	}
	at := "/paths" + step(template)
	o := &operation{Operation: op, pointer: at + step(strings.ToLower(method)), values: values}
	o.add(item.Parameters, at)
	o.add(op.Parameters, o.pointer)
	return o
}

func (o *operation) add(list openapi3.Parameters, owner string) {
	for i, ref := range list {
		at := place(ref.Ref, owner+"/parameters/"+itoa(i))
		o.parameters = append(o.parameters, parameter{ref.Value, at + "/schema"})
	}
}
