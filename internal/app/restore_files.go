package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/backup"
	"github.com/minitill/minitill/signing"
)

// A restore extracts, verifies and marks the backup in a directory beside the database,
// where a rename is enough to put it in place. Until that is done nothing that was there is
// touched. While files are moved there is a note, with which serve refuses to start: half a
// store, or an empty one, would take orders. The same command with --force begins again.
const (
	stagingDir     = "restore.new"
	unfinishedNote = "restore.unfinished"
)

// beside is a file beside the database.
func (c *config) beside(name string) string { return filepath.Join(filepath.Dir(c.database()), name) }

// finishedRestore refuses a store whose restore was interrupted while files were moved.
func (c *config) finishedRestore() error {
	if c.shared() {
		return nil
	}
	if _, err := os.Stat(c.beside(unfinishedNote)); err == nil {
		return fmt.Errorf("a restore was interrupted (%s): run it again, with --force; what was there before it is beside it, in a directory replaced-…", c.beside(unfinishedNote))
	}
	return nil
}

// restore puts a backup in place of the store that is there, if any.
func (c *restoreCommand) restore(ctx context.Context, env Env, config *config) error {
	old := config.storeFiles()
	if len(old) > 0 && !c.Force {
		return fmt.Errorf("%s is there already: restore into an empty directory (--data), or move what is there aside with --force", old[0])
	}
	least, err := c.leastEpoch(ctx, config)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Err, "verifying %s (%s)\n", c.File, megabytes(sizeOf(c.File)))
	staged, err := c.stage(ctx, config, least)
	if err == nil {
		err = config.place(append(old, config.indexFiles()...), staged.files)
	}
	if err = errors.Join(err, os.RemoveAll(config.beside(stagingDir))); err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "%s is as it was at %s, by %s.\n", config.database(), when(staged.manifest.TakenAt), staged.manifest.Version)
	return config.withStoreHere(ctx, func(s *sqlite.Store) error { return printRestored(ctx, env.Out, s, staged.mark) })
}

// leastEpoch is past that of the store that is replaced: its request ids were used.
func (c *restoreCommand) leastEpoch(ctx context.Context, config *config) (int, error) {
	if c.Epoch > 0 {
		return c.Epoch, nil
	}
	last, err := sqlite.LastRestoration(ctx, config.database())
	if err != nil {
		return 0, fmt.Errorf("the store that is there cannot be read, so that it is unknown how often it was restored: give --epoch, one more than that: %v", err)
	}
	return last.Epoch + 1, nil
}

// storeFiles are the files that are there of a store and its keys. A log that was left
// alone counts: SQLite would replay it over the restored database.
func (c *config) storeFiles() (there []string) {
	var all []string
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		all = append(all, c.database()+suffix)
	}
	for _, name := range secretFiles {
		all = append(all, filepath.Join(string(c.Data), name))
	}
	return existing(all)
}

// indexFiles are the files that are there of the console's index. It was made from the store
// that is replaced, and is built again.
func (c *config) indexFiles() []string {
	return existing([]string{c.indexFile(), c.indexFile() + "-wal", c.indexFile() + "-shm"})
}

// existing returns those of the paths where a file is.
func existing(paths []string) (there []string) {
	for _, path := range paths {
		if _, err := os.Lstat(path); err == nil {
			there = append(there, path)
		}
	}
	return there
}

// staged is a backup that is ready to be put in place.
type staged struct {
	manifest backup.Manifest
	files    []string // their names
	mark     store.Restoration
}

// stage extracts the backup, verifies it, brings its database up to date and marks it.
func (c *restoreCommand) stage(ctx context.Context, config *config, least int) (s staged, err error) {
	dir := config.beside(stagingDir)
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(filepath.Dir(dir), 0o700), os.Mkdir(dir, 0o700)); err != nil {
		return s, err
	}
	if s.manifest, s.files, err = backup.Extract(c.File, dir); err != nil {
		return s, fmt.Errorf("%s: %w", c.File, err)
	}
	for _, name := range s.files {
		if name != backupStore && !slices.Contains(secretFiles, name) {
			return s, fmt.Errorf("%s has a file %q, which this version does not know", c.File, name)
		}
	}
	database := filepath.Join(dir, backupStore)
	if err := sqlite.Check(ctx, database); err != nil {
		return s, err
	}
	err = withStoreAt(ctx, database, func(store *sqlite.Store) (err error) {
		s.mark, err = markRestored(ctx, store, time.Now(), s.manifest.TakenAt.Add(-c.LookBack), least)
		return err
	})
	if fault.KindOf(err) == fault.Unsupported {
		err = fmt.Errorf("the backup was made by a later version (%s), whose database this one cannot read: restore it with that version", s.manifest.Version)
	}
	if err == nil {
		err = whole(database)
	}
	return s, err
}

func withStoreAt(ctx context.Context, path string, use func(*sqlite.Store) error) error {
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	return errors.Join(use(s), s.Close())
}

func (c *config) withStoreHere(ctx context.Context, use func(*sqlite.Store) error) error {
	return withStoreAt(ctx, c.database(), use)
}

// whole checks that everything of a closed database is in its one file, and makes it durable.
func whole(database string) error {
	if _, err := os.Stat(database + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s-wal is still there: another program has the file open", database)
	}
	f, err := os.OpenFile(database, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// place moves what is there aside and the staged files in its place. The note goes when all
// of that is durable.
func (c *config) place(old, names []string) error {
	note, dir := c.beside(unfinishedNote), filepath.Dir(c.database())
	if err := errors.Join(signing.WriteSecretFile(note, nil), backup.SyncDir(dir)); err != nil {
		return err
	}
	if err := moveAside(old); err != nil {
		return err
	}
	for _, name := range names {
		if err := c.placeFile(name); err != nil {
			return err
		}
	}
	if err := errors.Join(backup.SyncDir(string(c.Data)), backup.SyncDir(dir)); err != nil {
		return err
	}
	return errors.Join(os.Remove(note), backup.SyncDir(dir))
}

// placeFile puts a staged file in its place. Secrets are copied: the data directory may be
// on another file system than the database.
func (c *config) placeFile(name string) error {
	from := filepath.Join(c.beside(stagingDir), name)
	if name == backupStore {
		return os.Rename(from, c.database())
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return signing.WriteSecretFile(filepath.Join(string(c.Data), name), text)
}

// moveAside moves files into new directories beside them, those of one directory together:
// a database and its log belong to each other.
func moveAside(files []string) error {
	aside := map[string]string{}
	for _, path := range files {
		dir := filepath.Dir(path)
		if aside[dir] == "" {
			made, err := os.MkdirTemp(dir, "replaced-"+time.Now().UTC().Format("20060102T150405Z")+"-*")
			if err != nil {
				return err
			}
			aside[dir] = made
		}
		if err := os.Rename(path, filepath.Join(aside[dir], filepath.Base(path))); err != nil {
			return err
		}
	}
	return nil
}
