package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minitill/minitill/signing"
)

const hush = "cK3vQ9zT1mXw7RbE" // stands for every secret; no output may have it

// inDirectory writes files, by their names, into a new directory.
func inDirectory(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// good is a configuration without a mistake, for tests that put one in.
const good = `publicUrl: https://pay.example.com
apps:
  shop:
    wallets: [main]
    catalog: catalog.json
wallets:
  main:
    type: sandbox
    baseUrl: https://sandbox.example.com
    keyId: k1
    keyFile: main.key
`

var goodFiles = map[string]string{
	"main.key":      hush + "\n",
	"empty.key":     "\n",
	"weak.key":      "changemechangeme\n",
	"catalog.json":  `{"currency":"USD","items":[{"sku":"latte","name":"Latte","price":"4.50"}]}`,
	"wrong.json":    `{"currency":"USD","items":[{"sku":"a","name":"A","price":"0"},{"sku":"","name":"B","price":"1"}]}`,
	"notkeys.json":  `{"secret":"` + hush + `"}`,
	"minitill.yaml": good,
}

// environment is what these configurations may refer to.
func environment(name string) (string, bool) {
	value, ok := map[string]string{
		"TILL_KEY": hush, "TILL_LIMIT": "7", "TILL_TITLE": "Shop", "TILL_EMPTY": "", "TILL_YES": "true",
		"TILL_REDIS": "redis://:" + hush + "@cache:6379", "TILL_POSTGRES": "postgres://till:" + hush + "@db/till",
		"TILL_HTTP":    "http://:" + hush + "@cache",
		"TILL_WEBHOOK": "whsec_" + strings.Repeat("QUJD", 12),
		"TILL_HASH":    "postgres://till:12#" + hush + "@db/till", "TILL_SLASH": "postgres://till:12/" + hush + "@db/till",
		"TILL_PERCENT": "postgres://till:50%" + hush + "@db/till", "TILL_WORDS": "host=db password=" + hush,
		"TILL_MODE": "postgres://till:" + hush + "@db/till?sslmode=maybe", "TILL_REDIS_HASH": "redis://:12#" + hush + "@cache:6379",
	}[name]
	return value, ok
}

// inPassword is the mistake about characters that end a password.
const inPassword = "in a user or password write % as %25, # as %23, / as %2F, ? as %3F and @ as %40"

// mistakesIn are the lines that a configuration gets.
func mistakesIn(t testing.TB, dir, text string) string {
	t.Helper()
	c, err := flags{Config: filepath.Join(dir, "minitill.yaml")}.read([]byte(text), environment)
	wrong, _ := errors.AsType[*mistakes](err)
	switch {
	case err == nil:
		return ""
	case wrong == nil:
		t.Fatalf("got %v, want mistakes", err)
	}
	if strings.Contains(err.Error(), hush) || strings.Contains(fmt.Sprintf("%v %+v %#v", c, c, c), hush) {
		t.Errorf("a secret is in the output:\n%v", err)
	}
	_, lines, _ := strings.Cut(err.Error(), "\n")
	return lines
}

func writeKeys(t testing.TB, dir string) {
	t.Helper()
	document, err := signing.EncodeKeyring(signing.GenerateKeyring())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "keys.json"), document, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
