package contract

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"
)

// checkResponse compares a response with the one the document has for its status.
func (d *document) checkResponse(op *operation, e *exchange) error {
	name := itoa(e.status)
	ref := op.Responses.Value(name)
	if ref == nil {
		name, ref = "default", op.Responses.Default()
	}
	if ref == nil {
		return errors.New("the status is not in the document")
	}
	at := place(ref.Ref, op.pointer+"/responses/"+name)
	return errors.Join(d.checkHeaders(ref.Value, at, e), d.checkAnswer(ref.Value, at, e, name == "default"))
}

func (d *document) checkHeaders(response *openapi3.Response, at string, e *exchange) error {
	var faults []error
	for name, ref := range response.Headers {
		value := e.header.Get(name)
		switch {
		case value == "" && ref.Value.Required:
			faults = append(faults, fmt.Errorf("the header %s is missing", name))
		case value != "":
			schema := place(ref.Ref, at+"/headers"+step(name)) + "/schema"
			if err := d.validateValue(schema, value); err != nil {
				faults = append(faults, fmt.Errorf("the header %s: %w", name, err))
			}
		}
	}
	return errors.Join(faults...)
}

// checkAnswer compares a body. Where the document has none there is none, unless the
// answer is the wallet's own.
func (d *document) checkAnswer(response *openapi3.Response, at string, e *exchange, opaque bool) error {
	if e.method == http.MethodHead || opaque {
		return nil
	}
	if len(response.Content) == 0 {
		if len(e.answer) > 0 {
			return errors.New("the document has no body here")
		}
		return nil
	}
	name, content, err := mediaType(response.Content, e.header)
	if err != nil || content.Schema == nil || e.stream {
		return err
	}
	return d.validate(at+"/content"+step(name)+"/schema", e.answer)
}
