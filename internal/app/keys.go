package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/minitill/minitill/signing"
)

// loadKeyring reads the keys of our tokens, or makes them at the first start. They
// outlive a restart, so that whoever holds a token keeps it.
func loadKeyring(dir string) (signing.Keyring, error) {
	path := filepath.Join(dir, "keys.json")
	document, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		ring := signing.GenerateKeyring()
		document, err = signing.EncodeKeyring(ring)
		if err == nil {
			err = writeSecret(path, document)
		}
		return ring, err
	}
	if err != nil {
		return signing.Keyring{}, err
	}
	ring, err := signing.DecodeKeyring(document)
	if err != nil {
		return signing.Keyring{}, fmt.Errorf("%s: %w", path, err)
	}
	ring, grown := ring.WithSealing()
	if grown { // made before there was anything to seal
		if document, err = signing.EncodeKeyring(ring); err == nil {
			err = writeSecret(path, document)
		}
	}
	return ring, err
}

// loadSecret reads a secret that only this machine uses, or makes it.
func loadSecret(path string) (signing.Secret, error) {
	secret, err := signing.ReadSecretFile(path)
	if err == nil {
		return secret, nil
	}
	if _, missing := os.Stat(path); !errors.Is(missing, fs.ErrNotExist) {
		return signing.Secret{}, err
	}
	text := []byte(rand.Text() + rand.Text())
	if err := writeSecret(path, text); err != nil {
		return signing.Secret{}, err
	}
	return signing.NewSecret(string(text)), nil
}

// writeSecret makes a file that only its owner reads, whole or not at all.
func writeSecret(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// keyringCommand makes the keyring of nodes that share one.
type keyringCommand struct {
	File string `arg:"" help:"The new file; it is never overwritten."`
	From string `placeholder:"FILE" help:"The keyring before it: its keys go on verifying, and new ones sign."`
}

// keepTokenKeys is how many older keys go on verifying sessions: the longest session
// has ended when a key is that old.
const keepTokenKeys = 2

// Run writes new keys.
func (c *keyringCommand) Run(env Env) error {
	ring, err := c.ring()
	if err != nil {
		return err
	}
	document, err := signing.EncodeKeyring(ring)
	if err != nil {
		return err
	}
	if err := writeNew(c.File, document, 0o600); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Out, "%s has new keys. Give every node the same file, as keysFile, and nobody else.\n", c.File)
	return err
}

func (c *keyringCommand) ring() (signing.Keyring, error) {
	if c.From == "" {
		return signing.GenerateKeyring(), nil
	}
	document, err := os.ReadFile(c.From)
	if err != nil {
		return signing.Keyring{}, err
	}
	ring, err := signing.DecodeKeyring(document)
	if err != nil {
		return signing.Keyring{}, fmt.Errorf("%s: %w", c.From, err)
	}
	ring, _ = ring.Rotate(keepTokenKeys).WithSealing()
	return ring, nil
}

// writeNew makes a file that was not there.
func writeNew(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
