package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// exchange is a request and its response.
type exchange struct {
	method string
	url    *url.URL
	sent   http.Header
	body   []byte

	status int
	header http.Header
	answer []byte
	stream bool // the answer was not kept
}

const problemType = "application/problem+json"

// check compares an exchange with the document and reports each difference.
func check(tb testing.TB, e *exchange) {
	tb.Helper()
	d, err := load()
	if err != nil {
		tb.Errorf("contract: the document is not valid: %v", err)
		return
	}
	if err := d.check(e); err != nil {
		tb.Errorf("contract: %s %s answered %d: %v\n%s", e.method, e.url.Path, e.status, err, clip(e.answer))
	}
}

func (d *document) check(e *exchange) error {
	if !d.covers(e.url.Path) || e.preflight() {
		return nil
	}
	if err := d.open(e); err != nil {
		return err
	}
	template, values, found := d.path(e.url.Path)
	if !found && e.isPage() {
		return nil
	}
	if !found {
		return d.isProblem(e, "NotFound")
	}
	op := d.operation(template, e.method, values)
	if op == nil {
		return d.isProblem(e, "MethodNotAllowed")
	}
	var faults []error
	if e.status < http.StatusBadRequest {
		faults = append(faults, d.checkRequest(op, e))
	}
	return errors.Join(append(faults, d.checkResponse(op, e))...)
}

// isPage reports whether a browser opened an address at which there is nothing, and got a page.
func (e *exchange) isPage() bool {
	return strings.Contains(e.sent.Get("Accept"), "text/html") && e.status == http.StatusNotFound &&
		strings.HasPrefix(e.header.Get("Content-Type"), "text/html")
}

// preflight reports whether the request is a CORS preflight: no call of ours.
func (e *exchange) preflight() bool {
	return e.method == http.MethodOptions && e.sent.Get("Access-Control-Request-Method") != ""
}

// open takes an answer out of its envelope.
func (d *document) open(e *exchange) error {
	if e.sent.Get("Minitill-Envelope") != "1" || first(e.url.Path) != "miniapp" || e.stream {
		return nil
	}
	if e.status != http.StatusOK {
		return errors.New("an envelope has status 200")
	}
	if err := d.validate("/components/schemas/Envelope", e.answer); err != nil {
		return fmt.Errorf("the envelope: %w", err)
	}
	var envelope struct {
		Status        int
		Data, Problem json.RawMessage
	}
	if err := json.Unmarshal(e.answer, &envelope); err != nil {
		return err
	}
	e.header = e.header.Clone()
	e.status, e.answer = envelope.Status, envelope.Data
	if envelope.Problem != nil {
		e.answer = envelope.Problem
		e.header.Set("Content-Type", problemType)
	}
	if string(e.answer) == "null" {
		e.answer = nil
	}
	return nil
}

// isProblem requires the answer to be a certain problem of the document.
func (d *document) isProblem(e *exchange, name string) error {
	at := "/components/responses/" + name
	if e.method == http.MethodHead {
		return nil
	}
	if e.header.Get("Content-Type") != problemType {
		return fmt.Errorf("the document has no such call, and this is no problem that says so: %q", e.header.Get("Content-Type"))
	}
	if err := d.validate(at+"/content"+step(problemType)+"/schema", e.answer); err != nil {
		return fmt.Errorf("the document has no such call: %w", err)
	}
	return d.checkHeaders(d.Components.Responses[name].Value, at, e)
}

func clip(b []byte) string {
	const most = 2000
	if len(b) > most {
		return string(b[:most]) + "…"
	}
	return strings.TrimSpace(string(b))
}

func itoa(n int) string { return strconv.Itoa(n) }
