package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/signing"
)

// keyBookName is the document in the store that lists the keys of its nodes.
const keyBookName = "keys"

// everyKey is longer than the life of any token: with it, no used key is left out.
const everyKey = time.Duration(math.MaxInt64)

func readKeyBook(ctx context.Context, store store.Documents) (*signing.KeyBook, error) {
	doc, _, err := store.Document(ctx, keyBookName, -1)
	if err != nil {
		return nil, err
	}
	return decodeKeyBook(doc)
}

func decodeKeyBook(doc []byte) (*signing.KeyBook, error) {
	book := new(signing.KeyBook)
	if doc == nil {
		return book, nil
	}
	if err := json.Unmarshal(doc, book); err != nil {
		return nil, fmt.Errorf("the store's list of keys cannot be read: %w", err)
	}
	return book, nil
}

// keeper ensures that a node runs with the keys that its store was written with.
type keeper struct {
	store store.Documents
	log   *slog.Logger
	now   func() time.Time
	ring  signing.Keyring
	life  time.Duration // of a token
}

// keepKeys reads the keyring, or makes one at the first start of a new store, and notes it
// in the store.
//
// A store that remembers keys which the keyring lacks is refused: with new keys, sessions
// would end and encrypted secrets could not be read, without an apparent cause.
func keepKeys(ctx context.Context, store store.Documents, document signing.Secret, dir string, log *slog.Logger, now func() time.Time) (*keeper, error) {
	book, err := readKeyBook(ctx, store)
	if err != nil {
		return nil, err
	}
	k := &keeper{store: store, log: log, now: now}
	if document.IsZero() {
		k.ring, err = loadKeyring(dir, len(book.Used) == 0)
	} else {
		k.ring, err = signing.DecodeKeyring(document.Reveal())
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, lostKeys(book.Missing(signing.Keyring{}, now(), everyKey))
	}
	if err != nil {
		return nil, err
	}
	if k.life, err = tokenLife(k.ring); err != nil {
		return nil, err
	}
	if missing := book.Missing(k.ring, now(), k.life); len(missing) > 0 {
		return nil, lostKeys(missing)
	}
	return k, k.note(ctx)
}

// tokenLife is how long a token of ours is valid.
func tokenLife(ring signing.Keyring) (time.Duration, error) {
	tokens, err := signing.NewTokens(ring.Config(issuer))
	if err != nil {
		return 0, err
	}
	return tokens.Life(), nil
}

// lostKeys returns the error about missing keys, with what to do.
func lostKeys(names []string) error {
	return fmt.Errorf(`the store was written with keys that are not here: %s
Put the keyring back from its backup: keys.json in the data directory, or the file that keysFile names.
Without those keys payers must sign in again, and sealed secrets of webhook endpoints and agreements cannot be read.
If they are lost for good: minitill keyring forget`, quoted(names))
}

// changeKeyBook replaces the store's list of keys by the one that change returns, if it has
// changed.
func changeKeyBook(ctx context.Context, store store.Documents, change func(*signing.KeyBook) (next signing.KeyBook, changed bool)) error {
	return store.ChangeDocument(ctx, keyBookName, func(doc []byte) ([]byte, error) {
		book, err := decodeKeyBook(doc)
		if err != nil {
			return nil, err
		}
		next, changed := change(book)
		if !changed {
			return nil, nil
		}
		return json.Marshal(next)
	})
}

func quoted(names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = strconv.Quote(name)
	}
	return strings.Join(list, ", ")
}

// note records in the store that this node runs with its keys.
func (k *keeper) note(ctx context.Context) error {
	return changeKeyBook(ctx, k.store, func(book *signing.KeyBook) (signing.KeyBook, bool) {
		return book.Note(k.ring, k.now().UTC(), k.life)
	})
}

// Run notes the keys once in signing.NotePeriod until ctx ends.
func (k *keeper) Run(ctx context.Context) error {
	tick := time.NewTicker(signing.NotePeriod)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if err := k.note(ctx); err != nil && ctx.Err() == nil {
				k.log.Warn("the keys in use were not recorded in the store", "fault", err)
			}
		}
	}
}

// forgetKeys removes the keys from the store's list that a keyring lacks, and returns their
// names.
func forgetKeys(ctx context.Context, store store.Documents, ring signing.Keyring, now time.Time) (lost []string, err error) {
	err = changeKeyBook(ctx, store, func(book *signing.KeyBook) (signing.KeyBook, bool) {
		missing := book.Missing(ring, now, everyKey)
		if len(missing) == 0 {
			return signing.KeyBook{}, false
		}
		lost = missing
		next := book.Forget(missing)
		return next.Record(signing.KeyStep{Step: "forget", By: person(), At: stored(now)}), true
	})
	return lost, err
}

// recordKeyStep stores that this person takes a step of a rotation. It comes before the step,
// so that no change is without its record; a step that fails afterwards is recorded all the
// same.
func recordKeyStep(ctx context.Context, store store.Documents, step string, now time.Time) error {
	return changeKeyBook(ctx, store, func(book *signing.KeyBook) (signing.KeyBook, bool) {
		return book.Record(signing.KeyStep{Step: step, By: person(), At: stored(now)}), true
	})
}

// stored is a time as the store keeps it.
func stored(at time.Time) time.Time { return at.UTC().Truncate(time.Millisecond) }

// keyHistoryCommand shows the changes of the keys.
type keyHistoryCommand struct{ flags }

// Run prints a line for each change that the store has, the oldest first.
func (c *keyHistoryCommand) Run(ctx context.Context, env Env) error {
	return c.withThisStore(ctx, func(_ *config, store database) error {
		book, err := readKeyBook(ctx, store)
		if err != nil {
			return err
		}
		for _, s := range book.Steps {
			if _, err := fmt.Fprintf(env.Out, "%s  %-6s  %s\n", s.At.Format(time.RFC3339), s.Step, s.By); err != nil {
				return err
			}
		}
		return nil
	})
}
