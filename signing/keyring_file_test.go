package signing

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAKeyringIsMadeOnceAndReadFromThenOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	if _, err := ReadKeyring(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadKeyring: got %v, want no such file", err)
	}
	first, err := OpenKeyring(path)
	if err != nil {
		t.Fatal(err)
	}
	second, err := OpenKeyring(path)
	if err != nil || !second.Keys[0].Secret.Equal(first.Keys[0].Secret) {
		t.Errorf("the second start: got other keys, %v, want those of the first", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: got %v, %v, want it for its owner alone", info, err)
	}
}

func TestAKeyringThatCannotBeReadIsNotReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenKeyring(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want the name of the file", err)
	}
	if text, err := os.ReadFile(path); string(text) != "{" || err != nil {
		t.Errorf("the file: got %q, %v, want it as it was", text, err)
	}
}
