package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"unsafe"
)

// dirtyPages returns how many pages of a file the kernel has not yet written to its disk;
// ok is false where the kernel cannot tell.
func dirtyPages(t testing.TB, path string) (n uint64, ok bool) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var whole struct{ offset, length uint64 } // of the file
	var stat struct{ cached, dirty, writeback, evicted, recentlyEvicted uint64 }
	const cachestat = 451
	_, _, failed := syscall.Syscall6(cachestat, f.Fd(), uintptr(unsafe.Pointer(&whole)), uintptr(unsafe.Pointer(&stat)), 0, 0, 0)
	return stat.dirty + stat.writeback, failed == 0
}

// onDisk returns a folder whose files have pages that are not on the disk until they are
// synced. Temporary files may lie in memory, and /var/tmp lies on a disk. The test is skipped
// where unsynced pages cannot be seen.
func onDisk(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/var/tmp", "minitill-synced")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "unsynced")
	if err := os.WriteFile(path, make([]byte, 1<<16), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, ok := dirtyPages(t, path); !ok || n == 0 {
		t.Skip("this kernel or file system does not tell which pages are not on the disk (cachestat)")
	}
	return dir
}

// What was acknowledged is in the log, and the log is on the disk. Another process reads a
// copy of the files as they are at that moment.
func TestAnAcknowledgedChangeIsInTheLogAndSynced(t *testing.T) {
	path := filepath.Join(onDisk(t), "minitill.db")
	s := openAt(t, path)
	for _, event := range []string{"first", "second", "third"} {
		if err := s.writer.do(context.Background(), "test", keep(event)); err != nil {
			t.Fatal(err)
		}
		if n, _ := dirtyPages(t, path+"-wal"); n != 0 {
			t.Errorf("after %s was acknowledged %d pages of the log are not on the disk", event, n)
		}
	}
	into := filepath.Join(t.TempDir(), "copy.db")
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + suffix) // SQLite uses locks of open file descriptions here
		if err == nil {
			err = os.WriteFile(into+suffix, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := kept(t, openAt(t, into)); got != 3 {
		t.Errorf("changes in the files: got %d, want the 3 that were acknowledged", got)
	}
}

// A checkpoint beside the writer syncs the database before the log begins anew.
func TestTheDatabaseIsSyncedBeforeTheLogBeginsAnew(t *testing.T) {
	path := filepath.Join(onDisk(t), "minitill.db")
	s := openAt(t, path)
	if err := s.writer.do(context.Background(), "test", keep("first")); err != nil {
		t.Fatal(err)
	}
	if err := s.writer.log.conn.script(context.Background(), checkpoint); err != nil {
		t.Fatal(err)
	}
	if n, _ := dirtyPages(t, path); n != 0 {
		t.Errorf("after a checkpoint %d pages of the database are not on the disk", n)
	}
}
