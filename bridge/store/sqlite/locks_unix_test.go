//go:build linux || darwin

package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	driver "modernc.org/sqlite"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/store/storetest"
)

// lockedProcess names the part of this binary, started again: "part path result".
const lockedProcess = "MINITILL_TEST_LOCKS"

// parts are what a process does with the file. Those that commit end without closing it,
// as a crash would, and say which order they acknowledged.
var parts = map[string]func(t *testing.T, path string) string{
	"opens it twice": func(t *testing.T, path string) string { return opensTwice(t, path) },
	"opens it twice with POSIX locks": func(t *testing.T, path string) string {
		usePOSIXLocks(t)
		return opensTwice(t, path)
	},
	"reads it as a file": func(t *testing.T, path string) string {
		s := openFile(t, path)
		if _, err := os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
		play(t, "visits it", path)
		return string(storetest.Stored(t, s))
	},
	"visits it": visits,
}

// TestAFileThatIsOpenedTwiceInAProcessKeepsItsLocks lets a process close a second handle
// of a file, lets another process open and close the file, and requires what the first one
// commits afterwards to be there for a third.
func TestAFileThatIsOpenedTwiceInAProcessKeepsItsLocks(t *testing.T) {
	if text := os.Getenv(lockedProcess); text != "" {
		fields := strings.Split(text, "\n")
		report := parts[fields[0]](t, fields[1])
		if err := os.WriteFile(fields[2], []byte(report), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	for name := range parts {
		if name == "visits it" {
			continue
		}
		t.Run("one that "+name, func(t *testing.T) {
			if _, err := driver.OFDLocking(true); err != nil && name == "reads it as a file" {
				t.Skipf("SKIPPED: only locks of open file descriptions outlive that: %v", err)
			}
			path := filepath.Join(t.TempDir(), "minitill.db")
			id := play(t, name, path)
			s := openFile(t, path)
			defer s.Close()
			o, err := s.Order(t.Context(), bridge.OrderID(id))
			if err != nil || o.Sequence != 1 {
				t.Errorf("the order that was acknowledged: got sequence %d, %v, want its first event", o.Sequence, err)
			}
		})
	}
}

// play runs a process that plays a part, and returns what it says.
func play(t *testing.T, part, path string) string {
	t.Helper()
	result := filepath.Join(t.TempDir(), "report")
	child := exec.Command(os.Args[0], "-test.run=^TestAFileThatIsOpenedTwiceInAProcessKeepsItsLocks$")
	child.Env = append(os.Environ(), lockedProcess+"="+strings.Join([]string{part, path, result}, "\n"))
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", part, err, out)
	}
	report, err := os.ReadFile(result)
	if err != nil {
		t.Fatal(err)
	}
	return string(report)
}

func openFile(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), path)
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	return s
}

func opensTwice(t *testing.T, path string) string {
	s, second := openFile(t, path), openFile(t, path)
	if err := second.Close(); err != nil {
		t.Fatalf("Close: got %v, want nil", err)
	}
	play(t, "visits it", path)
	return string(storetest.Stored(t, s))
}

// usePOSIXLocks uses another file first, so that the store cannot choose the locks.
func usePOSIXLocks(t *testing.T) {
	t.Helper()
	_, _ = driver.OFDLocking(false) // where they are offered
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "other.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("create table t (a)"); err != nil || driver.OFDLockingEnabled() {
		t.Fatalf("using POSIX locks: %v", err)
	}
}

// visits opens the file and closes it. Like SQLite 3.40 and its shell, and unlike the one
// that is linked here, it does not check who maps the wal-index: when it gets the
// exclusive lock of the file it is the last one, and the log goes.
func visits(t *testing.T, path string) string {
	s := openFile(t, path)
	if err := s.Close(); err != nil {
		t.Fatalf("Close: got %v, want nil", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	const sharedFirst, sharedSize = 0x40000002, 510 // of SQLite's file format
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart, Start: sharedFirst, Len: sharedSize}
	if err := syscall.FcntlFlock(file.Fd(), syscall.F_SETLK, &lock); err != nil {
		return fmt.Sprint("in use: ", err)
	}
	for _, name := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + name); err != nil {
			t.Fatal(err)
		}
	}
	return "the last one"
}
