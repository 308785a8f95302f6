package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAnArchiveIsTheSameEachTimeAndHasNoOwner(t *testing.T) {
	date := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	files := []file{{"minitill", 0o755, []byte("binary")}, {"LICENSE", 0o644, []byte("text")}}
	for name, pack := range map[string]func(string, []file, time.Time) ([]byte, error){"tar.gz": tarGzip, "zip": zipped} {
		one, err := pack("minitill_0.2.0", files, date)
		if err != nil {
			t.Fatal(err)
		}
		two, err := pack("minitill_0.2.0", files, date)
		if err != nil || !bytes.Equal(one, two) {
			t.Errorf("%s: two archives of the same files differ (%v)", name, err)
		}
	}
	packed, err := tarGzip("minitill_0.2.0", files, date)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "archive")
	if err := os.WriteFile(path, packed, 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := output(t.Context(), ".", []string{"TZ=UTC"}, "tar", "--full-time", "-tvzf", path)
	if err != nil {
		t.Skip("SKIPPED: no GNU tar here: ", err)
	}
	want := []string{"-rwxr-xr-x 0/0", "2026-01-31 12:00:00 minitill_0.2.0/minitill", "-rw-r--r-- 0/0", "minitill_0.2.0/LICENSE"}
	for _, words := range want {
		if !strings.Contains(list, words) {
			t.Errorf("the archive lists\n%s\nwithout %q", list, words)
		}
	}
}

func TestEverythingThatIsLinkedHasItsLicence(t *testing.T) {
	s := &source{dir: filepath.Join("..", "..")}
	text, err := s.licences(t.Context(), []string{"linux/amd64", "windows/arm64"})
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{
		"\nGo, its runtime and standard library go1.", "\ngithub.com/gin-gonic/gin v", "\nmodernc.org/sqlite v", "\ngithub.com/prometheus/client_golang v",
		": NOTICE\n", "The MIT License", "Apache License", "Redistribution and use in source and binary forms",
	} {
		if !strings.Contains(string(text), words) {
			t.Errorf("the licences do not have %q", words)
		}
	}
	if strings.Contains(string(text), "ugorji/go/codec") {
		t.Error("the MessagePack binding of gin is linked, in spite of the build tag")
	}
}

// TestTheModulesThatOnlyGinBringsAreListed compares docs/releases.md with what is linked.
func TestTheModulesThatOnlyGinBringsAreListed(t *testing.T) {
	const gin = "github.com/gin-gonic/gin"
	text, err := output(t.Context(), filepath.Join("..", ".."), platform("linux", "amd64"), "go", "list", "-deps", "-json=ImportPath,Imports,Module", ".")
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string]linkedPackage{}
	for d := json.NewDecoder(strings.NewReader(text)); d.More(); {
		var p linkedPackage
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath] = p
	}
	all, without := reached(packages, ""), reached(packages, gin)
	want := fmt.Sprintf("links %d modules", len(all)-1) // without our own
	list := ""
	for _, path := range sorted(all) {
		if !without[path] {
			list += "- `" + path + "`\n"
		}
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "releases.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), want) || !strings.Contains(string(page), "<!-- gin -->\n"+list+"<!-- /gin -->") {
		t.Errorf("docs/releases.md does not say %q, and these of gin alone:\n%s", want, list)
	}
}

type linkedPackage struct {
	ImportPath string
	Imports    []string
	Module     struct{ Path string }
}

// reached are the modules of the packages that ours reach, those that only skip imports left out.
func reached(packages map[string]linkedPackage, skip string) map[string]bool {
	modules, seen := map[string]bool{}, map[string]bool{}
	for next := []string{"github.com/minitill/minitill"}; len(next) > 0; {
		p, known := packages[next[0]]
		next = next[1:]
		if !known || seen[p.ImportPath] {
			continue
		}
		seen[p.ImportPath] = true
		if p.Module.Path != "" {
			modules[p.Module.Path] = true
		}
		if p.Module.Path != skip || skip == "" {
			next = append(next, p.Imports...)
		}
	}
	return modules
}

func TestAModuleWithoutALicenceIsRefused(t *testing.T) {
	m := &module{Path: "example.com/none", Version: "v1.0.0", Dir: t.TempDir()}
	m.add(m.Dir)
	if err := m.describe(new(bytes.Buffer)); err == nil {
		t.Error("it was not refused")
	}
}

func TestOnlyVersionsOfGoAndKnownTargetsAreReleased(t *testing.T) {
	for _, o := range []options{
		{version: "0.2.0", commit: "HEAD", out: t.TempDir()},
		{version: "v0.2", commit: "HEAD", out: t.TempDir()},
		{version: "v0.2.0", commit: "HEAD", out: t.TempDir(), targets: []string{"plan9/386"}},
	} {
		if err := run(t.Context(), o); err == nil || !strings.Contains(err.Error(), `"`) {
			t.Errorf("%+v: got %v", o, err)
		}
	}
}

// TestTheSameCommitGivesTheSameBytes builds one target twice, in different folders and with
// different caches. It takes minutes: `make release-check` runs it.
func TestTheSameCommitGivesTheSameBytes(t *testing.T) {
	if os.Getenv("MINITILL_RELEASE") == "" {
		t.Skip("SKIPPED: set MINITILL_RELEASE=1; make release-check does")
	}
	build := func() map[string]string {
		dir := t.TempDir()
		o := options{version: "v0.0.0-test", commit: "HEAD", out: dir, targets: []string{"linux/amd64"}, sbom: true}
		if err := run(context.Background(), o); err != nil {
			t.Fatal(err)
		}
		files := map[string]string{}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			text, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			files[e.Name()] = string(text)
		}
		return files
	}
	one := build()
	t.Setenv("GOCACHE", t.TempDir())
	two := build()
	if len(one) != 4 || len(two) != 4 {
		t.Errorf("got %v and %v, want an archive, an SBOM, licences and digests", sorted(one), sorted(two))
	}
	for name := range one {
		if one[name] != two[name] {
			t.Errorf("%s differs", name)
		}
	}
	if sbom := one["minitill_0.0.0-test_linux_amd64.cdx.json"]; !strings.Contains(sbom, `"pkg:golang/modernc.org/sqlite@`) || !strings.Contains(sbom, `"v0.0.0-test"`) {
		t.Errorf("the SBOM is\n%.2000s", sbom)
	}
}
