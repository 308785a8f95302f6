package rows_test

import (
	"testing"
	"testing/fstest"

	"github.com/minitill/minitill/bridge/store/internal/rows"
	"github.com/minitill/minitill/fault"
)

func folder(names ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for _, name := range names {
		files["migrations/"+name] = &fstest.MapFile{Data: []byte("select 1;")}
	}
	return files
}

func TestAMigrationNumberMayBeLeftOut(t *testing.T) {
	list, err := rows.Migrations(folder("0001_first.sql", "0002_second.sql", "0005_fifth.sql"))
	if err != nil {
		t.Fatal(err)
	}
	for have, want := range map[int64]int{0: 3, 1: 2, 2: 1, 4: 1, 5: 0} {
		missing, err := rows.Unapplied("test", list, have)
		if err != nil || len(missing) != want {
			t.Errorf("a schema with number %d: got %d missing, %v, want %d", have, len(missing), err, want)
		}
	}
	if _, err := rows.Unapplied("test", list, 6); fault.KindOf(err) != fault.Unsupported {
		t.Errorf("a schema of a newer version: got %v, want Unsupported", err)
	}
}

func TestTwoMigrationsMayNotShareANumber(t *testing.T) {
	for _, names := range [][]string{{"0001_a.sql", "0001_b.sql"}, {"0000_a.sql"}, {"x_a.sql"}} {
		if _, err := rows.Migrations(folder(names...)); err == nil {
			t.Errorf("%v: got no error, want one", names)
		}
	}
}
