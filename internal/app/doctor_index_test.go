package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/console/index"
	indexlite "github.com/minitill/minitill/bridge/console/index/sqlite"
)

// TestTheDoctorExaminesTheIndexAndChangesNothing takes an index from its beginning to a file that
// cannot be read.
func TestTheDoctorExaminesTheIndexAndChangesNothing(t *testing.T) {
	dir, data := inDirectory(t, goodFiles), t.TempDir()
	file := filepath.Join(dir, "minitill.yaml")
	configure := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	configure(good)
	at := []string{"--config", file, "--data", data}
	want := func(state, detail string) {
		t.Helper()
		found, _ := examined(t, append(at, "--check", "index")...)
		wantFinding(t, found, "index", state, detail)
	}
	want(skipped, "another schema, or none")
	oldStore(t, data)
	want(skipped, "the console is off")
	command(t, append([]string{"operators", "add", "ann", "--role", "viewer", "--app", "shop"}, at...)...)
	path := filepath.Join(data, "minitill.console.db")
	want(risky, "there is no "+path)
	if _, err := os.Stat(path); err == nil {
		t.Error("the doctor has made the index")
	}
	build := func(step int, whole bool) {
		t.Helper()
		c := defaultConfig()
		c.Data = filePath(data)
		db, err := c.openStore(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		lite, err := indexlite.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		x := index.New(lite, index.Config{Source: c.whole(db), Apps: []string{"shop"}, Step: step})
		defer x.Close()
		for more := true; more; more = more && whole {
			if more, err = x.RunOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	build(1, false)
	want(risky, "shop: the index is not complete; it has 1 events")
	build(100, true)
	want(fine, "shop: the index has all of")
	configure(strings.Replace(good, "catalog:", "timeZone: Asia/Manila\n    catalog:", 1))
	want(risky, "those of UTC, and the app's timeZone is Asia/Manila")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	want(risky, "open to other users")
	if err := os.WriteFile(path, bytes.Repeat([]byte("x"), 8192), 0o600); err != nil {
		t.Fatal(err)
	}
	want(risky, "the index cannot be read")
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, bytes.Repeat([]byte("x"), 8192)) {
		t.Errorf("the doctor has changed the file: %v", err)
	}
}

func TestTheDoctorNamesAnIndexThatIsLate(t *testing.T) {
	c := defaultConfig()
	d := &doctor{config: &c}
	for want, a := range map[string]index.AppStatus{
		"is 1m1s behind":                      {Behind: lateIndex + time.Second},
		"2 events could not be applied":       {Skipped: 2},
		"not complete":                        {Building: true, Behind: time.Hour},
		"those of Asia/Manila, and the app's": {Zone: "Asia/Manila"},
	} {
		if got := d.judgeIndex(&a); got.State != risky || !strings.Contains(got.Detail, want) || got.Do == "" {
			t.Errorf("got %+v, want %q", got, want)
		}
	}
	if got := d.judgeIndex(&index.AppStatus{Behind: lateIndex, Events: 3}); got.State != fine {
		t.Errorf("got %+v", got)
	}
}
