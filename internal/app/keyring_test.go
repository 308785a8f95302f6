package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/signing"
)

// keyDir is a data directory whose store has been served once.
func keyDir(t *testing.T) string {
	t.Helper()
	data := t.TempDir()
	startNode(t, data).end()
	return data
}

// notServed starts a till that must not start, and returns its error output.
func notServed(t *testing.T, args ...string) string {
	t.Helper()
	var faults bytes.Buffer
	code := Main(context.Background(), Env{Args: append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), Out: io.Discard, Err: &faults})
	if code != 1 {
		t.Fatalf("exit code %d, want 1: %s", code, &faults)
	}
	return faults.String()
}

func TestAStoreWhoseKeysAreGoneDoesNotStartWithNewOnes(t *testing.T) {
	data := keyDir(t)
	path := filepath.Join(data, keyringFile)
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	wantMatches(t, notServed(t, "--data", data), `keys that are not here: "token k`, `"receipt k`, `"sealing k`, `back from its backup`, `minitill keyring forget`)
	if _, err := os.Stat(path); err == nil {
		t.Error("new keys were made")
	}
	other, err := signing.EncodeKeyring(signing.GenerateKeyring())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, other, 0o600); err != nil {
		t.Fatal(err)
	}
	wantMatches(t, notServed(t, "--data", data), `keys that are not here`)
	if err := os.WriteFile(path, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	startNode(t, data).end() // they are back
	wantMatches(t, command(t, "keyring", "forget", "--data", data), `No key is lost`)

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	wantMatches(t, command(t, "keyring", "forget", "--data", data), `Forgotten: "token k`, `"sealing k`, `sign in again`)
	wantMatches(t, command(t, "keyring", "history", "--data", data), `  forget  `+regexp.QuoteMeta(person()))
	startNode(t, data).end()
	if _, err := os.Stat(path); err != nil {
		t.Errorf("no new keys were made: %v", err)
	}
}

func TestAKeyringIsRotatedStepByStep(t *testing.T) {
	data := keyDir(t)
	path := filepath.Join(data, keyringFile)
	ring := func() signing.Keyring {
		t.Helper()
		k, err := signing.ReadKeyring(path)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	rotate := func(step string) []string { return []string{"keyring", "rotate", "--data", data, "--step", step} }
	first := ring()
	wantMatches(t, refused(t, 1, rotate("sign")...), `has no new keys; the first step is add`)
	wantMatches(t, refused(t, 1, rotate("retire")...), `no old key to retire`)
	wantMatches(t, command(t, rotate("add")...), `step add is done`, `--step sign`)
	if k := ring(); !k.Added || k.Keys[0].ID != first.Keys[0].ID {
		t.Fatalf("after add the first key is %s", k.Keys[0].ID)
	}
	wantMatches(t, refused(t, 1, rotate("add")...), `the next step is sign`)
	wantMatches(t, refused(t, 1, rotate("sign")...), `does not have the key "token k`) // no node was started with it
	r := startNode(t, data)
	token := r.signIn()
	r.end()
	passTime(t, data, -10*time.Minute) // the old node recorded its keys long ago
	startNode(t, data).end()
	wantMatches(t, command(t, rotate("sign")...), `step sign is done`)
	if k := ring(); k.Added || k.Keys[1].ID != first.Keys[0].ID || len(k.SealingKeys) != 2 {
		t.Fatalf("after sign the keys are %v", k)
	}
	wantMatches(t, refused(t, 1, rotate("retire")...), `no node has told this store that it signs`)
	r = startNode(t, data)
	r.call("POST", "/miniapp/v1/orders", token, twoCoffees, 201) // with a session from before
	r.end()
	wantMatches(t, refused(t, 1, rotate("retire")...), `are valid until 20\d\d-`)
	passTime(t, data, -25*time.Hour)
	wantMatches(t, command(t, rotate("retire")...), `The rotation is done`)
	startNode(t, data).end()
	const moment = `(?m)^20\d\d-\S+Z  `
	by := "  " + regexp.QuoteMeta(person()) + "$"
	history := command(t, "keyring", "history", "--data", data)
	wantMatches(t, history, moment+"add   "+by, moment+"sign  "+by, moment+"retire"+by)
	if strings.Count(history, "\n") != 3 { // the steps that were refused changed nothing
		t.Errorf("the history is\n%s", history)
	}
	if k := ring(); len(k.Keys) != 1 || len(k.ReceiptKeys) != 2 || len(k.SealingKeys) != 2 {
		t.Errorf("after retire there are %d, %d and %d keys", len(k.Keys), len(k.ReceiptKeys), len(k.SealingKeys))
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
}

// passTime moves the times in a store's book of keys into the past.
func passTime(t *testing.T, data string, by time.Duration) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(data, "minitill.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	err = store.ChangeDocument(t.Context(), keyBookName, func(doc []byte) ([]byte, error) {
		book, err := decodeKeyBook(doc)
		if err != nil {
			return nil, err
		}
		for i := range book.Used {
			book.Used[i].First, book.Used[i].Last = book.Used[i].First.Add(by), book.Used[i].Last.Add(by)
		}
		for i := range book.Sets {
			book.Sets[i].Seen = book.Sets[i].Seen.Add(by)
		}
		return json.Marshal(book)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheKeyringOfNodesIsNamed(t *testing.T) {
	file := twoApps(t, "keysFile: keys.json\n")
	path := filepath.Join(filepath.Dir(file), "keys.json")
	command(t, "keyring", "create", path)
	startWith(t, "--config", file).end()
	wantMatches(t, refused(t, 1, "keyring", "rotate", "--config", file, "--step", "add"), `minitill keyring rotate FILE`)
	wantMatches(t, command(t, "keyring", "rotate", path, "--config", file, "--step", "add"), regexp.QuoteMeta(path)+`: step add is done`)
	other := filepath.Join(t.TempDir(), "other.json")
	command(t, "keyring", "create", other)
	wantMatches(t, refused(t, 1, "keyring", "rotate", other, "--config", file, "--step", "add"), `not the keyring that the store was written with`)
	wantMatches(t, refused(t, 1, "keyring", "rotate", other, "--data", t.TempDir(), "--step", "add"), `there is no store at`)
	if output := refused(t, 2, "keyring", "rotate", path, "--config", file, "--step", "both"); !strings.Contains(output, "add") {
		t.Errorf("an unknown step: %s", output)
	}
}
