package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// source is an exported commit.
type source struct {
	dir     string // of its files
	version string // v0.2.0
	commit  string // its full name
	date    time.Time
	scratch string // for what is built
}

// export writes the files of the commit into a folder below work.
func export(ctx context.Context, o options, work string) (*source, error) {
	s := &source{dir: filepath.Join(work, "source"), scratch: filepath.Join(work, "built"), version: o.version}
	for _, dir := range []string{s.dir, s.scratch} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return nil, err
		}
	}
	if err := s.identify(ctx, o.commit); err != nil {
		return nil, err
	}
	root, err := output(ctx, ".", nil, "git", "rev-parse", "--show-toplevel") // below it git archives a part only
	if err != nil {
		return nil, err
	}
	archive := filepath.Join(work, "source.tar")
	if _, err := output(ctx, root, nil, "git", "archive", "--format=tar", "--output="+archive, s.commit); err != nil {
		return nil, err
	}
	_, err = output(ctx, s.dir, nil, "tar", "-xf", archive)
	return s, err
}

// identify finds out the version, commit and date.
func (s *source) identify(ctx context.Context, commit string) (err error) {
	if s.commit, err = output(ctx, ".", nil, "git", "rev-parse", "--verify", commit+"^{commit}"); err != nil {
		return err
	}
	if s.version == "" {
		if s.version, err = output(ctx, ".", nil, "git", "describe", "--tags", "--exact-match", s.commit); err != nil {
			return errors.New("the commit has no tag: say -version")
		}
	}
	if !versionShape.MatchString(s.version) {
		return fmt.Errorf("%q is not a version such as v0.2.0", s.version)
	}
	date, err := output(ctx, ".", nil, "git", "show", "-s", "--format=%cI", s.commit)
	if err != nil {
		return err
	}
	s.date, err = time.Parse(time.RFC3339, date)
	s.date = s.date.UTC()
	return err
}

// output runs a program in dir and returns what it prints.
func output(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var out, faults bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &faults
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(faults.String()))
	}
	return strings.TrimSpace(out.String()), nil
}
