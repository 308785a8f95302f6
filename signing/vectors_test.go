package signing

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"path"
	"testing"

	"github.com/minitill/minitill/testdata"
)

// vectorFile is what all files of testdata/vectors have in common.
type vectorFile struct {
	Source  string
	Vectors []struct {
		Name, Algorithm, Key, SHA256 string
		Message                      *string
		Bytes                        int
	}
}

// TestVectorsAreWrittenAsDescribed compares the files of testdata/vectors with the format
// that testdata/README.md describes.
func TestVectorsAreWrittenAsDescribed(t *testing.T) {
	files, err := fs.Glob(testdata.Files, "vectors/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d files, %v", len(files), err)
	}
	for _, name := range files {
		t.Run(path.Base(name), func(t *testing.T) {
			var file vectorFile
			if err := json.Unmarshal(testdata.Read(t, name), &file); err != nil {
				t.Fatal(err)
			}
			file.check(t)
		})
	}
}

func (f *vectorFile) check(t *testing.T) {
	if f.Source == "" || len(f.Vectors) == 0 {
		t.Errorf("got source %q and %d vectors", f.Source, len(f.Vectors))
	}
	seen := map[string]bool{"": true}
	for _, v := range f.Vectors {
		if seen[v.Name] || v.Algorithm == "" {
			t.Errorf("%q has no name of its own or no algorithm", v.Name)
		}
		seen[v.Name] = true
		if v.Message != nil {
			digest := sha256.Sum256([]byte(*v.Message))
			if len(*v.Message) != v.Bytes || hex.EncodeToString(digest[:]) != v.SHA256 {
				t.Errorf("%s: got %d bytes with digest %x, want %d with %s", v.Name, len(*v.Message), digest, v.Bytes, v.SHA256)
			}
		}
		if v.Key != "" && !hasPublicKey(v.Key) {
			t.Errorf("%s: testdata/keys has no public key %s", v.Name, v.Key)
		}
	}
}

func hasPublicKey(name string) bool {
	found, err := fs.Glob(testdata.Files, "keys/"+name+"_public.*")
	return err == nil && len(found) == 1
}
