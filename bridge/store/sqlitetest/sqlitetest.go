package sqlitetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/minitill/minitill/bridge/store/sqlite"
)

// Open opens an empty SQLite store that is closed when t ends. It is a file like any
// other, so that it behaves as it does in production.
func Open(t testing.TB) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), Path(t))
	if err != nil {
		t.Fatalf("opening a store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	return s
}

// Path is the path of an empty store's file in a folder of its own. It is a copy of one that
// was migrated once, since the migrations take most of the time of an Open.
func Path(t testing.TB) string {
	t.Helper()
	data, err := migrated()
	if err != nil {
		t.Fatalf("making a store: %v", err)
	}
	path := filepath.Join(t.TempDir(), "minitill.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var migrated = sync.OnceValues(func() (data []byte, err error) {
	dir, err := os.MkdirTemp("", "minitill-sqlite")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "minitill.db")
	s, err := sqlite.Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	if data, err = os.ReadFile(path); err == nil && len(data) == 0 {
		err = errors.New("the log was not written to the file")
	}
	return data, err
})
