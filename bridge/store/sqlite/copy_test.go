package sqlite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/fault"
)

func TestACopyHasWhatWasCommittedWhenItBegan(t *testing.T) {
	path, into := filepath.Join(t.TempDir(), "minitill.db"), filepath.Join(t.TempDir(), "copy.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	put := func(text string) {
		t.Helper()
		if err := s.ChangeDocument(t.Context(), "note", func([]byte) ([]byte, error) { return []byte(text), nil }); err != nil {
			t.Fatal(err)
		}
	}
	put(`"before"`)
	if err := sqlite.Copy(t.Context(), path, into); err != nil {
		t.Fatal(err)
	}
	put(`"after"`)
	copied, err := sqlite.Open(t.Context(), into)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if doc, _, err := copied.Document(t.Context(), "note", -1); err != nil || string(doc) != `"before"` {
		t.Errorf("the copy has %s, %v", doc, err)
	}
}

func TestACopyNeverWritesOverAFileThatHasSomethingInIt(t *testing.T) {
	dir := t.TempDir()
	path, into := filepath.Join(dir, "minitill.db"), filepath.Join(dir, "other")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := os.WriteFile(into, []byte("something"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Copy(t.Context(), path, into); err == nil {
		t.Error("a file was written over")
	}
	if text, err := os.ReadFile(into); err != nil || string(text) != "something" {
		t.Errorf("the file has %q, %v", text, err)
	}
}

func TestADatabaseThatIsNotThereIsNotMadeByACopy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.db")
	if err := sqlite.Copy(t.Context(), path, path+".copy"); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v, want Unavailable", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the database is there: %v", err)
	}
}

func TestADamagedFileDoesNotPassTheCheck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "minitill.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Check(t.Context(), path); err != nil {
		t.Errorf("a sound file: %v", err)
	}
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < 8192; i++ { // the whole second page
		image[i] ^= 0xff
	}
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Check(t.Context(), path); fault.KindOf(err) != fault.Internal {
		t.Errorf("a damaged file: got %v, want Internal", err)
	}
}

func TestTheLastRestorationIsReadFromAFileThatIsNotOpened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "minitill.db")
	want := func(epoch int) {
		t.Helper()
		if r, err := sqlite.LastRestoration(t.Context(), path); err != nil || r.Epoch != epoch {
			t.Errorf("got epoch %d, %v, want %d", r.Epoch, err, epoch)
		}
	}
	want(0)
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want(0)
	for epoch := 1; epoch <= 2; epoch++ {
		if _, err := s.MarkRestored(t.Context(), time.Now(), time.Now()); err != nil {
			t.Fatal(err)
		}
		want(epoch)
	}
}
