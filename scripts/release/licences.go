package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// module is one that a binary links, with the folders of the packages that are linked.
type module struct {
	Path, Version, Dir string
	folders            []string
}

// licences returns the texts of the licences of everything that the targets link.
//
// Faults: a module without a licence.
func (s *source) licences(ctx context.Context, list []string) ([]byte, error) {
	modules := map[string]*module{}
	for _, target := range list {
		if err := s.linkedModules(ctx, target, modules); err != nil {
			return nil, err
		}
	}
	root, err := output(ctx, s.dir, nil, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	version, err := output(ctx, s.dir, nil, "go", "env", "GOVERSION")
	if err != nil {
		return nil, err
	}
	modules["Go"] = &module{Path: "Go, its runtime and standard library", Version: version, Dir: root, folders: []string{root}}
	var b bytes.Buffer
	fmt.Fprintf(&b, "Minitill links the following works. Its own licence is in LICENSE.\n")
	for _, path := range sorted(modules) {
		if err := modules[path].describe(&b); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// linkedModules adds the modules that a target links.
func (s *source) linkedModules(ctx context.Context, target string, modules map[string]*module) error {
	goos, goarch, _ := strings.Cut(target, "/")
	text, err := output(ctx, s.dir, platform(goos, goarch), "go", "list", "-deps", "-json=Dir,Module", ".")
	if err != nil {
		return err
	}
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		var p struct {
			Dir    string
			Module *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case p.Module == nil || p.Module.Main:
			continue
		}
		m := modules[p.Module.Path]
		if m == nil {
			m = &module{Path: p.Module.Path, Version: p.Module.Version, Dir: p.Module.Dir}
			modules[m.Path] = m
		}
		m.add(p.Dir)
	}
}

// add notes a folder and those above it, up to the module's root.
func (m *module) add(dir string) {
	for ; len(dir) >= len(m.Dir); dir = filepath.Dir(dir) {
		if !slices.Contains(m.folders, dir) {
			m.folders = append(m.folders, dir)
		}
	}
}

// licenceName is how files with a licence or a notice are called.
var licenceName = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|notice|patents|copyright)([-._].*)?$`)

// describe writes the module's licences and notices, each text once.
func (m *module) describe(w io.Writer) error {
	slices.Sort(m.folders)
	var seen []string
	for _, folder := range m.folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.IsDir() || !licenceName.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
				continue
			}
			text, err := os.ReadFile(filepath.Join(folder, e.Name()))
			if err != nil {
				return err
			}
			if slices.Contains(seen, string(text)) {
				continue
			}
			seen = append(seen, string(text))
			name, err := filepath.Rel(m.Dir, filepath.Join(folder, e.Name()))
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "\n%s\n%s %s: %s\n\n%s\n", strings.Repeat("=", 80), m.Path, m.Version, filepath.ToSlash(name), bytes.TrimSpace(text))
		}
	}
	if len(seen) == 0 {
		return fmt.Errorf("%s %s has no licence", m.Path, m.Version)
	}
	return nil
}
