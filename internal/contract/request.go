package contract

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// checkRequest compares a request that succeeded with what the document requires.
func (d *document) checkRequest(op *operation, e *exchange) error {
	faults := []error{d.checkCredentials(op, e), d.checkBody(op, e), d.onlyKnownQuery(op, e)}
	for _, p := range op.parameters {
		if err := d.checkParameter(op, p, e); err != nil {
			faults = append(faults, fmt.Errorf("the request's %s %s: %w", p.In, p.Name, err))
		}
	}
	return errors.Join(faults...)
}

func (d *document) checkParameter(op *operation, p parameter, e *exchange) error {
	value, given := op.values[p.Name], p.In == openapi3.ParameterInPath
	switch p.In {
	case openapi3.ParameterInQuery:
		value, given = e.url.Query().Get(p.Name), e.url.Query().Has(p.Name)
	case openapi3.ParameterInHeader:
		value, given = e.sent.Get(p.Name), len(e.sent.Values(p.Name)) > 0
	}
	switch {
	case !given && p.Required:
		return errors.New("is missing")
	case !given:
		return nil
	case p.Schema.Value.Type.Is("integer"):
		n, err := strconv.Atoi(value)
		if err != nil {
			return err
		}
		return d.validateValue(p.schema, n)
	}
	return d.validateValue(p.schema, value)
}

// onlyKnownQuery refuses a misspelled parameter that was overlooked. Wallets may put
// what they like into addresses that are theirs to call.
func (d *document) onlyKnownQuery(op *operation, e *exchange) error {
	if slices.Contains(op.Tags, "Wallets call") || slices.Contains(op.Tags, "Pages") {
		return nil
	}
	for name := range e.url.Query() {
		known := slices.ContainsFunc(op.parameters, func(p parameter) bool { return p.In == openapi3.ParameterInQuery && p.Name == name })
		if !known && !slices.ContainsFunc(d.queryCredentials(op), func(n string) bool { return n == name }) {
			return fmt.Errorf("the request's query %s is not in the document", name)
		}
	}
	return nil
}

// checkCredentials requires credentials where the document does.
func (d *document) checkCredentials(op *operation, e *exchange) error {
	if op.Security == nil {
		return errors.New("the document does not say who may call this")
	}
	for _, requirement := range *op.Security {
		if len(requirement) == 0 {
			return nil
		}
	}
	if len(*op.Security) == 0 || e.sent.Get("Authorization") != "" {
		return nil
	}
	for _, name := range d.queryCredentials(op) {
		if e.url.Query().Has(name) {
			return nil
		}
	}
	return errors.New("the call is guarded, and succeeded without credentials")
}

// queryCredentials are the query's parameters that let a caller in.
func (d *document) queryCredentials(op *operation) []string {
	var names []string
	if op.Security == nil {
		return nil
	}
	for _, requirement := range *op.Security {
		for scheme := range requirement {
			if s := d.Components.SecuritySchemes[scheme].Value; s.In == openapi3.ParameterInQuery {
				names = append(names, s.Name)
			}
		}
	}
	return names
}

// checkBody compares a request's body with its schema.
func (d *document) checkBody(op *operation, e *exchange) error {
	if op.RequestBody == nil {
		return nil
	}
	body := op.RequestBody.Value
	if len(e.body) == 0 {
		if body.Required {
			return errors.New("the request has no body")
		}
		return nil
	}
	name, content, err := mediaType(body.Content, e.sent)
	if err != nil || content.Schema == nil {
		return err
	}
	at := place(op.RequestBody.Ref, op.pointer+"/requestBody") + "/content" + step(name) + "/schema"
	if name == "application/x-www-form-urlencoded" {
		err = d.validateForm(at, e.body)
	} else {
		err = d.validateRequest(at, e.body)
	}
	if err != nil {
		return fmt.Errorf("the request's body %s: %w", clip(e.body), err)
	}
	return nil
}

func (d *document) validateForm(pointer string, body []byte) error {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return err
	}
	values := map[string]any{}
	for name := range form {
		values[name] = form.Get(name)
	}
	return d.validateValue(pointer, values)
}

// mediaType is what the document has for a body's content type.
func mediaType(content openapi3.Content, h http.Header) (string, *openapi3.MediaType, error) {
	given, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if m := content["*/*"]; m != nil {
		return "*/*", m, nil
	}
	if m := content[given]; m != nil && err == nil {
		return given, m, nil
	}
	return "", nil, fmt.Errorf("the content type %q is not in the document", h.Get("Content-Type"))
}
