package app

import (
	"bytes"
	"cmp"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/minitill/minitill/wallet/sandbox"
)

var (
	commentedOut = regexp.MustCompile(`(?m)^( *)#(\S)`)
	toFillIn     = regexp.MustCompile(`(?m)^( *)(\w+):  # FILL IN, such as (\S+)$`)
)

// uncommented is the template with every default written out.
func uncommented() []byte { return commentedOut.ReplaceAll(template, []byte("$1$2")) }

func TestTheTemplateIsValidOnceItIsFilledIn(t *testing.T) {
	dir := inDirectory(t, map[string]string{"main.key": hush})
	file := filepath.Join(dir, "minitill.yaml")
	run := func(args ...string) (int, string) {
		var out bytes.Buffer
		return Main(context.Background(), Env{Args: args, Out: &out, Err: &out}), out.String()
	}
	if code, output := run("init", file); code != 0 {
		t.Fatalf("init: %d: %s", code, output)
	}
	if code, output := run("init", file); code != 1 || !strings.Contains(output, "--force") {
		t.Errorf("init again: got %d and %q, want a refusal that names --force", code, output)
	}
	if code, output := run("init", "--force", file); code != 0 {
		t.Errorf("init --force: %d: %s", code, output)
	}
	want := "minitill: " + file + ` has 4 mistakes:
publicUrl: is required: wallet "main" is not on this machine and calls it
wallets.main.baseUrl: is required
wallets.main.keyFile: is required; or write key: ${NAME} for a variable of the environment
wallets.main.keyId: is required
`
	if code, output := run("serve", "--check", "--config", file); code != 2 || output != want {
		t.Errorf("before it is filled in: got %d and\n%s\nwant 2 and\n%s", code, output, want)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	filled := strings.Replace(string(toFillIn.ReplaceAll(text, []byte("$1$2: $3"))), "secrets/main.key", "main.key", 1)
	if err := os.WriteFile(file, []byte(filled), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, output := run("serve", "--check", "--config", file); code != 0 {
		t.Errorf("filled in: %d: %s", code, output)
	}
}

// The values that are commented out are what holds without them.
func TestTheTemplateShowsTheDefaults(t *testing.T) {
	decode := func(text []byte) config {
		d := &decoder{given: map[string]string{}, kinds: kinds}
		c := defaultConfig()
		d.value(d.parseYAML(text), reflect.ValueOf(&c).Elem(), "")
		if err := d.found.err(); err != nil {
			t.Fatal(err)
		}
		shop := c.Apps["shop"]
		shop.Origins, shop.ReturnOrigins = nonNil(shop.Origins), nonNil(shop.ReturnOrigins)
		c.Apps["shop"] = shop
		c.Redis.Addresses, c.Server.TrustedProxies = nonNil(c.Redis.Addresses), nonNil(c.Server.TrustedProxies)
		c.Server.FrameAncestors, c.Server.AdminHosts = nonNil(c.Server.FrameAncestors), nonNil(c.Server.AdminHosts)
		c.Console.Networks, c.Console.OIDC.Scopes, c.Console.OIDC.Roles = nonNil(c.Console.Networks), nonNil(c.Console.OIDC.Scopes), nonNil(c.Console.OIDC.Roles)
		c.Wallets = map[string]walletConfig{"main": c.Wallets["main"]} // others are examples
		account := c.Wallets["main"].Settings.(*sandbox.Config)
		account.Lag = cmp.Or(account.Lag, 30*time.Second) // the default of the wallet
		return c
	}
	as, written := decode(template), decode(uncommented())
	if !reflect.DeepEqual(as, written) {
		t.Errorf("with its defaults written out the template is\n%+v\nwant\n%+v", written, as)
	}
}

func nonNil[T any](list []T) []T { return append([]T{}, list...) }

// TestTheTemplateHasEverySetting compares the template with the structs, so that a
// setting that is added to one is added to the other.
func TestTheTemplateHasEverySetting(t *testing.T) {
	file, err := parser.ParseBytes(uncommented(), 0)
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	collect(file.Docs[0].Body, "", has)
	want := map[string]bool{}
	settingsBelow(reflect.TypeFor[config](), "", want)
	for kind, k := range kinds {
		want["wallets."+kind+".type"] = true
		settingsBelow(reflect.TypeOf(k.config()).Elem(), "wallets."+kind, want)
	}
	for path := range want {
		if !has[path] && !has[path+"File"] {
			t.Errorf("minitill.yaml does not explain %s", path)
		}
	}
	for path := range has {
		if !want[path] && !want[strings.TrimSuffix(path, "File")] {
			t.Errorf("minitill.yaml explains %s, which is no setting", path)
		}
	}
}

// collect notes the paths of all settings in a file: apps.*.title, wallets.KIND.keyId.
func collect(n ast.Node, path string, has map[string]bool) {
	list, _ := pairs(n)
	for _, pair := range list {
		step := name(pair)
		switch path {
		case "apps":
			step = "*"
		case "wallets":
			step = typeOf(pair.Value)
		}
		at := child(path, step)
		if path == "apps" {
			at = "apps.*"
		}
		if inner, isMap := pairs(pair.Value); isMap && len(inner) > 0 {
			collect(pair.Value, at, has)
			continue
		}
		has[at] = true
	}
}

func typeOf(n ast.Node) string {
	list, _ := pairs(n)
	for _, pair := range list {
		if name(pair) == "type" {
			kind, _, _ := scalar(pair.Value)
			return kind
		}
	}
	return ""
}

// settingsBelow notes the paths of all settings of a struct, the leaves only.
func settingsBelow(t reflect.Type, path string, want map[string]bool) {
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "" || name == "-" || path == "" && name == "wallets" {
			continue
		}
		at := strings.TrimPrefix(path+"."+name, ".")
		switch {
		case f.Type.Kind() == reflect.Map && f.Type.Elem().Kind() == reflect.Struct:
			settingsBelow(f.Type.Elem(), at+".*", want)
		case f.Type.Kind() == reflect.Struct && f.Type != secretType:
			settingsBelow(f.Type, at, want)
		default:
			want[at] = true
		}
	}
}
