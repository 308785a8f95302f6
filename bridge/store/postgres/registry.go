package postgres

import "github.com/jackc/pgx/v5"

// registryUse is what a transaction does with the version of the endpoints.
type registryUse uint8

const (
	readsRegistry   registryUse = iota + 1 // commits only while the version stays
	changesRegistry                        // raises the version
)

// registryLock is the key of the advisory lock between transactions that read the version
// and those that raise it. A guard alone is not enough: it sees the version as it was when
// its statement began, and its transaction may commit after that of a new endpoint. The
// lock is shared by all that read, and acquired by the first statement of a batch: the
// statements behind it see what was committed before, and no transaction waits for it while
// it holds row locks. A lock on the table would wait for a backup, and one on the row would
// make every change write to that row.
//
// Where transactions are serializable by default the snapshot is older than the lock: a
// change and a new endpoint that commit at the same moment may miss each other there.
const registryLock = migrationLock + 1

const (
	shareRegistry = `select pg_advisory_xact_lock_shared($1)`
	lockRegistry  = `select pg_advisory_xact_lock($1)`
)

// queueRegistryLock begins a batch with the lock that its tasks need, if any.
func queueRegistryLock(batch *pgx.Batch, tasks []*task) {
	var use registryUse
	for _, t := range tasks {
		use = max(use, t.registry)
	}
	switch use {
	case readsRegistry:
		batch.Queue(shareRegistry, int64(registryLock))
	case changesRegistry:
		batch.Queue(lockRegistry, int64(registryLock))
	}
}
