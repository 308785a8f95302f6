package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/minitill/minitill/signing"
)

// keyringCommand manages the keys that sign tokens and receipts and encrypt stored secrets.
type keyringCommand struct {
	Create  createKeyringCommand `cmd:"" help:"Make the keyring of nodes that share one."`
	Rotate  rotateKeyringCommand `cmd:"" help:"Replace the keys in three steps: add, sign, retire. After each step start every node with the keyring as it then is."`
	Forget  forgetKeysCommand    `cmd:"" help:"Let the store forget keys that are lost for good, so that a till may start without them."`
	History keyHistoryCommand    `cmd:"" help:"Show who changed the keys, and when."`
}

type createKeyringCommand struct {
	File string `arg:"" help:"The new file; it is never overwritten."`
	From string `placeholder:"FILE" help:"An older keyring: its keys are kept, and the key is added that it lacks."`
}

// Run writes new keys.
func (c *createKeyringCommand) Run(env Env) error {
	ring := signing.GenerateKeyring()
	if c.From != "" {
		older, err := signing.ReadKeyring(c.From)
		if err != nil {
			return err
		}
		ring, _ = older.WithSealing()
	}
	document, err := signing.EncodeKeyring(ring)
	if err != nil {
		return err
	}
	if err := writeNew(c.File, document, 0o600); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Out, "%s has the keys. Give every node the same file, as keysFile, and keep it secret.\n", c.File)
	return err
}

// writeNew creates a file, and fails when it exists.
func writeNew(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

type rotateKeyringCommand struct {
	flags
	File string `arg:"" optional:"" help:"The keyring; keys.json in the data directory, unless given."`
	Step string `required:"" enum:"add,sign,retire" help:"add: new keys that only verify and open. sign: those sign and seal. retire: token keys that no valid token needs go."`
}

// Run performs one step of a rotation, when the store shows that every node is ready for it.
func (c *rotateKeyringCommand) Run(ctx context.Context, env Env) error {
	return c.withClock(ctx, func(config *config, store database, now func() time.Time) error {
		path, err := c.path(config)
		if err != nil {
			return err
		}
		ring, err := signing.ReadKeyring(path)
		if err != nil {
			return err
		}
		book, err := readKeyBook(ctx, store)
		if err != nil {
			return err
		}
		next, err := rotate(ring, book, c.Step, now().UTC())
		if err != nil {
			return plain(err)
		}
		if err := recordKeyStep(ctx, store, c.Step, now()); err != nil {
			return err
		}
		if err := replaceKeyring(path, next); err != nil {
			return err
		}
		return printRotation(env.Out, path, c.Step)
	})
}

// path returns the file of the keyring.
func (c *rotateKeyringCommand) path(config *config) (string, error) {
	switch {
	case c.File != "":
		return c.File, nil
	case !config.Keys.IsZero():
		return "", errors.New("the configuration names a keyring: say which file it is, minitill keyring rotate FILE")
	}
	return filepath.Join(string(config.Data), keyringFile), nil
}

// rotate returns the keyring after a step.
func rotate(ring signing.Keyring, book *signing.KeyBook, step string, now time.Time) (signing.Keyring, error) {
	life, err := tokenLife(ring)
	if err != nil {
		return ring, err
	}
	if missing := book.Missing(ring, now, life); len(missing) > 0 {
		return ring, fmt.Errorf("this is not the keyring that the store was written with: it lacks %s", quoted(missing))
	}
	switch step {
	case "add":
		return ring.Add()
	case "sign":
		next, err := ring.Sign()
		if err == nil {
			err = refusal(book.Unready(ring, now))
		}
		return next, err
	}
	next, err := ring.Retire()
	if err == nil {
		err = refusal(book.Blocking(ring, now, life))
	}
	return next, err
}

func refusal(reason string) error {
	if reason == "" {
		return nil
	}
	return errors.New(reason)
}

// replaceKeyring replaces a keyring and keeps the permissions of its file.
func replaceKeyring(path string, ring signing.Keyring) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if err := signing.WriteKeyring(path, ring); err != nil {
		return err
	}
	return os.Chmod(path, info.Mode().Perm())
}

// printRotation prints the next step.
func printRotation(out io.Writer, path, step string) error {
	next := map[string]string{
		"add":    "Start every node with it; then: minitill keyring rotate --step sign",
		"sign":   "Start every node with it; a day later: minitill keyring rotate --step retire",
		"retire": "Start every node with it. The rotation is done.",
	}
	_, err := fmt.Fprintf(out, "%s: step %s is done. %s\n", path, step, next[step])
	return err
}

type forgetKeysCommand struct {
	flags
	File string `arg:"" optional:"" help:"The keyring to go on with; keys.json in the data directory, unless given. It may be missing."`
}

// Run removes the keys that the keyring lacks from the list in the store.
func (c *forgetKeysCommand) Run(ctx context.Context, env Env) error {
	return c.withClock(ctx, func(config *config, store database, now func() time.Time) error {
		rotation := rotateKeyringCommand{File: c.File}
		path, err := rotation.path(config)
		if err != nil {
			return err
		}
		ring, err := signing.ReadKeyring(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		lost, err := forgetKeys(ctx, store, ring, now().UTC())
		if err == nil && len(lost) == 0 {
			_, err = fmt.Fprintln(env.Out, "No key is lost.")
			return err
		}
		if err == nil {
			_, err = fmt.Fprintf(env.Out, "Forgotten: %s.\nPayers sign in again. What was sealed with a lost key cannot be read: give each webhook endpoint a new secret; "+
				"payers sign agreements again; receipts of before can no longer be checked here.\n", quoted(lost))
		}
		return err
	})
}

// withClock is withThisStore with the clock of the store's nodes.
func (f flags) withClock(ctx context.Context, use func(*config, database, func() time.Time) error) error {
	return f.withThisStore(ctx, func(c *config, store database) error {
		clock, err := clockOf(ctx, store, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		return use(c, store, clock.Now)
	})
}
