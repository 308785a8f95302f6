package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// lockFile is locked by the process that serves a data directory. Other commands ignore
// it: they share the database with that process through SQLite.
const lockFile = "serve.lock"

// errLocked is the fault of a file that another process has locked.
var errLocked = errors.New("locked by another process")

// lockData locks the configuration's data directory, and its database where that is
// elsewhere, for this process. release unlocks them.
func (c *config) lockData() (release func() error, err error) {
	if !c.keepsFiles() {
		return func() error { return nil }, nil
	}
	if err := os.MkdirAll(string(c.Data), 0o700); err != nil {
		return nil, err
	}
	paths := []string{filepath.Join(string(c.Data), lockFile)}
	if !c.shared() && c.Store.Path != "" {
		paths = append(paths, c.database()+".lock")
	}
	var held []io.Closer
	release = func() error {
		var faults []error
		for _, f := range held {
			faults = append(faults, f.Close())
		}
		return errors.Join(faults...)
	}
	for _, path := range paths {
		f, err := lock(path)
		if err != nil {
			return nil, errors.Join(err, release())
		}
		held = append(held, f)
	}
	return release, nil
}

// lock creates and locks a file, and writes the process ID into it.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := tryLock(f); err != nil {
		by, _ := io.ReadAll(io.LimitReader(f, 32))
		_ = f.Close()
		if errors.Is(err, errLocked) {
			return nil, fmt.Errorf("another minitill serve (process %s) is serving %s: stop it first, or give this one a data directory of its own",
				strings.TrimSpace(string(by)), filepath.Dir(path))
		}
		return nil, fmt.Errorf("%s cannot be locked: %w", path, err)
	}
	if err := f.Truncate(0); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := fmt.Fprintln(f, os.Getpid()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// lockToServe is lockData for a process that serves the store. It refuses a store whose
// restore was interrupted.
func (c *config) lockToServe() (release func() error, err error) {
	release, err = c.lockData()
	if err != nil {
		return nil, err
	}
	if err := c.finishedRestore(); err != nil {
		return nil, errors.Join(err, release())
	}
	return release, nil
}
