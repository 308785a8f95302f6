package design

import (
	"net/http"
	"strings"
)

// Policy is what a page may do beyond the strictest: nothing inline, nothing from
// elsewhere, shown in no frame. Its members are lists of CSP sources such as
// "'self'" or "https://shop.example"; what is no such source is left out.
type Policy struct {
	FormAction     []string // where its forms may go; nowhere when empty
	FrameAncestors []string // who may show it in a frame; none when empty
	FrameSrc       []string // what it may show in frames; nothing when empty
}

// Write sets the headers of a page: the policy, and that no cache or search engine keeps, indexes or
// reinterprets the page or learns its address, which may hold a token.
func (p Policy) Write(h http.Header) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.String())
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Add("Vary", "Accept-Language")
}

// String is the Content-Security-Policy.
func (p Policy) String() string {
	return "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"form-action " + sources(p.FormAction) + "; frame-src " + sources(p.FrameSrc) +
		"; frame-ancestors " + sources(p.FrameAncestors) + "; base-uri 'none'"
}

// sources joins a list, leaving out what would end the directive or the header.
func sources(list []string) string {
	var kept []string
	for _, source := range list {
		if source != "" && !strings.ContainsAny(source, " \t\r\n;,") {
			kept = append(kept, source)
		}
	}
	if len(kept) == 0 {
		return "'none'"
	}
	return strings.Join(kept, " ")
}
