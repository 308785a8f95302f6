package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The bounds of the code's structure. A part that outgrows one is split, or moves to a package
// of its own.
const (
	mostFunctionLines = 60   // of a store
	mostRuleFiles     = 20   // of package bridge
	mostRuleLines     = 2500 // of package bridge
	mostFloors        = 10   // of imports inside bridge
)

// parsedFile is a Go file that is no test.
type parsedFile struct {
	name   string // from the root, with slashes
	lines  int
	fset   *token.FileSet
	syntax *ast.File
}

// sources returns the files below a folder of the module; tests, test data and what tools keep
// there are left out.
func sources(t *testing.T, folder string, mode parser.Mode) (list []parsedFile) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(filepath.Join(root, folder), func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == testdataPackage || d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		syntax, err := parser.ParseFile(fset, file, text, mode)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		list = append(list, parsedFile{filepath.ToSlash(rel), strings.Count(string(text), "\n"), fset, syntax})
		return err
	})
	if err != nil || len(list) == 0 {
		t.Fatalf("%s: got %d files, %v", folder, len(list), err)
	}
	return list
}

func TestAFunctionOfAStoreFitsOnAScreen(t *testing.T) {
	for _, f := range sources(t, "bridge/store", parser.SkipObjectResolution) {
		for _, d := range f.syntax.Decls {
			function, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := f.fset.Position(function.End()).Line - f.fset.Position(function.Pos()).Line + 1
			if lines > mostFunctionLines {
				t.Errorf("%s: %s has %d lines, want at most %d", f.name, function.Name.Name, lines, mostFunctionLines)
			}
		}
	}
}

// TestEachPackageHasItsDocumentationInOnePlace, which readers and editors find by its name.
func TestEachPackageHasItsDocumentationInOnePlace(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range sources(t, ".", parser.ParseComments|parser.PackageClauseOnly) {
		if f.syntax.Name.Name == "main" || strings.HasPrefix(f.name, "tools/") {
			continue
		}
		folder, inDoc := path.Dir(f.name), path.Base(f.name) == "doc.go"
		documented[folder] = documented[folder] || inDoc && f.syntax.Doc != nil
		if !inDoc && f.syntax.Doc != nil {
			t.Errorf("%s: the comment of the package belongs in doc.go", f.name)
		}
	}
	for folder, ok := range documented {
		if !ok {
			t.Errorf("%s has no doc.go with a comment of the package", folder)
		}
	}
}

func TestTheRuleStaysSmall(t *testing.T) {
	files, lines := 0, 0
	for _, f := range sources(t, "bridge", parser.ImportsOnly) {
		if path.Dir(f.name) == "bridge" {
			files, lines = files+1, lines+f.lines
		}
	}
	if files > mostRuleFiles || lines > mostRuleLines {
		t.Errorf("package bridge has %d files and %d lines, want at most %d and %d", files, lines, mostRuleFiles, mostRuleLines)
	}
}

func TestTheImportsInsideBridgeStandOnFewFloors(t *testing.T) {
	imports := map[string][]string{}
	for _, f := range sources(t, "bridge", parser.ImportsOnly) {
		from := path.Dir(f.name)
		imports[from] = append(imports[from], importsBelow(t, f, "bridge")...)
	}
	var floor func(name string) []string // the longest chain of imports
	known := map[string][]string{}
	floor = func(name string) []string {
		if chain, ok := known[name]; ok {
			return chain
		}
		var longest []string
		for _, to := range imports[name] {
			if chain := floor(to); len(chain) > len(longest) {
				longest = chain
			}
		}
		known[name] = append(slices.Clone(longest), name)
		return known[name]
	}
	for name := range imports {
		if chain := floor(name); len(chain) > mostFloors {
			t.Errorf("%s stands on floor %d, want at most %d: %s", name, len(chain), mostFloors, strings.Join(chain, " ◄ "))
		}
	}
}

// importsBelow returns the packages below a folder of the module that a file imports.
func importsBelow(t *testing.T, f parsedFile, folder string) (list []string) {
	t.Helper()
	for _, spec := range f.syntax.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		name, ours := strings.CutPrefix(name, module+"/")
		if ours && (name == folder || strings.HasPrefix(name, folder+"/")) {
			list = append(list, name)
		}
	}
	return list
}
