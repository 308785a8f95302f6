package app

import (
	"bytes"
	"reflect"
	"strings"
	"unicode"
)

// checkURLs reports each setting below v that is a URL with a blank in it, or with two
// slashes in a row, which a server may take for another path. The validate tags check the
// rest.
func (d *decoder) checkURLs(path string, v reflect.Value) {
	for _, f := range reflect.VisibleFields(v.Type()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		at, value := child(path, name), v.FieldByIndex(f.Index)
		switch {
		case f.Type.Kind() == reflect.Struct && f.Type != secretType:
			d.checkURLs(at, value)
		case f.Type.Kind() == reflect.String && strings.HasSuffix(strings.ToLower(name), "url"):
			if detail := urlDetail(value.String()); detail != "" {
				d.found.add(at, "%s", detail)
			}
		}
	}
}

func urlDetail(text string) string {
	_, behind, _ := strings.Cut(text, "://")
	if i := strings.IndexAny(behind, "?#"); i >= 0 {
		behind = behind[:i] // a URL within a query has its own slashes
	}
	switch {
	case strings.IndexFunc(text, isBlank) >= 0:
		return "contains a blank, or a character that is not visible: type the URL again"
	case strings.Contains(behind, "//"):
		return "has two slashes in a row after the host: write one"
	}
	return ""
}

// isBlank reports whether r is invisible: a blank, a control character, or a format
// character that was copied from a page.
func isBlank(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// withoutBOM returns text without the byte order mark of an editor.
func withoutBOM(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\ufeff")) }
