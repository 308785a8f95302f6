package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// processWide are the names that change the process of an importer, by the
// package that has them.
var processWide = map[string][]string{
	"gin":    {"SetMode", "DefaultWriter", "DefaultErrorWriter", "DebugPrintRouteFunc", "DebugPrintFunc", "DisableConsoleColor", "ForceConsoleColor", "Default"},
	"slog":   {"SetDefault", "SetLogLoggerLevel", "Default", "Debug", "Info", "Warn", "Error"},
	"log":    {"SetOutput", "SetFlags", "SetPrefix", "Default", "Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf"},
	"signal": {"Notify", "NotifyContext", "Ignore", "Reset"},
	"os":     {"Exit", "Setenv", "Chdir", "Stdout", "Stderr"},
	"http":   {"Handle", "HandleFunc", "DefaultServeMux", "DefaultClient"},
}

// processOwners may do all of that: commands, and what runs in tests only.
var processOwners = []string{"main.go", "internal/app/", "bridge/run/main.go", "scripts/", "tools/", "examples/", "wallet/wallettest/", "internal/tilltest/"}

func TestThePackagesLeaveTheProcessToItsOwner(t *testing.T) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && file != root) {
			return filepath.SkipDir
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		ours := strings.HasSuffix(rel, ".go") && !strings.HasSuffix(rel, "_test.go")
		if ours && !slices.ContainsFunc(processOwners, func(prefix string) bool { return strings.HasPrefix(rel, prefix) }) {
			checkProcess(t, file, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkProcess(t *testing.T, file, rel string) {
	t.Helper()
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		of, ok := selector.X.(*ast.Ident)
		if ok && imported(parsed, of.Name) && slices.Contains(processWide[of.Name], selector.Sel.Name) {
			t.Errorf("%s:%d: %s.%s changes or uses what belongs to the host's process", rel, files.Position(n.Pos()).Line, of.Name, selector.Sel.Name)
		}
		return true
	})
}

// imported reports whether a name is a package that a file imports, and no variable.
func imported(f *ast.File, name string) bool {
	return slices.ContainsFunc(f.Imports, func(spec *ast.ImportSpec) bool {
		path := strings.Trim(spec.Path.Value, `"`)
		return spec.Name == nil && (path == name || strings.HasSuffix(path, "/"+name))
	})
}
