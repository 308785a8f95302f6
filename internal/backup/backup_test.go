package backup_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/internal/backup"
)

// written is a backup of two files.
func written(t *testing.T) (path string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	path = filepath.Join(t.TempDir(), "till.tar")
	if err := backup.Write(path, manifest, filepath.Join(dir, "minitill.db"), filepath.Join(dir, "keys.json")); err != nil {
		t.Fatal(err)
	}
	return path
}

var (
	files    = map[string]string{"minitill.db": string(bytes.Repeat([]byte("page"), 1000)), "keys.json": "{}"}
	manifest = backup.Manifest{TakenAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Version: "v0.2.0", Migrations: []string{"0001_orders.sql"}}
)

func TestABackupHasWhatWasPutIntoIt(t *testing.T) {
	path, dir := written(t), t.TempDir()
	m, names, err := backup.Extract(path, dir)
	if err != nil || !m.TakenAt.Equal(manifest.TakenAt) || m.Version != "v0.2.0" || !slices.Equal(names, []string{"minitill.db", "keys.json"}) {
		t.Fatalf("got %+v, %v, %v", m, names, err)
	}
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s has %d bytes, %v", name, len(got), err)
		}
		if info, err := os.Stat(filepath.Join(dir, name)); runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != 0o600) {
			t.Errorf("%s has mode %v, %v", name, info.Mode(), err)
		}
	}
	if info, err := os.Stat(path); runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != 0o600) {
		t.Errorf("the backup has mode %v, %v", info.Mode(), err)
	}
}

func TestABackupReplacesNoFile(t *testing.T) {
	path := written(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := backup.Write(path, manifest); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v, want that it exists", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the older backup has changed, %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("beside it are %v, %v", left, err)
	}
}

// Every changed byte is noticed, except those of the archive's padding and dates.
func TestABackupThatIsDamagedOrCutShortIsRefused(t *testing.T) {
	image, err := os.ReadFile(written(t))
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(what string, image []byte) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "till.tar")
		if err := os.WriteFile(path, image, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := backup.Extract(path, t.TempDir()); !errors.Is(err, backup.ErrDamaged) {
			t.Errorf("%s: got %v, want ErrDamaged", what, err)
		}
	}
	refuse("an empty file", nil)
	for _, text := range []string{"v0.2.0", "pagepage", "{}", "  minitill.db", "minitill.db"} {
		flipped := bytes.Clone(image)
		flipped[bytes.Index(image, []byte(text))] ^= 1
		refuse("a flipped bit in "+text, flipped)
	}
	for _, n := range []int{100, 600, 2000, 4000, bytes.Index(image, []byte("SHA256SUMS"))} {
		refuse("cut short", image[:n])
	}
}

// archive is a file whose digests are right, whatever its entries are.
func archive(t *testing.T, entries ...[2]string) (path string) {
	t.Helper()
	var image bytes.Buffer
	w, sums := tar.NewWriter(&image), ""
	for _, e := range entries {
		sums += fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(e[1])), e[0])
	}
	for _, e := range append(entries, [2]string{"SHA256SUMS", sums}) {
		if err := w.WriteHeader(&tar.Header{Name: e[0], Mode: 0o600, Size: int64(len(e[1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e[1])); err != nil {
			t.Fatal(err)
		}
	}
	path = filepath.Join(t.TempDir(), "till.tar")
	if err := errors.Join(w.Close(), os.WriteFile(path, image.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestABackupOfALaterFormatIsRefused(t *testing.T) {
	if _, _, err := backup.Extract(archive(t, [2]string{"manifest.json", `{"format":1}`}), t.TempDir()); err != nil {
		t.Errorf("this format: %v", err)
	}
	_, _, err := backup.Extract(archive(t, [2]string{"manifest.json", `{"format":2,"version":"v9.0.0"}`}), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "v9.0.0") {
		t.Errorf("a later format: got %v, want that its version is named", err)
	}
}

func TestABackupLeadsToNoOtherDirectoryAndHasNoFileTwice(t *testing.T) {
	own := [2]string{"manifest.json", `{"format":1}`}
	for _, name := range []string{"../keys.json", "/keys.json", "a/b", `a\b`, "c:d", ".hidden", ".."} {
		if _, _, err := backup.Extract(archive(t, own, [2]string{name, "x"}), t.TempDir()); !errors.Is(err, backup.ErrDamaged) {
			t.Errorf("an entry %s: got %v, want ErrDamaged", name, err)
		}
	}
	twice := [2]string{"keys.json", "x"}
	if _, _, err := backup.Extract(archive(t, own, twice, twice), t.TempDir()); !errors.Is(err, backup.ErrDamaged) {
		t.Errorf("an entry that is there twice: got %v, want ErrDamaged", err)
	}
	if _, _, err := backup.Extract(archive(t, twice), t.TempDir()); !errors.Is(err, backup.ErrDamaged) {
		t.Errorf("no manifest: got %v, want ErrDamaged", err)
	}
}
