package app

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestOneDataDirectoryHasOneServer: the second reports it and stops, also when it finds the
// same database from another data directory. Commands run beside it.
func TestOneDataDirectoryHasOneServer(t *testing.T) {
	data := t.TempDir()
	r := startNode(t, data)
	second := func(args ...string) (int, string) {
		var output bytes.Buffer
		code := Main(context.Background(), Env{Args: append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), Out: io.Discard, Err: &output})
		return code, output.String()
	}
	code, output := second("--data", data)
	if code != 1 || !strings.Contains(output, "another minitill serve (process "+strconv.Itoa(os.Getpid())+") is serving "+data) {
		t.Errorf("the second got %d and printed %q", code, output)
	}
	var listed bytes.Buffer
	if code := Main(context.Background(), Env{Args: []string{"keys", "list", "--data", data}, Out: &listed, Err: io.Discard}); code != 0 || !strings.Contains(listed.String(), "this machine") {
		t.Errorf("a command beside it got %d and printed %q", code, listed.String())
	}
	r.call("GET", "/readyz", "", "", 200)
	r.end()
	again := startNode(t, data) // the lock ends with the server
	again.call("GET", "/readyz", "", "", 200)
}

func TestADatabaseElsewhereIsLockedToo(t *testing.T) {
	dir := t.TempDir()
	one, two := defaultConfig(), defaultConfig()
	one.Data, two.Data = filePath(filepath.Join(dir, "one")), filePath(filepath.Join(dir, "two"))
	one.Store.Path = filePath(filepath.Join(dir, "shared.db"))
	two.Store.Path = one.Store.Path
	release, err := one.lockData()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.lockData(); err == nil || !strings.Contains(err.Error(), "another minitill serve") {
		t.Errorf("the second: got %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	release, err = two.lockData()
	if err != nil {
		t.Fatalf("after the first: got %v, want nil", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}
