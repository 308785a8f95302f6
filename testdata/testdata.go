package testdata

import (
	"embed"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Files are the files by their path in this folder, for examples, which have no
// testing.TB.
//
//go:embed keys vectors contract
var Files embed.FS

// Read returns the bytes of a file such as "vectors/webhook.json".
func Read(t testing.TB, name string) []byte {
	t.Helper()
	content, err := Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// Key returns the text of a file in keys.
func Key(t testing.TB, name string) string {
	t.Helper()
	return string(Read(t, "keys/"+name))
}

// JSON decodes a file into v.
func JSON(t testing.TB, name string, v any) {
	t.Helper()
	if err := json.Unmarshal(Read(t, name), v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// Vectors returns the vectors of a file in vectors. V has those of their members that
// the caller needs.
func Vectors[V any](t testing.TB, name string) []V {
	t.Helper()
	var file struct{ Vectors []V }
	JSON(t, "vectors/"+name+".json", &file)
	if len(file.Vectors) == 0 {
		t.Fatalf("vectors/%s.json has no vectors", name)
	}
	return file.Vectors
}

// Path writes a file to a temporary folder of t and returns its path there, for
// programs and settings that take a path.
func Path(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), filepath.Base(name))
	if err := os.WriteFile(path, Read(t, name), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
