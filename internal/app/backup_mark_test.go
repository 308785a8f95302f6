package app

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store/sqlite"
)

// TestAServerSeesThatABackupWasMade, by the command or by other means, and the newest of them.
func TestAServerSeesThatABackupWasMade(t *testing.T) {
	data := t.TempDir()
	s, err := sqlite.Open(t.Context(), filepath.Join(data, "minitill.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	last := func() time.Time {
		t.Helper()
		at, err := lastBackup(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	if at := last(); !at.IsZero() {
		t.Errorf("before the first backup there is one of %v", at)
	}
	command(t, "backup", "--data", data, filepath.Join(t.TempDir(), "till.tar"))
	first := last()
	if first.IsZero() {
		t.Fatal("the backup was not noted")
	}
	command(t, "backup", "--data", data, "--mark")
	second := last()
	if !second.After(first) {
		t.Errorf("a backup by other means is noted as of %v, want after %v", second, first)
	}
	if err := markBackup(t.Context(), s, first); err != nil || !last().Equal(second) {
		t.Errorf("an older backup that ends later: got %v and %v, want that the newer is kept", last(), err)
	}
}
