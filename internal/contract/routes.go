package contract

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

// files are addresses with nothing to describe but that files are there.
var files = []string{"assets", "sdk", "docs", "console"}

// Routes compares what a router serves with the document, in both directions. Only
// addresses that begin with one of the prefixes count, or all when there is none.
func Routes(tb testing.TB, routes gin.RoutesInfo, prefixes ...string) {
	tb.Helper()
	d, err := load()
	if err != nil {
		tb.Fatalf("contract: the document is not valid: %v", err)
	}
	served := map[string]bool{}
	for _, r := range routes {
		if r.Method != http.MethodHead && counts(r.Path, prefixes) {
			served[r.Method+" "+shape(r.Path)] = true
		}
	}
	for path, item := range d.Paths.Map() {
		for method := range item.Operations() {
			call := method + " " + shape(path)
			if counts(path, prefixes) && !served[call] {
				tb.Errorf("contract: %s is in the document and is not served", call)
			}
			delete(served, call)
		}
	}
	for call := range served {
		tb.Errorf("contract: %s is served and is not in the document", call)
	}
}

func counts(path string, prefixes []string) bool {
	if slices.Contains(files, first(path)) {
		return false
	}
	return len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(path, p) })
}

// shape is a path without the names of its parameters, which a router spells its own
// way.
func shape(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") || strings.HasPrefix(part, "*") || strings.HasPrefix(part, "{") {
			parts[i] = "{}"
		}
	}
	return strings.Join(parts, "/")
}
