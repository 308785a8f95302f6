package app

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/internal/freeport"
)

// examined are the findings of the doctor, with the exit code.
func examined(t *testing.T, args ...string) (found []diagnosis, code int) {
	t.Helper()
	var out, faults bytes.Buffer
	code = Main(t.Context(), Env{Args: append([]string{"doctor", "--json"}, args...), Out: &out, Err: &faults})
	var answer struct{ Findings []diagnosis }
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		t.Fatalf("%v: %s%s", err, &out, &faults)
	}
	return answer.Findings, code
}

// wantFinding requires a finding of a check whose detail contains a text.
func wantFinding(t *testing.T, found []diagnosis, check, state, detail string) {
	t.Helper()
	if !slices.ContainsFunc(found, func(d diagnosis) bool {
		return d.Check == check && d.State == state && strings.Contains(d.Detail, detail)
	}) {
		t.Errorf("no finding of %s is %s with %q: %+v", check, state, detail, found)
	}
	for _, d := range found {
		if (d.State == risky || d.State == broken) && d.Do == "" {
			t.Errorf("%+v has no advice", d)
		}
	}
}

func TestTheDoctorFindsNothingBrokenInASoundTill(t *testing.T) {
	address := freeport.Address(t)
	file := twoApps(t, "\npublicUrl: http://"+address+"\n")
	startWith(t, "--config", file, "--listen", address)
	found, code := examined(t, "--config", file)
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range [][2]string{
		{"configuration", "cats with cat-pay"}, {"keys", "can be read"}, {"signature", "signed and verified"}, {"database", "can be read"},
		{"schema", "the schema of this binary"}, {"disk", "free"}, {"descriptors", "descriptors"}, {"notify", "the till answers"},
		{"wallets", "cat-pay: it answers"}, {"wallets", "tea-pay: it answers"}, {"clock", "cat-pay: this machine's clock is off by 0s"},
	} {
		if want[0] != "disk" && want[0] != "descriptors" && want[0] != "clock" {
			wantFinding(t, found, want[0], fine, want[1])
		}
		if !slices.ContainsFunc(found, func(d diagnosis) bool { return d.Check == want[0] }) {
			t.Errorf("%s is not examined", want[0])
		}
	}
	wantFinding(t, found, "certificates", skipped, "cat-pay: no certificate was seen")
}

func TestTheDoctorReportsWhatIsBrokenAndWhatToDo(t *testing.T) {
	file := twoApps(t, "\npublicUrl: http://"+freeport.Address(t)+"\n") // nothing listens there
	t.Setenv("TEA_KEY", "another key than the wallet's")
	found, code := examined(t, "--config", file)
	if code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	wantFinding(t, found, "wallets", fine, "cat-pay: it answers")
	wantFinding(t, found, "wallets", broken, "tea-pay: it does not accept our signature")
	wantFinding(t, found, "notify", broken, "wallets cannot notify")
	wantFinding(t, found, "keys", skipped, "no keys yet")
	output := refused(t, 1, "doctor", "--config", file, "--check", "notify")
	wantMatches(t, output, `something is broken`)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	unreachable := filepath.Join(filepath.Dir(file), "away.yaml")
	moved := strings.Replace(string(text), "cat-pay: {type: sandbox, baseUrl: \"http://", "cat-pay: {type: sandbox, baseUrl: \"http://"+freeport.Address(t)+"/", 1)
	if err := os.WriteFile(unreachable, []byte(moved), 0o600); err != nil {
		t.Fatal(err)
	}
	found, _ = examined(t, "--config", unreachable, "--check", "wallets", "--check", "clock")
	wantFinding(t, found, "wallets", broken, "cat-pay: it is not reached")
	wantFinding(t, found, "clock", skipped, "cat-pay: it has not told its time")
	if slices.ContainsFunc(found, func(d diagnosis) bool { return d.Check != "wallets" && d.Check != "clock" }) {
		t.Errorf("more checks ran than were named: %+v", found)
	}
	wantMatches(t, refused(t, 1, "doctor", "--check", "unicorns", "--data", t.TempDir()), `there is no check "unicorns"`)
}

func TestTheDoctorReportsMistakesOfTheConfiguration(t *testing.T) {
	file := filepath.Join(t.TempDir(), "minitill.yaml")
	if err := os.WriteFile(file, []byte("unicorns: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	found, code := examined(t, "--config", file)
	wantFinding(t, found, "configuration", broken, "unicorns")
	if code != 1 || len(found) != 1 {
		t.Errorf("exit code %d, %d findings", code, len(found))
	}
}

func TestTheDoctorChangesNothing(t *testing.T) {
	none := filepath.Join(t.TempDir(), "data")
	if _, code := examined(t, "--data", none); code != 0 {
		t.Errorf("before the first start: exit code %d", code)
	}
	if _, err := os.Stat(none); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the doctor has made the data directory: %v", err)
	}
	data := served(t)
	want := names(t, data)
	examined(t, "--data", data)
	if got := names(t, data); !slices.Equal(got, want) {
		t.Errorf("the directory has %v, want %v", got, want)
	}
	if err := os.Remove(filepath.Join(data, keyringFile)); err != nil {
		t.Fatal(err)
	}
	found, code := examined(t, "--data", data)
	wantFinding(t, found, "keys", broken, "there is a store, and no ")
	if code != 1 {
		t.Errorf("without its keys: exit code %d", code)
	}
	if _, err := os.Stat(filepath.Join(data, keyringFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the doctor has made keys: %v", err)
	}
}

func TestTheDoctorExaminesPostgres(t *testing.T) {
	t.Setenv("TILL_DATABASE", pgtest.URL(t))
	file := twoApps(t, "\nstore: {url: \"${TILL_DATABASE}\"}\nkeysFile: ring.json\n")
	command(t, "keyring", "create", filepath.Join(filepath.Dir(file), "ring.json"))
	checks := []string{"--config", file, "--check", "database", "--check", "schema", "--check", "keys"}
	found, _ := examined(t, checks...)
	wantFinding(t, found, "database", fine, "without a pooler")
	wantFinding(t, found, "schema", skipped, "no schema yet")
	wantFinding(t, found, "keys", fine, "can be read")
	command(t, "migrate", "--config", file)
	found, _ = examined(t, checks...)
	wantFinding(t, found, "schema", fine, "the schema of this binary")
}

// A till of the version before runs on a schema that the next one has expanded, which is no
// fault; on one that it has contracted it does not start, and the doctor says so.
func TestTheDoctorKnowsWhichNewerSchemasThisVersionRunsOn(t *testing.T) {
	data := served(t)
	url := pgtest.URL(t)
	t.Setenv("TILL_DATABASE", url)
	shared := twoApps(t, "\nstore: {url: \"${TILL_DATABASE}\"}\nkeysFile: ring.json\n")
	command(t, "keyring", "create", filepath.Join(filepath.Dir(shared), "ring.json"))
	command(t, "migrate", "--config", shared)
	file, err := sql.Open("sqlite", filepath.Join(data, "minitill.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, step := range []struct {
		statement, state string
		code             int
	}{
		{"insert into migrations values (900, '0900_more.sql', 0)", broken, 1},
		{"insert into compatibility select 900, max(version) from migrations where version < 900", risky, 0},
		{"update compatibility set oldest = 900 where version = 900", broken, 1},
	} {
		if _, err := file.ExecContext(t.Context(), step.statement); err != nil {
			t.Fatal(err)
		}
		if _, err := pgtest.Connect(t, url).Exec(t.Context(), step.statement); err != nil {
			t.Fatal(err)
		}
		for _, where := range [][2]string{{"--data", data}, {"--config", shared}} {
			found, code := examined(t, where[0], where[1], "--check", "schema")
			wantFinding(t, found, "schema", step.state, "1 migrations ahead of this binary (0900_more.sql)")
			if code != step.code {
				t.Errorf("%s: exit code %d after %q, want %d", where[0], code, step.statement, step.code)
			}
		}
	}
}

func TestFindingsHaveTheirState(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	limits := defaultConfig().Limits
	many := limits
	many.Connections = 5000
	for what, c := range map[string]struct {
		found []diagnosis
		state string
	}{
		"a clock that is right":          {[]diagnosis{judgeClock(now, now.Add(time.Second))}, fine},
		"a clock that is ahead":          {[]diagnosis{judgeClock(now, now.Add(31*time.Second))}, broken},
		"a clock that is behind":         {[]diagnosis{judgeClock(now, now.Add(-time.Minute))}, broken},
		"a certificate":                  {[]diagnosis{judgeCertificate(now.Add(30*24*time.Hour), now)}, fine},
		"a certificate that ends soon":   {[]diagnosis{judgeCertificate(now.Add(13*24*time.Hour), now)}, risky},
		"the schema of this binary":      {judgeSchema([]string{"1", "2"}, []string{"1", "2"}, false), fine},
		"an older schema":                {judgeSchema([]string{"1"}, []string{"1", "2"}, false), risky},
		"a newer schema":                 {judgeSchema([]string{"1", "2", "3"}, []string{"1", "2"}, false), broken},
		"a newer, compatible schema":     {judgeSchema([]string{"1", "2", "3"}, []string{"1", "2"}, true), risky},
		"another schema":                 {judgeSchema([]string{"1", "x"}, []string{"1", "2"}, true), broken},
		"a local disk":                   {judgeKind("data", "ext4"), fine},
		"memory":                         {judgeKind("data", "tmpfs"), risky},
		"a network's file system":        {judgeKind("data", "nfs"), broken},
		"a full disk":                    {judgeSpace("data", 50<<20), broken},
		"a disk that is nearly full":     {judgeSpace("data", 500<<20), risky},
		"room":                           {judgeSpace("data", 5<<30), fine},
		"a quick disk":                   {judgeSync(time.Millisecond), fine},
		"a slow disk":                    {judgeSync(50 * time.Millisecond), risky},
		"many descriptors":               {judgeDescriptors(65536, limits), fine},
		"few descriptors":                {judgeDescriptors(512, limits), risky},
		"more connections than there is": {judgeDescriptors(8192, many), risky},
	} {
		d := c.found[0]
		if d.State != c.state || (d.State == risky || d.State == broken) != (d.Do != "") {
			t.Errorf("%s: got %+v, want %s", what, d, c.state)
		}
	}
}

func TestTheDoctorSeesTheCertificateThatEndsFirst(t *testing.T) {
	far := httptest.NewTLSServer(nil)
	defer far.Close()
	resp, err := far.Client().Get(far.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	var seen sighting
	seen.note(resp, time.Now())
	if want := far.Certificate().NotAfter; !seen.expires.Equal(want) || seen.date.IsZero() || seen.host == "" {
		t.Errorf("saw %v, %v at %s; want %v", seen.expires, seen.date, seen.host, fmt.Sprint(want))
	}
}
