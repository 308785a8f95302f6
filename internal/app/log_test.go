package app

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestEveryErrorInTheLogSaysWhatToDo: an operator who is woken by it reads what is the matter,
// and behind a semicolon what to do.
func TestEveryErrorInTheLogSaysWhatToDo(t *testing.T) {
	found := 0
	for _, part := range []string{"bridge", "miniapp", "internal/app", "internal/conns"} {
		err := filepath.WalkDir(filepath.Join("..", "..", filepath.FromSlash(part)), func(file string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go") {
				found += checkErrors(t, file)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 20 {
		t.Errorf("found %d errors in the sources, want many more", found)
	}
}

// checkErrors checks the messages that a file logs at level error, and returns their number.
func checkErrors(t *testing.T, file string) (found int) {
	t.Helper()
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		at, ok := messageOf(call)
		if !ok {
			return true
		}
		found++
		literal, ok := call.Args[at].(*ast.BasicLit)
		if !ok {
			t.Errorf("%s: the message of an error is no constant text", files.Position(n.Pos()))
			return true
		}
		message, _ := strconv.Unquote(literal.Value)
		if _, advice, ok := strings.Cut(message, "; "); !ok || len(advice) < 10 {
			t.Errorf("%s: %q does not say what to do behind a semicolon", files.Position(n.Pos()), message)
		}
		return true
	})
	return found
}

// messageOf returns which argument of a call is the message of an error that it logs.
func messageOf(call *ast.CallExpr) (at int, ok bool) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return 0, false
	}
	logger, ok := method.X.(*ast.SelectorExpr)
	if !ok || !strings.EqualFold(logger.Sel.Name, "log") {
		return 0, false
	}
	switch method.Sel.Name {
	case "Error":
		return 0, len(call.Args) > 0
	case "ErrorContext":
		return 1, len(call.Args) > 1
	}
	return 0, false
}

// TestOneRequestIdIsInTheWholeLogOfARequest, from its answer to what the engine says of it.
func TestOneRequestIdIsInTheWholeLogOfARequest(t *testing.T) {
	var log bytes.Buffer
	o := optionsFor(t.TempDir())
	o.config.Log.Access = true
	o.log = o.config.Log.logger(&log)
	n, err := newNode(t.Context(), o, "http://127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	log.Reset()
	r := httptest.NewRequest(http.MethodPost, "/notify/sandbox", strings.NewReader(`{"forged":true}`))
	r.Header.Set("X-Request-Id", "req_mine")
	n.handler.ServeHTTP(httptest.NewRecorder(), r)
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) < 2 || !strings.Contains(log.String(), "notification refused") || !strings.Contains(log.String(), `level=INFO msg=request `) {
		t.Errorf("logged %q, want the engine's warning and the access log", lines)
	}
	for _, line := range lines {
		if strings.Count(line, " request=req_mine") != 1 {
			t.Errorf("%s: has no request id", line)
		}
	}
}
