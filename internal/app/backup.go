package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/internal/backup"
)

// backupStore is the database in a backup, whatever its file is called here.
const backupStore = "minitill.db"

// secretFiles are the files of the data directory that belong to the store. The sandbox
// provider's journal is not among them: it stands for the wallet, which a restore of the
// till does not set back.
var secretFiles = []string{keyringFile, "sandbox.key", apiKeyFile}

// progressEvery is the interval at which long work reports its progress.
const progressEvery = 2 * time.Second

type backupCommand struct {
	flags
	Mark bool   `help:"Only note that a backup was made by other means, such as pg_dump, for the metric backup_last_success_timestamp_seconds."`
	File string `arg:"" optional:"" help:"The new backup, such as till-2026-01-31.tar. It never replaces a file."`
}

// Run writes a backup, or prints how PostgreSQL makes one.
func (c *backupCommand) Run(ctx context.Context, env Env) error {
	config, err := c.load()
	switch {
	case err != nil:
		return err
	case c.Mark:
		return config.mark(ctx, time.Now())
	case c.File == "":
		return errors.New("name the backup's file, such as till-2026-01-31.tar")
	case config.shared():
		return printPostgresBackup(env.Out, c.File)
	}
	if err := mayWrite(config, c.File); err != nil {
		return err
	}
	begun := time.Now()
	size, err := config.backup(ctx, env, c.File)
	if err != nil {
		return plain(err)
	}
	if err := config.printBackup(env.Out, c.File, size); err != nil {
		return err
	}
	if err := config.mark(ctx, begun); err != nil {
		fmt.Fprintln(env.Err, "warning: the backup is whole, but the store does not note it, so metrics show an older one:", err)
	}
	return nil
}

// mark notes a backup in the store. It leaves a store alone whose schema is not that of this
// version, since opening it would migrate it, under the server of another version.
func (c *config) mark(ctx context.Context, begun time.Time) error {
	ours := sqlite.Known
	if c.shared() {
		ours = postgres.Known
	}
	known, err := ours()
	if err != nil {
		return err
	}
	applied, err := c.migrations(ctx)
	switch {
	case err != nil:
		return plain(err)
	case !slices.Equal(applied, known):
		return errors.New("its schema is that of another version")
	}
	s, err := c.openStore(ctx)
	if err != nil {
		return plain(err)
	}
	if err := markBackup(ctx, s, begun); err != nil {
		return errors.Join(plain(err), s.Close())
	}
	return s.Close()
}

// mayWrite reports before the long work what would fail after it.
func mayWrite(c *config, file string) error {
	if _, err := os.Stat(c.database()); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no store at %s; name the configuration with --config, or its directory with --data", c.database())
	}
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("%s is there already: a backup never replaces a file", file)
	}
	return nil
}

// backup copies the database, then reads the keys: a key is noted in the store only when it
// is in its file, so that keys read later open whatever the copy has. The copy lies beside
// the backup until that is written, which takes its space twice.
func (c *config) backup(ctx context.Context, env Env, file string) (size int64, err error) {
	m := backup.Manifest{TakenAt: time.Now().UTC().Truncate(time.Millisecond), Version: thisBuild().version, Commit: thisBuild().commit}
	dir, err := os.MkdirTemp(filepath.Dir(file), ".backup-*") // made with mode 0700
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	copied := filepath.Join(dir, backupStore)
	if err := c.copyStore(ctx, env.Err, copied); err != nil {
		return 0, err
	}
	if m.Migrations, err = sqlite.Applied(ctx, copied); err != nil {
		return 0, err
	}
	files := []string{copied}
	for _, name := range secretFiles {
		path := filepath.Join(string(c.Data), name)
		if _, err := os.Stat(path); err == nil {
			files = append(files, path)
		}
	}
	if err := backup.Write(file, m, files...); err != nil {
		return 0, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (c *config) copyStore(ctx context.Context, out io.Writer, into string) error {
	f, err := os.OpenFile(into, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // SQLite fills it
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	far := func() string {
		return fmt.Sprintf("copied %s of about %s", megabytes(sizeOf(into)), megabytes(sizeOf(c.database())))
	}
	return withProgress(out, tick.C, far, func() error { return sqlite.Copy(ctx, c.database(), into) })
}

// withProgress does work, and prints its progress at each tick.
func withProgress(out io.Writer, tick <-chan time.Time, far func() string, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	for {
		select {
		case err := <-done:
			return err
		case <-tick:
			fmt.Fprintln(out, far())
		}
	}
}

func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func megabytes(n int64) string { return fmt.Sprintf("%d.%d MB", n/1_000_000, n/100_000%10) }

// printBackup prints what was written, and what has to be kept beside it.
func (c *config) printBackup(out io.Writer, file string, size int64) error {
	keys := "It holds keys: keep it as you keep those."
	if !c.Keys.IsZero() {
		keys = "The keyring is not in it, since the configuration names one (keysFile): keep that too, apart from the backup."
	}
	_, err := fmt.Fprintf(out, "%s: %s, checked. %s\nThe configuration and the files that it names are not in it.\nTo restore it: minitill restore %s\n", file, megabytes(size), keys, file)
	return err
}

// printPostgresBackup prints how a PostgreSQL store is backed up. It fails, so that no
// scheduled job takes it for a backup.
func printPostgresBackup(out io.Writer, file string) error {
	_, err := fmt.Fprintf(out, `The store is a PostgreSQL database. Its own tools back it up while the till serves:

  pg_dump --format=custom --no-owner --file=%[1]s "$DATABASE_URL"

DATABASE_URL is store.url of the configuration, without a pooler. Then tell the servers, so that a backup that fails is seen (docs/operations.md):

  minitill backup --mark --config minitill.yaml

For recovery to any moment, archive the WAL
(pg_basebackup, archive_command) instead. Keep the keyring (keysFile) and the configuration too, apart from it.

`, file)
	return errors.Join(err, printPostgresRestore(out, file), errors.New("no backup was made: run the commands above"))
}

// printPostgresRestore prints how a PostgreSQL store is restored.
func printPostgresRestore(out io.Writer, file string) error {
	_, err := fmt.Fprintf(out, `To restore it, stop every node, then restore into an empty database:

  pg_restore --exit-on-error --single-transaction --no-owner --dbname="$DATABASE_URL" %s
  minitill restore --mark --config minitill.yaml

The second command is not optional. An old database does not know the refunds that were made since: without the
mark it would make them again, under request ids that were used. Start the nodes after it.
`, file)
	return err
}
