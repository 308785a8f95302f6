package page

import (
	"net/http"
	"net/url"

	"github.com/minitill/minitill/internal/design"
)

// Visit is one request to a page.
type Visit struct {
	Request *http.Request
	Lang    design.Language
	Embed   bool // shown in a frame, which is sent the result instead of redirected

	shell *Shell
	form  url.Values // nil unless a form was posted
}

func (s *Shell) visit(r *http.Request) *Visit {
	return &Visit{Request: r, Lang: design.LanguageOf(r), Embed: r.URL.Query().Get("embed") == "1", shell: s}
}

// Query returns a parameter of the page's address.
func (v *Visit) Query(name string) string { return v.Request.URL.Query().Get(name) }

// Posted reports whether the payer sent a form.
func (v *Visit) Posted() bool { return v.form != nil }

// Form returns the value of a form's field; empty when no form was posted.
func (v *Visit) Form(field string) string { return v.form.Get(field) }

// Say returns a text in the visitor's language. A name that is not in Texts is a defect in the
// program, and panics.
func (v *Visit) Say(name string) string {
	text, ok := v.shell.texts[v.Lang][name]
	if !ok {
		panic("page: no text " + name)
	}
	return text
}
