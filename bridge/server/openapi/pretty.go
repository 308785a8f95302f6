package openapi

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// lineWidth is how many characters of an example stand in a line before it is broken.
const lineWidth = 56

// pretty is a value as JSON for people, to stand behind a text of the given length:
// what is short stays in one line.
func pretty(v any, behind int) string {
	var b strings.Builder
	writePretty(&b, v, "", behind)
	return b.String()
}

// writePretty writes a value behind a text of the given length.
func writePretty(b *strings.Builder, v any, indent string, behind int) {
	flat := oneLine(v)
	if len(indent)+behind+utf8.RuneCountInString(flat) <= lineWidth {
		b.WriteString(flat)
		return
	}
	inner := indent + "  "
	switch v := v.(type) {
	case *object:
		b.WriteString("{\n")
		for i, name := range v.names {
			label := oneLine(name) + ": "
			b.WriteString(inner + label)
			writePretty(b, v.members[name], inner, len(label))
			b.WriteString(comma(i, len(v.names)))
		}
		b.WriteString(indent + "}")
	case []any:
		b.WriteString("[\n")
		for i := range v {
			b.WriteString(inner)
			writePretty(b, v[i], inner, 0)
			b.WriteString(comma(i, len(v)))
		}
		b.WriteString(indent + "]")
	default:
		b.WriteString(flat)
	}
}

func comma(i, n int) string {
	if i == n-1 {
		return "\n"
	}
	return ",\n"
}

// oneLine is a value as JSON with a space where people put one.
func oneLine(v any) string {
	switch v := v.(type) {
	case *object:
		parts := make([]string, len(v.names))
		for i, name := range v.names {
			parts[i] = oneLine(name) + ": " + oneLine(v.members[name])
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = oneLine(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	var b bytes.Buffer
	if err := encode(&b, v); err != nil {
		panic("openapi: " + err.Error())
	}
	return b.String()
}
