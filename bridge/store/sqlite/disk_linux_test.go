package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// tmpfs mounts a small file system for the test, or skips it.
func tmpfs(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("SKIPPED: a full disk needs the right to mount one: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

func TestAFullDiskIsAClearFault(t *testing.T) {
	dir := tmpfs(t)
	s := openAt(t, filepath.Join(dir, "minitill.db"))
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := fillUp(t, s)
	wantUnavailable(t, "the change that does not fit", err)
	if got := kept(t, s); got != n {
		t.Errorf("rows kept while the disk is full: got %d, want %d", got, n)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	wantGoesOn(t, s, n)
}

func TestAReadOnlyDirectoryIsAClearFault(t *testing.T) {
	dir := tmpfs(t)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("SKIPPED: remounting is not allowed: %v", err)
	}
	_, err := Open(context.Background(), filepath.Join(dir, "minitill.db"))
	wantUnavailable(t, "Open", err)
	if !errors.Is(err, syscall.EROFS) {
		t.Errorf("the cause: got %v, want that of the file system", err)
	}
}
