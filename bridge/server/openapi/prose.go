package openapi

import (
	"html/template"
	"regexp"
	"strings"
)

var (
	codeSpan   = regexp.MustCompile("`([^`]+)`")
	strongSpan = regexp.MustCompile(`\*\*([^*]+)\*\*`)
)

// spans are the words that a text has as code.
func spans(text string) []string {
	var list []string
	for _, span := range codeSpan.FindAllStringSubmatch(text, -1) {
		list = append(list, span[1])
	}
	return list
}

// prose is a description as HTML: paragraphs, `code` and **strong**, which is all of
// Markdown that the document uses.
func prose(text string) template.HTML {
	var b strings.Builder
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if paragraph == "" {
			continue
		}
		safe := template.HTMLEscapeString(paragraph)
		safe = codeSpan.ReplaceAllString(safe, `<code class="code">$1</code>`)
		safe = strongSpan.ReplaceAllString(safe, `<strong>$1</strong>`)
		b.WriteString("<p>" + safe + "</p>")
	}
	return template.HTML(b.String())
}
