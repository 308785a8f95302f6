package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/signing"
)

const (
	lowSpace     = 1 << 30 // bytes
	noSpace      = 100 << 20
	slowSync     = 20 * time.Millisecond
	syncSamples  = 5
	leastHandles = 1024
)

func (d *doctor) configuration(context.Context) (found []diagnosis) {
	for _, warning := range d.config.warnings {
		found = append(found, diagnosis{State: risky, Detail: warning, Do: "docs/security.md says what is risked."})
	}
	if warning := d.config.sandboxWarning(); warning != "" {
		found = append(found, diagnosis{State: risky, Detail: warning, Do: "In production serve with --config, and without sandbox: true."})
	}
	return append(found, diagnosis{State: fine, Detail: d.config.describe()})
}

// ring is the keyring that serve would use. A missing one is not made.
func (d *doctor) ring() (signing.Keyring, error) {
	if d.config.Keys.IsZero() {
		return signing.ReadKeyring(filepath.Join(string(d.config.Data), keyringFile))
	}
	return signing.DecodeKeyring(d.config.Keys.Reveal())
}

func (d *doctor) keys(context.Context) []diagnosis {
	_, err := d.ring()
	path := filepath.Join(string(d.config.Data), keyringFile)
	switch _, missing := os.Stat(d.config.database()); {
	case errors.Is(err, fs.ErrNotExist) && missing != nil:
		return one(skipped, "there are no keys yet: the first start makes them", "")
	case errors.Is(err, fs.ErrNotExist):
		return one(broken, "there is a store, and no "+path, "Put keys.json back from its backup; minitill keyring forget gives up what only those keys can read.")
	case err != nil:
		return one(broken, plain(err).Error(), "Put the keyring back from its backup.")
	}
	if info, err := os.Stat(path); d.config.Keys.IsZero() && err == nil && openTo(info, 0o007) {
		return one(risky, path+" is open to every user of this machine", "chmod 600 "+path)
	}
	return one(fine, "the keyring can be read", "")
}

// signature signs a token with the keyring and verifies it. Those of wallets are tried by
// the check of wallets.
func (d *doctor) signature(context.Context) []diagnosis {
	ring, err := d.ring()
	if errors.Is(err, fs.ErrNotExist) {
		return one(skipped, "there are no keys to sign with", "")
	}
	if err == nil {
		err = roundTrip(ring)
	}
	if err != nil {
		return one(broken, "a token that was signed cannot be verified: "+plain(err).Error(), "Put the keyring back from its backup.")
	}
	return one(fine, "a token was signed and verified", "")
}

func roundTrip(ring signing.Keyring) error {
	tokens, err := signing.NewTokens(ring.Config(issuer))
	if err != nil {
		return err
	}
	token, _, err := tokens.IssueSession(signing.Session{App: "doctor", Wallet: "doctor", Payer: "doctor"})
	if err == nil {
		_, err = tokens.ParseSession(token)
	}
	return err
}

func (d *doctor) database(ctx context.Context) []diagnosis {
	if !d.config.shared() {
		return d.databaseFile(ctx)
	}
	pooled, err := postgres.Pooled(ctx, string(d.config.Store.URL.Reveal()))
	switch {
	case err != nil:
		return one(broken, "PostgreSQL cannot be reached: "+plain(err).Error(), "Check store.url, the network and pg_hba.conf.")
	case pooled:
		return one(fine, "PostgreSQL is reached through a pooler; statements are not prepared on its connections, so its transaction mode is fine", "")
	}
	return one(fine, "PostgreSQL is reached without a pooler", "")
}

func (d *doctor) databaseFile(ctx context.Context) []diagnosis {
	path := d.config.database()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return one(skipped, "there is no "+path+" yet: the first start makes it", "")
	}
	if err := d.config.finishedRestore(); err != nil {
		return one(broken, err.Error(), "minitill restore FILE --force")
	}
	if _, err := sqlite.Applied(ctx, path); err != nil {
		return one(broken, path+" cannot be read: "+plain(err).Error(), "Stop the till, and restore the newest backup (docs/backup.md).")
	}
	return one(fine, path+" can be read", "")
}

// schema compares the migrations of the store with those of this binary.
func (d *doctor) schema(ctx context.Context) []diagnosis {
	known := sqlite.Known
	if d.config.shared() {
		known = postgres.Known
	}
	brought, err := known()
	applied, appliedErr := d.config.migrations(ctx)
	if err := errors.Join(err, appliedErr); err != nil {
		return one(skipped, "the schema cannot be read", "See the check of the database.")
	}
	compatible := false
	if len(applied) > len(brought) {
		if compatible, err = d.config.compatible(ctx); err != nil {
			return one(skipped, "the schema cannot be read", "See the check of the database.")
		}
	}
	return judgeSchema(applied, brought, compatible)
}

// judgeSchema compares the steps that a store has with those that this binary brings.
// compatible is what a store that has more says about versions that bring fewer.
func judgeSchema(applied, brought []string, compatible bool) []diagnosis {
	switch n := len(brought) - len(applied); {
	case len(applied) == 0:
		return one(skipped, "the store has no schema yet: the first start makes it", "")
	case n < 0 && compatible:
		return one(risky, fmt.Sprintf("the store is %d migrations ahead of this binary (%s), which may still run on it", -n, applied[len(applied)-1]),
			"Finish the upgrade: install the version that wrote it on every node.")
	case n < 0:
		return one(broken, fmt.Sprintf("the store is %d migrations ahead of this binary (%s)", -n, applied[len(applied)-1]), "Install the version that wrote it, or a later one.")
	case !slices.Equal(applied, brought[:len(applied)]):
		return one(broken, "the store has other migrations than this binary: "+strings.Join(applied, ", "), "Install the version that wrote it.")
	case n > 0:
		return one(risky, fmt.Sprintf("the store lacks %d migrations of this binary", n), "Back up, then: minitill migrate. The next start does it too.")
	}
	return one(fine, "the store has the schema of this binary ("+applied[len(applied)-1]+")", "")
}

// directory is where the database is, or will be.
func (d *doctor) directory() string { return filepath.Dir(d.config.database()) }

// volatileKinds and remoteKinds are file systems on which an SQLite store is not safe.
var (
	volatileKinds = []string{"tmpfs", "overlay"}
	remoteKinds   = []string{"nfs", "smb", "9p", "fuse"}
)

func (d *doctor) disk(context.Context) []diagnosis {
	if d.config.shared() {
		return one(skipped, "the store is a database elsewhere", "")
	}
	free, kind, err := volume(d.directory())
	switch {
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, fs.ErrNotExist):
		return one(skipped, "the volume of "+d.directory()+" cannot be examined", "")
	case err != nil:
		return one(broken, err.Error(), "Check the volume and its rights.")
	}
	return append(judgeKind(d.directory(), kind), judgeSpace(d.directory(), free)...)
}

func judgeKind(dir, kind string) []diagnosis {
	switch {
	case slices.Contains(volatileKinds, kind):
		return one(risky, dir+" is on "+kind+": orders are lost with the machine or container", "Put the data directory on a volume that lasts.")
	case slices.Contains(remoteKinds, kind):
		return one(broken, dir+" is on "+kind+", whose locks do not guard SQLite", "Put the data directory on a local disk, or use PostgreSQL.")
	}
	return one(fine, dir+" is on "+kind, "")
}

func judgeSpace(dir string, free uint64) []diagnosis {
	detail := megabytes(int64(min(free, 1<<62))) + " are free at " + dir
	switch {
	case free < noSpace:
		return one(broken, detail, "Make room now: no order can be stored on a full disk.")
	case free < lowSpace:
		return one(risky, detail, "Make room: a backup needs twice the size of the database.")
	}
	return one(fine, detail, "")
}

// fsync measures how long a write takes to be durable, in a file of its own that it removes.
func (d *doctor) fsync(context.Context) []diagnosis {
	if d.config.shared() {
		return one(skipped, "the store is a database elsewhere", "")
	}
	median, err := syncTime(d.directory())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return one(skipped, "there is no "+d.directory()+" yet", "")
	case err != nil:
		return one(broken, err.Error(), "Give the user that serves the right to write to "+d.directory()+".")
	}
	return judgeSync(median)
}

func judgeSync(median time.Duration) []diagnosis {
	detail := "a write is durable after " + median.Round(10*time.Microsecond).String()
	if median > slowSync {
		return one(risky, detail+": each commit takes at least that", "Use an SSD with power-loss protection, or a volume with less latency.")
	}
	return one(fine, detail, "")
}

// syncTime is the median of some writes.
func syncTime(dir string) (median time.Duration, err error) {
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	var took []time.Duration
	for range syncSamples {
		began := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

func (d *doctor) descriptors(context.Context) []diagnosis {
	return judgeDescriptors(descriptors(), d.config.Limits)
}

func judgeDescriptors(have int, l limitsConfig) []diagnosis {
	const do = "Raise the limit (ulimit -n, or LimitNOFILE in the unit)."
	all := l.connectionLimits(have).Connections
	detail := fmt.Sprintf("%d file descriptors, of which %d for connections", have, all)
	switch {
	case l.Connections > all:
		return one(risky, fmt.Sprintf("%s: limits.connections is %d", detail, l.Connections), do)
	case have < leastHandles:
		return one(risky, detail, do)
	}
	return one(fine, detail, "")
}
