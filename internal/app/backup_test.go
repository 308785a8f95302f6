package app

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/internal/backup"
)

// served returns a data directory that a server has written and no longer uses.
func served(t *testing.T) (data string) {
	t.Helper()
	data = t.TempDir()
	startNode(t, data).end()
	return data
}

// backedUp is a backup of a data directory.
func backedUp(t *testing.T, data string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "till.tar")
	command(t, "backup", file, "--data", data)
	return file
}

func epochOf(t *testing.T, data string) int {
	t.Helper()
	r, err := sqlite.LastRestoration(t.Context(), filepath.Join(data, "minitill.db"))
	if err != nil {
		t.Fatal(err)
	}
	return r.Epoch
}

func TestABackupHasTheStoreAndItsKeys(t *testing.T) {
	data := served(t)
	file, dir := backedUp(t, data), t.TempDir()
	m, names, err := backup.Extract(file, dir)
	if err != nil || !slices.Equal(names, []string{"minitill.db", "keys.json", "sandbox.key", apiKeyFile}) {
		t.Fatalf("it has %v, %v", names, err)
	}
	if m.Version != version() || time.Since(m.TakenAt) > time.Hour || len(m.Migrations) < 4 {
		t.Errorf("the manifest is %+v", m)
	}
	for _, name := range names[1:] {
		here, err := os.ReadFile(filepath.Join(data, name))
		there, err2 := os.ReadFile(filepath.Join(dir, name))
		if err := errors.Join(err, err2); err != nil || string(here) != string(there) {
			t.Errorf("%s has other content, %v", name, err)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("beside the backup are %v, %v", left, err)
	}
}

func TestABackupNeverReplacesAFile(t *testing.T) {
	data := served(t)
	file := backedUp(t, data)
	wantMatches(t, refused(t, 1, "backup", file, "--data", data), `is there already`)
	wantMatches(t, refused(t, 1, "backup", filepath.Join(data, "minitill.db"), "--data", data), `is there already`)
	empty := t.TempDir()
	wantMatches(t, refused(t, 1, "backup", filepath.Join(empty, "till.tar"), "--data", empty), `there is no store`)
	if left, err := os.ReadDir(empty); err != nil || len(left) != 0 {
		t.Errorf("a backup of nothing has made %v, %v", left, err)
	}
}

func TestARestoreNeedsADirectoryWithoutAStore(t *testing.T) {
	data := served(t)
	file := backedUp(t, data)
	wantMatches(t, refused(t, 1, "restore", file, "--data", data), `is there already`)
	if epochOf(t, data) != 0 {
		t.Error("the store that was there is marked")
	}
	log := filepath.Join(t.TempDir(), "minitill.db-wal") // would be replayed
	if err := os.WriteFile(log, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantMatches(t, refused(t, 1, "restore", file, "--data", filepath.Dir(log)), `minitill.db-wal is there already`)
	if runtime.GOOS == "windows" {
		return
	}
	r := startNode(t, data)
	wantMatches(t, refused(t, 1, "restore", file, "--force", "--data", data), `another minitill serve`)
	wantMatches(t, refused(t, 1, "restore", "--mark", "--data", data), `another minitill serve`)
	r.call("GET", "/readyz", "", "", 200)
}

func TestARestoreMovesWhatWasThereAside(t *testing.T) {
	data := served(t)
	file := backedUp(t, data)
	own, err := os.ReadFile(filepath.Join(data, keyringFile))
	if err != nil {
		t.Fatal(err)
	}
	other := served(t)
	before, err := os.ReadFile(filepath.Join(other, keyringFile))
	if err != nil {
		t.Fatal(err)
	}
	wantMatches(t, command(t, "restore", file, "--force", "--data", other), `is as it was at`)
	if now, err := os.ReadFile(filepath.Join(other, keyringFile)); err != nil || string(now) != string(own) {
		t.Errorf("the keys are not those of the backup, %v", err)
	}
	aside, err := filepath.Glob(filepath.Join(other, "replaced-*", keyringFile))
	if err != nil || len(aside) != 1 {
		t.Fatalf("aside are %v, %v", aside, err)
	}
	if kept, err := os.ReadFile(aside[0]); err != nil || string(kept) != string(before) {
		t.Errorf("the keys that were there are lost, %v", err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(aside[0]), "minitill.db")); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"minitill.db", keyringFile, apiKeyFile} {
		if info, err := os.Stat(filepath.Join(other, name)); runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != 0o600) {
			t.Errorf("%s has mode %v, %v", name, info.Mode(), err)
		}
	}
	startNode(t, other)
	wantMatches(t, command(t, "restored", "--data", other), `epoch 1, restored`)
}

// Request ids have the epoch in them. A backup that is restored again begins an epoch that
// no store before it had.
func TestABackupThatIsRestoredAgainBeginsAnotherEpoch(t *testing.T) {
	data := served(t)
	file := backedUp(t, data)
	for want := 1; want <= 3; want++ {
		command(t, "restore", file, "--force", "--data", data)
		if got := epochOf(t, data); got != want {
			t.Errorf("epoch %d, want %d", got, want)
		}
	}
	elsewhere := t.TempDir()
	command(t, "restore", file, "--epoch", "4", "--data", elsewhere)
	if got := epochOf(t, elsewhere); got != 4 {
		t.Errorf("elsewhere: epoch %d, want 4", got)
	}
	wantMatches(t, refused(t, 1, "restore", file, "--epoch", "27", "--data", t.TempDir()), `1 to 26`)
	// The epoch of the existing store cannot be read.
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "minitill.db"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	wantMatches(t, refused(t, 1, "restore", file, "--force", "--data", broken), `give --epoch`)
	command(t, "restore", file, "--force", "--epoch", "1", "--data", broken)
}

func TestABackupThatCannotBeRestoredLeavesWhatIsThere(t *testing.T) {
	data := served(t)
	file := backedUp(t, data)
	want := names(t, data)
	image, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged.tar")
	image[len(image)/2] ^= 1
	if err := os.WriteFile(damaged, image, 0o600); err != nil {
		t.Fatal(err)
	}
	wantMatches(t, refused(t, 1, "restore", damaged, "--force", "--data", data), `damaged`)
	later := served(t)
	alter(t, filepath.Join(later, "minitill.db"), "insert into migrations values (9999, '9999_later.sql', 0)")
	wantMatches(t, refused(t, 1, "restore", backedUp(t, later), "--force", "--data", data), `later version`)
	if got := names(t, data); !slices.Equal(got, want) {
		t.Errorf("the directory has %v, want %v", got, want)
	}
	if epochOf(t, data) != 0 {
		t.Error("the store that was there is marked")
	}
	startNode(t, data)
}

// names are what is in a directory, without the log that the last reader may have left.
func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); !strings.HasSuffix(name, "-wal") && !strings.HasSuffix(name, "-shm") {
			list = append(list, name)
		}
	}
	return list
}

func alter(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(text)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// A server that started on a partly restored store, or on an empty one, would create orders in it.
func TestAServerDoesNotStartOnARestoreThatWasInterrupted(t *testing.T) {
	data := served(t)
	file := backedUp(t, data)
	c := sandboxConfig()
	c.Data = filePath(data)
	if err := os.Mkdir(c.beside(stagingDir), 0o700); err != nil { // nothing staged: it fails half-way
		t.Fatal(err)
	}
	if err := c.place(c.storeFiles(), []string{backupStore}); err == nil {
		t.Fatal("a store was placed that is not there")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop() // a server that starts in spite of it stops at once
	var output strings.Builder
	code := Main(ctx, Env{Args: []string{"serve", "--listen", "127.0.0.1:0", "--data", data}, Out: io.Discard, Err: &output})
	if code != 1 {
		t.Errorf("the server started: exit code %d", code)
	}
	wantMatches(t, output.String(), `a restore was interrupted`, `--force`)
	settings := filepath.Join(t.TempDir(), "till.yaml")
	if err := os.WriteFile(settings, []byte("publicUrl: https://pay.example\nsandbox: true\ndata: "+data+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Env{Err: io.Discard}, settings); err == nil || !strings.Contains(err.Error(), "a restore was interrupted") {
		t.Errorf("a till in another server: got %v, want that a restore was interrupted", err)
	}
	if _, err := os.Stat(c.database()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the server has made a store: %v", err)
	}
	command(t, "restore", file, "--force", "--data", data)
	startNode(t, data)
}

func TestLongWorkReportsItsProgress(t *testing.T) {
	var output strings.Builder
	tick, seen := make(chan time.Time), make(chan struct{})
	go func() {
		tick <- time.Time{}
		tick <- time.Time{} // is taken when the first line was written
		close(seen)
	}()
	err := withProgress(&output, tick, func() string { return "half" }, func() error { <-seen; return fs.ErrInvalid })
	if !errors.Is(err, fs.ErrInvalid) || !strings.HasPrefix(output.String(), "half\n") {
		t.Errorf("it printed %q, %v", output.String(), err)
	}
}

func TestAPostgresStoreIsBackedUpByItsOwnTools(t *testing.T) {
	t.Setenv("TILL_DATABASE", pgtest.URL(t))
	file := twoApps(t, "\nstore: {url: \"${TILL_DATABASE}\"}\nkeysFile: ring.json\n")
	command(t, "keyring", "create", filepath.Join(filepath.Dir(file), "ring.json"))
	var out strings.Builder
	env := Env{Args: []string{"backup", "till.dump", "--config", file}, Out: &out, Err: &out}
	if code := Main(t.Context(), env); code != 1 {
		t.Errorf("exit code %d, want 1: nothing was backed up", code)
	}
	wantMatches(t, out.String(), `pg_dump .*till\.dump`, `pg_restore .*till\.dump`, `minitill restore --mark`, `no backup was made`)
	if strings.Contains(out.String(), os.Getenv("TILL_DATABASE")) {
		t.Error("the database's URL, which may have a password, is printed")
	}
	wantMatches(t, refused(t, 1, "restore", "till.dump", "--config", file), `nothing was restored`)
	command(t, "migrate", "--config", file)
	wantMatches(t, command(t, "restore", "--mark", "--config", file), `Epoch 1`, regexp.QuoteMeta(`minitill restored --lift`))
	store, err := postgres.Open(t.Context(), os.Getenv("TILL_DATABASE"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if r, err := store.Restoration(t.Context()); err != nil || !r.Held() {
		t.Errorf("the store has %+v, %v, want refunds held", r, err)
	}
}
