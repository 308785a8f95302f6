package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/bridge/console/index/indextest"
	"github.com/minitill/minitill/bridge/console/index/sqlite"
	"github.com/minitill/minitill/fault"
)

// filled makes a file with one order and returns the feed and the order.
func filled(t *testing.T, path string) (*indextest.Feed, bridge.OrderID) {
	t.Helper()
	f := indextest.NewFeed()
	id := f.Create(indextest.New{})
	d, err := sqlite.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	follow(t, indexOf(d, f))
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return f, id
}

func indexOf(d index.Database, f *indextest.Feed) *index.Index {
	return index.New(d, index.Config{Source: f, Apps: []string{"shop"}, Now: func() time.Time { return time.Now().Add(time.Hour) }})
}

func follow(t *testing.T, x *index.Index) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = x.RunOnce(context.Background()); err != nil {
			t.Fatalf("RunOnce: %v", err)
		}
	}
}

// wantFound requires the order in the lists of an index that has followed its feed.
func wantFound(t *testing.T, x *index.Index, id bridge.OrderID) {
	t.Helper()
	follow(t, x)
	page, err := x.List(context.Background(), index.Query{App: "shop"})
	if err != nil || len(page.Entries) != 1 || page.Entries[0].ID != id {
		t.Errorf("got %+v, %v, want %s", page.Entries, err, id)
	}
}

func TestAFileThatIsNoDatabaseIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.db")
	f, id := filled(t, path)
	if err := os.WriteFile(path, bytes.Repeat([]byte("not a database"), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	wantFound(t, indexOf(openAt(t, path), f), id)
}

func TestAFileOfAnotherVersionIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.db")
	f, id := filled(t, path)
	change(t, path, "pragma user_version = 99", "delete from console1_lists")
	wantFound(t, indexOf(openAt(t, path), f), id)
}

func TestAFileThatWasDamagedIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.db")
	f, id := filled(t, path)
	damage(t, path)
	wantFound(t, indexOf(openAt(t, path), f), id)
}

// A node that does not follow the feed finds the damage too.
func TestAFileThatIsDamagedWhileItIsOpenIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.db")
	f, id := filled(t, path)
	x := indexOf(openAt(t, path), f)
	damage(t, path)
	wantUnavailable(t, x)
	wantFound(t, x, id)
}

func TestAMissingTableIsMadeAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.db")
	f, id := filled(t, path)
	x := indexOf(openAt(t, path), f)
	change(t, path, "drop table console1_lists")
	wantUnavailable(t, x)
	wantFound(t, x, id)
}

// What keeps a file from being deleted may end, and then the index goes on.
func TestAFileThatCouldNotBeReplacedIsReplacedLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.db")
	f, id := filled(t, path)
	x := indexOf(openAt(t, path), f)
	follow(t, x)
	inTheWay := filepath.Join(path+"-wal", "not-empty")
	if err := errors.Join(os.Remove(path+"-wal"), os.MkdirAll(inTheWay, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := x.Rebuild(context.Background()); fault.KindOf(err) != fault.Unavailable || err == nil {
		t.Fatalf("Rebuild: got %v, want Unavailable", err)
	}
	wantUnavailable(t, x)
	if _, err := x.RunOnce(context.Background()); fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("RunOnce: got %v, want Unavailable", err)
	}
	if err := os.RemoveAll(path + "-wal"); err != nil {
		t.Fatal(err)
	}
	wantFound(t, x, id)
}

func wantUnavailable(t *testing.T, x *index.Index) {
	t.Helper()
	if _, err := x.List(context.Background(), index.Query{App: "shop"}); fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("a damaged file: got %v, want Unavailable", err)
	}
}

func TestTheFileIsReadableByItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.db")
	d := openAt(t, path)
	for range 2 {
		for _, end := range []string{"", "-wal"} {
			if file, err := os.Stat(path + end); err != nil || file.Mode().Perm() != 0o600 {
				t.Errorf("%s: got %v, %v, want 0600", end, file.Mode(), err)
			}
		}
		if err := d.Reset(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestADatabaseThatIsClosedIsUnavailable(t *testing.T) {
	d := open(t)
	x := indexOf(d, indextest.NewFeed())
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := x.List(context.Background(), index.Query{App: "shop"})
	if _, stepped := x.RunOnce(context.Background()); fault.KindOf(err) != fault.Unavailable || fault.KindOf(stepped) != fault.Unavailable {
		t.Errorf("got %v and %v, want Unavailable", err, stepped)
	}
}

// change runs statements on a file.
func change(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// damage overwrites every page but the first, which has the schema.
func damage(t *testing.T, path string) {
	t.Helper()
	const page = 4096
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil || size <= page {
		t.Fatalf("the file has %d bytes, %v", size, err)
	}
	if _, err := file.WriteAt(bytes.Repeat([]byte{0xa5}, int(size)-page), page); err != nil {
		t.Fatal(err)
	}
}
